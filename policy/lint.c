/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lint.c owns the findings about a policy whose form is right: what can never happen, contradicts
 * itself, is over, or is weak. It must never touch the file system: paths are judged as text. */
#include <sekisho/limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "policy/lint.h"

#define LOCKOUT_MOST         10                 /* failures */
#define LOCKOUT_PERIOD_LEAST (5 * 60)           /* seconds */
#define PASSPHRASE_LEAST     10                 /* characters */
#define PERMIT_LIFETIME_MOST (30 * CLOCK_DAY_S) /* seconds */
#define SEAL_INTERVAL_MOST   3600               /* seconds */
#define PLANS_BEFORE_LEAST   (30 * CLOCK_DAY_S) /* seconds */

void lint_find(struct lint *l, enum policy_severity severity, unsigned line, const char *code, const char *format, ...)
{
    const struct policy_note note = {.severity = severity, .line = line, .code = code};
    va_list ap;
    va_start(ap, format);
    if (l->err == 0)
        l->err = policy_note_vadd(l->f, &note, format, ap);
    va_end(ap);
}

/* --- who can do what, as decide.c will see it ------------------------------------------------- */

bool policy_handles(const struct policy_person *person, const struct policy_area *area)
{
    if (!(person->roles & POLICY_HANDLER) || person->suspended)
        return false;
    if (area->handlers.count > 0)
        return policy_list_has(&area->handlers, person->head.id);
    return policy_list_has(&person->areas, area->head.id);
}

/* --- [policy], [approval], [ledger] ----------------------------------------------------------- */

static void check_policy(struct lint *l, const char *host)
{
    const struct policy *p = l->p;
    if (p->issued >= p->expires)
        error(l, p->line, "dates-reversed", "the policy expires before it is issued");
    else if (l->now >= p->expires)
        warning(l, p->line, "policy-expired",
                "the policy has expired: it goes on refusing, and no permit is granted under it");
    else if (l->now < p->issued)
        warning(l, p->line, "policy-early", "the policy's day of issue is still to come");
    if (host && !policy_for_host(p, host))
        error(l, p->line, "other-host", "the policy is not for this host (%s)", host);
    if (p->area_count == 0)
        warning(l, p->line, "no-area", "the policy has no [area ID]: nothing is protected by it");
}

static void check_rules(struct lint *l)
{
    const struct policy_approval *a = &l->p->approval;
    if (a->lockout > LOCKOUT_MOST)
        warning(l, l->p->line, "weak-lockout",
                "%u wrong passphrases before an approver is locked out are many (ACC-2)",
                a->lockout);
    if (a->lockout_period_s < LOCKOUT_PERIOD_LEAST)
        warning(l, l->p->line, "weak-lockout",
                "a lock-out of less than 5 minutes hardly slows guessing (ACC-2)");
    if (a->passphrase_minimum < PASSPHRASE_LEAST)
        warning(l, l->p->line, "weak-passphrase",
                "a passphrase of %u characters is short; %d are the least to be advised (ACC-2)",
                a->passphrase_minimum, PASSPHRASE_LEAST);
    if (a->permit_lifetime_s > PERMIT_LIFETIME_MOST)
        warning(l, l->p->line, "long-permit", "a permit that lives longer than 30 days is as good "
                                              "as a standing one");
    if (l->p->ledger.seal_interval_s > SEAL_INTERVAL_MOST)
        warning(l, l->p->line, "seldom-sealed",
                "more than an hour between two seals of the ledger");
}

/* --- contracts and consents ------------------------------------------------------------------- */

static void check_contract(struct lint *l, const struct policy_contract *c)
{
    bool used = false;
    for (size_t i = 0; i < l->p->area_count; i++)
        used = used || str_eq(l->p->areas[i].contract, c->head.id);
    if (c->start >= c->end)
        error(l, c->head.line, "dates-reversed", "contract %s ends before it starts", c->head.id);
    else if (l->now >= c->end)
        warning(l, c->head.line, "contract-ended", "contract %s is over", c->head.id);
    if (!used)
        warning(l, c->head.line, "contract-unused", "no area belongs to contract %s", c->head.id);
    if (c->retention_s == 0)
        warning(l, c->head.line, "no-retention",
                "contract %s does not say how long records are kept (LOG-1)", c->head.id);
    if (c->equipment && c->plans_before_s < PLANS_BEFORE_LEAST)
        warning(l, c->head.line, "late-plans",
                "contract %s has its plans due less than 30 days before its end (DSP-3)", c->head.id);
}

