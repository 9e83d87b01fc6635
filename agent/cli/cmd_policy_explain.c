/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_policy_explain.c owns the question "what would the policy say?". It must never answer by
 * rules of its own: the functions that decide in the agent decide here, and every assumption is named. */
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include "base/str.h"
#include "cli/policy_file.h"
#include "cli/screen.h"
#include "policy/decide.h"
#include "record/record.h"

struct question {
    const struct policy *policy;
    const char *file; /* name for "FILE:line" */
    const char *user, *app, *path, *write, *purpose, *consent;
    bool in_room, remote, terminal;
    int64_t now;
    const struct policy_area *area;
};

/* --- the policy ------------------------------------------------------------------------------- */

static int read_policy(struct cli *cli, const struct cli_args *args, int64_t now,
                       struct policy_file *file)
{
    bool installed = cli_flag(args, "installed");
    if (installed == (args->count == 1))
        return cli_error(CLI_USAGE, _("name a policy file, or --installed"));
    int code = installed ? policy_file_installed(cli, now, file)
                         : policy_file_read(args->words[0], now, NULL, file);
    if (code != CLI_OK || file->policy)
        return code;
    autojson json_t *findings = policy_file_findings(&file->findings);
    policy_file_print(stderr, installed ? _("installed policy") : args->words[0], findings);
    return cli_error(CLI_NO, _("the policy has errors"));
}

/* --- what the agent would find out ------------------------------------------------------------ */

/* The area's own application that the path matches, else any. */
static const struct policy_application *application_of(const struct question *q)
{
    const struct policy_application *any = NULL;
    for (size_t i = 0; q->app && q->policy && i < q->policy->application_count; i++) {
        const struct policy_application *a = &q->policy->applications[i];
        if (!policy_program_matches(a, q->app))
            continue;
        if (policy_list_has(&q->area->applications, a->head.id))
            return a;
        any = any ? any : a;
    }
    return any;
}

/* Root's own and writable by nobody else; a program that is not on this PC is taken for that. */
static bool is_root_owned(const char *path, bool *ret_known)
{
    struct stat st;
    *ret_known = stat(path, &st) == 0;
    return !*ret_known || (st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)));
}

/* By id, or by a path in it. */
static const char *destination_of(const struct question *q)
{
    for (size_t i = 0; *q->write == '/' && i < q->policy->destination_count; i++) {
        const struct policy_destination *d = &q->policy->destinations[i];
        size_t len = strlen(d->path);
        if (len > 0 && str_starts(q->write, d->path) && (q->write[len] == '/' || q->write[len] == '\0'))
            return d->head.id;
    }
    return q->write;
}

static uint64_t unused(void *context, const char *consent)
{
    (void)context;
    (void)consent;
    return 0;
}

/* --- answers ---------------------------------------------------------------------------------- */

static json_t *decision_json(const struct decision *d)
{
    return json_pack("{s:b, s:s, s:s, s:s, s:s, s:i}", "allow", d->allow, "reason",
                     sk_reason_name(d->reason), "text", sk_reason_text(d->reason), "section",
                     d->section, "id", d->id, "line", (int)d->line);
}

static void print_where(const struct question *q, const struct decision *d)
{
    if (d->line == 0) {
        putchar('\n');
        return;
    }
    printf(" – [%s%s%s] (", d->section, *d->id ? " " : "", d->id);
    screen_put(stdout, q->file);
    printf(":%u)\n", d->line);
}

static void print_decision(const struct question *q, const char *what, const struct decision *d)
{
    printf("%s: %s: %s", what, d->allow ? _("ALLOWED") : _("REFUSED"),
           gettext(sk_reason_text(d->reason)));
    print_where(q, d);
}

static void assume(json_t *assumptions, const char *text)
{
    json_array_append_new(assumptions, json_string(text));
}

static int explain_access(struct cli *cli, const struct question *q, json_t *answer,
                          json_t *assumptions)
{
    struct decision all[DECIDE_ACCESS_MAX], decided;
    bool known = true;
    const struct policy_application *app = application_of(q);
    struct access_question question = {
        .user = q->user,
        .one_identity = true,
        .identified = true,
        .area = q->area->head.id,
        .application = app ? app->head.id : NULL,
        .program_trusted = is_root_owned(q->app, &known),
        .in_room = q->in_room,
        .now = q->now,
    };
    question.code_trusted = question.program_trusted;
    decide_access(q->policy, &question, &decided);
    size_t failing = decide_access_all(q->policy, &question, all, array_count(all));
    json_t *others = json_array();
    json_object_set_new(answer, "access", decision_json(&decided));
    if (!cli->json)
        print_decision(q, _("open"), &decided);
    for (size_t i = 1; i < failing; i++) {
        json_array_append_new(others, decision_json(&all[i]));
        if (!cli->json)
            print_decision(q, _("  also"), &all[i]);
    }
    json_object_set_new(answer, "also", others);
    assume(assumptions, N_("the process runs under one user id, and nothing but root's own code is "
                           "loaded into it"));
    if (!known)
        assume(assumptions, N_("the program, which is not on this PC, is root's own"));
    return decided.allow ? CLI_OK : CLI_NO;
}

