/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desktop.c owns the entries in people's menus, one for each area with rooms that is open. It must
 * never put anything into one but what the policy says of the area, escaped. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/log.h"
#include "base/str.h"
#include "control/control.h"

#define FOLDER "applications"
#define PREFIX "sekisho-room-"
#define SUFFIX ".desktop"

/* A value of type string (Desktop Entry Specification): one line, backslashes doubled. */
static void put_value(struct buf *b, const char *text)
{
    autobuf struct buf safe = {0};
    str_escape(&safe, text, strlen(text));
    buf_puts(b, safe.data ? safe.data : "");
}

/* Area ids are words of [A-Za-z0-9._-], so Exec needs no quoting. */
static void write_entry(struct buf *b, const struct policy_area *area)
{
    const char *label = *area->label ? area->label : area->head.id;
    buf_puts(b, "[Desktop Entry]\nType=Application\nName=Protected workspace (");
    put_value(b, label);
    buf_puts(b, ")\nName[ja]=保護作業室（");
    put_value(b, label);
    buf_puts(b, "）\nComment=Work on protected data in its room\n"
                "Comment[ja]=保護データを専用の部屋の中で扱う\n");
    buf_printf(b, "TryExec=sekisho\nExec=sekisho room %s\nIcon=sekisho-room\nTerminal=false\n",
               area->head.id);
    buf_puts(b, "Categories=Office;\nKeywords=sekisho;protected;保護;関所;\n"
                "StartupNotify=false\n");
}

/* The area whose entry has this name, NULL for another file. */
static const struct policy_area *area_of(const struct policy *p, const char *name)
{
    char id[SK_ID_MAX + 1];
    size_t len = strlen(name), around = strlen(PREFIX) + strlen(SUFFIX);
    if (!str_starts(name, PREFIX) || len <= around || len - around > SK_ID_MAX ||
        strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
        return NULL;
    snprintf(id, sizeof id, "%.*s", (int)(len - around), name + strlen(PREFIX));
    return policy_area(p, id);
}

static int open_folder(void)
{
    autoclose int top = open(sk_path(SK_PATH_DESKTOP), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return -errno;
    if (mkdirat(top, FOLDER, 0755) != 0 && errno != EEXIST)
        return -errno;
    int fd = openat(top, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

/* areas: of areas_list; without an answer of the device process what stands there stays. */
static bool is_wanted(const struct policy_area *area, const json_t *areas, bool stands)
{
    if (!area || area->gate != POLICY_ROOM)
        return false;
    for (size_t i = 0; i < json_array_size(areas); i++) {
        const json_t *row = json_array_get(areas, i);
        if (strcmp(record_text(row, "area"), area->head.id) == 0)
            return record_flag(row, "open") || (stands && !record_member(row, "exists"));
    }
    return false;
}

static void remove_stale(int folder, const struct policy *p, const json_t *areas)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        if (copy >= 0)
            close(copy);
        return;
    }
    for (struct dirent *e; (e = readdir(dir));)
        if (str_starts(e->d_name, PREFIX) && !is_wanted(area_of(p, e->d_name), areas, true))
            unlinkat(folder, e->d_name, 0);
}

static void write_one(int folder, const struct policy_area *area)
{
    char name[sizeof PREFIX + sizeof SUFFIX + SK_ID_MAX];
    autobuf struct buf entry = {0}, old = {0};
    snprintf(name, sizeof name, PREFIX "%s" SUFFIX, area->head.id);
    write_entry(&entry, area);
    if (entry.err)
        return;
    /* what is right already is left alone: desktops read the folder again at every change */
    if (file_read(folder, name, entry.len + 1, &old) == 0 && old.len == entry.len &&
        memcmp(old.data, entry.data, old.len) == 0)
        return;
    int r = file_write_atomic(folder, name, entry.data, entry.len, 0644);
    if (r != 0)
        log_warn("%s: %s", name, sk_strerror(r));
}

void desktop_sync(struct control *c)
{
    const struct policy *p = c->rules.policy;
    autobuf struct buf why = {0};
    autoclose int folder = open_folder();
    if (folder < 0) {
        log_warn("%s: %s", sk_path(SK_PATH_DESKTOP), sk_strerror(folder));
        return;
    }
    autojson json_t *areas = areas_list(c, NULL, &why);
    remove_stale(folder, p, areas);
    for (size_t i = 0; i < p->area_count; i++)
        if (is_wanted(&p->areas[i], areas, false))
            write_one(folder, &p->areas[i]);
}
