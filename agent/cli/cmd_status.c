/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_status.c owns the view of the agent's state, of who is asking, and of the version. It must
 * never call something fine that the agent does not. */
#include <inttypes.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/incident.h"
#include "cli/screen.h"
#include "record/record.h"

static const char *policy_state(const char *state)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"in-force", N_("in force")},
        {"expired", N_("expired: it keeps blocking, no new permits")},
        {"built-in", N_("none: the built-in strictest policy stands")},
    };
    for (size_t i = 0; i < array_count(rows); i++)
        if (str_eq(rows[i].name, state))
            return gettext(rows[i].text);
    return state;
}

static void print_policy(const json_t *policy)
{
    autobuf struct buf b = {0};
    const char *title = record_text(policy, "title");
    buf_printf(&b, _("version %lld, %s"), (long long)record_number(policy, "version"),
               policy_state(record_text(policy, "state")));
    if (title[0]) {
        buf_puts(&b, ", ");
        screen_safe(&b, title);
    }
    screen_line(_("Policy"), b.data ? b.data : "");
    buf_reset(&b);
    screen_time(&b, record_text(policy, "expires"), false);
    if (b.len)
        screen_line(_("  expires"), b.data);
    if (record_text(policy, "digest")[0])
        screen_line(_("  SHA-256"), record_text(policy, "digest"));
}

static void print_ledger(const json_t *ledger)
{
    autobuf struct buf b = {0};
    const char *why = record_text(ledger, "why");
    bool ok = str_eq(record_text(ledger, "state"), "ok");
    long long size = record_number(ledger, "size");
    buf_printf(&b, ngettext("%lld record, %s", "%lld records, %s", (unsigned long)size), size,
               ok ? _("ok") : _("FAILING"));
    if (why[0]) {
        buf_puts(&b, ": ");
        screen_safe(&b, why);
    }
    screen_line(_("Ledger"), b.data ? b.data : "");
    buf_reset(&b);
    screen_time(&b, record_text(ledger, "sealed-at"), false);
    if (b.len) {
        buf_printf(&b, _(", up to record %lld"), (long long)record_number(ledger, "sealed-size"));
        screen_line(_("  last seal"), b.data);
    }
    if (record_text(ledger, "root")[0])
        screen_line(_("  head"), record_text(ledger, "root"));
}

static const char *coverage(const json_t *area)
{
    bool open = record_flag(area, "open"), covered = record_flag(area, "covered");
    if (!open)
        return _("closed");
    return covered ? _("covered") : _("OPEN AND NOT COVERED");
}

