/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index-read.c owns the fuzzing of what index reads: 'e' and a group's events, 's' and a state file. */
#include <stdlib.h>
#include <string.h>
#include "index/event.h"
#include "index/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void events(const void *bytes, size_t len)
{
    struct cursor c;
    struct event e;
    cursor_init(&c, bytes, len);
    while (event_next(&c, &e) == 1)
        if (e.target.len > HANDLE_MAX || (e.at.name && strlen(e.at.name) >= len))
            abort();
}

static int take_found(void *context, struct found *f)
{
    autobuf struct buf b = {0};
    (void)context;
    found_write(f, &b);
    json_decref(found_json(f));
    found_free(f);
    return 0;
}

static int take_file(void *context, const struct state_file *f)
{
    (void)context;
    for (size_t i = 0; i < f->name_count; i++)
        if (memchr(f->names[i].text, '\0', f->names[i].len))
            abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct state_reader reader = {.file = take_file, .found = take_found};
    size_t sound = 0;
    uint64_t entries;
    if (size == 0)
        return 0;
    if (data[0] == 'e')
        events(data + 1, size - 1);
    else if (state_read(data + 1, size - 1, &reader, &sound, &entries) == 0 && sound > size - 1)
        abort();
    return 0;
}
