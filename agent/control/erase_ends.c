/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erase_ends.c owns what ends in the register because its files were erased. It must never end a thing of
 * which a file has not been erased, nor what another contract's erasure names. */
#include "control/erase.h"
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"

#define PROOF_MAX 4096 /* bytes of erasures' ids in one record */

/* The path under which an erasure names this file of an entry; false: memory is short or the area unknown. */
static bool path_of(const struct control *c, const struct entry *e, const json_t *file, struct buf *ret)
{
    const struct policy_area *area = policy_area(c->rules.policy, record_text(e->record, "area"));
    const char *into = record_text(e->record, "into"), *name = record_text(file, "name");
    if (str_eq(record_text(e->record, "found"), "outside"))
        buf_puts(ret, name);
    else if (area)
        buf_printf(ret, "%s/%s%s%s", area->mount, into, *into ? "/" : "", name);
    return ret->len > 0 && !ret->err;
}

static bool add_proof(struct buf *proof, const char *erasure)
{
    if (proof->len < PROOF_MAX) /* those of a case name it themselves; a record has an end */
        buf_printf(proof, "%s%s", proof->len ? ", " : "", erasure);
    return !proof->err;
}

/* Were all files of the entry erased since it was entered? Their erasures' ids are appended to *proof; the
 * latest of them, or NULL. */
static const json_t *entry_erased(const struct control *c, const struct entry *e, struct buf *proof)
{
    const json_t *files = record_member(e->record, "content.files"), *last = NULL;
    size_t count = json_array_size(files);
    if ((int64_t)count != record_number(e->record, "content.count"))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        autobuf struct buf path = {0};
        const json_t *erased =
            path_of(c, e, json_array_get(files, i), &path)
                ? life_erased(&c->fold->life, record_text(e->record, "contract"), "file", path.data)
                : NULL;
        if (!erased || record_flag(erased, "changed") ||
            record_number(erased, "seq") < record_number(e->record, "seq") ||
            !add_proof(proof, record_text(erased, "erasure")))
            return NULL;
        if (!last || record_number(erased, "seq") > record_number(last, "seq"))
            last = erased;
    }
    return last;
}

/* The same of what a case wrote. */
static const json_t *case_erased(const struct case_entry *e, struct buf *proof)
{
    size_t outputs = e->take_out ? 1 : json_array_size(e->files);
    const json_t *last = NULL;
    const char *name;
    json_t *erased;
    if (outputs == 0 || json_object_size(e->erased) < outputs)
        return NULL;
    json_object_foreach(e->erased, name, erased) {
        if (!add_proof(proof, record_text(erased, "erasure")))
            return NULL;
        if (!last || record_number(erased, "seq") > record_number(last, "seq"))
            last = erased;
    }
    return last;
}

/* An end by these erasures, the last of which is given; more names the thing. */
static void append_end(struct control *c, const char *kind, const json_t *last, const char *proof,
                       json_t *more_in)
{
    autojson json_t *more = more_in;
    json_t *record = control_record(c, kind);
    autojson json_t *fields =
        json_pack("{sO ss s{ss ss ss} ss}", "person", json_object_get(last, "person"), "method",
                  record_text(last, "method"), "proof", "text", proof, "file", "", "sha256", "", "done-by", "");
    if (record && fields && more && json_object_update(record, fields) == 0 &&
        json_object_update(record, more) == 0)
        ledger_close_act(c, record);
    else
        json_decref(record);
}

static void end_entry(struct control *c, const struct entry *e)
{
    autobuf struct buf proof = {0};
    const json_t *last = entry_erased(c, e, &proof);
    if (last)
        append_end(c, SK_KIND_ITEM, last, proof.data,
                   json_pack("{ss ss ss ss}", "item", e->id, "phase", "destroyed", "contract",
                             record_text(e->record, "contract"), "area", record_text(e->record, "area")));
}

