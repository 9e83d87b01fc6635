/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_end.c owns the recording of how a thing of the register ended: given, returned, destroyed. It must
 * never record an end without method and proof. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/medium_return.h"
#include "cli/screen.h"
#include "cli/things.h"
#include "record/record.h"

/* What all three ask for. */
static int common(const struct cli_args *args, json_t **ret)
{
    const char *method = cli_value(args, "method"), *by = cli_value(args, "done-by");
    autojson json_t *proof = NULL;
    if (!method || !method[0])
        return cli_error(CLI_INCOMPLETE, _("how was it done? Add --method TEXT"));
    const char *receipt = cli_value(args, "receipt");
    int code = things_proof(args, !receipt, &proof);
    if (code == CLI_OK && receipt && proof)
        code = cli_error(CLI_USAGE, _("either --receipt or --proof"));
    if (code != CLI_OK)
        return code;
    autojson json_t *request = json_pack("{s:s, s:s}", "method", method, "done-by", by ? by : "");
    if (!request || (proof && json_object_set(request, "proof", proof) != 0))
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    code = receipt ? things_receipt(request, receipt) : CLI_OK;
    if (code == CLI_OK)
        *ret = steal_ptr(&request);
    return code;
}

static void tell(struct cli *cli, const char *op, const char *id)
{
    printf(str_eq(op, SK_OP_RETURN) ? _("Recorded: %s was returned.\n")
           : str_eq(op, SK_OP_GIVE) ? _("Recorded: %s was given.\n")
                                    : _("Recorded: %s was disposed of.\n"),
           id);
    if (str_starts(id, "T-"))
        ask_hint(cli, _("the whole record: sekisho case %s"), id);
    else
        ask_hint(cli, _("the whole record: sekisho register show %s"), id);
}

/* One after the other; what is recorded stays so when a later one fails. */
static int record_all(struct cli *cli, const struct cli_args *args, const char *op,
                      const json_t *request)
{
    int code = CLI_OK;
    for (int i = 0; i < args->count && code == CLI_OK; i++) {
        autojson json_t *one = json_copy((json_t *)(uintptr_t)request);
        autojson json_t *answer = NULL;
        if (!one || json_object_set_new(one, "case", json_string(args->words[i])) != 0)
            return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
        code = cli_ask(cli, op, one, NULL, 0, &answer);
        if (code == CLI_OK && cli->json)
            cli_json(answer);
        else if (code == CLI_OK)
            tell(cli, op, args->words[i]);
    }
    return code;
}

static int run_return(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = NULL;
    bool wiped = cli_flag(args, "wipe");
    if (args->count == 1 && medium_return_is(args->words[0]) && !cli_value(args, "method"))
        return medium_return(cli, args->words[0], wiped, cli_value(args, "witness"));
    if (wiped)
        return cli_error(CLI_USAGE, _("--wipe is for a medium that came back; name it alone, without --method"));
    int code = common(args, &request);
    return code != CLI_OK ? code : record_all(cli, args, SK_OP_RETURN, request);
}

static int run_destroy(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = NULL;
    int code = common(args, &request);
    return code != CLI_OK ? code : record_all(cli, args, SK_OP_DISPOSE, request);
}

static int run_give(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = NULL;
    json_t *to = NULL;
    int code = common(args, &request);
    if (code == CLI_OK)
        code = things_to(args, &to);
    if (code != CLI_OK)
        return code;
    if (json_object_set_new(request, "to", to) != 0 ||
        json_object_set_new(request, "to-client", json_boolean(cli_flag(args, "to-client"))) != 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    return record_all(cli, args, SK_OP_GIVE, request);
}

#define END_OPTIONS                                                                                \
    {"method", N_("TEXT"), N_("how it was done")},                                                 \
        {"proof", N_("TEXT"), N_("what proves it")},                                               \
        {"proof-file", N_("FILE"), N_("a file that proves it; its SHA-256 is recorded")},          \
        {"done-by", N_("TEXT"), N_("who did it by hand, unless you did")}

#define RECEIPT_OPTION                                                                             \
    {"receipt", N_("FILE"), N_("the receiver's signed receipt instead, with FILE.minisig beside it")}

static const struct cli_option end_options[] = {END_OPTIONS, {NULL, NULL, NULL}};

static const struct cli_option return_options[] = {
    END_OPTIONS,
    RECEIPT_OPTION,
    {"wipe", NULL, N_("of a medium: overwrite the exports that are on it unchanged, and read back")},
    {"witness", N_("TEXT"), N_("who attends the wiping: name and office, for the record")},
    {NULL, NULL, NULL},
};

static const struct cli_option give_options[] = {
    {"to", N_("NAME"), N_("who took it, by name")},
    {"to-person", N_("PERSON"), N_("a colleague of the roster, who has it from now on")},
    {"organisation", N_("TEXT"), N_("whose organisation that is")},
    {"to-client", NULL, N_("it is the client's now, to keep")},
    END_OPTIONS,
    RECEIPT_OPTION,
    {NULL, NULL, NULL},
};

const struct cli_command cmd_end_commands[] = {
    {"give", N_("ID… --to-client --to NAME | --to-person PERSON, --method TEXT --proof TEXT"),
     N_("Record that something was given to the client, or to a colleague"), give_options, 1, -1,
     run_give},
    {"return", N_("ID… --method TEXT --proof TEXT | --proof-file FILE | --receipt FILE, MEDIUM [--wipe]"),
     N_("Record that what was taken out came back, or that something went back to the client; of a registered medium that "
        "is plugged in, look what is on it"),
     return_options, 1, -1, run_return},
    {"destroy", N_("ID… --method TEXT --proof TEXT | --proof-file FILE"),
     N_("Record that something of the register was destroyed"), end_options, 1, -1, run_destroy},
    {"dispose", N_("ID… --method TEXT --proof TEXT | --proof-file FILE"),
     N_("The same as destroy"), end_options, 1, -1, run_destroy},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
