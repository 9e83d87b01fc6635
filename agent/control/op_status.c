/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_status.c owns what the agent says about itself: every area, process, clock and gap. It must
 * never say ok when something that the policy asks is not in force; what it can't find out is a gap.
 * Warnings name what a manager should know and do not clear ok. */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/papers.h"
#include "control/view.h"

#define FACT_MAX ((size_t)16 * 1024) /* bytes of a file in /proc */

struct status {
    struct control *c;
    struct guard_status *guard; /* NULL = no answer */
    json_t *areas, *processes, *gaps, *ledger;
    bool ok;
    int64_t now_s;
};

static void gap(struct status *s, bool warning, const char *code, const char *format, ...)
    SK_PRINTF(4, 5);
static void gap(struct status *s, bool warning, const char *code, const char *format, ...)
{
    autobuf struct buf text = {0};
    va_list ap;
    va_start(ap, format);
    phrase_vput(&text, format, ap);
    va_end(ap);
    json_array_append_new(s->gaps, json_pack("{sssssb}", "code", code, "text",
                                             text.data ? text.data : "", "warning", warning));
    if (!warning)
        s->ok = false;
}

/* Of so many: one is said otherwise than several. The formats take an unsigned long long. */
static void gap_count(struct status *s, bool warning, const char *code, uint64_t count, const char *one,
                      const char *many)
{
    gap(s, warning, code, count == 1 ? one : many, (unsigned long long)count);
}

