/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_erase.c owns the commands that erase. Without --yes they only tell what would be done. It must never
 * say yes for a person. */
#include <fcntl.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/erasure.h"
#include "cli/screen.h"
#include "record/record.h"

static int show_plan(struct cli *cli, json_t *request)
{
    autojson json_t *answer = NULL;
    autobuf struct buf size = {0};
    json_object_set_new(request, "dry-run", json_true());
    int code = cli_ask(cli, SK_OP_ERASE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    fputs(_("Would be erased: "), stdout);
    erasure_object(record_member(answer, "object"));
    putchar('\n');
    screen_line(_("Contract"), record_text(answer, "contract"));
    screen_size(&size, (uint64_t)record_number(answer, "bytes"), false);
    screen_line(record_flag(answer, "keys") ? _("Keys, then header") : _("Overwritten"),
                size.data ? size.data : "");
    erasure_claims(answer);
    if (record_flag(answer, "compared"))
        screen_line(_("Content"), _("is compared with what is on record first; if it differs nothing is erased"));
    const char *plan = record_text(answer, "confirmed"), *incident = record_text(answer, "incident");
    screen_line(_("Confirmed plan"), *plan ? plan : _("none: it is refused until a manager confirms one"));
    if (*incident)
        screen_line(_("Open incident"), incident);
    if (record_flag(answer, "room"))
        screen_line(_("Room"), _("somebody works in the area's room: end it first"));
    ask_hint(cli, "%s", _("nothing was erased; to do it, give the command again with --yes"));
    return CLI_OK;
}

static int run(struct cli *cli, const struct cli_args *args, json_t *request)
{
    static const char *const texts[][2] = {{"witness", "witness"}, {"item", "item"}, {"case", "for-case"}};
    bool yes = cli_flag(args, "yes") && !cli_flag(args, "dry-run");
    for (size_t i = 0; request && i < array_count(texts); i++) {
        const char *value = cli_value(args, texts[i][0]);
        if (value && json_object_set_new(request, texts[i][1], json_string(value)) != 0)
            return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    }
    if (!request)
        return cli_error(CLI_FAILED, _("out of memory"));
    return yes ? erasure_run(cli, request) : show_plan(cli, request);
}

static int run_area(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "area", args->words[0]);
    return run(cli, args, request);
}

/* A name below the present folder as an absolute path; its last part is not followed, so that a link stays one. NULL
 * with errno set. */
static char *absolute_path(const char *word)
{
    autofree char *above = strdup(word);
    char *slash = above ? strrchr(above, '/') : NULL;
    const char *last = slash ? slash + 1 : word;
    autobuf struct buf path = {0};
    if (!above)
        return NULL;
    if (!*last || str_eq(last, ".") || str_eq(last, ".."))
        return realpath(word, NULL); /* a folder, which is refused */
    if (slash)
        *slash = '\0';
    autofree char *folder = realpath(slash ? above : ".", NULL);
    if (!folder || faccessat(AT_FDCWD, word, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return NULL;
    buf_printf(&path, "%s/%s", str_eq(folder, "/") ? "" : folder, last);
    return buf_steal(&path);
}

/* A path, made absolute where it is not; a name without any '/' that is no file here is a medium's id. */
static int run_erase(struct cli *cli, const struct cli_args *args)
{
    const char *word = args->words[0], *device = cli_value(args, "device");
    autofree char *absolute = NULL;
    autobuf struct buf path = {0};
    bool medium = device || (!strchr(word, '/') && access(word, F_OK) != 0);
    if (medium) {
        str_escape(&path, device ? device : "", device ? strlen(device) : 0);
        autojson json_t *request = json_pack("{s:s, s:s}", "medium", word, "device",
                                             path.data ? path.data : "");
        return run(cli, args, request);
    }
    if (word[0] != '/' && !(absolute = absolute_path(word)))
        return cli_error(CLI_FAILED, "%s: %s", word, cli_strerror(-errno));
    str_escape(&path, absolute ? absolute : word, strlen(absolute ? absolute : word));
    autojson json_t *request = json_pack("{s:s, s:b, s:b}", "path", path.data ? path.data : "", "all-names",
                                         cli_flag(args, "all-names"), "changed", cli_flag(args, "changed"));
    return run(cli, args, request);
}

static const struct cli_option area_options[] = {
    {"yes", NULL, N_("do it; without, only what would be done is told")},
    {"dry-run", NULL, N_("only tell what would be done, whatever else is said")},
    {"witness", N_("TEXT"), N_("who attends: name and office, for the record")},
    {NULL, NULL, NULL},
};

static const struct cli_option erase_options[] = {
    {"yes", NULL, N_("do it; without, only what would be done is told")},
    {"dry-run", NULL, N_("only tell what would be done, whatever else is said")},
    {"all-names", NULL, N_("also when the file has other names (hard links): all are emptied")},
    {"changed", NULL, N_("also when the file holds something else than what is on record; the copy or take-out does not "
                         "end by it")},
    {"device", N_("DEVICE"), N_("the medium's block device, when its erasure had begun and broke off")},
    {"witness", N_("TEXT"), N_("who attends: name and office, for the record")},
    {"case", N_("CASE"), N_("the copy or take-out that ends with it")},
    {"item", N_("ITEM"), N_("the item of the register that ends with it")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_erase_commands[] = {
    {"erase", N_("FILE | MEDIUM"),
     N_("Erase a file or a medium: overwrite, read back, and tell what that reaches"), erase_options, 1, 1,
     run_erase},
    {"area destroy", N_("AREA"),
     N_("Erase a whole area, keys first, and tell what that reaches"), area_options, 1, 1, run_area},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
