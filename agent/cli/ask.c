/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask.c owns the conversation with sekisho-control: one question, its progress, one answer, and how
 * a refusal is told to a person. It must never decide anything that control decides. */
#include <inttypes.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <sekisho/reason.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "record/record.h"
#include "wire/wire.h"

/* control itself waits at most SK_ANSWER_MS for each of the few processes it asks. */
#define ORDINARY_MS (6 * SK_ANSWER_MS) /* milliseconds */
#define ERRNO_LAST  133                /* EHWPOISON, the highest of Linux */

/* Those that move data or make file systems take as long as they take; a person may end them. */
static const char *const long_ops[] = {
    SK_OP_AREA_CREATE, SK_OP_AREA_OPEN, SK_OP_AREA_CLOSE, SK_OP_RECEIVE, SK_OP_REQUEST, SK_OP_EXPORT,
};

/* What to do next, by the reason of a refusal or by the error's code. */
static const struct {
    const char *name;
    const char *hint;
} hints[] = {
    {"no-policy", N_("have the administrator install a signed policy: sekisho policy install FILE")},
    {"policy-expired", N_("ask the administrator for a newer policy; sekisho policy show tells the dates")},
    {"no-area", N_("sekisho area list shows the areas of the policy")},
    {"contract-ended", N_("sekisho policy show tells the contract's period")},
    {"not-on-roster", N_("ask the information manager to be put on the roster (a [person] of the policy)")},
    {"not-for-area", N_("ask the information manager to be assigned to the area")},
    {"not-trained", N_("take the training, then have its date put into the policy")},
    {"not-pledged", N_("hand in the pledge, then have its date put into the policy")},
    {"suspended", N_("ask the information manager")},
    {"no-consent", N_("ask the client for a consent; the manager puts it into the policy as a [consent]")},
    {"consent-ended", N_("ask the client for a new consent")},
    {"consent-used", N_("ask the client for a new consent")},
    {"consent-area", N_("name another consent with --consent, or ask the client for one")},
    {"consent-destination", N_("name another consent with --consent, or ask the client for one")},
    {"consent-purpose", N_("state a purpose that the consent names, or ask the client for another consent")},
    {"no-destination", N_("sekisho policy show lists the destinations")},
    {"destination-kind", N_("take-outs go to media, plain copies (request --copy) to directories")},
    {"no-recipient", N_("have a recipient with its age key put into the policy")},
    {"top-secret", N_("hand it over in person")},
    {"not-approver", N_("sekisho case CASE shows who may approve")},
    {"own-request", N_("ask another approver; sekisho case CASE shows who may approve")},
    {"locked-out", N_("wait until the lock ends, or ask another approver")},
    {"permit-used", N_("a case that failed is approved again with sekisho approve CASE; else make a new request")},
    {"permit-expired", N_("make a new request")},
    {"permit-mismatch", N_("have this very case approved: sekisho approve CASE")},
    {"content-changed", N_("make a new request for the files as they are now")},
    {"mixed-identity", N_("start the program without sudo, su or setuid")},
    {"not-listed", N_("open it with a program that the policy lists, or have this one put on the list")},
    {"not-root-owned", N_("use the program as Debian installs it, not a copy or an extension of one's own")},
    {"code-made", N_("start the program anew; if it is refused again, tell the administrator")},
    {"not-in-room", N_("sekisho room AREA opens the room: start the program in there")},
    {"unidentified", N_("try again; a program that ends at once can't be recognised")},
    {"remote", N_("sit down at the PC itself, or have the policy count remote logins ([work] remote = yes)")},
    {"no-room", N_("open its files in its folder; sekisho area list tells where it is")},
    {"no-terminal", N_("start it without a terminal: it opens in a window, and its output goes to a file")},
    {"ledger-behind", N_("sekisho status shows what is wrong with the ledger")},
    {"SK_ERR_PEER", N_("sekisho whoami shows who you are to the agent and your roles")},
    {"SK_ERR_CLOSED", N_("sekisho cases shows how it ended; try again (a failed take-out or copy needs a new approval)")},
    {"SK_ERR_TIMEOUT", N_("sekisho status names the process that does not answer; have the administrator restart it")},
    {"ENOSPC", N_("make room on the disk named, then try again")},
    {"EROFS", N_("have the medium mounted read-write, then try again")},
};