int op_whoami(struct ask *a)
{
    static const struct {
        unsigned bit;
        const char *name;
    } roles[] = {{POLICY_HANDLER, "handler"},
                 {POLICY_MANAGER, "manager"},
                 {POLICY_ADMINISTRATOR, "administrator"},
                 {POLICY_AUDITOR, "auditor"}};
    struct control *c = a->control;
    autojson json_t *list = json_array();
    for (size_t i = 0; a->person && i < array_count(roles); i++)
        if (a->person->roles & roles[i].bit)
            json_array_append_new(list, json_string(roles[i].name));
    json_t *person = a->person ? json_pack("{sssssO}", "id", a->person->head.id, "name",
                                           a->person->name, "roles", list)
                               : json_null();
    a->answer = json_pack("{sssoso}", "login", a->login, "person", person, "policy",
                          rules_show(&c->rules, control_now(c)));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

static void put_process(struct status *s, const char *name, int64_t pid, uint64_t uptime_ns,
                        const char *state, const char *why)
{
    json_array_append_new(
        s->processes, json_pack("{sssIsIssss}", "name", name, "pid", (json_int_t)pid, "uptime-ns",
                                (json_int_t)uptime_ns, "state", state, "why", why));
}

static void add_process(struct status *s, const char *name, int64_t pid, uint64_t uptime_ns)
{
    put_process(s, name, pid, uptime_ns, "running", "");
}

/* One that gave no status: it is there and silent, or it is not there. */
static void add_missing(struct status *s, const struct link *l, int code, const char *why)
{
    bool hangs = code == SK_ERR_TIMEOUT;
    put_process(s, l->name, hangs ? l->pid : 0, 0, hangs ? "hung" : "down", why);
    if (hangs)
        gap(s, false, "process-hung", "%s", why);
    else
        gap(s, false, "process-down", "%s does not run: %s", l->name, why);
}

/* Nanoseconds since the process started (proc(5): field 22 of stat), 0 when it can't be read. */
static uint64_t uptime_of(pid_t pid)
{
    char path[64];
    autobuf struct buf text = {0};
    unsigned long long ticks = 0;
    long per_second = sysconf(_SC_CLK_TCK);
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (file_read(AT_FDCWD, path, FACT_MAX, &text) != 0 || !text.data || per_second <= 0)
        return 0;
    const char *at = strrchr(text.data, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return 0;
    ticks = strtoull(at, NULL, 10);
    uint64_t began = (uint64_t)ticks * (1000000000ull / (uint64_t)per_second);
    uint64_t now = clock_boot_ns();
    return now > began ? now - began : 0;
}

static void look_at_guard(struct status *s)
{
    autobuf struct buf why = {0};
    struct control *c = s->c;
    struct guard_status *g = malloc(sizeof *g);
    int r = g ? guard_status(c, g, &why) : -ENOMEM;
    if (r != 0) {
        free(g);
        add_missing(s, &c->guard, r, why.data ? why.data : PHRASE_ERROR(r));
        return;
    }
    s->guard = g;
    add_process(s, "sekishod", g->keeper_pid, g->uptime_ns);
    add_process(s, "sekishod watch", g->watch_pid, g->worker_uptime_ns);
    add_process(s, "sekishod holder", g->holder_pid, g->uptime_ns);
    if (c->rules.owned && memcmp(g->policy_digest, c->rules.policy->digest, DIGEST_LEN) != 0)
        gap(s, false, "guard-policy", "sekishod runs another policy (version %u)",
            (unsigned)g->policy_version);
    if (!g->ledger_connected)
        gap(s, false, "guard-ledger", "sekishod is not connected to the ledger");
    if (!g->connector_active)
        gap(s, true, "guard-connector", "sekishod can't follow processes: each access is read anew");
    if (g->ring_lost > 0)
        gap_count(s, true, "records-lost", g->ring_lost,
                  N_("%llu refused access could not be recorded"),
                  N_("%llu refused accesses could not be recorded one by one"));
}

static void look_at_ledger(struct status *s)
{
    autobuf struct buf why = {0};
    struct control *c = s->c;
    int r = ledger_head(c, &s->ledger, &why);
    if (r != 0) {
        add_missing(s, &c->ledger, r, why.data ? why.data : PHRASE_ERROR(r));
        return;
    }
    add_process(s, "sekisho-ledger", c->ledger.pid, uptime_of(c->ledger.pid));
    if (strcmp(record_text(s->ledger, "state"), "failing") == 0)
        gap(s, false, "ledger-failing", "the ledger can't be written: %s",
            record_text(s->ledger, "why"));
    if (!c->folded)
        gap(s, false, "ledger-unread", "the ledger has not been read: %s", c->fold_why);
    if (json_array_size(c->closings) > 0)
        gap_count(s, false, "records-waiting", json_array_size(c->closings),
                  N_("%llu act is done but not recorded yet"),
                  N_("%llu acts are done but not recorded yet"));
    if (c->fold->strange > 0)
        gap_count(s, true, "records-strange", c->fold->strange,
                  N_("%llu record belongs to no case"),
                  N_("%llu records belong to no case"));
}

static void look_at_device(struct status *s)
{
    autobuf struct buf why = {0};
    autojson json_t *question = json_object();
    autojson json_t *answer = NULL;
    struct control *c = s->c;
    int r = link_ask(&c->device, SK_MSG_STATUS, question, NULL, 0, SK_MSG_OK, &answer, NULL, &why);
    if (r != 0)
        add_missing(s, &c->device, r, why.data ? why.data : PHRASE_ERROR(r));
    else
        add_process(s, "sekisho-device", record_number(answer, "pid"),
                    (uint64_t)record_number(answer, "uptime-ns"));
}

static bool has_rooms(const struct policy *p)
{
    for (size_t i = 0; i < p->area_count; i++)
        if (p->areas[i].gate == POLICY_ROOM)
            return true;
    return false;
}

/* What is brought to the PC by other ways than USB, and is not closed. */
static void put_uncovered(struct status *s, const json_t *ways)
{
    static const struct {
        const char *way, *text;
    } texts[] = {
        {"thunderbolt", N_("what is plugged into a Thunderbolt port is not decided about: turn it off in the firmware")},
        {"pci", N_("PCI devices can be put into this PC while it runs, and are not decided about")},
        {"firewire", N_("what is plugged into a FireWire port is not decided about: turn it off in the firmware")},
        {"pcmcia", N_("what is put into a PC Card slot is not decided about")},
        {"cards", N_("memory cards become drives by themselves: install the udev rules, restart the agent")},
        {"nodes", N_("others than root can open nodes of discs, images or shut devices: install the udev rules")},
    };
    size_t i;
    const json_t *way;
    json_array_foreach(ways, i, way)
        for (size_t k = 0; k < array_count(texts); k++)
            if (json_is_string(way) && strcmp(texts[k].way, json_string_value(way)) == 0)
                gap(s, true, "devices-uncovered", "%s", PHRASE_OF(texts[k].text));
}

static void look_at_plug(struct status *s)
{
    autobuf struct buf why = {0};
    autojson json_t *answer = NULL;
    struct control *c = s->c;
    bool needed = plugs_needed(c);
    int r = plugs_status(c, &answer, &why);
    if (r == 0)
        add_process(s, c->plug.name, record_number(answer, "pid"), (uint64_t)record_number(answer, "uptime-ns"));
    else if (needed || r == SK_ERR_TIMEOUT)
        add_missing(s, &c->plug, r, why.data ? why.data : PHRASE_ERROR(r));
    if (r == 0 && c->rules.owned && (uint64_t)record_number(answer, "version") != c->rules.policy->version)
        gap(s, false, "plug-policy", "sekisho-plug judges by version %lld of the policy",
            (long long)record_number(answer, "version"));
    if (r == 0 && record_number(answer, "waiting") > 0)
        gap_count(s, false, "plug-waiting", (uint64_t)record_number(answer, "waiting"),
                  N_("%llu device or record of a device waits for the ledger"),
                  N_("%llu devices or records of devices wait for the ledger"));
    if (r == 0 && record_number(answer, "in-use") > 0)
        gap_count(s, true, "devices-in-use", (uint64_t)record_number(answer, "in-use"),
                  N_("%llu device that is not allowed stays in, as it is mounted: unmount it"),
                  N_("%llu devices that are not allowed stay in, as they are mounted: unmount them"));
    if (r == 0)
        put_uncovered(s, record_member(answer, "uncovered"));
}

/* A process that answers STATUS; NULL and a gap when it does not. A policy without rooms gets on
 * without sekisho-room and sekisho-index, and nobody misses them. */
static json_t *look_at_process(struct status *s, struct link *l, bool needed)
{
    autobuf struct buf why = {0};
    autojson json_t *question = json_object();
    json_t *answer = NULL;
    int r = link_ask(l, SK_MSG_STATUS, question, NULL, 0, SK_MSG_OK, &answer, NULL, &why);
    if (r == 0)
        add_process(s, l->name, record_number(answer, "pid"),
                    (uint64_t)record_number(answer, "uptime-ns"));
    else if (needed || r == SK_ERR_TIMEOUT)
        add_missing(s, l, r, why.data ? why.data : PHRASE_ERROR(r));
    return answer;
}

static json_t *look_at_rooms(struct status *s)
{
    struct control *c = s->c;
    const struct policy *p = c->rules.policy;
    bool needed = has_rooms(p);
    autojson json_t *room = look_at_process(s, &c->room, needed);
    const char *why = record_text(room, "why");
    if (needed && *why)
        gap(s, true, "rooms-lack", "rooms on this PC: %s", why);
    if (needed)
        gap(s, true, "programs-in-league", "two programs made for it, one in a room and one outside, can pass "
            "data on by what all programs of a PC share: numbers and groups of processes and how they end, waiting "
            "at a place of a file (futex), which pages of files are in memory, timing");
    const char *heard = record_text(room, "heard");
    if (needed && *heard)
        gap(s, true, "reads-heard", "which of this PC's files a room opens is told to everybody who watches "
            "or locks them: %s", heard);
    for (size_t i = 0; i < p->area_count; i++) {
        const struct policy_area *area = &p->areas[i];
        if (area->gate != POLICY_ROOM)
            continue;
        gap(s, true, "screen-seen", "area %s: other programs of a person who works in a room can take "
            "pictures of its window and press keys in it", area->head.id);
        if (area->display == POLICY_SHARED)
            gap(s, true, "display-shared", "area %s is shown on the person's own display: what is "
                "copied to its clipboard, and pictures of the screen, leave the room",
                area->head.id);
        if (area->gpu)
            gap(s, true, "gpu-shared", "area %s: programs in its rooms use the graphics card, whose memory "
                "may hold remains of what they show%s", area->head.id,
                room && record_number(room, "gpus") == 0 ? PHRASE(" (this PC has none that rooms could use)") : "");
        if (area->terminal)
            gap(s, true, "terminal-open", "area %s is shown in terminals outside of its room: what "
                "is on the terminal leaves the room", area->head.id);
    }
    return json_pack("{si}", "open", (int)record_number(room, "rooms"));
}

static const json_t *area_in(const json_t *list, const char *id)
{
    size_t i;
    const json_t *row;
    json_array_foreach(list, i, row)
        if (strcmp(record_text(row, "area"), id) == 0)
            return row;
    return NULL;
}

/* Is every open area looked at for copies, and every place? */
static void look_at_indexed(struct status *s, const json_t *answer)
{
    size_t i;
    const json_t *row;
    json_array_foreach(s->areas, i, row) {
        const char *id = record_text(row, "area");
        const json_t *is = area_in(record_member(answer, "areas"), id);
        if (!record_flag(row, "open"))
            continue;
        if (!is)
            gap(s, false, "index-area", "area %s is not looked at for copies", id);
        else if (*record_text(is, "why"))
            gap(s, false, "index-area", "copies in area %s may be missed: %s", id,
                record_text(is, "why"));
        else if (strcmp(record_text(is, "events"), "names") != 0)
            gap(s, true, "index-events",
                "area %s: its file system tells of no copies, they are found by looking", id);
    }
    size_t places = 0;
    json_array_foreach(record_member(answer, "places"), i, row)
        places += *record_text(row, "why") == '\0';
    if (places < s->c->rules.policy->index.places.count)
        gap(s, true, "index-places", "%zu of %zu places are searched for copies", places,
            s->c->rules.policy->index.places.count);
}

static void look_at_index(struct status *s)
{
    autobuf struct buf why = {0};
    autojson json_t *answer = NULL;
    struct control *c = s->c;
    size_t unseen = 0;
    int r = index_status(c, &answer, &why);
    if (r != 0) {
        add_missing(s, &c->index, r, why.data ? why.data : PHRASE_ERROR(r));
    } else {
        add_process(s, "sekisho-index", record_number(answer, "pid"),
                    (uint64_t)record_number(answer, "uptime-ns"));
        look_at_indexed(s, answer);
        if (record_number(answer, "waiting") > 0)
            gap_count(s, true, "copies-waiting", (uint64_t)record_number(answer, "waiting"),
                      N_("%llu copy that was found is not recorded yet"),
                      N_("%llu copies that were found are not recorded yet"));
    }
    for (size_t i = 0; i < c->rules.policy->area_count; i++) {
        const struct policy_area *area = &c->rules.policy->areas[i];
        unseen += fold_unseen(c->fold, area->head.id, INT64_MAX, area->personal_number ? 2 : 1, NULL);
    }
    if (unseen > 0)
        gap_count(s, true, "copies-unpermitted", unseen,
                  N_("%llu copy without permission that no manager has looked at: sekisho copies"),
                  N_("%llu copies without permission that no manager has looked at: sekisho copies"));
}

static void look_at_policy(struct status *s)
{
    const struct rules *r = &s->c->rules;
    if (!r->owned)
        gap(s, false, "policy-missing", "no policy is in force, so nothing is allowed (%s)", r->why);
    else if (r->policy->expires > 0 && s->now_s >= r->policy->expires)
        gap(s, false, "policy-expired", "the policy has expired: no new permits");
    if (r->owned && !policy_for_host(r->policy, s->c->host))
        gap(s, false, "policy-host", "the policy is not for this host (%s)", s->c->host);
}

/* Not there any more, because its contract was closed: that is as it should be. */
static bool is_of_closed(const struct status *s, const json_t *area)
{
    const struct policy_area *of = policy_area(s->c->rules.policy, record_text(area, "area"));
    return of && !record_flag(area, "open") && !record_flag(area, "stray") &&
           strcmp(life_closed(&s->c->fold->life, of->contract), "closed") == 0;
}

static void look_at_areas(struct status *s)
{
    autobuf struct buf why = {0};
    s->areas = areas_list(s->c, s->guard, &why);
    for (size_t i = 0; i < json_array_size(s->areas); i++) {
        const json_t *area = json_array_get(s->areas, i);
        const char *id = record_text(area, "area");
        if (record_flag(area, "held"))
            gap(s, false, "area-held", "area %s was closed and is still held: %s", id,
                record_text(area, "why"));
        if (record_flag(area, "held") || is_of_closed(s, area))
            continue;
        if (!record_flag(area, "open"))
            gap(s, false, "area-closed", "area %s is not open: %s", id, record_text(area, "why"));
        else if (!record_flag(area, "covered"))
            gap(s, false, "area-uncovered", "area %s is not watched: %s", id,
                record_text(area, "why"));
        else if (record_flag(area, "elsewhere"))
            gap(s, false, "area-elsewhere", "area %s is at %s: %s", id, record_text(area, "mount"),
                record_text(area, "why"));
        if (record_flag(area, "stray"))
            gap(s, false, "area-stray", "area %s is still open: %s", id, record_text(area, "why"));
        else if (strcmp(record_text(area, "backing"), "filesystem") == 0)
            gap(s, true, "not-encrypted",
                "area %s is not encrypted at rest, as the policy allows", id);
        else if (record_flag(area, "open") && !record_flag(area, "encrypted"))
            gap(s, false, "not-encrypted", "area %s should be encrypted at rest and is not", id);
    }
}

/* One number of a kernel switch, or -1. */
static int64_t fact_number(int fd)
{
    char text[32] = "";
    uint64_t v;
    if (fd < 0 || fd_pread_full(fd, text, sizeof text - 1, 0) <= 0)
        return -1;
    text[strcspn(text, "\n")] = '\0';
    return str_to_u64(text, INT64_MAX, &v) == 0 ? (int64_t)v : -1;
}

/* Before 6.5 an overlay made in a user namespace reads below any mark (DESIGN idea 1). */
static void look_at_kernel(struct status *s)
{
    const struct machine *m = &s->c->machine;
    struct utsname name;
    char *rest = NULL;
    bool known = uname(&name) == 0;
    unsigned long major = known ? strtoul(name.release, &rest, 10) : 0;
    unsigned long minor = rest && *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    if (major == 0)
        gap(s, false, "kernel-unknown", "the kernel's version can't be read");
    else if ((major < 6 || (major == 6 && minor < 5)) && s->c->rules.policy->area_count > 0 &&
             fact_number(m->userns_fd) != 0 && fact_number(m->userns_max_fd) != 0)
        gap(s, false, "user-namespaces",
            "kernel %s lets users make user namespaces, in which an overlay is not watched: set "
            "kernel.unprivileged_userns_clone=0 or user.max_user_namespaces=0",
            name.release);
    if (m->landlock_abi <= 0)
        gap(s, true, "landlock-absent", "the kernel has no Landlock: the agent's own processes are "
                                        "less confined");
}

static void look_at_swap(struct status *s)
{
    autofree char *text = calloc(1, FACT_MAX + 1);
    int fd = s->c->machine.swaps_fd;
    if (!text || fd < 0 || fd_pread_full(fd, text, FACT_MAX, 0) < 0) {
        gap(s, true, "swap-unknown", "whether swap is encrypted can't be found out");
        return;
    }
    const char *line = strchr(text, '\n');
    for (; line && line[1]; line = strchr(line + 1, '\n')) {
        int len = (int)strcspn(line + 1, " \t");
        /* zram stays in memory; whether a mapped device is encrypted is not ours to see */
        if (!str_starts(line + 1, "/dev/zram") && !str_starts(line + 1, "/dev/dm-"))
            gap(s, true, "swap-unencrypted",
                "swap on %.*s is not encrypted: opened content may reach the disk", len, line + 1);
    }
}

static json_t *look_at_clock(struct status *s)
{
    struct clock_now now;
    char at[CLOCK_TIME_CAP], trusted[CLOCK_TIME_CAP];
    clock_read(&now);
    clock_format(at, now.wall_s, now.wall_ns);
    clock_format(trusted, s->now_s, 0);
    if (!now.synchronised)
        gap(s, true, "clock-unsynchronised", "the clock is not synchronised");
    if (s->now_s - now.wall_s > 60)
        gap(s, true, now.synchronised ? "clock-was-ahead" : "clock-behind",
            now.synchronised ? N_("the clock is %lld seconds behind the ledger's time, by which periods and contracts "
                                  "end; it was once set ahead: sekisho clock correct")
                             : N_("the clock is %lld seconds behind the ledger's time"),
            (long long)(s->now_s - now.wall_s));
    return json_pack("{sssssbsI}", "now", at, "trusted", trusted, "synchronised", now.synchronised,
                     "max-error-us", (json_int_t)now.max_error_us);
}

static void look_at_contracts(struct status *s)
{
    const struct policy *p = s->c->rules.policy;
    const struct fold_life *l = &s->c->fold->life;
    for (size_t i = 0; i < p->contract_count; i++) {
        const struct policy_contract *of = &p->contracts[i];
        const char *id = of->head.id, *closed = life_closed(l, id);
        int64_t days = contract_days(of, s->now_s);
        char end[CLOCK_TIME_CAP];
        clock_format_date(end, of->end - 1);
        if (strcmp(closed, "closed") == 0 || s->now_s < of->start)
            continue;
        if (*closed)
            gap(s, true, "contract-closing", "the closing of the contract %s has begun and is not "
                "finished: sekisho contract close %s", id, id);
        else if (days < 0)
            gap(s, true, "contract-over", "the contract %s is over since %s, nothing of it is opened any "
                "more: sekisho contract close %s", id, end, id);
        else if (contract_level(of, s->now_s) >= 0)
            gap(s, true, "contract-ends", "the contract %s ends on %s, in %lld days: sekisho contract "
                "show %s", id, end, (long long)days, id);
    }
    if (json_object_size(l->tried) > json_object_size(l->erasures))
        gap_count(s, true, "erasures-unfinished", json_object_size(l->tried) - json_object_size(l->erasures),
                  N_("%llu erasure did not come to its end: repeat it"),
                  N_("%llu erasures did not come to their end: repeat them"));
}

static json_t *count_cases(struct status *s)
{
    const struct fold *f = s->c->fold;
    int open = 0, overdue = 0, unknown = 0, standing = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct case_entry *e = &f->cases[i];
        standing += e->standing && e->state == CASE_PERMITTED;
        open += !e->standing && case_is_open(e->state);
        overdue += case_overdue(e, s->c->rules.policy, s->now_s);
        unknown += e->state == CASE_UNKNOWN;
    }
    if (overdue > 0)
        gap_count(s, true, "cases-overdue", (uint64_t)overdue, N_("%llu case is overdue"),
                  N_("%llu cases are overdue"));
    if (unknown > 0)
        gap_count(s, true, "cases-unknown", (uint64_t)unknown,
                  N_("%llu case ended in an unknown way"),
                  N_("%llu cases ended in an unknown way"));
    return json_pack("{sisisi}", "open", open, "overdue", overdue, "standing", standing);
}

static json_t *look_at_incidents(struct status *s)
{
    const struct incident_clock clock = incident_clock_of(s->c);
    json_t *all = incidents_summary(s->c->fold, s->c->rules.policy, &clock);
    if (record_number(all, "open") > 0)
        gap_count(s, true, "incidents-open", (uint64_t)record_number(all, "open"),
                  N_("%llu incident is open: sekisho incident list"),
                  N_("%llu incidents are open: sekisho incident list"));
    if (record_number(all, "late") > 0)
        gap_count(s, true, "reports-late", (uint64_t)record_number(all, "late"),
                  N_("reports of %llu incident are late: sekisho incident list"),
                  N_("reports of %llu incidents are late: sekisho incident list"));
    return all;
}

/* Papers that nobody has confirmed in their time. */
static json_t *look_at_papers(struct status *s)
{
    json_t *due = s->c->folded ? papers_due(s->c->fold, s->c->rules.policy, s->now_s) : json_array();
    for (size_t i = 0; i < json_array_size(due); i++) {
        const json_t *row = json_array_get(due, i);
        char last[CLOCK_TIME_CAP];
        snprintf(last, sizeof last, "%.10s", record_text(row, "last"));
        gap(s, true, "paper-due", "contract %s: the paper %s was to be confirmed by %s (last: %s): "
            "sekisho report %s --contract %s --out FILE",
            record_text(row, "contract"), record_text(row, "paper"), record_text(row, "due"),
            *last ? last : PHRASE("never"), record_text(row, "paper"), record_text(row, "contract"));
    }
    return due ? due : json_array();
}

/* A status that comes late helps nobody; an act waits for a disk that has to wake first. */
static void wait_for_others(struct control *c, int limit_ms)
{
    c->ledger.limit_ms = limit_ms;
    c->device.limit_ms = limit_ms;
}

int op_status(struct ask *a)
{
    struct control *c = a->control;
    char key[MINISIGN_PUBLIC_TEXT_CAP] = "";
    struct status s = {.c = c, .processes = json_array(), .gaps = json_array(), .ok = true,
                       .now_s = control_now(c)};
    wait_for_others(c, LINK_QUICK_MS);
    look_at_policy(&s);
    look_at_guard(&s);
    look_at_ledger(&s);
    look_at_device(&s);
    look_at_plug(&s);
    json_t *rooms = look_at_rooms(&s);
    add_process(&s, "sekisho-control", getpid(), clock_boot_ns() - c->started_ns);
    look_at_contracts(&s);
    look_at_areas(&s);
    wait_for_others(c, SK_ANSWER_MS);
    look_at_index(&s);
    look_at_kernel(&s);
    look_at_swap(&s);
    json_t *clock = look_at_clock(&s), *cases = count_cases(&s), *due = look_at_papers(&s);
    json_t *incidents = look_at_incidents(&s);
    if (c->has_manifest_key)
        minisign_public_format(&c->manifest_key.pub, key);
    else
        gap(&s, false, "manifest-key", "the agent has no key for manifests");
    free(s.guard);
    areas_hide(a, s.areas);
    a->answer = json_pack("{sbsosososososososososossss}", "ok", s.ok, "policy",
                          rules_show(&c->rules, s.now_s), "areas", s.areas, "ledger",
                          s.ledger ? s.ledger : json_null(), "processes", s.processes, "clock",
                          clock, "cases", cases, "rooms", rooms, "incidents",
                          incidents ? incidents : json_null(), "gaps", s.gaps, "due", due, "enrolment",
                          c->enrolment,
                          "manifest-key", key);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
