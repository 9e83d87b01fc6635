/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_destinations.c owns the answer to "where may this go, and for what?": what the policy's consents
 * allow, in the words that a request must use. It must never decide: that is done when something is asked for. */
#include "base/clock.h"
#include "cli/policy_file.h"
#include "cli/screen.h"
#include "client/offers.h"
#include "record/record.h"

static const char *const way_of[] = {
    [POLICY_HAND] = N_("by hand: sekisho handover"),
    [POLICY_MEDIUM] = N_("encrypted: sekisho request"),
    [POLICY_AREA] = N_("to a colleague's area: sekisho request"),
    [POLICY_BACKUP] = N_("backup: sekisho request"),
    [POLICY_MAIL] = N_("by mail: sekisho request"),
    [POLICY_WEB] = N_("by a file-exchange site: sekisho request"),
    [POLICY_DIRECTORY] = N_("plain copy: sekisho request --copy"),
};

/* The policy in force; a message when there is none. */
static int read_policy(struct cli *cli, struct policy_file *file)
{
    int code = policy_file_installed(cli, clock_wall_s(), file);
    return code == CLI_OK && !file->policy ? cli_error(CLI_NO, _("the policy has errors")) : code;
}

static void join(struct buf *b, const struct policy_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        buf_printf(b, "%s%s", i > 0 ? ", " : "", list->items[i]);
}

static json_t *list_json(const struct policy_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < list->count; i++)
        json_array_append_new(array, json_string(list->items[i]));
    return array;
}

static void add_row(struct screen_table *t, json_t *rows, const struct policy_destination *d,
                    const struct policy_consent *c)
{
    autobuf struct buf areas = {0}, purposes = {0};
    join(&areas, &c->areas);
    join(&purposes, &c->purposes);
    const char *cells[] = {d->head.id, d->label, _(way_of[d->kind]), areas.data ? areas.data : "",
                           purposes.data ? purposes.data : "", c->document};
    screen_table_add(t, cells);
    json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "destination", d->head.id,
                                          "label", d->label, "contract", d->contract, "consent", c->head.id,
                                          "document", c->document, "areas", list_json(&c->areas),
                                          "purposes", list_json(&c->purposes)));
}

static int run_destinations(struct cli *cli, const struct cli_args *args)
{
    const char *const headings[] = {_("destination"), _("label"), _("way"), _("areas"), _("purposes"),
                                    _("the client's consent")};
    const char *area = cli_value(args, "area");
    autopolicy struct policy_file file = {0};
    autooffers struct offers offers = {0};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    autojson json_t *rows = json_array();
    int code = read_policy(cli, &file);
    if (code != CLI_OK)
        return code;
    if (!t || !rows)
        return cli_error(CLI_FAILED, _("out of memory"));
    if (offers_of(file.policy, area, clock_wall_s(), &offers) != 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    for (size_t i = 0; i < offers.count; i++)
        add_row(t, rows, offers.items[i].destination, offers.items[i].consent);
    if (cli->json)
        return cli_json(rows);
    if (json_array_size(rows) == 0)
        return cli_error(CLI_NO, _("the client has consented to nothing that may leave, as the policy has it"));
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static const struct cli_option destinations_options[] = {
    {"area", N_("AREA"), N_("only for this area's files")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_destinations_commands[] = {
    {"destinations", "", N_("Show where files may go and for which purposes, as the client has consented"),
     destinations_options, 0, 0, run_destinations},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
