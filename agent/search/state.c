/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state.c owns the form of the note beside the index. It must never take a number out of its range. */
#include "search/state.h"
#include <errno.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

#define FORMAT 1 /* of index and note; another number: build anew */

static int64_t changed_ns(const struct stat *file)
{
    return (int64_t)file->st_ctim.tv_sec * 1000000000 + file->st_ctim.tv_nsec;
}

void state_note_file(struct state *s, const struct stat *file)
{
    s->inode = file->st_ino;
    s->bytes = (uint64_t)file->st_size;
    s->changed_ns = changed_ns(file);
}

bool state_is_file(const struct state *s, const struct stat *file)
{
    return file->st_ino == s->inode && (uint64_t)file->st_size == s->bytes &&
           changed_ns(file) == s->changed_ns;
}

/* The hashes of the full subtrees at the right edge, by height. */
static json_t *edges_json(const struct tree *t)
{
    json_t *edges = json_array();
    for (unsigned h = 0; h < TREE_HEIGHT_MAX; h++) {
        char hex[DIGEST_HEX_CAP];
        if (!(t->size >> h & 1))
            continue;
        digest_hex(hex, t->edge[h]);
        if (json_array_append_new(edges, json_string(hex)) != 0) {
            json_decref(edges);
            return NULL;
        }
    }
    return edges;
}

int state_write(const struct state *s, struct buf *out)
{
    char enrolment[NOTE_VKEY_CAP], next[NOTE_VKEY_CAP];
    int r = note_vkey_format(&s->enrolment, enrolment);
    if (r == 0)
        r = note_vkey_format(&s->from.next, next);
    if (r != 0)
        return r;
    autojson json_t *note = json_pack(
        "{s:i,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:I,s:I,s:I}", "format", FORMAT, "enrolment",
        enrolment, "next", next, "sealed", (json_int_t)s->from.sealed, "epochs",
        (json_int_t)s->from.epochs, "notes", (json_int_t)s->from.notes_end, "segment",
        (json_int_t)s->from.sealed_segment, "offset", (json_int_t)s->from.sealed_offset, "edges",
        edges_json(&s->from.sealed_tree), "inode", (json_int_t)s->inode, "bytes",
        (json_int_t)s->bytes, "changed", (json_int_t)s->changed_ns);
    return note ? record_write(note, out) : -ENOMEM;
}

static int read_edges(const json_t *edges, uint64_t size, struct tree *ret)
{
    size_t used = 0;
    ret->size = size;
    for (unsigned h = 0; h < TREE_HEIGHT_MAX; h++) {
        if (!(size >> h & 1))
            continue;
        const char *hex = json_string_value(json_array_get(edges, used++));
        if (!hex || strlen(hex) != 2 * DIGEST_LEN ||
            str_unhex(hex, 2 * DIGEST_LEN, ret->edge[h], DIGEST_LEN) != 0)
            return SK_ERR_FORMAT;
    }
    return json_array_size(edges) == used ? 0 : SK_ERR_FORMAT;
}

static int read_number(const json_t *note, const char *member, uint64_t max, uint64_t *ret)
{
    int64_t n = record_number(note, member);
    if (!json_is_integer(record_member(note, member)) || n < 0 || (uint64_t)n > max)
        return SK_ERR_FORMAT;
    *ret = (uint64_t)n;
    return 0;
}

static int read_key(const json_t *note, const char *member, struct note_key *ret)
{
    const char *text = record_text(note, member);
    return note_vkey_parse(text, strlen(text), ret);
}

int state_read(const char *text, size_t len, struct state *ret)
{
    autofree struct state *s = calloc(1, sizeof *s); /* too large for a stack */
    uint64_t segment = 0, changed = 0;
    autojson json_t *note = NULL;
    if (!s)
        return -ENOMEM;
    int r = record_parse(text, len, STATE_MAX, &note);
    if (r != 0)
        return r;
    if (record_number(note, "format") != FORMAT ||
        read_key(note, "enrolment", &s->enrolment) != 0 ||
        read_key(note, "next", &s->from.next) != 0 ||
        read_number(note, "sealed", ((uint64_t)1 << TREE_HEIGHT_MAX) - 1, &s->from.sealed) != 0 ||
        read_number(note, "epochs", INT64_MAX, &s->from.epochs) != 0 ||
        read_number(note, "notes", INT64_MAX, &s->from.notes_end) != 0 ||
        read_number(note, "segment", LEDGER_SEGMENTS_MAX - 1, &segment) != 0 ||
        read_number(note, "offset", SEGMENT_BYTES, &s->from.sealed_offset) != 0 ||
        read_number(note, "inode", INT64_MAX, &s->inode) != 0 ||
        read_number(note, "bytes", INT64_MAX, &s->bytes) != 0 ||
        read_number(note, "changed", INT64_MAX, &changed) != 0 ||
        read_edges(record_member(note, "edges"), s->from.sealed, &s->from.sealed_tree) != 0)
        return SK_ERR_FORMAT;
    s->from.sealed_segment = (uint32_t)segment;
    s->changed_ns = (int64_t)changed;
    *ret = *s;
    return 0;
}
