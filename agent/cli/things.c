/* SPDX-License-Identifier: GPL-3.0-or-later */
/* things.c owns the way from options to questions about the register. It must never make up what a person
 * has to say. */
#include "cli/things.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/digest.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/screen.h"
#include "cli/files.h"
#include "record/record.h"

#define RECEIPT_MAX ((size_t)1024 * 1024) /* bytes of a receipt */

/* {"text","file","sha256"} of a proof's file. */
static int hash_proof(const char *path, json_t **ret)
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    struct stat st;
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int r = fd < 0 || fstat(fd, &st) != 0 ? -errno : 0;
    if (r == 0 && !S_ISREG(st.st_mode))
        return cli_error(CLI_FAILED, _("%s is no regular file"), path);
    if (r == 0)
        r = digest_of_fd(fd, digest, NULL);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", path, cli_strerror(r));
    digest_hex(hex, digest);
    const char *slash = strrchr(path, '/');
    autobuf struct buf name = {0};
    str_escape(&name, slash ? slash + 1 : path, strlen(slash ? slash + 1 : path));
    *ret = json_pack("{s:s, s:s, s:s}", "text", "", "file", name.data ? name.data : "", "sha256",
                     hex);
    return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

int things_proof(const struct cli_args *args, bool needed, json_t **ret)
{
    const char *text = cli_value(args, "proof"), *file = cli_value(args, "proof-file");
    *ret = NULL;
    if (!file && (!text || !text[0]))
        return needed ? cli_error(CLI_INCOMPLETE,
                                  _("what proves it? Add --proof TEXT or --proof-file FILE"))
                      : CLI_OK;
    if (file && text)
        return cli_error(CLI_USAGE, _("either --proof or --proof-file"));
    if (file)
        return hash_proof(file, ret);
    *ret = json_pack("{s:s, s:s, s:s}", "text", text, "file", "", "sha256", "");
    return *ret ? CLI_OK : cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
}

int things_receipt(json_t *request, const char *path)
{
    autofree char *text = NULL;
    autofree char *signature = NULL;
    autobuf struct buf name = {0};
    buf_printf(&name, "%s.minisig", path);
    int code = files_read(path, RECEIPT_MAX, &text);
    if (code == CLI_OK)
        code = name.err ? cli_error(CLI_FAILED, _("out of memory"))
                        : files_read(name.data, SK_SIGNATURE_MAX, &signature);
    if (code != CLI_OK)
        return code;
    return json_object_set_new(request, "receipt", json_string(text)) == 0 &&
                   json_object_set_new(request, "signature", json_string(signature)) == 0
               ? CLI_OK
               : cli_error(CLI_FAILED, _("%s is no receipt"), path);
}

int things_to(const struct cli_args *args, json_t **ret)
{
    const char *person = cli_value(args, "to-person"), *name = cli_value(args, "to");
    const char *organisation = cli_value(args, "organisation");
    if (person && name)
        return cli_error(CLI_USAGE, _("either --to or --to-person"));
    if (!person && !name)
        return cli_error(CLI_INCOMPLETE,
                         _("to whom? Add --to NAME, or --to-person PERSON for somebody on the roster"));
    *ret = json_pack("{s:s, s:s, s:s}", "person", person ? person : "", "name", name ? name : "",
                     "organisation", organisation ? organisation : "");
    return *ret ? CLI_OK : cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
}

static const char *text_of(const struct cli_args *args, const char *option)
{
    const char *value = cli_value(args, option);
    return value ? value : "";
}

/* REC-6 leaves none of these out. */
static int check_complete(const struct cli_args *args)
{
    static const struct {
        const char *option, *text;
    } needed[] = {
        {"from", N_("from whom did it come, or who made it? Add --from WHOM")},
        {"how", N_("how did it come? Add --how HOW")},
        {"purpose", N_("for what purpose? Add --purpose TEXT")},
        {"place", N_("where is it used? Add --place TEXT")},
        {"kept-where", N_("where is it kept? Add --kept-where TEXT")},
        {"kept-how", N_("how is it kept, locked away for instance? Add --kept-how TEXT")},
    };
    if (!cli_value(args, "contract") && !cli_value(args, "area"))
        return cli_error(CLI_USAGE, _("of which contract? Add --contract CONTRACT or --area AREA"));
    for (size_t i = 0; i < array_count(needed); i++)
        if (!*text_of(args, needed[i].option))
            return cli_error(CLI_INCOMPLETE, "%s", gettext(needed[i].text));
    return CLI_OK;
}

static json_t *question(const struct cli_args *args, const char *form, const char *name,
                        uint64_t count)
{
    json_t *request = json_pack(
        "{s:s, s:s, s:s, s:I, s:{s:s, s:s}, s:b, s:b}", "form", form, "name", name, "return-how",
        text_of(args, "return-how"), "count", (json_int_t)count, "kept", "where",
        text_of(args, "kept-where"), "how", text_of(args, "kept-how"), "specific-personal",
        cli_flag(args, "personal"), "top-secret", cli_flag(args, "top-secret"));
    static const char *const same[] = {"contract", "area",    "of",    "from",    "how",
                                       "purpose",  "place",   "handler", "owner"};
    for (size_t i = 0; request && i < array_count(same); i++)
        if (json_object_set_new(request, same[i], json_string(text_of(args, same[i]))) != 0) {
            json_decref(request);
            return NULL;
        }
    return request;
}

int things_enter(struct cli *cli, const struct cli_args *args, const char *form)
{
    uint64_t count = 1;
    const char *number = cli_value(args, "count");
    int code = check_complete(args);
    if (code == CLI_OK && str_eq(form, "medium") && !cli_value(args, "owner"))
        return cli_error(CLI_INCOMPLETE, _("whose medium is it? Add --owner client or --owner contractor"));
    if (code == CLI_OK && number && (str_to_u64(number, SK_PIECES_MAX, &count) != 0 || count == 0))
        return cli_error(CLI_USAGE, _("--count %s is no number from 1 to %d"), number, SK_PIECES_MAX);
    for (int i = 0; i < args->count && code == CLI_OK; i++) {
        autojson json_t *request = question(args, form, args->words[i], count);
        autojson json_t *answer = NULL;
        if (!request)
            return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
        code = cli_ask(cli, SK_OP_REGISTER_ADD, request, NULL, 0, &answer);
        if (code == CLI_OK && cli->json)
            cli_json(answer);
        else if (code == CLI_OK)
            screen_line(record_text(answer, "item"), args->words[i]);
    }
    if (code == CLI_OK)
        ask_hint(cli, "%s", _("write the id on it; another person, a manager, then runs: sekisho register "
                              "check ID"));
    return code;
}

int things_handover(struct cli *cli, const char *id, json_t **ret)
{
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    size_t i;
    json_t *row;
    int code = cli_ask(cli, SK_OP_HANDOVER_LIST, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    json_array_foreach(record_member(answer, "handovers"), i, row)
        if (str_eq(record_text(row, "handover"), id)) {
            *ret = json_incref(row);
            return CLI_OK;
        }
    return cli_error(CLI_REFUSED, _("there is no hand-over %s that you may see"), id);
}
