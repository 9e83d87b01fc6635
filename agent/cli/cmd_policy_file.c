/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_policy_file.c owns how a policy file is read and how findings about it are shown. It must
 * never print a byte of the file unescaped. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "client/language.h"
#include "cli/policy_file.h"
#include "cli/screen.h"
#include "record/record.h"

#define READ_MAX ((size_t)32 * 1024 * 1024) /* bytes; over a policy's limit, so that its size is told */

void policy_file_clear(struct policy_file *file)
{
    buf_free(&file->bytes);
    policy_free(&file->policy);
    policy_findings_free(&file->findings);
}

int policy_file_judge(struct policy_file *file, const char *name, int64_t now, const char *host)
{
    int r = policy_parse(file->bytes.data ? file->bytes.data : "", file->bytes.len, &file->policy,
                         &file->findings);
    if (r == 0)
        r = policy_lint(file->policy, now, host, &file->findings);
    if (r == 0 || r == SK_ERR_FORMAT || r == SK_ERR_LIMIT)
        return CLI_OK;
    return cli_error(CLI_FAILED, "%s: %s", name, cli_strerror(r));
}

int policy_file_read(const char *path, int64_t now, const char *host, struct policy_file *ret)
{
    int r = file_read(AT_FDCWD, path, READ_MAX, &ret->bytes);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", path, cli_strerror(r));
    return policy_file_judge(ret, path, now, host);
}

int policy_file_installed(struct cli *cli, int64_t now, struct policy_file *ret)
{
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_POLICY_SHOW, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    buf_puts(&ret->bytes, record_text(answer, "text"));
    if (ret->bytes.len == 0)
        return cli_error(CLI_NO, _("no policy is installed: the built-in one refuses everything"));
    return policy_file_judge(ret, _("installed policy"), now, NULL);
}

json_t *policy_file_findings(const struct policy_findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < findings->count; i++) {
        const struct policy_finding *f = &findings->items[i];
        json_t *one = json_pack(
            "{s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "severity",
            f->severity == POLICY_ERROR ? "error" : "warning", "line", (int)f->line, "code",
            f->code, "found", f->found, "allowed", f->allowed, "nearest", f->nearest, "text",
            f->text);
        if (!one || json_array_append_new(list, one) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    if (list && language_say(list) != 0) {
        json_decref(list);
        list = NULL;
    }
    return list;
}

void policy_file_print(FILE *out, const char *name, const json_t *findings)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)findings, i, one)
    {
        const char *allowed = record_text(one, "allowed"), *nearest = record_text(one, "nearest");
        bool error = str_eq(record_text(one, "severity"), "error");
        screen_put(out, name);
        if (record_number(one, "line") > 0)
            fprintf(out, ":%lld", (long long)record_number(one, "line"));
        fprintf(out, ": %s: ", error ? _("error") : _("warning"));
        screen_put(out, record_text(one, "text"));
        fputc('\n', out);
        if (*nearest) {
            fprintf(out, "    %s ", _("did you mean:"));
            screen_put(out, nearest);
            fputc('\n', out);
        }
        if (*allowed && !strstr(record_text(one, "text"), allowed)) {
            fprintf(out, "    %s ", _("allowed:"));
            screen_put(out, allowed);
            fputc('\n', out);
        }
    }
}

int policy_file_time(const struct cli_args *args, int64_t *ret)
{
    const char *at = cli_value(args, "at");
    if (!at)
        *ret = clock_wall_s();
    else if (clock_parse_time(at, ret) != 0)
        return cli_error(CLI_USAGE,
                         _("%s is no time; write 2026-11-20 or 2026-11-20T08:15:00+09:00"), at);
    return CLI_OK;
}

static const char *direction_name(const struct policy_change *c)
{
    return c->direction == POLICY_LOOSER ? N_("looser")
         : c->direction == POLICY_TIGHTER ? N_("tighter") : N_("other");
}

json_t *policy_file_changes(const struct policy_changes *changes)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < changes->count; i++) {
        const struct policy_change *c = &changes->items[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "direction", direction_name(c), "section",
                                              c->section, "key", c->key, "before", c->before, "after", c->after));
    }
    return list;
}

static void print_change(const json_t *c)
{
    const char *none = _("(nothing)"), *direction = gettext(record_text(c, "direction"));
    const char *before = record_text(c, "before"), *after = record_text(c, "after");
    if (!*record_text(c, "key"))
        printf(*after ? _("%s: [%s] is new\n") : _("%s: [%s] is gone\n"), direction, record_text(c, "section"));
    else
        printf(_("%s: [%s] %s: %s → %s\n"), direction, record_text(c, "section"), record_text(c, "key"),
               *before ? before : none, *after ? after : none);
}

void policy_file_print_changes(const json_t *changes)
{
    size_t i;
    const json_t *c;
    json_array_foreach(changes, i, c)
        print_change(c);
    if (json_array_size(changes) == 0)
        puts(_("no difference in what the policies say"));
}
