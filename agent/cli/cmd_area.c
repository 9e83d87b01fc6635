/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_area.c owns the administrator's view of protected areas. It must never touch a device or a
 * mount itself. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/fdio.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "record/record.h"

#define SIZE_LIMIT (UINT64_MAX >> 1) /* bytes; JSON integers are signed */

/* "20G", "512MiB", "4096" → bytes. False for anything else. */
static bool parse_size(const char *text, uint64_t *ret)
{
    static const char units[] = "KMGT";
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    unsigned shift = 0;
    char number[24];
    if (digits == 0 || digits >= sizeof number)
        return false;
    memcpy(number, text, digits);
    number[digits] = '\0';
    if (*unit) {
        const char *at = strchr(units, *unit);
        if (!at || (unit[1] && !str_eq(unit + 1, "iB")))
            return false;
        shift = 10 * (unsigned)(at - units + 1);
    }
    uint64_t value;
    if (str_to_u64(number, SIZE_LIMIT >> shift, &value) != 0)
        return false;
    *ret = value << shift;
    return true;
}

/* The row of area.list for that id: a borrowed reference in *ret, NULL when the agent has none (the
 * question that follows is then refused with the agent's own words). */
static int look_up(struct cli *cli, const char *area, json_t **ret_list, const json_t **ret)
{
    autojson json_t *request = json_object();
    int code = cli_ask(cli, SK_OP_AREA_LIST, request, NULL, 0, ret_list);
    if (code != CLI_OK)
        return code;
    *ret = NULL;
    size_t i;
    const json_t *row;
    json_array_foreach(record_member(*ret_list, "areas"), i, row)
        if (str_eq(record_text(row, "area"), area))
            *ret = row;
    return CLI_OK;
}

