/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_erase.c owns the erasing of areas, files and media: who may, what must have been confirmed, and the
 * records around it. It must never let a byte be overwritten whose intent is not sealed, nor anything
 * that neither the policy nor the ledger knows as this contract's. */
#include <sekisho/erasure.h>
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/erase.h"

#define TAGS_MAX 32 /* earlier erasures of an object that device is told of, the latest */

bool contract_managed_by(const struct policy *p, const struct policy_person *who, const char *contract)
{
    if (!who || who->suspended || !(who->roles & POLICY_MANAGER) || !*contract)
        return false;
    if (who->areas.count == 0)
        return true;
    for (size_t i = 0; i < p->area_count; i++)
        if (str_eq(p->areas[i].contract, contract) &&
            policy_list_has(&who->areas, p->areas[i].head.id))
            return true;
    return false;
}

/* The contract whose area this is: by the policy, or as the ledger has it of an earlier one. */
static const char *contract_of(const struct control *c, const char *area)
{
    const char *id, *of = contract_of_area(c, area);
    json_t *announced, *one;
    size_t i;
    if (*of)
        return of;
    json_object_foreach(c->fold->contracts, id, announced)
        json_array_foreach(record_member(announced, "areas"), i, one)
            if (str_eq(json_string_value(one), area))
                return id;
    return "";
}

static void name_area(const struct control *c, const char *id, struct goal *g)
{
    const struct policy_area *area = policy_area(c->rules.policy, id);
    g->area = id;
    g->contract = contract_of(c, id);
    g->personal_number = area && area->personal_number;
    g->level = area ? area->level : 0;
}

static bool find_area(struct ask *a, struct goal *g)
{
    const char *id = record_text(a->body, "area");
    if (!*id)
        return false;
    g->kind = "area";
    g->id = g->name = id;
    name_area(a->control, id, g);
    return true;
}

/* What was carried out of a contract's areas may be the most delicate of them. */
static void name_medium(const struct control *c, const struct policy_destination *d, struct goal *g)
{
    const struct policy *p = c->rules.policy;
    g->kind = "medium";
    g->id = d->head.id;
    g->name = g->path = d->path;
    g->uuid = d->uuid;
    g->contract = d->contract;
    for (size_t i = 0; i < p->area_count; i++) {
        const struct policy_area *area = &p->areas[i];
        if (!str_eq(area->contract, d->contract))
            continue;
        g->level = area->level > g->level ? area->level : g->level;
        g->personal_number = g->personal_number || area->personal_number;
    }
}

static bool find_medium(struct ask *a, struct goal *g)
{
    const char *id = record_text(a->body, "medium"), *device = record_text(a->body, "device");
    const struct policy_destination *d = policy_destination(a->control->rules.policy, id);
    if (!d || d->kind != POLICY_MEDIUM)
        return false;
    name_medium(a->control, d, g);
    if (*device) {
        g->name = g->path = device;
        g->uuid = "";
    }
    return true;
}

/* Below an area's mount. path is escaped as the policy's paths are for this comparison: both are plain
 * but for what no path of a policy holds. */
static bool find_in_area(const struct ask *a, const char *path, struct goal *g)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->area_count; i++) {
        size_t len = strlen(p->areas[i].mount);
        if (len == 0 || !str_starts(path, p->areas[i].mount) || path[len] != '/')
            continue;
        name_area(a->control, p->areas[i].head.id, g);
        g->path = path + len + 1;
        return true;
    }
    return false;
}

/* A copy that index found outside of areas. */
static bool find_outside(const struct ask *a, const char *path, struct goal *g)
{
    const json_t *copies = a->control->fold->copies, *files;
    for (size_t i = json_array_size(copies); i-- > 0;) {
        const json_t *copy = json_array_get(copies, i);
        files = record_member(copy, "content.files");
        if (!str_eq(record_text(copy, "found"), "outside") ||
            !str_eq(record_text(json_array_get(files, 0), "name"), path))
            continue;
        name_area(a->control, record_text(copy, "area"), g);
        g->area = "";
        g->contract = record_text(copy, "contract");
        g->path = path;
        g->sha256 = record_text(json_array_get(files, 0), "sha256");
        return true;
    }
    return false;
}

/* What a case's copy or export holds that has this name at its destination; NULL: it has none of that name. */
static const char *output_digest(const struct case_entry *e, const char *name)
{
    size_t i;
    json_t *file;
    if (e->take_out)
        return str_eq(record_text(e->done, "sealed.name"), name) ? record_text(e->done, "sealed.sha256") : NULL;
    json_array_foreach(e->files, i, file) {
        const char *of = record_text(file, "name"), *last = strrchr(of, '/');
        if (str_eq(last ? last + 1 : of, name))
            return record_text(file, "sha256");
    }
    return NULL;
}

