/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask.c owns how a conversation with sekisho-control (client/talk.h) looks on a terminal: its progress, its answer,
 * a refusal. It must never decide anything that control decides. */
#include "cli/ask.h"
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include <sekisho/paths.h>
#include <string.h>
#include <unistd.h>
#include "base/str.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "client/refusal.h"
#include "client/talk.h"
#include "record/record.h"

#define ANSWER_MAX 64 /* bytes of an answer to a question */

void ask_hint(const struct cli *cli, const char *format, ...)
{
    if (cli->quiet || cli->json)
        return;
    autobuf struct buf b = {0};
    va_list ap;
    va_start(ap, format);
    buf_vprintf(&b, format, ap);
    va_end(ap);
    fflush(stdout); /* a hint follows what it is about */
    fputs("  → ", stderr);
    screen_put(stderr, b.err ? format : b.data);
    fputc('\n', stderr);
}

static void put_refusal(void *to, enum refusal_part part, const char *text)
{
    if (part == REFUSAL_WHAT)
        cli_error(0, "%s", text);
    else
        ask_hint(to, "%s", text);
}

int ask_refused(const struct cli *cli, const json_t *error)
{
    struct cli shown = *cli;
    if (cli->json)
        cli_json(error);
    else
        refusal_tell(error, put_refusal, &shown);
    return refusal_is(error) ? CLI_REFUSED : CLI_FAILED;
}

static int no_agent(const struct cli *cli, const char *path, int code)
{
    cli_error(0, _("the agent can't be reached at %s: %s"), path, cli_strerror(code));
    if (code == -EACCES)
        ask_hint(cli, "%s", _("check the permissions of the folders above that socket"));
    else
        ask_hint(cli, "%s",
                 _("start the agent, or name its place with --instance DIR or SEKISHO_INSTANCE"));
    return CLI_NO_AGENT;
}

/* The question was taken, and then nobody was there any more: it may have been carried out. */
int ask_lost(const struct cli *cli, int code)
{
    cli_error(0, _("the agent ended before it answered: %s"), cli_strerror(code));
    ask_hint(cli, "%s", _("sekisho status shows whether it is back, sekisho cases what came of it"));
    return CLI_NO_AGENT;
}

static void show_progress(const struct cli *cli, const json_t *message)
{
    static const struct {
        const char *what, *text;
    } steps[] = {
        {"freeze", N_("Keeping a snapshot")},
        {"receive", N_("Bringing in")},
        {"export", N_("Carrying out")},
        {"area", N_("Preparing the area")},
        {"erase", N_("Erasing")},
    };
    int64_t done = record_number(message, "bytes"), total = record_number(message, "total");
    const char *text = N_("Working");
    for (size_t i = 0; i < array_count(steps); i++)
        if (str_eq(steps[i].what, record_text(message, "what")))
            text = steps[i].text;
    if (done >= 0 && total > 0)
        cli_progress(cli, gettext(text), (uint64_t)done, (uint64_t)total);
}

/* Messages until the one that ends the question. Negative: the connection broke. */
static int await(struct cli *cli, int sock, int timeout_ms, json_t **ret, int *ret_exit)
{
    for (;;) {
        autojson json_t *content = NULL;
        enum talk_step step;
        int r = talk_next(sock, timeout_ms, &content, &step);
        if (r == 0 && step == TALK_PROGRESS) {
            show_progress(cli, content);
            continue;
        }
        cli_progress_end();
        if (r != 0)
            return r;
        *ret_exit = step == TALK_ANSWER ? CLI_OK : ask_refused(cli, content);
        if (step == TALK_ANSWER)
            *ret = steal_ptr(&content);
        return 0;
    }
}

int ask_begin(struct cli *cli, const char *op, json_t *request, const int *fds, size_t fd_count,
              int *ret_sock)
{
    int r = talk_begin(op, request, fds, fd_count, ret_sock);
    if (r == SK_ERR_FORMAT)
        return cli_error(CLI_FAILED, _("the question can't be put into JSON: is it all UTF-8?"));
    if (r == -ENOMEM)
        return cli_error(CLI_FAILED, _("out of memory"));
    if (r == SK_ERR_LIMIT)
        return cli_error(CLI_REFUSED, _("too much for one question: name fewer files"));
    return r == 0 ? CLI_OK : no_agent(cli, sk_path(SK_PATH_CONTROL_SOCKET), r);
}

/* What is done and waits for its record is done all the same; whoever asked should know both. */
static void tell_unrecorded(const struct cli *cli, const json_t *answer)
{
    if (json_is_false(json_object_get(answer, "recorded")))
        ask_hint(cli, "%s", _("this is done but not on record yet: the ledger does not answer. It will be as soon "
                              "as the ledger does; sekisho status shows when"));
}

int cli_ask(struct cli *cli, const char *op, json_t *request, const int *fds, size_t fd_count,
            json_t **ret_answer)
{
    autoclose int sock = -1;
    int code = ask_begin(cli, op, request, fds, fd_count, &sock);
    if (code != CLI_OK)
        return code;
    json_t *answer = NULL;
    int r = await(cli, sock, talk_limit_ms(op), &answer, &code);
    if (r != 0)
        return ask_lost(cli, r);
    if (code == CLI_OK) {
        tell_unrecorded(cli, answer);
        *ret_answer = answer;
    }
    return code;
}

int ask_yes(const struct cli *cli, const struct cli_args *args, const char *question, const char *refusal)
{
    char answer[ANSWER_MAX];
    if (cli_flag(args, "yes"))
        return CLI_OK;
    if (cli->json || !isatty(STDIN_FILENO))
        return cli_error(CLI_INCOMPLETE, _("nobody is there to say yes; add --yes"));
    fputs(question, stdout);
    fflush(stdout);
    if (!fgets(answer, sizeof answer, stdin))
        answer[0] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    return str_eq(answer, "yes") || str_eq(answer, _("yes")) ? CLI_OK : cli_error(CLI_NO, "%s", refusal);
}