/* What a consent names must be its own contract's. */
static void check_consent_scope(struct lint *l, const struct policy_consent *c)
{
    for (size_t i = 0; i < c->areas.count; i++) {
        const struct policy_area *a = policy_area(l->p, c->areas.items[i]);
        if (a && !str_eq(a->contract, c->contract))
            error(l, c->head.line, "other-contract", "consent %s names area %s of contract %s",
                  c->head.id, a->head.id, a->contract);
        for (size_t k = 0; a && a->top_secret && k < c->destinations.count; k++) {
            const struct policy_destination *d = policy_destination(l->p, c->destinations.items[k]);
            if (d && d->kind != POLICY_HAND)
                error(l, c->head.line, "top-secret-by-hand",
                      "consent %s names area %s, which is top secret, and destination %s, whose kind "
                      "is not hand: give them a consent of their own (REC-3)",
                      c->head.id, a->head.id, d->head.id);
        }
    }
    for (size_t i = 0; i < c->destinations.count; i++) {
        const struct policy_destination *d = policy_destination(l->p, c->destinations.items[i]);
        if (d && !str_eq(d->contract, c->contract))
            error(l, c->head.line, "other-contract",
                  "consent %s names destination %s of contract %s", c->head.id, d->head.id,
                  d->contract);
    }
}

static void check_consent(struct lint *l, const struct policy_consent *c)
{
    const struct policy_contract *k = policy_contract(l->p, c->contract);
    int64_t until = c->until ? c->until : k ? k->end : 0;
    if (c->until && c->date >= c->until)
        error(l, c->head.line, "dates-reversed", "consent %s ends before its date", c->head.id);
    else if (until && l->now >= until)
        warning(l, c->head.line, "consent-ended", "consent %s has ended", c->head.id);
    if (k && (c->until > k->end || (until && until <= k->start) || c->date >= k->end))
        warning(l, c->head.line, "consent-outside-contract",
                "consent %s reaches outside the time of contract %s", c->head.id, k->head.id);
    if (c->standing_s > 0 && c->uses == 1)
        warning(l, c->head.line, "standing-once",
                "consent %s allows standing permits, and one use: a permit of its own does",
                c->head.id);
    check_consent_scope(l, c);
}

/* --- persons ---------------------------------------------------------------------------------- */

static void check_person_pairs(struct lint *l, size_t at)
{
    const struct policy_person *b = &l->p->persons[at];
    for (size_t i = 0; i < at; i++) {
        const struct policy_person *a = &l->p->persons[i];
        if (strcmp(a->user, b->user) == 0)
            error(l, b->head.line, "login-twice",
                  "persons %s and %s share the login %s; each person has one of their own (ACC-2)",
                  a->head.id, b->head.id, b->user);
        if (a->has_key && b->has_key && memcmp(a->key.key, b->key.key, sizeof a->key.key) == 0)
            error(l, b->head.line, "key-twice", "persons %s and %s share one approver's key",
                  a->head.id, b->head.id);
    }
}

static void check_roles(struct lint *l, const struct policy_person *person)
{
    const char *id = person->head.id;
    bool handler = false;
    for (size_t i = 0; i < l->p->area_count; i++)
        handler = handler || policy_handles(person, &l->p->areas[i]);
    if ((person->roles & POLICY_HANDLER) && !handler && !person->suspended)
        warning(l, person->head.line, "person-without-area",
                "person %s is a handler, but of no area", id);
    if ((person->roles & POLICY_MANAGER) && !person->has_key)
        warning(l, person->head.line, "manager-without-key",
                "person %s is a manager without a key and can't approve; see `sekisho approver "
                "init`",
                id);
    if (person->has_key && !(person->roles & POLICY_MANAGER) && !*person->approves_for)
        warning(l, person->head.line, "key-without-role",
                "person %s has an approver's key, but is no manager", id);
    if (strcmp(person->user, "root") == 0)
        warning(l, person->head.line, "root-login",
                "person %s works as root, whom nothing on the machine can hold back", id);
}

