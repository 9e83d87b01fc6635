/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incident.c owns how incidents look on a screen. It must never decide what is due or late: control does. */
#include "cli/incident.h"
#include <inttypes.h>
#include <sekisho/incident.h>
#include <string.h>
#include "base/str.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

struct word {
    const char *name, *text;
};

static const struct word types[] = {
#define ROW(id, name, text) {name, text},
    SK_INCIDENT_TYPES(ROW)
#undef ROW
};
static const struct word triggers[] = {
#define ROW(id, name, text, type) {name, text},
    SK_INCIDENT_TRIGGERS(ROW)
#undef ROW
};
static const struct word reports[] = {
#define ROW(id, name, text) {name, text},
    SK_INCIDENT_REPORTS(ROW)
#undef ROW
};
static const struct word states[] = {{"due", N_("due")},
                                     {"late", N_("LATE")},
                                     {"made", N_("made")},
                                     {"made-late", N_("made late")}};

static const char *here(const struct word *words, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(words[i].name, name))
            return words[i].text[0] ? gettext(words[i].text) : "";
    return name;
}

const char *incident_type_here(const char *type)
{
    return here(types, array_count(types), type);
}

const char *incident_report_here(const char *which)
{
    return here(reports, array_count(reports), which);
}

/* "14:30" → minutes of a day, -1 when it is none. */
static int minutes_of(const char *text)
{
    static const char digits[] = "0123456789";
    size_t hours = strspn(text, digits);
    if (hours < 1 || hours > 2 || text[hours] != ':' || strspn(text + hours + 1, digits) != 2 ||
        text[hours + 3] != '\0')
        return -1;
    int hour = hours == 1 ? text[0] - '0' : (text[0] - '0') * 10 + (text[1] - '0');
    int minute = (text[hours + 1] - '0') * 10 + (text[hours + 2] - '0');
    return hour > 23 || minute > 59 ? -1 : hour * 60 + minute;
}

bool incident_time(const char *text, int64_t now_s, char ret[static CLOCK_TIME_CAP])
{
    char day[CLOCK_TIME_CAP];
    int64_t at_s;
    size_t len = strlen(text);
    int minutes = minutes_of(len > 10 && text[10] == ' ' ? text + 11 : text);
    if (len < CLOCK_TIME_CAP && clock_parse_time(text, &at_s) == 0) {
        clock_format(ret, at_s, 0);
        return true;
    }
    if (minutes < 0)
        return false;
    clock_format_date(day, now_s);
    if (len > 10)
        snprintf(day, sizeof day, "%.10s", text);
    if (clock_parse_date(day, &at_s) != 0)
        return false;
    at_s += (int64_t)minutes * 60;
    if (len <= 5 && at_s > now_s)
        at_s -= CLOCK_DAY_S;
    clock_format(ret, at_s, 0);
    return true;
}

void incident_next(struct buf *b, const json_t *view)
{
    const json_t *next = record_member(view, "next");
    if (!json_is_object(next))
        return;
    autobuf struct buf due = {0};
    screen_time(&due, record_text(next, "due"), false);
    buf_printf(b, _("%s by %s"), incident_report_here(record_text(next, "which")), due.data ? due.data : "");
    if (record_flag(next, "late"))
        buf_printf(b, ", %s", _("LATE"));
}

static void line(const char *name, const char *value)
{
    if (value[0])
        screen_line(name, value);
}

static void time_line(const char *name, const char *value)
{
    autobuf struct buf b = {0};
    screen_time(&b, value, false);
    if (b.len)
        screen_line(name, b.data);
}

static void persons(struct buf *b, const json_t *list)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one) {
        buf_puts(b, i ? ", " : "");
        screen_person(b, one);
    }
}

static void print_whose(const json_t *view)
{
    autobuf struct buf whose = {0}, who = {0}, cases = {0};
    const char *id = record_text(view, "contract.id"), *title = record_text(view, "contract.title");
    buf_printf(&whose, "%s%s%s", id, title[0] ? " " : "", title);
    screen_line(_("Contract"), id[0] ? whose.data : _("none: it concerns the whole PC"));
    line(_("Area"), record_text(view, "area"));
    const json_t *ids = record_member(view, "cases");
    for (size_t i = 0; i < json_array_size(ids); i++)
        buf_printf(&cases, "%s%s", i ? ", " : "", json_string_value(json_array_get(ids, i)));
    line(_("Cases"), cases.data ? cases.data : "");
    screen_person(&who, record_member(view, "person"));
    const char *trigger = record_text(view, "trigger");
    screen_line(_("Opened by"), str_eq(record_text(view, "by"), "agent") ? _("the agent") : who.data ? who.data : "");
    if (trigger[0])
        screen_line(_("Because"), here(triggers, array_count(triggers), trigger));
}