/* Codes of errors that mean a refusal rather than something broken. */
static const int refusals[] = {
    SK_ERR_FORMAT, SK_ERR_LIMIT, SK_ERR_SIGNATURE, SK_ERR_KEY_UNKNOWN, SK_ERR_DIGEST,
    SK_ERR_ROLLBACK, SK_ERR_EXPIRED, SK_ERR_REFUSED, SK_ERR_STATE, SK_ERR_PEER,
    SK_ERR_PASSPHRASE, SK_ERR_NOT_FOUND, SK_ERR_EXISTS, SK_ERR_UNSUPPORTED, SK_ERR_TAMPERED,
};

const char *ask_advice(const char *name)
{
    for (size_t i = 0; i < array_count(hints); i++)
        if (str_eq(hints[i].name, name))
            return hints[i].hint;
    return NULL;
}

/* The number behind "SK_ERR_STATE" or "ENOSPC"; 0 for no known name. */
static int code_of(const char *name)
{
    for (int code = SK_ERR_FIRST + 1; code < SK_ERR_LAST; code++)
        if (str_eq(sk_errname(code), name))
            return code;
    for (int code = 1; code <= ERRNO_LAST; code++)
        if (str_eq(sk_errname(-code), name))
            return -code;
    return 0;
}

/* The row of reason.h with that name, or SK_REASON_COUNT. */
static enum sk_reason reason_of(const char *name)
{
    for (unsigned i = 0; i < SK_REASON_COUNT; i++)
        if (str_eq(sk_reason_name((enum sk_reason)i), name))
            return (enum sk_reason)i;
    return SK_REASON_COUNT;
}

static int exit_of(const char *code_name, enum sk_reason reason)
{
    if (reason != SK_REASON_COUNT)
        return CLI_REFUSED;
    int code = code_of(code_name);
    for (size_t i = 0; i < array_count(refusals); i++)
        if (refusals[i] == code)
            return CLI_REFUSED;
    return CLI_FAILED;
}

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

/* Control's own sentence without the general one, which it may begin or end with. */
static void special_part(struct buf *b, const char *why, const char *general)
{
    size_t why_len = strlen(why), len = strlen(general);
    size_t from = 0;
    if (len && str_starts(why, general)) {
        from = len;
        while (from < why_len && (why[from] == ':' || why[from] == ' '))
            from++;
    } else if (len && why_len > len + 2 && str_eq(why + why_len - len, general) &&
               memcmp(why + why_len - len - 2, ": ", 2) == 0) {
        why_len -= len + 2;
    }
    buf_put(b, why + from, why_len - from);
}

/* What is wrong, first in the reader's language, then as control said it. */
static void tell(const struct cli *cli, const json_t *error, enum sk_reason reason)
{
    const char *code_name = record_text(error, "code");
    int code = code_of(code_name);
    bool known = reason != SK_REASON_COUNT;
    const char *general = known ? sk_reason_text(reason) : code != 0 ? sk_strerror(code) : "";
    autobuf struct buf special = {0};
    autobuf struct buf message = {0};
    const char *here = general[0] ? gettext(general) : "";
    if (!known && here == general && record_text(error, "why")[0])
        general = here = ""; /* English needs no more than control's own sentence */
    special_part(&special, record_text(error, "why"), general);
    buf_puts(&message, here);
    buf_puts(&message, here[0] && special.len ? ": " : "");
    if (special.len)
        buf_puts(&message, gettext(special.data));
    if (known)
        buf_printf(&message, " [%s]", sk_reason_name(reason));
    cli_error(0, "%s", message.err ? general : message.data);
    const char *hint = ask_advice(known ? sk_reason_name(reason) : code_name);
    if (hint)
        ask_hint(cli, "%s", gettext(hint));
}

int ask_refused(const struct cli *cli, const json_t *error)
{
    const char *name = record_text(error, "reason");
    enum sk_reason reason = reason_of(name[0] ? name : record_text(error, "code"));
    if (cli->json)
        cli_json(error);
    else
        tell(cli, error, reason);
    return exit_of(record_text(error, "code"), reason);
}

static int timeout_for(const char *op)
{
    for (size_t i = 0; i < array_count(long_ops); i++)
        if (str_eq(long_ops[i], op))
            return -1;
    return ORDINARY_MS;
}

