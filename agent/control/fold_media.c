/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold_media.c owns the table of registered media's identities: those that were written, and those
 * that were revoked, and the turns of media. It must never take an identity off the list of the revoked
 * ones (a medium comes back with another), nor forget a turn before the next one is known to be written. */
#include <string.h>
#include "base/digest.h"
#include "base/str.h"
#include "control/fold.h"
#include "control/fold_parts.h"
#include "record/record.h"

static int keep_approved(struct fold *f, const json_t *record)
{
    const char *medium = record_text(record, "medium");
    json_t *list = json_object_get(f->approved, medium);
    if (!*medium || !*record_text(record, "identity"))
        return 0;
    if (!list) {
        list = json_array();
        if (json_object_set_new(f->approved, medium, list) != 0)
            return -ENOMEM;
    }
    return json_array_append(list, (json_t *)(uintptr_t)record) == 0 ? 0 : -ENOMEM;
}

int fold_revoke(struct fold *f, const json_t *record)
{
    const json_t *list = record_member(record, "identities");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *identity = json_string_value(json_array_get(list, i));
        if (identity && !json_object_get(f->revoked, identity) &&
            json_object_set(f->revoked, identity, (json_t *)(uintptr_t)record) != 0)
            return -ENOMEM;
    }
    return 0;
}

static int put_turn(struct fold *f, const char *identity, const char *medium, const json_t *now, const json_t *next,
                    const char *at)
{
    json_t *one = json_pack("{ss sI ss ss sI ss}", "medium", medium, "number", (json_int_t)record_number(now, "number"), "now",
                            record_text(now, "sha256"), "at", at, "next-number", (json_int_t)record_number(next, "number"),
                            "next", record_text(next, "sha256"));
    return json_object_set_new(f->turns, identity, one) == 0 ? 0 : -ENOMEM;
}

int fold_turn(struct fold *f, const json_t *record, bool written)
{
    const json_t *turn = record_member(record, "turn"), *before;
    const char *identity = record_text(turn, "identity"), *medium = record_text(record, "medium");
    if (!*identity)
        return 0;
    before = json_object_get(f->turns, identity);
    bool last = !before || str_eq(record_text(before, "next"), record_text(turn, "sha256"));
    if (written)
        return last ? put_turn(f, identity, medium, turn, NULL, record_text(record, "at")) : 0;
    if (!str_eq(record_text(record, "phase"), "intent"))
        return 0; /* nobody knows whether it was */
    autojson json_t *now = json_pack("{sI ss}", "number", (json_int_t)record_number(before, "number"), "sha256",
                                     record_text(before, "now"));
    autofree char *at = strdup(record_text(before, "at"));
    return now && at ? put_turn(f, identity, medium, now, turn, at) : -ENOMEM;
}

/* Found on the medium, written with its identity, or told anew before records are removed. */
static int take_turn(struct fold *f, const json_t *record)
{
    const json_t *turn = record_member(record, "turn");
    const char *identity = record_text(turn, "identity"), *at = record_text(turn, "at");
    if (!*identity)
        return 0;
    return put_turn(f, identity, record_text(record, "medium"), turn, record_member(record, "next"),
                    *at ? at : record_text(record, "at"));
}

const json_t *fold_turns(const struct fold *f, const char *identity)
{
    return json_object_get(f->turns, identity);
}

int fold_device(struct fold *f, const json_t *record)
{
    const char *phase = record_text(record, "phase");
    int r = str_eq(phase, "approved") ? keep_approved(f, record) : 0;
    if (r != 0)
        return r;
    if (str_eq(phase, "turn") || str_eq(phase, "approved"))
        return take_turn(f, record);
    return str_eq(phase, "revoked") ? fold_revoke(f, record) : 0;
}

const json_t *fold_revoked(const struct fold *f, const uint8_t identity[static DIGEST_LEN])
{
    char hex[DIGEST_HEX_CAP];
    digest_hex(hex, identity);
    return json_object_get(f->revoked, hex);
}

const json_t *fold_approved(const struct fold *f, const char *medium)
{
    return json_object_get(f->approved, medium);
}

int fold_medium(struct fold *f, const json_t *record)
{
    const char *phase = record_text(record, "phase"), *medium = record_text(record, "medium");
    bool whole = str_eq(phase, "files");
    if (!whole && !str_eq(phase, "cut-short"))
        return 0;
    /* a look that was cut short says nothing of what the files hold */
    autofree char *state = strdup(whole ? record_text(record, "state") : fold_files_state(f, medium));
    json_t *one = state ? json_pack("{ss ss}", "state", state, "names", record_text(record, "names")) : NULL;
    return json_object_set_new(f->media_files, medium, one) == 0 ? 0 : -ENOMEM;
}

const char *fold_files_state(const struct fold *f, const char *medium)
{
    return record_text(json_object_get(f->media_files, medium), "state");
}

const char *fold_files_names(const struct fold *f, const char *medium)
{
    return record_text(json_object_get(f->media_files, medium), "names");
}
