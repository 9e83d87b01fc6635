/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_device.c owns the view of what is plugged in, and the register of media. It must never show what a device says of
 * itself but as text. */
#include <sekisho/ops.h>
#include <sekisho/reason.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "cli/watch_line.h"
#include "record/record.h"

static const char *state_text(const json_t *device)
{
    static const struct {
        const char *state, *text;
    } words[] = {
        {"shut", N_("refused")},        {"waiting", N_("waits for the ledger")},
        {"partly", N_("partly let in")}, {"open", N_("let in")},
        {"in-use", N_("in use")},       {"failed", N_("failed")},
        {"checking", N_("is looked at")},
    };
    for (size_t i = 0; i < array_count(words); i++)
        if (str_eq(words[i].state, record_text(device, "state")))
            return gettext(words[i].text);
    return record_text(device, "state");
}

static void put_list(struct buf *b, const json_t *list)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one) {
        buf_puts(b, i > 0 ? ", " : "");
        screen_safe(b, json_string_value(one) ? json_string_value(one) : "");
    }
    buf_puts(b, "");
}

/* What it calls itself: maker and name. */
static void put_name(struct buf *b, const json_t *device)
{
    const char *maker = record_text(device, "maker"), *name = record_text(device, "name");
    screen_safe(b, maker);
    buf_puts(b, *maker && *name ? " " : "");
    screen_safe(b, name);
    buf_puts(b, "");
}