static int no_agent(const struct cli *cli, const char *path, int code)
{
    cli_error(0, _("the agent can't be reached at %s: %s"), path, gettext(sk_strerror(code)));
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
    cli_error(0, _("the agent ended before it answered: %s"), gettext(sk_strerror(code)));
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
    };
    int64_t done = record_number(message, "bytes"), total = record_number(message, "total");
    const char *text = N_("Working");
    for (size_t i = 0; i < array_count(steps); i++)
        if (str_eq(steps[i].what, record_text(message, "what")))
            text = steps[i].text;
    if (done >= 0 && total > 0)
        cli_progress(cli, gettext(text), (uint64_t)done, (uint64_t)total);
}

int ask_next(int sock, int timeout_ms, json_t **ret, enum ask_step *ret_step)
{
    autowire struct wire_message m = {0};
    autojson json_t *content = NULL;
    int r = wire_receive(sock, &m, timeout_ms);
    if (r == 0)
        r = record_parse(m.payload.data ? m.payload.data : "", m.payload.len, SK_MESSAGE_MAX,
                         &content);
    if (r != 0)
        return r;
    if (m.type != SK_MSG_PROGRESS && m.type != SK_MSG_ANSWER && m.type != SK_MSG_ERROR)
        return SK_ERR_FORMAT;
    *ret_step = m.type == SK_MSG_PROGRESS ? ASK_PROGRESS : m.type == SK_MSG_ANSWER ? ASK_ANSWER
                                                                                   : ASK_REFUSED;
    *ret = steal_ptr(&content);
    return 0;
}

/* Messages until the one that ends the question. Negative: the connection broke. */
static int await(struct cli *cli, int sock, int timeout_ms, json_t **ret, int *ret_exit)
{
    for (;;) {
        autojson json_t *content = NULL;
        enum ask_step step;
        int r = ask_next(sock, timeout_ms, &content, &step);
        if (r != 0)
            return r;
        if (step == ASK_PROGRESS) {
            show_progress(cli, content);
            continue;
        }
        *ret_exit = step == ASK_ANSWER ? CLI_OK : ask_refused(cli, content);
        if (step == ASK_ANSWER)
            *ret = steal_ptr(&content);
        return 0;
    }
}

int ask_begin(struct cli *cli, const char *op, json_t *request, const int *fds, size_t fd_count,
              int *ret_sock)
{
    const char *path = sk_path(SK_PATH_CONTROL_SOCKET);
    if (json_object_set_new(request, "op", json_string(op)) != 0)
        return cli_error(CLI_FAILED, _("the question can't be put into JSON: is it all UTF-8?"));
    autofree char *text = json_dumps(request, JSON_COMPACT);
    if (!text)
        return cli_error(CLI_FAILED, _("out of memory"));
    autoclose int sock = wire_connect(path);
    if (sock < 0)
        return no_agent(cli, path, sock);
    int r = wire_send(sock, SK_MSG_ASK, text, strlen(text), fds, fd_count, ORDINARY_MS);
    if (r == SK_ERR_LIMIT)
        return cli_error(CLI_REFUSED, _("too much for one question: name fewer files"));
    if (r == SK_ERR_CLOSED) {
        /* one that closed at once said why before it did */
        json_t *answer = NULL;
        int code = CLI_NO_AGENT;
        r = await(cli, sock, ORDINARY_MS, &answer, &code);
        json_decref(answer);
        if (r == 0)
            return code == CLI_OK ? CLI_FAILED : code;
    }
    if (r != 0)
        return no_agent(cli, path, r);
    *ret_sock = steal_fd(&sock);
    return CLI_OK;
}

int cli_ask(struct cli *cli, const char *op, json_t *request, const int *fds, size_t fd_count,
            json_t **ret_answer)
{
    autoclose int sock = -1;
    int code = ask_begin(cli, op, request, fds, fd_count, &sock);
    if (code != CLI_OK)
        return code;
    json_t *answer = NULL;
    int r = await(cli, sock, timeout_for(op), &answer, &code);
    if (r != 0)
        return ask_lost(cli, r);
    if (code == CLI_OK)
        *ret_answer = answer;
    return code;
}