static void check_person(struct lint *l, size_t at)
{
    const struct policy_person *person = &l->p->persons[at];
    check_person_pairs(l, at);
    check_roles(l, person);
    if (!(person->roles & (POLICY_HANDLER | POLICY_MANAGER)) || person->suspended)
        return;
    if (person->trained == 0 || person->trained > l->now)
        warning(l, person->head.line, "not-trained",
                "person %s has no day of training yet and gets no access (ACC-6)", person->head.id);
    if (person->pledge == 0 || person->pledge > l->now)
        warning(l, person->head.line, "not-pledged",
                "person %s has no day of pledge yet and gets no access (ACC-6)", person->head.id);
}

/* --- areas ------------------------------------------------------------------------------------ */

static bool is_inside(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return str_starts(path, folder) && (path[len] == '/' || path[len] == '\0');
}

static void check_mounts(struct lint *l, size_t at)
{
    const struct policy_area *b = &l->p->areas[at];
    for (size_t i = 0; i < l->p->area_count; i++) {
        const struct policy_area *a = &l->p->areas[i];
        bool same = strcmp(a->mount, b->mount) == 0;
        if (i < at && same)
            error(l, b->head.line, "mount-twice", "areas %s and %s have one mount point, %s",
                  a->head.id, b->head.id, b->mount);
        else if (i != at && !same && is_inside(b->mount, a->mount))
            warning(l, b->head.line, "mount-inside", "area %s is mounted inside area %s",
                    b->head.id, a->head.id);
    }
}

/* The two lists that say who handles an area, compared. */
static void check_handlers(struct lint *l, const struct policy_area *a)
{
    bool any = false;
    for (size_t i = 0; i < l->p->person_count; i++) {
        const struct policy_person *person = &l->p->persons[i];
        bool listed = policy_list_has(&a->handlers, person->head.id);
        any = any || policy_handles(person, a);
        if (listed && !(person->roles & POLICY_HANDLER))
            warning(l, a->head.line, "handler-role",
                    "area %s lists %s, who has not the role handler and gets no access", a->head.id,
                    person->head.id);
        else if (a->handlers.count && !listed && (person->roles & POLICY_HANDLER) &&
                 policy_list_has(&person->areas, a->head.id))
            warning(l, person->head.line, "not-in-handlers",
                    "person %s names area %s, whose list of handlers leaves them out",
                    person->head.id, a->head.id);
    }
    if (!any)
        warning(l, a->head.line, "area-without-handlers", "nobody is a handler of area %s",
                a->head.id);
}

/* Specific personal information is checked by two managers, neither of whom entered it. */
static void check_second_checker(struct lint *l, const struct policy_area *a)
{
    size_t managers = 0;
    for (size_t i = 0; i < l->p->person_count; i++) {
        const struct policy_person *person = &l->p->persons[i];
        managers += (person->roles & POLICY_MANAGER) && !person->suspended &&
                    (person->areas.count == 0 || policy_list_has(&person->areas, a->head.id));
    }
    if (a->personal_number && managers < 2)
        warning(l, a->head.line, "no-second-checker",
                "area %s holds specific personal information, which two managers check; it has %zu "
                "(REC-6)", a->head.id, managers);
}

static void check_open_gate(struct lint *l, const struct policy_area *a)
{
    if (a->applications.count == 0)
        warning(l, a->head.line, "area-without-applications",
                "area %s lists no application, so no program can open its files", a->head.id);
    if (a->level > 1)
        error(l, a->head.line, "open-gate",
              "area %s has level %u; without a room an application can pass on what it reads, so "
              "gate = open is for level 1 only", a->head.id, a->level);
    if (a->display == POLICY_SHARED || a->terminal || a->gpu ||
        a->scratch != POLICY_SCRATCH_TEMPORARY)
        warning(l, a->head.line, "no-room",
                "area %s has no room (gate = open), so display, terminal, gpu and scratch say nothing",
                a->head.id);
}

