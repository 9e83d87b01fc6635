/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turns.c owns the turns of media (record/turn.h): the next one for an export, and which ones are awaited. It must never put
 * a turn itself on record, only its digest: who reads the ledger is not to be able to write one. */
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include "base/digest.h"
#include "base/log.h"
#include "base/str.h"
#include "control/control.h"
#include "control/media.h"
#include "record/turn.h"

/* Both that the medium may have now: a job that was killed may have written the next one, or not. */
static json_t *awaited(const json_t *turns)
{
    static const char *const members[] = {"now", "next"};
    json_t *list = json_array();
    for (size_t i = 0; list && *record_text(turns, "now") && i < array_count(members); i++)
        if (*record_text(turns, members[i]))
            json_array_append_new(list, json_string(record_text(turns, members[i])));
    return list;
}

static int make(const char *identity, uint64_t number, char text[static TURN_CAP], char sha256[static DIGEST_HEX_CAP])
{
    uint8_t token[TURN_TOKEN_LEN], digest[DIGEST_LEN];
    randombytes_buf(token, sizeof token);
    turn_write(identity, number, token, text);
    sodium_memzero(token, sizeof token);
    int r = digest_of(text, TURN_LEN, digest);
    if (r == 0)
        digest_hex(sha256, digest);
    return r;
}

int turns_next(const struct control *c, const struct policy_medium *m, json_t **ret_record, json_t **ret_question)
{
    char identity[DIGEST_HEX_CAP], text[TURN_CAP], sha256[DIGEST_HEX_CAP], tag[TURN_TAG_CAP];
    digest_hex(identity, m->identity);
    const json_t *turns = fold_turns(c->fold, identity);
    /* the one that is on its way may be on the medium, in the file that this one is for: it is not the one that is known */
    uint64_t number = (uint64_t)record_number(turns, "number") + 1;
    int r = turn_tag(c->origin, tag);
    if (r == 0)
        r = make(identity, number, text, sha256);
    if (r != 0)
        return r;
    autojson json_t *record = json_pack("{ss sI ss}", "identity", identity, "number", (json_int_t)number, "sha256", sha256);
    autojson json_t *question = json_pack("{ss sI ss so}", "tag", tag, "number", (json_int_t)number, "text", text, "awaited",
                                          awaited(turns));
    sodium_memzero(text, sizeof text);
    if (!record || !question)
        return -ENOMEM;
    *ret_record = steal_ptr(&record);
    *ret_question = steal_ptr(&question);
    return 0;
}

json_t *turns_list(const struct control *c)
{
    const struct policy *p = c->rules.policy;
    json_t *list = json_array();
    for (size_t i = 0; list && i < p->medium_count; i++) {
        char identity[DIGEST_HEX_CAP];
        digest_hex(identity, p->mediums[i].identity);
        const json_t *turns = fold_turns(c->fold, identity);
        if (*record_text(turns, "now"))
            json_array_append_new(list, json_pack("{ss so}", "identity", identity, "awaited", awaited(turns)));
    }
    return list;
}

/* --- records ---------------------------------------------------------------------------------- */

static json_t *turn_record(const struct control *c, const char *identity, const json_t *turns, const char *which, bool next)
{
    char number[32];
    bool on_its_way = str_eq(which, "next");
    snprintf(number, sizeof number, "%s", on_its_way ? "next-number" : "number");
    json_t *record = control_record(c, SK_KIND_DEVICE);
    autojson json_t *more = json_pack("{ss ss s{ss sI ss ss}}", "phase", "turn", "medium", record_text(turns, "medium"), "turn",
                                      "identity", identity, "number", (json_int_t)record_number(turns, number), "sha256",
                                      record_text(turns, which), "at", on_its_way ? "" : record_text(turns, "at"));
    if (more && next)
        json_object_set_new(more, "next", json_pack("{sI ss}", "number", (json_int_t)record_number(turns, "next-number"),
                                                    "sha256", record_text(turns, "next")));
    if (record && more && json_object_update(record, more) == 0)
        return record;
    json_decref(record);
    return NULL;
}

static bool has_text(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_string_value(json_array_get(list, i)), text))
            return true;
    return false;
}

/* An export that nobody knows the end of has written its turn: the one before is a copy's from now on. */
void turns_settle(struct control *c, const json_t *one)
{
    char identity[DIGEST_HEX_CAP];
    autobuf struct buf why = {0};
    const struct policy_medium *m = policy_medium(c->rules.policy, record_text(one, "medium"));
    if (!m)
        return;
    digest_hex(identity, m->identity);
    const json_t *turns = fold_turns(c->fold, identity);
    const char *next = record_text(turns, "next");
    if (!*next || !has_text(record_member(one, "turns"), next))
        return;
    json_t *record = turn_record(c, identity, turns, "next", false);
    int r = record ? ledger_append(c, record, true, NULL, &why) : -ENOMEM;
    if (r != 0)
        log_error("the turn of the medium %s can't be recorded: %s", m->head.id, why.data ? why.data : sk_strerror(r));
}

int turns_repeat(struct control *c, struct buf *why)
{
    autojson json_t *all = json_copy(c->fold->turns); /* what is appended is folded */
    const char *identity;
    json_t *turns;
    int r = all ? 0 : -ENOMEM;
    json_object_foreach(all, identity, turns)
        if (r == 0) {
            json_t *record = turn_record(c, identity, turns, "now", *record_text(turns, "next") != '\0');
            r = record ? ledger_append(c, record, false, NULL, why) : -ENOMEM;
        }
    return r;
}