/* The registered medium that it went onto, "" = none. */
static const char *medium_of(const struct policy_destination *d, const struct case_entry *e)
{
    const char *noted = record_text(e->done, "medium");
    return *noted ? noted : d ? d->medium : "";
}

const char *erase_output(const struct control *c, const struct case_entry *e, const char *path)
{
    const struct policy_destination *d =
        policy_destination(c->rules.policy, record_text(e->request, "destination.id"));
    const char *medium = medium_of(d, e);
    size_t len = strlen(medium);
    if (e->done && len > 0 && str_starts(path, medium) && path[len] == '/')
        return output_digest(e, path + len + 1);
    len = d ? strlen(d->path) : 0;
    bool below = e->done && len > 0 && str_starts(path, d->path) && path[len] == '/';
    if (!below)
        return NULL;
    path += len + 1;
    const char *folder = record_text(e->done, "folder"); /* of an outbox */
    len = strlen(folder);
    if (len > 0 && (!str_starts(path, folder) || path[len] != '/'))
        return NULL;
    return output_digest(e, len > 0 ? path + len + 1 : path);
}

/* The latest one that may have written it and is still there, else the latest. */
static bool find_of_case(const struct ask *a, const char *path, struct goal *g)
{
    const struct fold *f = a->control->fold;
    bool found = false;
    for (size_t i = f->count; i-- > 0;) {
        const struct case_entry *e = &f->cases[i];
        const char *sha256 = erase_output(a->control, e, path);
        if (!sha256 || (found && !case_may_be_disposed(e->state)))
            continue;
        g->sha256 = sha256;
        name_area(a->control, record_text(e->request, "area"), g);
        g->area = "";
        g->contract = record_text(e->request, "contract");
        g->case_id = e->id;
        g->path = path;
        found = true;
        if (case_may_be_disposed(e->state))
            break;
    }
    return found;
}

/* A case's export on a registered medium, which is named with the case. */
static bool find_on_medium(struct ask *a, struct goal *g)
{
    const char *medium = record_text(a->body, "medium");
    const struct case_entry *e = fold_case(a->control->fold, record_text(a->body, "for-case"));
    const char *name = e ? record_text(e->done, "sealed.name") : "";
    if (!policy_medium(a->control->rules.policy, medium) || !*name ||
        (size_t)snprintf(g->place, sizeof g->place, "%s/%s", medium, name) >= sizeof g->place ||
        !erase_output(a->control, e, g->place))
        return false;
    name_area(a->control, record_text(e->request, "area"), g);
    g->kind = "file";
    g->name = g->place;
    g->path = g->place + strlen(medium) + 1;
    g->medium = medium;
    g->area = "";
    g->contract = record_text(e->request, "contract");
    g->case_id = e->id;
    g->sha256 = record_text(e->done, "sealed.sha256");
    return true;
}

/* A medium by the place where it is mounted. */
static bool find_mounted(struct ask *a, const char *path, struct goal *g)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->destination_count; i++) {
        const struct policy_destination *d = &p->destinations[i];
        if (d->kind != POLICY_MEDIUM || !str_eq(d->path, path))
            continue;
        *g = (struct goal){.area = "", .case_id = "", .sha256 = "", .medium = ""};
        name_medium(a->control, d, g);
        return true;
    }
    return false;
}

static int find(struct ask *a, struct goal *g)
{
    const char *path = record_text(a->body, "path");
    *g = (struct goal){.contract = "", .area = "", .id = "", .name = "", .path = "", .uuid = "",
                       .case_id = "", .sha256 = "", .medium = ""};
    if (find_area(a, g) || find_on_medium(a, g) || find_medium(a, g))
        return 0;
    if (!*path)
        return ask_fail(a, SK_ERR_FORMAT, "name an area, a medium of the policy, or a file");
    g->kind = "file";
    g->name = path;
    if (find_in_area(a, path, g) || find_outside(a, path, g) || find_of_case(a, path, g) ||
        find_mounted(a, path, g))
        return 0;
    return ask_fail(a, SK_ERR_NOT_FOUND,
                    "%s is neither in an area, nor a medium of the policy, nor a copy that a case or "
                    "the index knows", path);
}