/* May the person have the area's room? */
static int explain_room(struct cli *cli, const struct question *q, json_t *answer)
{
    struct decision decided;
    const struct room_question question = {.user = q->user, .area = q->area->head.id,
                                           .remote = q->remote, .terminal = q->terminal,
                                           .now = q->now};
    decide_room(q->policy, &question, &decided);
    json_object_set_new(answer, "room", decision_json(&decided));
    if (!cli->json)
        print_decision(q, _("room"), &decided);
    return decided.allow ? CLI_OK : CLI_NO;
}

/* Every consent of the contract, and why it does not cover the request. */
static json_t *explain_consents(struct cli *cli, const struct question *q,
                                const struct transfer_question *question)
{
    json_t *list = json_array();
    for (size_t i = 0; i < q->policy->consent_count; i++) {
        const struct policy_consent *c = &q->policy->consents[i];
        enum sk_reason reason = decide_consent(q->policy, question, c);
        if (reason == SK_REASON_OTHER_CONTRACT)
            continue;
        const struct decision d = {.allow = reason == SK_REASON_ALLOWED, .reason = reason,
                                   .section = "consent", .id = c->head.id, .line = c->head.line};
        json_array_append_new(list, decision_json(&d));
        if (!cli->json)
            print_decision(q, _("  consent"), &d);
    }
    return list;
}

static int explain_transfer(struct cli *cli, const struct question *q, json_t *answer,
                            json_t *assumptions)
{
    struct decision decided;
    const struct policy_consent *consent = NULL;
    const char *destination = destination_of(q);
    const struct policy_destination *d = policy_destination(q->policy, destination);
    const struct transfer_question question = {
        .user = q->user,
        .area = q->area->head.id,
        .destination = destination,
        .purpose = q->purpose ? q->purpose : "",
        .consent = q->consent,
        .take_out = !d || d->kind != POLICY_DIRECTORY,
        .item = d && d->kind == POLICY_HAND && !*d->path,
        .uses = unused,
        .now = q->now,
    };
    decide_transfer(q->policy, &question, &decided, &consent);
    json_object_set_new(answer, "transfer", decision_json(&decided));
    if (!cli->json)
        print_decision(q, question.item       ? _("hand-over")
                          : question.take_out ? _("take-out")
                                              : _("copy"),
                       &decided);
    json_object_set_new(answer, "consents", explain_consents(cli, q, &question));
    if (decided.allow && !cli->json)
        puts(_("  an approver's permit is needed as well"));
    assume(assumptions, N_("no permit has been granted under the consents yet"));
    return decided.allow ? CLI_OK : CLI_NO;
}

static int explain(struct cli *cli, const struct question *q)
{
    autojson json_t *answer = json_pack("{s:s}", "area", q->area->head.id);
    json_t *assumptions = json_array();
    int code = CLI_OK;
    json_object_set_new(answer, "assumptions", assumptions);
    if (q->area->gate == POLICY_ROOM || (!q->app && !q->write))
        code = explain_room(cli, q, answer);
    if (q->app) {
        int access = explain_access(cli, q, answer, assumptions);
        code = access > code ? access : code;
    }
    if (q->write) {
        int transfer = explain_transfer(cli, q, answer, assumptions);
        code = transfer > code ? transfer : code;
    }
    if (cli->json) {
        cli_json(answer);
        return code;
    }
    size_t i;
    json_t *text;
    json_array_foreach(assumptions, i, text)
        printf("%s: %s\n", _("assumed"), gettext(json_string_value(text)));
    return code;
}

static int read_question(const struct cli_args *args, struct question *ret)
{
    struct question q = *ret;
    q.user = cli_value(args, "user");
    q.app = cli_value(args, "app");
    q.path = cli_value(args, "path");
    q.write = cli_value(args, "write");
    q.purpose = cli_value(args, "purpose");
    q.consent = cli_value(args, "consent");
    q.in_room = cli_flag(args, "in-room");
    q.remote = cli_flag(args, "remote");
    q.terminal = cli_flag(args, "terminal");
    if (!q.user || !q.path)
        return cli_error(CLI_USAGE, _("--user and --path are needed"));
    if (*q.path != '/' || (q.app && *q.app != '/'))
        return cli_error(CLI_USAGE, _("--path and --app take absolute paths"));
    *ret = q;
    return CLI_OK;
}

int cmd_policy_explain(struct cli *cli, const struct cli_args *args)
{
    autopolicy struct policy_file file = {0};
    struct question q = {.file = args->count ? args->words[0] : _("installed policy")};
    int code = policy_file_time(args, &q.now);
    if (code == CLI_OK)
        code = read_question(args, &q);
    if (code == CLI_OK)
        code = read_policy(cli, args, q.now, &file);
    if (code != CLI_OK)
        return code;
    q.policy = file.policy;
    q.area = policy_area_of_path(q.policy, q.path);
    if (q.area)
        return explain(cli, &q);
    if (cli->json) {
        autojson json_t *answer = json_pack("{s:n}", "area");
        return cli_json(answer);
    }
    puts(_("This path lies in no area: the policy says nothing about it."));
    return CLI_OK;
}