/* A room shows the programs of the system and nothing else. */
static bool shown_in_rooms(const char *path)
{
    static const char *const places[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64",
                                         "/libx32", "/opt"};
    for (size_t i = 0; i < array_count(places); i++)
        if (is_inside(path, places[i]))
            return true;
    return false;
}

/* What a room is made of itself (agent/room/walls.c) can't be an area too. */
static bool taken_in_rooms(const char *path)
{
    static const char *const places[] = {"/usr",  "/bin", "/sbin", "/lib", "/lib32", "/lib64",
                                         "/libx32", "/opt", "/etc", "/proc", "/dev", "/sys",
                                         "/run",  "/boot", "/var", "/root", "/tmp/.X11-unix"};
    for (size_t i = 0; i < array_count(places); i++)
        if (is_inside(path, places[i]))
            return true;
    return str_eq(path, "/tmp");
}

static void check_room(struct lint *l, const struct policy_area *a)
{
    if (taken_in_rooms(a->mount))
        error(l, a->head.line, "mount-in-room",
              "area %s can't be at %s: a room has folders of its own there; take a folder such as "
              "/srv/sekisho/%s", a->head.id, a->mount, a->head.id);
    for (size_t i = 0; i < a->applications.count; i++) {
        const struct policy_application *app = policy_application(l->p, a->applications.items[i]);
        bool any = false;
        for (size_t k = 0; app && k < app->exe.count; k++)
            any = any || shown_in_rooms(app->exe.items[k]);
        if (app && !any)
            warning(l, a->head.line, "never-in-room",
                    "area %s lists application %s, none of whose programs can be seen in a room "
                    "(only what lies in /usr and /opt can)", a->head.id, app->head.id);
    }
    if (a->display == POLICY_SHARED)
        warning(l, a->head.line, "display-shared",
                "area %s shares the desktop's screen: clipboard, keys and pictures of its windows "
                "are open to every other program there", a->head.id);
    if (a->terminal)
        warning(l, a->head.line, "terminal",
                "area %s may be worked on in a terminal, whose window keeps what it shows",
                a->head.id);
}

static void check_gate(struct lint *l, const struct policy_area *a)
{
    if (a->gate == POLICY_OPEN)
        check_open_gate(l, a);
    else
        check_room(l, a);
    if (a->backing == POLICY_FILESYSTEM)
        warning(l, a->head.line, "not-encrypted", "area %s is not encrypted at rest (ENC-1)",
                a->head.id);
}

/* Words that stand where an area's id may stand: sekisho room list, sekisho room end. */
static bool is_reserved(const char *id)
{
    return str_eq(id, "list") || str_eq(id, "end");
}

static void check_area(struct lint *l, size_t at)
{
    const struct policy_area *a = &l->p->areas[at];
    const struct policy_consent *copies = policy_consent(l->p, a->copies);
    check_mounts(l, at);
    check_handlers(l, a);
    check_second_checker(l, a);
    check_gate(l, a);
    if (is_reserved(a->head.id))
        error(l, a->head.line, "reserved-id",
              "area %s: \"sekisho room %s\" means something else, take another id", a->head.id,
              a->head.id);
    if (copies && !str_eq(copies->contract, a->contract))
        error(l, a->head.line, "other-contract", "area %s names consent %s of contract %s",
              a->head.id, copies->head.id, copies->contract);
    if (copies && !*a->copy_purpose)
        warning(l, a->head.line, "no-copy-purpose",
                "area %s allows copies inside, but copy-purpose is missing (REC-1)", a->head.id);
}

/* --- applications ----------------------------------------------------------------------------- */