static json_t *question_of(const struct ask *a, const struct goal *g, const char *id, bool plan)
{
    bool medium = str_eq(g->kind, "medium");
    const json_t *tried = life_tried(&a->control->fold->life, g->kind, *g->id ? g->id : g->name);
    autojson json_t *tags = json_array();
    size_t count = json_array_size(tried), from = count > TAGS_MAX ? count - TAGS_MAX : 0;
    for (size_t i = from; tags && i < count; i++)
        json_array_append(tags, json_array_get(tried, i));
    json_t *q = json_pack("{ssss sb sb sO}", "case", id, "object", g->kind, "plan", plan ? 1 : 0,
                          "all-names", record_flag(a->body, "all-names") ? 1 : 0, "tags", tags);
    int r = !q ? -1 : 0;
    if (r == 0 && *g->area)
        r = json_object_set_new(q, "area", json_string(g->area));
    if (r == 0 && *g->path)
        r = json_object_set_new(q, "path", json_string(g->path));
    if (r == 0 && *g->medium)
        r = json_object_set_new(q, "medium", json_string(g->medium));
    if (r == 0 && medium)
        r = json_object_set_new(q, "uuid", json_string(g->uuid));
    /* an erasure that broke off in the middle was of that content, and left another */
    if (r == 0 && !plan && *g->sha256 && !g->changed && count == 0)
        r = json_object_set_new(q, "sha256", json_string(g->sha256));
    if (r == 0)
        return q;
    json_decref(q);
    return NULL;
}

/* What device would do; *ret is its answer. */
static int ask_plan(struct ask *a, const struct goal *g, json_t **ret)
{
    autojson json_t *question = question_of(a, g, "E-0", true);
    struct link *device = &a->control->device;
    int quick_ms = device->limit_ms;
    if (!question)
        return -ENOMEM;
    device->limit_ms = SK_ANSWER_MS; /* it looks through all processes for who has the file open */
    int r = link_ask(device, SK_MSG_ERASE, question, NULL, 0, SK_MSG_JOB_STARTED, ret, NULL, &a->why);
    device->limit_ms = quick_ms;
    return r;
}

bool room_is_open(const struct control *c, const char *area)
{
    const char *key;
    json_t *started;
    json_object_foreach(c->fold->rooms, key, started)
        if (*area && str_eq(record_text(started, "area"), area))
            return true;
    return false;
}

int erasure_allowed(struct ask *a, const char *contract)
{
    const struct fold_life *l = &a->control->fold->life;
    const char *incident = fold_incident_keeps(a->control->fold, contract);
    if (incident)
        return ask_refuse(a, SK_REASON_INCIDENT_OPEN,
                          "sekisho incident show %s", incident);
    if (!life_plan(l, contract))
        return ask_refuse(a, SK_REASON_NO_PLAN,
                          "no plan for the return or erasure of the contract %s has been confirmed",
                          contract);
    return 0;
}

static int check(struct ask *a, const struct goal *g)
{
    int r = erasure_allowed(a, g->contract);
    if (r != 0)
        return r;
    if (room_is_open(a->control, g->area))
        return ask_refuse(a, SK_REASON_ROOM_OPEN,
                          "somebody works in the room of the area %s: end it first", g->area);
    return 0;
}

/* What the contract wants of the storage of this area (DSP-3). */
static const char *wanted(const struct goal *g)
{
    return g->personal_number ? "physical" : g->level >= 2 ? "level-2" : "level-1";
}

static bool is_enough(const char *wants, const char *class)
{
    return str_eq(wants, "level-1") ? !str_eq(class, "not-reached") : str_eq(wants, class);
}