static void print_facts(const json_t *view)
{
    autobuf struct buf who = {0};
    line(_("What happened"), record_text(view, "what"));
    time_line(_("Known at"), record_text(view, "known-at"));
    time_line(_("Happened at"), record_text(view, "occurred-at"));
    line(_("Where"), record_text(view, "where"));
    line(_("Cause"), record_text(view, "cause"));
    line(_("Effect"), record_text(view, "effect"));
    line(_("Response"), record_text(view, "response"));
    line(_("Correction"), record_text(view, "correction"));
    line(_("Prevention"), record_text(view, "prevention"));
    persons(&who, record_member(view, "concerned"));
    line(_("Concerned"), who.data ? who.data : "");
    const json_t *added = record_member(view, "added");
    size_t i;
    const json_t *one;
    json_array_foreach(added, i, one)
        line(i == 0 ? _("Added") : "", record_text(one, "what"));
}

static void print_due(const json_t *view)
{
    const char *headings[] = {_("Report"), _("Due"), _("State"), _("Made")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *one;
    json_array_foreach(record_member(view, "due"), i, one) {
        autobuf struct buf due = {0}, made = {0};
        screen_time(&due, record_text(one, "due"), false);
        screen_time(&made, record_text(one, "made"), false);
        const char *cells[] = {incident_report_here(record_text(one, "which")), due.data ? due.data : "",
                               here(states, array_count(states), record_text(one, "state")),
                               made.data ? made.data : ""};
        screen_table_add(t, cells);
    }
    putchar('\n');
    screen_table_print(t);
}

static void print_reports(const json_t *view)
{
    const json_t *list = record_member(view, "reports");
    if (json_array_size(list) == 0)
        return;
    const char *headings[] = {_("Report"), _("At"), _("How"), _("Reported to"), _("By")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one) {
        autobuf struct buf at = {0};
        screen_time(&at, record_text(one, "report.at"), false);
        const char *cells[] = {incident_report_here(record_text(one, "report.which")), at.data ? at.data : "",
                               record_flag(one, "report.oral") ? _("by word of mouth") : _("in writing"),
                               record_text(one, "report.to"), record_text(one, "report.by")};
        screen_table_add(t, cells);
    }
    putchar('\n');
    screen_table_print(t);
}

void incident_print(const json_t *view)
{
    bool open = str_eq(record_text(view, "state"), "open");
    autobuf struct buf next = {0};
    screen_line(_("Incident"), record_text(view, "incident"));
    screen_line(_("State"), open ? _("not closed") : _("closed"));
    screen_line(_("Type"), incident_type_here(record_text(view, "type")));
    print_whose(view);
    print_facts(view);
    if (!open) {
        time_line(_("Closed"), record_text(view, "closed.at"));
        line(_("Why"), record_text(view, "closed.why"));
    }
    incident_next(&next, view);
    line(_("Next"), next.data ? next.data : "");
    print_due(view);
    print_reports(view);
}

void incident_print_phone(const json_t *view)
{
    static const char *const members[] = {"phone", "contact"};
    const char *const names[] = {_("Phone"), _("Write to")};
    size_t shown = 0;
    for (size_t m = 0; m < array_count(members); m++) {
        const json_t *list = record_member(view, members[m]);
        for (size_t i = 0; i < json_array_size(list); i++, shown++)
            screen_line(i == 0 ? names[m] : "", json_string_value(json_array_get(list, i)));
    }
    if (shown == 0)
        screen_line(_("Phone"), _("the policy names nobody: tell the information manager at once"));
}

static void print_recipients(const json_t *one)
{
    const json_t *list = record_member(one, "recipients");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *r = json_array_get(list, i);
        autobuf struct buf b = {0};
        buf_printf(&b, "%s %s %s", view_opener_here(r), record_text(r, "organisation"),
                   record_text(r, "age"));
        screen_line(i == 0 ? _("  encrypted for") : "", b.data ? b.data : "");
    }
    if (json_array_size(list) == 0)
        screen_line(_("  encrypted"), record_flag(one, "sealed") ? _("yes") : _("NO"));
    line(_("  its SHA-256"), record_text(one, "sealed-sha256"));
}

static void print_files(const json_t *one)
{
    const json_t *files = record_member(one, "files");
    autobuf struct buf size = {0}, all = {0};
    screen_short_size(&size, (uint64_t)record_number(one, "bytes"));
    long long count = record_number(one, "count");
    buf_printf(&all, ngettext("%lld file, %s", "%lld files, %s", (unsigned long)count), count,
               size.data ? size.data : "");
    screen_line(_("  content"), all.data ? all.data : "");
    for (size_t i = 0; i < json_array_size(files); i++)
        screen_line("", record_text(json_array_get(files, i), "name"));
}

void incident_print_cases(const json_t *cases)
{
    size_t i;
    const json_t *one;
    json_array_foreach(cases, i, one) {
        autobuf struct buf who = {0};
        screen_line(_("Case"), record_text(one, "case"));
        screen_line(_("  state"), view_state_here(record_text(one, "state")));
        screen_person(&who, record_member(one, "person"));
        screen_line(_("  of"), who.data ? who.data : "");
        print_files(one);
        print_recipients(one);
    }
}