/* Programs that run any script they are given: to list one is to list everything. */
static bool is_interpreter(const char *path)
{
    static const char *const exact[] = {"sh", "env", "busybox", "xargs", "find", "awk", "gawk",
                                        "mawk", "gdb", "make"};
    static const char *const families[] = {"bash", "dash", "zsh", "ksh", "fish", "python", "perl",
                                           "ruby", "node", "lua", "php", "tclsh", "wish", "guile",
                                           "java", "mono", "ld-linux", "ld.so", "ld-2"};
    const char *name = strrchr(path, '/') + 1;
    for (size_t i = 0; i < array_count(exact); i++)
        if (strcmp(name, exact[i]) == 0)
            return true;
    for (size_t i = 0; i < array_count(families); i++)
        if (str_starts(name, families[i]))
            return true;
    return false;
}

static bool is_users_place(const char *path)
{
    static const char *const places[] = {"/home", "/tmp", "/var/tmp", "/dev/shm", "/run/user",
                                         "/media", "/mnt"};
    for (size_t i = 0; i < array_count(places); i++)
        if (is_inside(path, places[i]))
            return true;
    return false;
}

static void check_application(struct lint *l, const struct policy_application *a)
{
    bool used = false;
    for (size_t i = 0; i < l->p->area_count; i++)
        used = used || policy_list_has(&l->p->areas[i].applications, a->head.id);
    if (!used)
        warning(l, a->head.line, "application-unused", "no area lists application %s", a->head.id);
    for (size_t i = 0; i < a->exe.count; i++) {
        const char *exe = a->exe.items[i];
        if (is_interpreter(exe))
            warning(l, a->head.line, "interpreter",
                    "%s runs any script that a user writes; list the programs themselves", exe);
        if (is_users_place(exe))
            warning(l, a->head.line, "writable-path",
                    "%s lies where users write; only programs that are root's own are let in", exe);
        if (strcmp(strrchr(exe, '/'), "/*") == 0)
            warning(l, a->head.line, "too-wide", "%s stands for every program in that folder", exe);
    }
}

/* --- destinations ----------------------------------------------------------------------------- */

/* What people send themselves goes to people whose addresses are known, and is not longer than what takes it. */
static void check_outbox(struct lint *l, const struct policy_destination *d)
{
    bool mail = d->kind == POLICY_MAIL, web = d->kind == POLICY_WEB;
    if (!mail && !web) {
        if (d->largest != 0 || *d->site)
            warning(l, d->head.line, "says-nothing",
                    "destination %s: largest and site say something for kind = mail and kind = web only", d->head.id);
        return;
    }
    if (d->recipients.count == 0)
        error(l, d->head.line, "no-recipients", "destination %s has no recipients to encrypt to (MED-2)", d->head.id);
    if (mail && d->largest == 0)
        error(l, d->head.line, "mail-without-largest",
              "destination %s is for mail and does not say how many MiB a mail may have (largest)", d->head.id);
    if (web && !*d->site)
        error(l, d->head.line, "web-without-site",
              "destination %s is for a file-exchange site and does not say which (site)", d->head.id);
    for (size_t i = 0; i < d->recipients.count; i++) {
        const struct policy_recipient *r = policy_recipient(l->p, d->recipients.items[i]);
        if (r && !*r->mail)
            error(l, d->head.line, "recipient-without-mail",
                  "destination %s sends to recipient %s, who has no address (mail)", d->head.id, r->head.id);
    }
}

/* What each kind needs, and what says nothing for it. */
static void check_kind(struct lint *l, const struct policy_destination *d)
{
    if (d->kind != POLICY_HAND && !*d->path && !*d->medium)
        error(l, d->head.line, "no-path", "destination %s needs a path", d->head.id);
    if (d->kind == POLICY_MEDIUM && d->recipients.count == 0)
        error(l, d->head.line, "medium-without-recipients",
              "destination %s is a medium without recipients to encrypt to (MED-2)", d->head.id);
    if ((d->kind == POLICY_AREA || d->kind == POLICY_BACKUP) && d->recipients.count == 0)
        error(l, d->head.line, "no-recipients",
              "destination %s has no recipients to encrypt to (MED-2)", d->head.id);
    if (d->kind == POLICY_HAND && *d->path && d->recipients.count == 0)
        error(l, d->head.line, "no-recipients",
              "destination %s has a path and no recipients to encrypt to (MED-2)", d->head.id);
    if (d->kind == POLICY_AREA && !d->has_receipt_key)
        warning(l, d->head.line, "no-receipt-key",
                "destination %s is a colleague's area and has no receipt-key: the receipt of that PC "
                "can't be checked", d->head.id);
    if (d->kind != POLICY_AREA && d->has_receipt_key)
        warning(l, d->head.line, "says-nothing",
                "destination %s: receipt-key says something for kind = area only", d->head.id);
    if (d->kind == POLICY_BACKUP && d->retention_s == 0)
        error(l, d->head.line, "backup-without-retention",
              "destination %s is a backup and does not say how long it is kept (retention)",
              d->head.id);
    if (d->kind != POLICY_BACKUP && d->retention_s != 0)
        warning(l, d->head.line, "says-nothing",
                "destination %s: retention says something for kind = backup only", d->head.id);
}