static int print_list(const json_t *devices)
{
    const char *headings[] = {_("Port"), _("Vendor:product"), _("Serial"), _("Kind"), _("Name"), _("State"), _("Medium"),
                              _("Files")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *device;
    json_array_foreach(devices, i, device) {
        autobuf struct buf ids = {0}, kinds = {0}, name = {0};
        buf_printf(&ids, "%s:%s", record_text(device, "vendor"), record_text(device, "product"));
        put_list(&kinds, record_member(device, "classes"));
        put_name(&name, device);
        const char *cells[] = {record_text(device, "port"),   ids.data ? ids.data : "",
                               record_text(device, "serial"), kinds.data ? kinds.data : "",
                               name.data ? name.data : "",    state_text(device),
                               record_text(device, "medium"), record_text(device, "mount")};
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

/* --- the register of media --------------------------------------------------------------------- */

static const char *medium_state(const json_t *medium)
{
    static const struct {
        const char *state, *text;
    } words[] = {{"approved", N_("approved")}, {"expired", N_("expired")}, {"revoked", N_("revoked")}};
    for (size_t i = 0; i < array_count(words); i++)
        if (str_eq(words[i].state, record_text(medium, "state")))
            return gettext(words[i].text);
    return record_text(medium, "state");
}

static int print_media(const json_t *media)
{
    const char *headings[] = {_("Medium"), _("Name"), _("Answers for it"), _("Until"), _("State"), _("Port"), _("Files")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *one;
    json_array_foreach(media, i, one) {
        const char *cells[] = {record_text(one, "medium"),  record_text(one, "label"), record_text(one, "owner"),
                               record_text(one, "expires"), medium_state(one),         record_text(one, "port"),
                               record_text(one, "mount")};
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static void print_revoked(const json_t *medium)
{
    autobuf struct buf at = {0};
    const json_t *revoked = record_member(medium, "revoked");
    if (!json_is_object(revoked))
        return;
    screen_time(&at, record_text(revoked, "at"), false);
    screen_line(_("Revoked"), at.data ? at.data : "");
    screen_line(_("By"), record_text(revoked, "person.name"));
    screen_line(_("Reason"), record_text(revoked, "why"));
}

/* Nothing of one that no export went onto: it can't be told from its copy yet. */
static void print_turn(const json_t *medium)
{
    autobuf struct buf at = {0}, text = {0};
    if (record_number(medium, "turn") <= 0)
        return;
    screen_time(&at, record_text(medium, "turn-at"), false);
    buf_printf(&text, _("%lld, written %s"), (long long)record_number(medium, "turn"), at.data ? at.data : "");
    screen_line(_("Turn"), text.data ? text.data : "");
}

static int print_medium(const json_t *medium)
{
    autobuf struct buf areas = {0};
    put_list(&areas, record_member(medium, "areas"));
    screen_line(_("Medium"), record_text(medium, "medium"));
    screen_line(_("Name"), record_text(medium, "label"));
    screen_line(_("State"), medium_state(medium));
    screen_line(_("Answers for it"), record_text(medium, "owner"));
    screen_line(_("Areas"), areas.data ? areas.data : "");
    screen_line(_("Until"), record_text(medium, "expires"));
    screen_line(_("Identity"), record_text(medium, "identity"));
    print_turn(medium);
    screen_line(_("Port"), record_text(medium, "port"));
    screen_line(_("Files"), record_text(medium, "mount"));
    print_revoked(medium);
    return CLI_OK;
}

/* --- what is plugged in ------------------------------------------------------------------------- */

static int ask(struct cli *cli, json_t **ret)
{
    autojson json_t *request = json_object();
    return cli_ask(cli, SK_OP_DEVICE_LIST, request, NULL, 0, ret);
}

static int run_list(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    autojson json_t *answer = NULL;
    int code = ask(cli, &answer);
    if (code != CLI_OK)
        return code;
    const json_t *devices = record_member(answer, "devices"), *media = record_member(answer, "media");
    if (*record_text(answer, "why")) /* the register is known all the same */
        code = cli_error(CLI_FAILED, "%s", record_text(answer, "why"));
    if (cli->json)
        return code == CLI_OK ? cli_json(answer) : cli_json(answer) == CLI_OK ? code : CLI_FAILED;
    if (code == CLI_OK && json_array_size(devices) == 0)
        puts(_("Nothing is plugged in."));
    else if (code == CLI_OK)
        code = print_list(devices);
    if (json_array_size(media) == 0)
        return code;
    puts("");
    return print_media(media) == CLI_OK ? code : CLI_FAILED;
}

static void print_rule(const json_t *device)
{
    autobuf struct buf rule = {0};
    if (*record_text(device, "section") == '\0')
        return;
    buf_printf(&rule, "[%s %s]", record_text(device, "section"), record_text(device, "id"));
    buf_printf(&rule, _(", line %lld of the policy"), (long long)record_number(device, "rule"));
    screen_line(_("Rule"), rule.data ? rule.data : "");
}

static int print_one(const json_t *device)
{
    autobuf struct buf name = {0}, kinds = {0}, interfaces = {0}, ids = {0};
    put_name(&name, device);
    put_list(&kinds, record_member(device, "classes"));
    put_list(&interfaces, record_member(device, "interfaces"));
    buf_printf(&ids, "%s:%s", record_text(device, "vendor"), record_text(device, "product"));
    screen_line(_("Port"), record_text(device, "port"));
    screen_line(_("Name"), name.data ? name.data : "");
    screen_line(_("Vendor:product"), ids.data ? ids.data : "");
    screen_line(_("Serial"), record_text(device, "serial"));
    screen_line(_("Kind"), kinds.data ? kinds.data : "");
    screen_line(_("Interfaces"), interfaces.data ? interfaces.data : "");
    screen_line(_("State"), state_text(device));
    screen_line(_("Reason"), watch_reason(device));
    print_rule(device);
    if (*record_text(device, "medium"))
        screen_line(_("Medium"), record_text(device, "medium"));
    if (*record_text(device, "mount"))
        screen_line(_("Files"), record_text(device, "mount"));
    if (*record_text(device, "why"))
        screen_line(_("Detail"), record_text(device, "why"));
    return CLI_OK;
}

static int run_show(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *answer = NULL;
    int code = ask(cli, &answer);
    size_t i;
    const json_t *device;
    if (code != CLI_OK)
        return code;
    json_array_foreach(record_member(answer, "devices"), i, device)
        if (str_eq(record_text(device, "port"), args->words[0]))
            return cli->json ? cli_json(device) : print_one(device);
    json_array_foreach(record_member(answer, "media"), i, device)
        if (str_eq(record_text(device, "medium"), args->words[0]))
            return cli->json ? cli_json(device) : print_medium(device);
    return cli_error(CLI_NO, _("nothing is plugged in at %s, and no medium is called that; sekisho device list shows all"),
                     args->words[0]);
}

static bool is_direction(const char *word)
{
    return str_eq(word, "out") || str_eq(word, "in") || str_eq(word, "both");
}

static void print_key(const char *key, const char *value)
{
    printf("%s = ", key);
    screen_put(stdout, value);
    putchar('\n');
}

/* What the policy is to say of it from now on. */
static void print_section(const json_t *answer, const char *direction, const char *label)
{
    fputs("[medium ", stdout);
    screen_put(stdout, record_text(answer, "medium"));
    puts("]");
    if (label)
        print_key("label", label);
    print_key("vendor", record_text(answer, "vendor"));
    print_key("product", record_text(answer, "product"));
    if (*record_text(answer, "serial"))
        print_key("serial", record_text(answer, "serial"));
    print_key("owner", record_text(answer, "owner"));
    print_key("direction", direction);
    print_key("areas", record_text(answer, "areas"));
    print_key("identity", record_text(answer, "identity"));
    print_key("expires", record_text(answer, "until"));
}

static int run_approve(struct cli *cli, const struct cli_args *args)
{
    static const char *const needed[] = {"as", "owner", "areas", "until"};
    const char *direction = cli_value(args, "direction");
    for (size_t i = 0; i < array_count(needed); i++)
        if (!cli_value(args, needed[i]))
            return cli_error(CLI_USAGE, _("--%s is needed"), needed[i]);
    if (direction && !is_direction(direction))
        return cli_error(CLI_USAGE, _("--direction %s: it is out, in or both"), direction);
    autojson json_t *request = json_pack("{ssssssssss}", "port", args->words[0], "medium", cli_value(args, "as"), "owner",
                                         cli_value(args, "owner"), "areas", cli_value(args, "areas"), "until",
                                         cli_value(args, "until"));
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_DEVICE_APPROVE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    print_section(answer, direction ? direction : "out", cli_value(args, "label"));
    ask_hint(cli, "%s", _("put this into the policy; the medium can be used when that is signed and installed"));
    return CLI_OK;
}

static const struct cli_option approve_options[] = {
    {"as", N_("MEDIUM"), N_("the id that it gets in the policy")},
    {"owner", N_("PERSON"), N_("who answers for it")},
    {"areas", N_("AREAS"), N_("whose data it may carry, with commas between them")},
    {"until", N_("DATE"), N_("the last day on which it may be used")},
    {"direction", N_("out|in|both"), N_("out: exports go onto it (unless given); in: data comes from it")},
    {"label", N_("TEXT"), N_("what is written on its case")},
    {NULL, NULL, NULL},
};

static void print_cases(struct cli *cli, const json_t *answer)
{
    size_t i;
    const json_t *one;
    json_array_foreach(record_member(answer, "cases"), i, one) {
        printf(_("%s is out on it."), json_string_value(one));
        putchar('\n');
    }
    if (json_array_size(record_member(answer, "cases")) > 0)
        ask_hint(cli, _("if it is lost: sekisho lost %s"), record_text(answer, "medium"));
}

static int run_revoke(struct cli *cli, const struct cli_args *args)
{
    const char *why = cli_value(args, "reason");
    if (!why || !*why)
        return cli_error(CLI_INCOMPLETE, _("why? Add --reason TEXT"));
    autojson json_t *request = json_pack("{ssss}", "medium", args->words[0], "why", why);
    autojson json_t *answer = NULL;
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_DEVICE_REVOKE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(record_flag(answer, "already") ? _("%s was revoked already.") : _("%s is revoked: from now on it is refused."),
           args->words[0]);
    putchar('\n');
    print_cases(cli, answer);
    if (*record_text(answer, "why"))
        cli_error(CLI_OK, _("it may still be mounted: %s"), record_text(answer, "why"));
    ask_hint(cli, "%s", _("take its section out of the policy; approved again it gets another identity"));
    return CLI_OK;
}

static const struct cli_option revoke_options[] = {
    {"reason", N_("TEXT"), N_("the reason, for the record")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_device_commands[] = {
    {"device approve", N_("PORT --as MEDIUM --owner PERSON --areas AREAS --until DATE"),
     N_("Write an identity onto a storage medium that is plugged in, for the policy's register of media"),
     approve_options, 1, 1, run_approve},
    {"device list", "", N_("Show what is plugged in, what was let in, and the register of media"), NULL, 0, 0, run_list},
    {"device revoke", N_("MEDIUM --reason TEXT"), N_("Refuse a registered medium from now on, also while it is plugged in"),
     revoke_options, 1, 1, run_revoke},
    {"device show", N_("PORT|MEDIUM"), N_("Show one device or medium, what was decided about it, and why"), NULL, 1, 1,
     run_show},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