static void print_areas(const json_t *status)
{
    const json_t *areas = record_member(status, "areas");
    if (json_array_size(areas) == 0)
        return;
    const char *headings[] = {_("Area"),    _("Label"), _("Contract"), _("State"),
                              _("At rest"), _("Mount"), _("Remark")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *area;
    json_array_foreach(areas, i, area) {
        const char *cells[] = {
            record_text(area, "area"),
            record_text(area, "label"),
            record_text(area, "contract"),
            coverage(area),
            record_flag(area, "encrypted") ? _("encrypted") : _("not encrypted at rest"),
            record_text(area, "mount"),
            record_text(area, "why"),
        };
        screen_table_add(t, cells);
    }
    putchar('\n');
    screen_table_print(t);
}

static void print_processes(const json_t *status)
{
    const char *headings[] = {_("Process"), _("PID"), _("Up"), _("State"), _("Remark")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *process;
    json_array_foreach(record_member(status, "processes"), i, process) {
        autobuf struct buf up = {0};
        char pid[24] = "";
        if (record_number(process, "pid") > 0)
            snprintf(pid, sizeof pid, "%" PRId64, record_number(process, "pid"));
        screen_duration(&up, (uint64_t)record_number(process, "uptime-ns"));
        const char *state = record_text(process, "state");
        const char *cells[] = {
            record_text(process, "name"), pid, up.data ? up.data : "",
            state[0] ? gettext(state) : "", record_text(process, "why"),
        };
        screen_table_add(t, cells);
    }
    putchar('\n');
    screen_table_print(t);
}

static void print_incidents(const json_t *incidents)
{
    autobuf struct buf b = {0};
    if (record_number(incidents, "open") == 0)
        return;
    buf_printf(&b, _("open: %lld"), (long long)record_number(incidents, "open"));
    if (json_is_object(record_member(incidents, "next"))) {
        buf_printf(&b, "; %s: ", record_text(incidents, "next.incident"));
        incident_next(&b, incidents);
    }
    screen_line(_("Incidents"), b.data ? b.data : "");
}

static void print_rest(const json_t *status)
{
    autobuf struct buf b = {0};
    const json_t *clock = record_member(status, "clock");
    const char *state = json_is_object(clock) ? record_text(clock, "state") : record_text(status, "clock");
    bool synchronised = str_eq(state, "synchronised") || record_flag(clock, "synchronised");
    screen_line(_("Clock"), synchronised ? _("synchronised") : _("not synchronised"));
    buf_printf(&b, _("open: %lld, overdue: %lld"),
               (long long)record_number(status, "cases.open"),
               (long long)record_number(status, "cases.overdue"));
    screen_line(_("Cases"), b.data ? b.data : "");
    if (record_number(status, "cases.standing") > 0) {
        autobuf struct buf standing = {0};
        buf_printf(&standing, _("in force: %lld (sekisho permits)"),
                   (long long)record_number(status, "cases.standing"));
        screen_line(_("Standing permits"), standing.data ? standing.data : "");
    }
    if (record_number(status, "rooms.open") > 0) {
        autobuf struct buf rooms = {0};
        buf_printf(&rooms, _("open: %lld"), (long long)record_number(status, "rooms.open"));
        screen_line(_("Rooms"), rooms.data ? rooms.data : "");
    }
    print_incidents(record_member(status, "incidents"));
    screen_line(_("Manifest key"), record_text(status, "manifest-key"));
    screen_line(_("Enrolment"), record_text(status, "enrolment"));
}

static void print_gap(const json_t *gap)
{
    fputs(record_flag(gap, "warning") ? _("  - warning: ") : "  - ", stdout);
    screen_put(stdout, record_text(gap, "text"));
    fputs(" [", stdout);
    screen_put(stdout, record_text(gap, "code"));
    puts("]");
}

static void print_gaps(const json_t *status)
{
    size_t i;
    const json_t *gap;
    const json_t *gaps = record_member(status, "gaps");
    if (json_array_size(gaps) == 0)
        return;
    printf("\n%s\n", _("Gaps:"));
    json_array_foreach(gaps, i, gap)
        print_gap(gap);
}

/* For programs that ask: nothing is in force, in the form of an answer. */
static void print_no_agent(void)
{
    autojson json_t *answer =
        json_pack("{s:b, s:[{s:s, s:b, s:s}]}", "ok", 0, "gaps", "code", "no-agent", "warning", 0,
                  "text", "the agent does not answer");
    cli_json(answer);
}

static int run_status(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    autojson json_t *request = json_object();
    autojson json_t *status = NULL;
    int code = cli_ask(cli, SK_OP_STATUS, request, NULL, 0, &status);
    if (code == CLI_NO_AGENT && cli->json)
        print_no_agent();
    if (code != CLI_OK)
        return code;
    bool ok = record_flag(status, "ok");
    if (cli->json) {
        cli_json(status);
        return ok ? CLI_OK : CLI_NO;
    }
    screen_line(_("In force"), ok ? _("all that the policy asks") : _("NOT all that the policy asks"));
    print_policy(record_member(status, "policy"));
    print_ledger(record_member(status, "ledger"));
    print_rest(status);
    print_areas(status);
    print_processes(status);
    print_gaps(status);
    return ok ? CLI_OK : CLI_NO;
}

static void join(struct buf *b, const json_t *words)
{
    size_t i;
    const json_t *word;
    json_array_foreach(words, i, word) {
        buf_puts(b, i ? ", " : "");
        const char *text = json_is_string(word) ? json_string_value(word) : "";
        screen_safe(b, text[0] ? gettext(text) : "");
    }
}

static int run_whoami(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_WHOAMI, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const json_t *person = record_member(answer, "person");
    autobuf struct buf name = {0};
    autobuf struct buf roles = {0};
    screen_person(&name, person);
    join(&roles, record_member(person, "roles"));
    screen_line(_("Login"), record_text(answer, "login"));
    screen_line(_("Person"), name.len ? name.data : _("not on the roster"));
    if (roles.len)
        screen_line(_("Roles"), roles.data);
    print_policy(record_member(answer, "policy"));
    return CLI_OK;
}

static int run_version(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    if (cli->json) {
        autojson json_t *answer = json_pack("{s:s}", "version", SEKISHO_VERSION);
        return cli_json(answer);
    }
    puts("sekisho " SEKISHO_VERSION);
    return CLI_OK;
}

const struct cli_command cmd_status_commands[] = {
    {"status", "", N_("Show whether all that the policy asks is in force"), NULL, 0, 0, run_status},
    {"whoami", "", N_("Show who you are to the agent"), NULL, 0, 0, run_whoami},
    {"version", "", N_("Show the version"), NULL, 0, 0, run_version},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