static void check_destination(struct lint *l, const struct policy_destination *d)
{
    bool consented = false;
    for (size_t i = 0; i < l->p->consent_count; i++)
        consented = consented || policy_list_has(&l->p->consents[i].destinations, d->head.id);
    if (!consented)
        warning(l, d->head.line, "destination-without-consent",
                "no consent names destination %s, so nothing can go there (REC-4)", d->head.id);
    check_kind(l, d);
    check_outbox(l, d);
    for (size_t i = 0; i < d->recipients.count; i++) {
        const struct policy_recipient *r = policy_recipient(l->p, d->recipients.items[i]);
        if (r && !str_eq(r->contract, d->contract))
            error(l, d->head.line, "other-contract",
                  "destination %s names recipient %s of contract %s", d->head.id, r->head.id,
                  r->contract);
    }
    for (size_t i = 0; i < l->p->area_count; i++)
        if (is_inside(d->path, l->p->areas[i].mount))
            error(l, d->head.line, "destination-in-area", "destination %s lies inside area %s",
                  d->head.id, l->p->areas[i].head.id);
}

static void check_places(struct lint *l)
{
    const struct policy_list *places = &l->p->index.places;
    if (places->count > SK_PLACES_MAX)
        error(l, l->p->line, "places-many", "[index] names %zu places, more than %d", places->count,
              SK_PLACES_MAX);
    for (size_t i = 0; i < places->count; i++) {
        for (size_t j = 0; j < i; j++)
            if (is_inside(places->items[i], places->items[j]) ||
                is_inside(places->items[j], places->items[i]))
                warning(l, l->p->line, "place-inside", "[index] place %s and place %s overlap",
                        places->items[i], places->items[j]);
        for (size_t j = 0; j < l->p->area_count; j++)
            if (is_inside(places->items[i], l->p->areas[j].mount))
                error(l, l->p->line, "place-in-area", "[index] place %s lies in area %s",
                      places->items[i], l->p->areas[j].head.id);
    }
}

int policy_lint(const struct policy *p, int64_t now, const char *host,
                struct policy_findings *findings)
{
    struct lint l = {.p = p, .now = now, .f = findings};
    check_policy(&l, host);
    check_rules(&l);
    check_places(&l);
    if (l.err == 0)
        l.err = policy_lint_incident(p, findings);
    if (l.err == 0)
        l.err = policy_lint_devices(p, now, findings);
    for (size_t i = 0; i < p->contract_count; i++)
        check_contract(&l, &p->contracts[i]);
    for (size_t i = 0; i < p->consent_count; i++)
        check_consent(&l, &p->consents[i]);
    for (size_t i = 0; i < p->person_count; i++)
        check_person(&l, i);
    for (size_t i = 0; i < p->area_count; i++)
        check_area(&l, i);
    for (size_t i = 0; i < p->application_count; i++)
        check_application(&l, &p->applications[i]);
    for (size_t i = 0; i < p->destination_count; i++)
        check_destination(&l, &p->destinations[i]);
    if (l.err == 0)
        l.err = policy_lint_recipients(p, findings);
    if (l.err == 0)
        l.err = policy_lint_approval(p, now, findings);
    policy_findings_sort(findings);
    return l.err;
}
