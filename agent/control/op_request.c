/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_request.c owns the asking: which files of which area, whether a consent, and perhaps a standing
 * permit, covers them. It must never have a snapshot made of what no consent covers. */
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/request.h"
#include "policy/decide.h"

/* A path below an area's mount point, in clean form: the part behind it, else NULL. */
static const char *below(const char *path, const char *mount)
{
    size_t len = strlen(mount);
    while (len > 1 && mount[len - 1] == '/')
        len--;
    if (len < 2 || strncmp(path, mount, len) != 0 || path[len] != '/' || !path[len + 1])
        return NULL;
    for (const char *part = path + len; *part;) {
        size_t part_len = strcspn(++part, "/");
        if (part_len == 0 || (part_len == 1 && part[0] == '.') ||
            (part_len == 2 && part[0] == '.' && part[1] == '.'))
            return NULL;
        part += part_len;
    }
    return path + len + 1;
}

static const struct policy_area *area_of(const struct policy *p, const char *path,
                                         const char **ret_below)
{
    const struct policy_area *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < p->area_count; i++) {
        const char *rest = below(path, p->areas[i].mount);
        size_t len = strlen(p->areas[i].mount);
        if (rest && len > best_len) {
            best = &p->areas[i];
            best_len = len;
            *ret_below = rest;
        }
    }
    return best;
}

/* Copies land in one folder, so their last names must differ. */
static const char *last_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static int check_unique(struct ask *a, const json_t *files, bool copy)
{
    autojson json_t *names = json_object();
    for (size_t i = 0; names && i < json_array_size(files); i++) {
        const char *name = record_text(json_array_get(files, i), "name");
        if (copy)
            name = last_name(name);
        if (json_object_get(names, name))
            return ask_fail(a, SK_ERR_EXISTS, "%s is named twice", name);
        if (json_object_set_new(names, name, json_true()) != 0)
            return -ENOMEM;
    }
    return names ? 0 : -ENOMEM;
}

/* The area of all the files and their names in it, escaped: [{"name"}]. */
static int resolve(struct ask *a, json_t **ret, const struct policy_area **ret_area)
{
    const json_t *paths = json_object_get(a->body, "files");
    autojson json_t *files = json_array();
    const struct policy_area *area = NULL;
    for (size_t i = 0; files && i < json_array_size(paths); i++) {
        const char *text = json_string_value(json_array_get(paths, i)), *rest = NULL;
        autobuf struct buf raw = {0}, name = {0};
        if (str_unescape(&raw, text, strlen(text)) != 0 || raw.err)
            return ask_fail(a, SK_ERR_FORMAT, "%s is not a path", text);
        const struct policy_area *its =
            area_of(a->control->rules.policy, raw.data ? raw.data : "", &rest);
        if (!its)
            return ask_refuse(a, SK_REASON_NO_AREA, "%s is in no protected area", text);
        if (area && its != area)
            return ask_fail(a, SK_ERR_FORMAT, "%s is in another area than %s: one request, one area",
                            text, area->head.id);
        area = its;
        str_escape(&name, rest, strlen(rest));
        json_t *row = name.err ? NULL : json_pack("{ss}", "name", name.data);
        if (!row || json_array_append_new(files, row) != 0)
            return -ENOMEM;
    }
    if (!files || !area)
        return -ENOMEM;
    *ret_area = area;
    *ret = steal_ptr(&files);
    return 0;
}

/* The case that the one asked for takes the place of: what it has taken is the asker's own. NULL = none. */
static const struct case_entry *instead_of(const struct control *c, const json_t *asked)
{
    const struct case_entry *e = fold_case(c->fold, record_text(asked, "again"));
    return e && request_may_be_withdrawn(c, e) ? e : NULL;
}