static void end_case(struct control *c, const struct case_entry *e)
{
    autobuf struct buf proof = {0};
    const json_t *last = case_erased(e, &proof);
    if (last)
        append_end(c, SK_KIND_DISPOSAL, last, proof.data,
                   json_pack("{ss ss}", "case", e->id, "phase", "done"));
}

void erase_ends(struct control *c)
{
    /* by place: what is appended may move the tables */
    for (size_t i = 0; c->folded && i < c->fold->reg.count; i++) {
        const struct entry *e = &c->fold->reg.entries[i];
        bool of_files = e->kind == ENTRY_RECEIPT || e->kind == ENTRY_COPY;
        if (of_files && e->state == ENTRY_HELD && json_array_size(c->closings) == 0)
            end_entry(c, e);
    }
    for (size_t i = 0; c->folded && i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        if (case_may_be_disposed(e->state) && json_array_size(c->closings) == 0)
            end_case(c, e);
    }
    c->ends_due = !c->folded || json_array_size(c->closings) > 0;
}

static bool has_file(const struct control *c, const struct entry *e, const char *name)
{
    size_t i;
    json_t *file;
    json_array_foreach(record_member(e->record, "content.files"), i, file) {
        autobuf struct buf path = {0};
        if (path_of(c, e, file, &path) && str_eq(path.data, name))
            return true;
    }
    return false;
}

/* What changes hands ends by its hand-over, or when that has failed. */
static int being_handed(struct ask *a, const char *id)
{
    const struct handover *h = fold_handover_open(a->control->fold, id);
    return h ? ask_fail(a, SK_ERR_STATE, "%s is being handed over: %s is %s", id, h->id,
                        PHRASE_OF(handover_state_name(h->state)))
             : 0;
}

static int check_item(struct ask *a, const struct goal *g, const char *item)
{
    struct control *c = a->control;
    const struct entry *e = fold_entry(c->fold, item);
    if (!e || e->kind == ENTRY_CASE || e->state != ENTRY_HELD ||
        !str_eq(record_text(e->record, "contract"), g->contract))
        return ask_fail(a, SK_ERR_NOT_FOUND, "the register holds no %s of the contract %s: sekisho register list",
                        item, g->contract);
    if (e->kind == ENTRY_ITEM && str_eq(record_text(e->record, "form"), "paper"))
        return ask_fail(a, SK_ERR_FORMAT, "%s is no file of %s: sekisho register show %s", g->name, item, item);
    int r = being_handed(a, item);
    if (r != 0)
        return r;
    bool inside = str_eq(g->kind, "area") && str_eq(record_text(e->record, "area"), g->id);
    if (e->kind != ENTRY_ITEM && !inside && !(str_eq(g->kind, "file") && has_file(c, e, g->name)))
        return ask_fail(a, SK_ERR_FORMAT, "%s is no file of %s: sekisho register show %s", g->name, item, item);
    return 0;
}

static int check_case(struct ask *a, const struct goal *g, const char *of)
{
    const struct case_entry *e = fold_case(a->control->fold, of);
    if (!e || !str_eq(record_text(e->request, "contract"), g->contract))
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no case %s of the contract %s: sekisho cases", of,
                        g->contract);
    bool other_medium = str_eq(g->kind, "medium") && !str_eq(record_text(e->request, "destination.id"), g->id);
    bool other_case = *g->case_id && !str_eq(g->case_id, of);
    bool other_file = str_eq(g->kind, "file") && !erase_output(a->control, e, g->name);
    if (*g->area || other_medium || other_case || other_file)
        return ask_fail(a, SK_ERR_FORMAT, "%s is not what %s wrote: sekisho case %s", g->name, of, of);
    return being_handed(a, of);
}

int erase_check_named(struct ask *a, const struct goal *g)
{
    const char *item = record_text(a->body, "item"), *of = record_text(a->body, "for-case");
    int r = *item ? check_item(a, g, item) : 0;
    return r == 0 && *of ? check_case(a, g, of) : r;
}