static int answer_plan(struct ask *a, const struct goal *g, const json_t *planned)
{
    const struct fold_life *l = &a->control->fold->life;
    const json_t *plan = life_plan(l, g->contract);
    const char *incident = fold_incident_keeps(a->control->fold, g->contract), *class = record_text(planned, "class");
    a->answer = json_pack(
        "{s{ssssss} ss ss sO sO sO ss sO ss sb ss ss sb sb}", "object", "kind", g->kind, "id", g->id,
        "name", g->name, "contract", g->contract, "area", g->area, "bytes",
        json_object_get(planned, "bytes"), "size", json_object_get(planned, "size"), "keys",
        json_object_get(planned, "keys"), "class", class, "statements",
        json_object_get(planned, "statements"), "wanted", wanted(g), "enough", is_enough(wanted(g), class),
        "confirmed", plan ? record_text(plan, "sha256") : "", "incident", incident ? incident : "",
        "room", room_is_open(a->control, g->area) ? 1 : 0, "compared", *g->sha256 && !g->changed ? 1 : 0);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* What all records of one erasure have; kept as the job's about. */
static json_t *about_of(const struct ask *a, const struct goal *g, const char *id,
                        const json_t *planned)
{
    const json_t *plan = life_plan(&a->control->fold->life, g->contract);
    const char *named = record_text(a->body, "for-case");
    json_t *about = json_pack(
        "{ss ss ss ss ss s{ss} ss ss ss s{ss ss ss sO} sO sO ss}", "erasure", id, "contract", g->contract,
        "area", g->area, "case", *named ? named : g->case_id, "item", record_text(a->body, "item"),
        "witness", "name", record_text(a->body, "witness"), "plan", record_text(plan, "sha256"),
        "tool", "sekisho " SEKISHO_VERSION, "method",
        record_flag(planned, "keys") ? "keys" : "overwrite", "object", "kind", g->kind, "name", g->name,
        "id", g->id, "bytes", json_object_get(planned, "size"), "class",
        json_object_get(planned, "class"), "statements", json_object_get(planned, "statements"),
        "wanted", wanted(g));
    if (about && g->changed && json_object_set_new(about, "changed", json_true()) != 0) {
        json_decref(about);
        return NULL;
    }
    if (about && g->personal_number)
        json_array_append_new(json_object_get(about, "statements"),
                              json_string(sk_statement_name(SK_STATEMENT_PHYSICAL)));
    return about;
}

static json_t *erasure_record(const struct control *c, const json_t *about, json_t *person,
                              const char *phase, const char *why)
{
    json_t *record = control_record(c, SK_KIND_ERASURE);
    autojson json_t *more = json_pack("{ss sO}", "phase", phase, "person", person);
    if (record && more && json_object_update(record, (json_t *)(uintptr_t)about) == 0 &&
        json_object_update(record, more) == 0 &&
        (!why || json_object_set_new(record, "why", json_string(why)) == 0))
        return record;
    json_decref(record);
    return NULL;
}

static int start(struct ask *a, const struct goal *g, const json_t *planned)
{
    struct control *c = a->control;
    char id[SK_ID_MAX + 1];
    int r = next_id(c, 'E', id);
    if (r != 0)
        return r;
    autojson json_t *question = question_of(a, g, id, false);
    autojson json_t *about = about_of(a, g, id, planned);
    autojson json_t *person = ask_person(a);
    if (!question || !about || !person)
        return -ENOMEM;
    r = ledger_append(c, erasure_record(c, about, person, "intent", NULL), true, NULL, &a->why);
    if (r != 0)
        return r;
    r = job_start(a, JOB_ERASE, SK_MSG_ERASE, question, NULL, 0, id, json_incref(about));
    if (r != ASK_LATER && str_eq(g->kind, "file"))
        json_object_set_new(about, "untouched", json_true());
    if (r != ASK_LATER)
        ledger_close_act(c, erasure_record(c, about, person, "failed",
                                           a->why.data ? a->why.data : PHRASE_ERROR(r)));
    return r;
}

/* A copy outside that is not there any more: nothing can be overwritten, and how it went is not known. */
static int note_gone(struct ask *a, const struct goal *g)
{
    struct control *c = a->control;
    char id[SK_ID_MAX + 1];
    autojson json_t *planned = json_pack("{si sb ss s[s]}", "size", 0, "keys", 0, "class",
                                         sk_erasure_class_name(0), "statements",
                                         sk_statement_name(SK_STATEMENT_GONE));
    int r = next_id(c, 'E', id);
    if (r != 0)
        return r;
    autojson json_t *about = planned ? about_of(a, g, id, planned) : NULL;
    autojson json_t *person = ask_person(a);
    json_t *record = about && person ? erasure_record(c, about, person, "done", NULL) : NULL;
    if (!record || json_object_set_new(record, "verified", json_false()) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    buf_reset(&a->why);
    r = ledger_append(c, record, true, NULL, &a->why);
    if (r != 0)
        return r;
    erase_ends(c);
    a->answer = json_pack("{sO sO sO sO sb}", "erasure", json_object_get(about, "erasure"), "object",
                          json_object_get(about, "object"), "class", json_object_get(about, "class"),
                          "statements", json_object_get(about, "statements"), "enough", 0);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* What it must hold: of the case that is named, where one is. */
static void name_content(const struct ask *a, struct goal *g)
{
    const struct case_entry *e = fold_case(a->control->fold, record_text(a->body, "for-case"));
    const char *sha256 = e && str_eq(g->kind, "file") ? erase_output(a->control, e, g->name) : NULL;
    if (sha256)
        g->sha256 = sha256;
    g->changed = *g->sha256 && record_flag(a->body, "changed");
}

int op_erase(struct ask *a)
{
    struct control *c = a->control;
    autojson json_t *planned = NULL;
    struct goal g;
    if (!c->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", c->fold_why);
    int r = find(a, &g);
    if (r != 0)
        return r;
    if (!contract_managed_by(c->rules.policy, a->person, g.contract))
        return ask_refuse(a, SK_REASON_OTHER_CONTRACT, "%s does not manage the contract %s", a->login,
                          *g.contract ? g.contract : PHRASE("that this belongs to"));
    bool dry = record_flag(a->body, "dry-run");
    r = erase_check_named(a, &g);
    name_content(a, &g);
    if (r == 0 && !dry)
        r = check(a, &g);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    r = ask_plan(a, &g, &planned);
    /* device's own word (without it nobody has looked), and of no case: its medium may only be away */
    bool gone = r == -ENOENT && c->device.fd >= 0 && !*g.case_id && !*record_text(a->body, "for-case");
    if (gone && !dry && str_eq(g.kind, "file") && !*g.area)
        return note_gone(a, &g);
    if (r != 0)
        return r;
    return dry ? answer_plan(a, &g, planned) : start(a, &g, planned);
}

static bool is_class(const char *name)
{
    static const char *const classes[] = SK_ERASURE_CLASSES;
    for (size_t i = 0; i < array_count(classes); i++)
        if (str_eq(classes[i], name))
            return true;
    return false;
}

/* The exporter's place is device's own process here. */
static void erase_done(struct control *c, struct job *j, const json_t *message)
{
    static const char *const taken[] = {"class", "statements"};
    autojson json_t *proof =
        json_pack("{sO sO sO}", "sha256", json_object_get(message, "sha256"), "bytes",
                  json_object_get(message, "bytes"), "seed", json_object_get(message, "seed"));
    bool physical = false;
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(j->about, "statements"), i, one)
        physical = physical || str_eq(json_string_value(one), sk_statement_name(SK_STATEMENT_PHYSICAL));
    bool ok = proof && is_class(record_text(message, "class")) && json_object_set(j->about, "proof", proof) == 0;
    for (i = 0; ok && i < array_count(taken); i++)
        ok = json_object_set(j->about, taken[i], json_object_get(message, taken[i])) == 0;
    if (ok && physical)
        ok = json_array_append_new(json_object_get(j->about, "statements"),
                                   json_string(sk_statement_name(SK_STATEMENT_PHYSICAL))) == 0;
    if (!ok || json_object_set_new(j->about, "verified", json_true()) != 0)
        job_fail(c, j, SK_ERR_FORMAT, -1, PHRASE("sekisho-device answered out of order"));
    else
        job_commit(c, j, NULL);
}

static void erase_committed(struct control *c, struct job *j)
{
    const char *area = record_text(j->about, "area"), *wants = record_text(j->about, "wanted");
    ledger_close_act(c, erasure_record(c, j->about, j->person, "done", NULL));
    bool enough = is_enough(wants, record_text(j->about, "class"));
    j->answer = json_pack("{sO sO sO sO sO ss sb sb ss}", "erasure", json_object_get(j->about, "erasure"),
                          "object", json_object_get(j->about, "object"), "class",
                          json_object_get(j->about, "class"), "statements",
                          json_object_get(j->about, "statements"), "proof",
                          json_object_get(j->about, "proof"), "wanted", wants, "enough",
                          enough ? 1 : 0, "changed", record_flag(j->about, "changed") ? 1 : 0, "case",
                          record_text(j->about, "case"));
    if (str_eq(record_text(j->about, "object.kind"), "area"))
        drop_area(c, area);
    erase_ends(c);
    desktop_sync(c);
}

static void erase_failed(struct control *c, struct job *j)
{
    json_object_del(j->about, "proof");
    json_object_del(j->about, "verified");
    if (j->code == SK_ERR_REFUSED) /* what it holds was compared before the first write */
        json_object_set_new(j->about, "untouched", json_true());
    ledger_close_act(c, erasure_record(c, j->about, j->person, "failed",
                                       j->why.len > 0 ? j->why.data : PHRASE_ERROR(j->code)));
    desktop_sync(c);
}

const struct job_actions job_erase = {.done = erase_done, .committed = erase_committed,
                                      .failed = erase_failed};