/* Ask control, with the area's passphrase where it is encrypted. */
static int ask_with_passphrase(struct cli *cli, const char *op, json_t *request, bool twice,
                               json_t **ret)
{
    autojson json_t *list = NULL;
    const json_t *area = NULL;
    int code = look_up(cli, record_text(request, "area"), &list, &area);
    if (code != CLI_OK)
        return code;
    if (!str_eq(record_text(area, "backing"), "luks"))
        return cli_ask(cli, op, request, NULL, 0, ret);
    char *passphrase = NULL;
    code = cli_passphrase(twice ? _("New recovery passphrase of the area")
                                : _("Passphrase of the area"),
                          twice, &passphrase);
    if (code != CLI_OK)
        return code;
    autoclose int fd = fd_memory_sealed("passphrase", passphrase, strlen(passphrase));
    cli_passphrase_free(passphrase);
    if (fd < 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    return cli_ask(cli, op, request, &fd, 1, ret);
}

static int run_create(struct cli *cli, const struct cli_args *args)
{
    const char *size = cli_value(args, "size");
    const char *device = cli_value(args, "device");
    const char *filesystem = cli_value(args, "filesystem");
    uint64_t bytes = 0;
    if (!size && !device)
        return cli_error(CLI_USAGE, _("either --size SIZE or --device DEVICE is needed"));
    if (size && !parse_size(size, &bytes))
        return cli_error(CLI_USAGE, _("--size %s is no size: a number with K, M, G or T, as 20G"),
                         size);
    autobuf struct buf path = {0};
    str_escape(&path, device ? device : "", device ? strlen(device) : 0);
    autojson json_t *request = json_pack("{s:s, s:I, s:s, s:s}", "area", args->words[0], "bytes",
                                         (json_int_t)bytes, "filesystem",
                                         filesystem ? filesystem : "ext4", "device",
                                         path.data ? path.data : "");
    autojson json_t *answer = NULL;
    int code = ask_with_passphrase(cli, SK_OP_AREA_CREATE, request, true, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    fputs(_("Created: area "), stdout);
    screen_put(stdout, args->words[0]);
    const char *detail = record_text(answer, "detail");
    fputs(detail[0] ? ", " : "", stdout);
    screen_put(stdout, detail);
    putchar('\n');
    ask_hint(cli, _("sekisho area open %s"), args->words[0]);
    return CLI_OK;
}

static int run_open(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "area", args->words[0]);
    autojson json_t *answer = NULL;
    int code = ask_with_passphrase(cli, SK_OP_AREA_OPEN, request, false, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    bool in_rooms = str_eq(record_text(answer, "gate"), "room");
    printf(_("Open: area %s"), args->words[0]);
    fputs(in_rooms ? _(", in rooms only, there at ") : _(", at "), stdout);
    screen_put(stdout, record_text(answer, "mount"));
    puts(record_flag(answer, "encrypted") ? "" : _(" (not encrypted at rest)"));
    if (in_rooms)
        ask_hint(cli, _("its handlers run: sekisho room %s"), args->words[0]);
    return CLI_OK;
}

static int run_close(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "area", args->words[0]);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_AREA_CLOSE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const char *held = record_text(answer, "held");
    if (!*held) {
        printf(_("Closed: area %s\n"), args->words[0]);
        return CLI_OK;
    }
    printf(_("Not wholly closed: area %s: "), args->words[0]);
    screen_put(stdout, held);
    putchar('\n');
    return CLI_NO;
}

static const char *state_of(const json_t *area)
{
    if (record_flag(area, "held"))
        return _("shut, held");
    return record_flag(area, "open") ? _("open") : record_flag(area, "exists") ? _("closed")
                                                                               : _("not created");
}

static int run_list(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_AREA_LIST, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const char *headings[] = {_("Area"), _("Label"), _("State"),   _("At rest"), _("Size"),
                              _("Free"), _("Mount"), _("Remark")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(record_member(answer, "areas"), i, row) {
        autobuf struct buf size = {0};
        autobuf struct buf left = {0};
        bool open = record_flag(row, "open"), exists = record_flag(row, "exists");
        screen_short_size(&size, (uint64_t)record_number(row, "bytes"));
        screen_short_size(&left, (uint64_t)record_number(row, "free"));
        const char *cells[] = {
            record_text(row, "area"),
            record_text(row, "label"),
            state_of(row),
            !exists ? "" : record_flag(row, "encrypted") ? _("encrypted") : _("not encrypted"),
            exists && size.data ? size.data : "",
            open && record_member(row, "free") && left.data ? left.data : "",
            record_text(row, "mount"),
            record_text(row, "why"),
        };
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

/* What a colleague's policy states of this area. */
static int run_key(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "area", args->words[0]);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_AREA_KEY, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf("age = %s\n", record_text(answer, "recipient"));
    printf("receipt-key = %s\n", record_text(answer, "receipt-key"));
    ask_hint(cli, "%s", _("for the policy of a PC that sends to this area: the first line goes into a "
                          "[recipient], the second into a [destination] of kind area"));
    return CLI_OK;
}

static const struct cli_option create_options[] = {
    {"size", N_("SIZE"), N_("size of the image file, as 20G")},
    {"device", N_("DEVICE"), N_("an existing block device instead of an image file")},
    {"filesystem", N_("ext4|xfs"), N_("file system, ext4 unless given")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_area_commands[] = {
    {"area create", N_("AREA --size SIZE | --device DEVICE"),
     N_("Make the file system of a protected area of the policy"), create_options, 1, 1, run_create},
    {"area open", N_("AREA"), N_("Mount a protected area, watched"), NULL, 1, 1, run_open},
    {"area close", N_("AREA"), N_("Unmount a protected area"), NULL, 1, 1, run_close},
    {"area key", N_("AREA"), N_("Show the key that colleagues' PCs seal to for this area; made at the first time"),
     NULL, 1, 1, run_key},
    {"area list", "", N_("Show the protected areas and their state"), NULL, 0, 0, run_list},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
