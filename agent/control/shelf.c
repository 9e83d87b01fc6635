/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shelf.c owns what is known of each segment. It must never call a segment's records removed, or kept,
 * without having read it since. */
#include "control/shelf.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/record.h>
#include <string.h>
#include <unistd.h>
#include "record/record.h"

#define FOLLOW_LINES 20000u /* that are read at a time while nobody asks: some hundredths of a second */

struct shelf {
    struct retention_segment *items;
    size_t count, cap;
    json_t *incidents; /* the open ones */
    uint32_t segment;  /* where reading goes on */
    uint64_t offset, seq;
    bool broken;       /* reading failed in between: all is read again */
};

int shelf_new(struct shelf **ret)
{
    struct shelf *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->incidents = json_object();
    if (!s->incidents) {
        free(s);
        return -ENOMEM;
    }
    *ret = s;
    return 0;
}

static void forget(struct shelf *s)
{
    for (size_t i = 0; i < s->count; i++)
        retention_segment_clear(&s->items[i]);
    s->count = 0;
    json_object_clear(s->incidents);
    s->segment = 0;
    s->offset = s->seq = 0;
}

void shelf_free(struct shelf **s)
{
    if (!*s)
        return;
    forget(*s);
    free((*s)->items);
    json_decref((*s)->incidents);
    free(*s);
    *s = NULL;
}

static void begin_segment(struct retention_segment *to, const struct ledger_line *line)
{
    retention_segment_clear(to);
    *to = (struct retention_segment){.number = line->segment, .from = line->seq,
                                     .archived = line->form == SEGMENT_ARCHIVED};
}

static struct retention_segment *segment_of(struct shelf *s, const struct ledger_line *line)
{
    if (s->count > 0 && s->items[s->count - 1].number == line->segment)
        return &s->items[s->count - 1];
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 16;
        struct retention_segment *more = reallocarray(s->items, cap, sizeof *more);
        if (!more)
            return NULL;
        s->items = more;
        s->cap = cap;
    }
    s->items[s->count] = (struct retention_segment){0};
    begin_segment(&s->items[s->count], line);
    return &s->items[s->count++];
}

/* Segments of which a removal's record speaks are looked at again: its work is done behind it. */
static int note_removal(struct shelf *s, const struct ledger_line *line)
{
    autojson json_t *record = NULL;
    int r = record_parse(line->text, line->len, SK_RECORD_MAX, &record);
    const json_t *ranges = r == 0 ? json_object_get(record, "ranges") : NULL;
    for (size_t i = 0; i < json_array_size(ranges); i++) {
        const json_t *range = json_array_get(ranges, i);
        uint64_t from = (uint64_t)record_number(range, "from"), to = (uint64_t)record_number(range, "to");
        for (size_t k = 0; k < s->count; k++)
            if (s->items[k].from <= to && s->items[k].to >= from)
                s->items[k].unsure = !s->items[k].removed;
    }
    return r == -ENOMEM ? r : 0;
}

static int note(struct retention_segment *one, const struct ledger_line *line)
{
    one->to = line->elided ? line->elided->next - 1 : line->seq;
    return retention_note(one, line);
}

int shelf_line(struct shelf *s, const struct ledger_line *line)
{
    struct retention_segment *one = segment_of(s, line);
    int r = one ? note(one, line) : -ENOMEM;
    if (r == 0 && scan_is(&line->kind, SK_KIND_INCIDENT))
        r = retention_incident(s->incidents, line->text, line->len);
    if (r == 0 && scan_is(&line->kind, SK_KIND_REMOVAL))
        r = note_removal(s, line);
    return r;
}

void shelf_read_to(struct shelf *s, const struct ledger_place *place)
{
    s->segment = place->segment;
    s->offset = place->offset;
    s->seq = place->seq;
}

static int read_some(struct shelf *s, const char *folder, uint64_t most)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    struct ledger_place place;
    int r = ledger_reader_open_at(folder, s->segment, s->offset, s->seq, &reader);
    if (r != 0)
        return r;
    ledger_reader_show_elided(reader);
    for (uint64_t n = 0; n < most && (r = ledger_reader_next(reader, &line)) == 1; n++) {
        r = shelf_line(s, &line);
        if (r != 0)
            return r;
    }
    if (r < 0)
        return r;
    ledger_reader_place(reader, &place, NULL);
    shelf_read_to(s, &place);
    return 0;
}

static int read_on(struct shelf *s, const char *folder, uint64_t most)
{
    if (s->broken)
        forget(s);
    int r = read_some(s, folder, most);
    s->broken = r != 0;
    return r;
}

static int look_again(struct retention_segment *one, const char *folder)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    uint64_t from = one->from;
    int r = ledger_reader_open_at(folder, one->number, 0, from, &reader);
    if (r != 0)
        return r;
    ledger_reader_show_elided(reader);
    for (bool first = true; (r = ledger_reader_next(reader, &line)) == 1; first = false) {
        if (!first && line.segment != one->number)
            return 0;
        if (first)
            begin_segment(one, &line);
        r = note(one, &line);
        if (r != 0)
            return r;
    }
    return r;
}

static int look_at_all(struct shelf *s, const char *folder)
{
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = dir < 0 ? -errno : 0;
    for (size_t i = 0; r == 0 && i < shelf_closed(s); i++) {
        struct retention_segment *one = &s->items[i];
        char name[SEGMENT_NAME_CAP];
        if (one->unsure) {
            r = look_again(one, folder);
            one->unsure = r != 0 || !one->removed;
        }
        segment_name(one->number, SEGMENT_PLAIN, name);
        one->archived = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    }
    return r;
}

void shelf_follow(struct shelf *s, const char *folder)
{
    if (!s->broken)
        (void)!read_on(s, folder, FOLLOW_LINES);
}

int shelf_update(struct shelf *s, const char *folder)
{
    int r = read_on(s, folder, UINT64_MAX);
    return r == 0 ? look_at_all(s, folder) : r;
}

size_t shelf_closed(const struct shelf *s)
{
    return s->count > 0 ? s->count - 1 : 0;
}

const struct retention_segment *shelf_segment(const struct shelf *s, size_t index)
{
    return &s->items[index];
}

json_t *shelf_incidents(const struct shelf *s)
{
    return s->incidents;
}