int request_decide(struct ask *a, const struct policy_area *area, bool take_out,
                   const char *consent, const struct policy_consent **ret)
{
    struct control *c = a->control;
    const struct case_entry *instead = instead_of(c, a->body);
    struct permit_uses uses = {
        .fold = c->fold,
        .own = instead && instead->state == CASE_PERMITTED
                   ? record_text(instead->request, "consent.id")
                   : ""};
    const struct transfer_question q = {
        .user = a->login,
        .area = area->head.id,
        .destination = record_text(a->body, "destination"),
        .purpose = record_text(a->body, "purpose"),
        .consent = *consent ? consent : NULL,
        .take_out = take_out,
        .uses = permit_uses_of,
        .context = &uses,
        .now = control_now(c),
    };
    struct decision d = {0};
    const struct policy_consent *nearest = NULL;
    decide_transfer(c->rules.policy, &q, &d, &nearest);
    if (d.allow && fold_is_lost(c->fold, NULL, q.destination))
        return ask_refuse(a, SK_REASON_LOST, "%s: %s", q.destination, sk_reason_phrase(SK_REASON_LOST));
    if (d.allow && permit_medium_revoked(c->rules.policy, c->fold, q.destination))
        return ask_refuse(a, SK_REASON_MEDIUM_REVOKED, "%s: %s", q.destination,
                          sk_reason_phrase(SK_REASON_MEDIUM_REVOKED));
    if (d.allow && nearest) {
        *ret = nearest;
        return 0;
    }
    enum sk_reason reason = d.allow ? SK_REASON_NO_CONSENT : d.reason;
    a->consent = nearest ? nearest->head.id : *consent ? consent : NULL;
    a->detail = json_pack("{ssssss}", "consent", a->consent ? a->consent : "", "document",
                          nearest ? nearest->document : "", "section", d.section ? d.section : "");
    return nearest ? ask_refuse(a, reason, "%s: consent %s (%s)", sk_reason_phrase(reason),
                                nearest->head.id, nearest->document)
                   : ask_refuse(a, reason, "%s", sk_reason_phrase(reason));
}

static struct standing_question standing_question(const struct control *c, const char *person,
                                                  const json_t *asked, const char *area,
                                                  bool take_out)
{
    return (struct standing_question){.policy = c->rules.policy,
                                      .fold = c->fold,
                                      .person = person,
                                      .area = area,
                                      .destination = record_text(asked, "destination"),
                                      .purpose = record_text(asked, "purpose"),
                                      .consent = record_text(asked, "consent"),
                                      .take_out = take_out,
                                      .instead = instead_of(c, asked),
                                      .now_s = control_now(c)};
}

/* The standing permit that the question names, or one that permits it; *ret NULL: none does. */
static int find_standing(struct ask *a, const struct policy_area *area, bool take_out,
                         const struct case_entry **ret)
{
    struct control *c = a->control;
    const char *under = record_text(a->body, "under"), *why;
    const struct standing_question q =
        standing_question(c, a->person ? a->person->head.id : "", a->body, area->head.id, take_out);
    if (!*under) {
        *ret = standing_find(&q);
        return 0;
    }
    *ret = fold_case(c->fold, under);
    enum sk_reason reason = standing_covers(&q, *ret, &why);
    return reason == SK_REASON_ALLOWED ? 0 : ask_refuse(a, reason, "%s: %s", under, why);
}

int request_choose(struct ask *a, const struct policy_area *area, bool take_out,
                  const struct case_entry **ret_under, const struct policy_consent **ret)
{
    int r = find_standing(a, area, take_out, ret_under);
    const struct case_entry *under = *ret_under;
    if (r == 0)
        r = request_decide(a, area, take_out,
                           under ? record_text(under->request, "consent.id")
                                 : record_text(a->body, "consent"),
                           ret);
    return r == 0 && !*ret ? SK_ERR_NOT_FOUND : r;
}

/* What is asked for again must be the asker's own, of the same kind and area. */
static int check_again(struct ask *a, const struct policy_area *area, bool take_out)
{
    const char *id = record_text(a->body, "again");
    const struct case_entry *e = *id ? fold_case(a->control->fold, id) : NULL;
    const char *whose = e ? record_text(e->request, "person.id") : "";
    if (!*id)
        return 0;
    if (!e || e->standing || !a->person || !str_eq(whose, a->person->head.id))
        return ask_fail(a, SK_ERR_PEER, "there is no case %s that %s may ask for again", id, a->login);
    return e->take_out == take_out && str_eq(record_text(e->request, "area"), area->head.id)
               ? 0
               : ask_fail(a, SK_ERR_FORMAT, "%s is of another area, or of another kind", id);
}

