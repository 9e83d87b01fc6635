/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erase.c owns the order of an erasure's steps. It must never call a step done that its part did not, nor
 * state a class: the statements do that (<sekisho/erasure.h>). */
#include "device/erase.h"
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include "base/str.h"
#include "device/place.h"

void erase_clear(struct erase_target *t)
{
    if (t->fd >= 0)
        close(t->fd);
    if (t->parent_fd >= 0)
        close(t->parent_fd);
    t->fd = t->parent_fd = -1;
}

/* Outside of areas a path leads to storage that somebody else may serve: this waits for it. */
static void visit(const struct request_erase *want, void (*say)(void *context), void *context)
{
    struct statfs fs;
    if (*want->area)
        return;
    autoclose int fd = *want->medium ? -1 : place_openat2(AT_FDCWD, want->path, O_PATH, 0, 0);
    if (fd >= 0)
        (void)!fstatfs(fd, &fs); /* asked anew, where names and sizes may be remembered */
    say(context);
}

int erase_look(const struct area_table *areas, int medium_fd, const struct request_erase *want,
               void (*say)(void *context), void *context, struct erase_target *ret, struct fault *f)
{
    autoerase struct erase_target t = ERASE_TARGET_NONE;
    t.object = want->object;
    memcpy(t.id, want->case_id, sizeof t.id);
    memcpy(t.area, want->area, sizeof t.area);
    snprintf(t.sha256, sizeof t.sha256, "%s", want->sha256);
    visit(want, say, context);
    int r = want->object == REQUEST_OBJECT_AREA     ? erase_look_area(want, &t, f)
            : want->object == REQUEST_OBJECT_MEDIUM ? erase_look_medium(areas, want, &t, f)
                                                    : erase_look_file(areas, medium_fd, want, &t, f);
    if (r != 0)
        return r;
    t.statements |= t.luks ? SK_STATEMENT_BIT(KEYS) | SK_STATEMENT_BIT(HEADER_COPY)
                           : SK_STATEMENT_BIT(OVERWRITTEN);
    *ret = t;
    t.fd = t.parent_fd = -1;
    return 0;
}

int erase_prepare(struct area_table *areas, struct erase_target *t, struct fault *f)
{
    return t->object == REQUEST_OBJECT_AREA     ? erase_prepare_area(areas, t, f)
           : t->object == REQUEST_OBJECT_MEDIUM ? erase_prepare_medium(t, f)
                                                : 0;
}

int erase_run(struct erase_target *t, void (*tell)(void *context, uint64_t done, uint64_t total),
              void *context, struct erase_result *ret, struct fault *f)
{
    struct overwrite o = {.tell = tell, .context = context};
    if (t->over) {
        *ret = t->earlier;
        return 0;
    }
    int r = overwrite_begin(&o, t->bytes, f);
    if (r == 0)
        r = t->object == REQUEST_OBJECT_AREA     ? erase_run_area(t, &o, f)
            : t->object == REQUEST_OBJECT_MEDIUM ? erase_run_medium(t, &o, f)
                                                 : erase_run_file(t, &o, f);
    struct erase_result done = {.bytes = o.done / 2, .statements = t->statements};
    if (r == 0)
        r = overwrite_end(&o, done.sha256, f);
    if (o.cached)
        done.statements |= SK_STATEMENT_BIT(READ_CACHED);
    str_hex(done.seed, o.seed, sizeof o.seed);
    overwrite_clear(&o);
    if (r == 0 && t->object == REQUEST_OBJECT_AREA)
        r = erase_note_area(t, &done, f);
    if (r == 0)
        *ret = done;
    return r;
}

int erase_finish(struct erase_target *t, struct fault *f)
{
    return t->object == REQUEST_OBJECT_AREA ? erase_finish_area(t, f) : 0;
}