static int start_freeze(struct ask *a, const struct policy_area *area, json_t *files,
                        const struct policy_consent *consent, bool take_out,
                        const struct case_entry *under)
{
    struct control *c = a->control;
    char id[SK_ID_MAX + 1];
    int r = next_id(c, take_out ? 'T' : 'C', id);
    if (r != 0)
        return r;
    autojson json_t *paths = json_array();
    for (size_t i = 0; paths && i < json_array_size(files); i++)
        json_array_append(paths, json_object_get(json_array_get(files, i), "name"));
    autojson json_t *question =
        json_pack("{sssssssosO}", "job", "freeze", "case", id, "area", area->head.id, "requester",
                  requester_json(a), "paths", paths);
    json_t *about =
        json_pack("{sssssssssssssssOsssssO}", "type", take_out ? "takeout" : "copy", "area",
                  area->head.id, "destination", record_text(a->body, "destination"), "purpose",
                  record_text(a->body, "purpose"), "kept", record_text(a->body, "kept"),
                  "return-by", record_text(a->body, "return-by"), "consent", consent->head.id,
                  "files", files, "under", under ? under->id : "", "again",
                  record_text(a->body, "again"), "asked", a->body);
    r = store_write(STORE_STAGED, id, area->head.id, strlen(area->head.id));
    if (r != 0 || !question || !about) {
        json_decref(about);
        return ask_fail(a, r != 0 ? r : -ENOMEM, "the request can't be kept");
    }
    r = job_start(a, JOB_FREEZE, SK_MSG_JOB_START, question, NULL, 0, id, about);
    if (r != ASK_LATER)
        store_remove(STORE_STAGED, id);
    return r;
}

/* Without an approver who reads each, as many as one likes could be asked for under a standing permit. */
static bool waits(const struct case_entry *e)
{
    return e->state == CASE_REQUESTED ||
           (e->state == CASE_PERMITTED && *record_text(e->permit, "under.id"));
}

/* Each holds a snapshot in the area, and stands in the lists of those who approve. */
int request_check_waiting(struct ask *a)
{
    const struct fold *f = a->control->fold;
    const struct case_entry *instead = instead_of(a->control, a->body);
    size_t waiting = 0;
    for (size_t i = 0; a->person && i < f->count; i++)
        waiting += &f->cases[i] != instead && waits(&f->cases[i]) &&
                   str_eq(record_text(f->cases[i].request, "person.id"), a->person->head.id);
    return waiting < CONTROL_WAITING_OF_USER
               ? 0
               : ask_refuse(a, SK_REASON_TOO_MANY, "%d requests of yours wait for an answer or for their export: wait for some, export some, or withdraw them",
                          CONTROL_WAITING_OF_USER);
}

int op_request(struct ask *a)
{
    const char *type = record_text(a->body, "type");
    bool take_out = strcmp(type, "takeout") == 0;
    autojson json_t *files = NULL;
    const struct policy_area *area = NULL;
    const struct policy_consent *consent = NULL;
    const struct case_entry *under = NULL;
    if (!take_out && strcmp(type, "copy") != 0)
        return ask_fail(a, SK_ERR_FORMAT, "type: takeout or copy");
    int r = resolve(a, &files, &area);
    if (r == 0)
        r = area ? check_again(a, area, take_out) : SK_ERR_NOT_FOUND;
    if (r == 0)
        r = request_choose(a, area, take_out, &under, &consent);
    if (r == 0)
        r = check_unique(a, files, !take_out);
    if (r == 0)
        r = check_return_by(a);
    if (r == 0)
        r = request_check_waiting(a);
    if (r == 0)
        r = ledger_ready(a->control, &a->why);
    return r != 0 ? r : start_freeze(a, area, files, consent, take_out, under);
}
