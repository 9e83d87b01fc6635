/* SPDX-License-Identifier: GPL-3.0-or-later */
/* programs.c owns the list of listed programs. It must never open a file, nor a folder that is not the
 * system's own: a path of the policy may lead anywhere. */
#include "watch/programs.h"
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/buf.h"
#include "watch/trust.h"

#define PROGRAMS_MAX 8192 /* of one policy, after expansion */

struct program {
    uint64_t inode;
    uint32_t major, minor;
    unsigned application;
    char *path;
};

struct programs {
    size_t count, cap;
    struct program *items;
};

static void add(const struct guard *g, struct programs *p, const char *path, unsigned application)
{
    struct statx st;
    if (p->count == p->cap)
        return;
    int r = trust_path(path, &st);
    if (r != 0) {
        if (r != -ENOENT)
            failure_note(g, FAILURE_OF_PROGRAM_PATH);
        return;
    }
    char *copy = strdup(path);
    if (!copy)
        return;
    p->items[p->count++] = (struct program){.inode = st.stx_ino, .major = st.stx_dev_major,
                                            .minor = st.stx_dev_minor,
                                            .application = application, .path = copy};
}

/* The policy knows '*' and '?' only; glob(3) would read more into a name. */
static void escape(struct buf *b, const char *path)
{
    for (; *path; path++) {
        if (*path == '[' || *path == '\\')
            buf_putc(b, '\\');
        buf_putc(b, *path);
    }
}

/* A folder that somebody else may change has no listed program in it. It may be a FUSE server's, which need
 * not answer, or an area's, about which this process would be asked. */
static void *open_folder(const char *path)
{
    mode_t mode;
    if (trust_entry(path, &mode) == 0 && S_ISDIR(mode))
        return opendir(path);
    errno = EACCES;
    return NULL;
}

/* glob(3) types its functions so; a folder is a DIR all the same. */
static struct dirent *read_folder(void *folder)
{
    return readdir(folder);
}

static void close_folder(void *folder)
{
    closedir(folder);
}

/* glob asks whether something is there, and whether it is a folder. */
static int look_at(const char *path, struct stat *ret)
{
    mode_t mode;
    if (trust_entry(path, &mode) != 0) {
        errno = EACCES;
        return -1;
    }
    *ret = (struct stat){.st_mode = mode};
    return 0;
}

static void expand(const struct guard *g, struct programs *p, const char *path,
                   unsigned application)
{
    autobuf struct buf pattern = {0};
    glob_t found = {.gl_opendir = open_folder, .gl_readdir = read_folder, .gl_closedir = close_folder,
                    .gl_stat = look_at, .gl_lstat = look_at};
    if (!strpbrk(path, "*?")) {
        add(g, p, path, application);
        return;
    }
    escape(&pattern, path);
    if (pattern.err == 0 && glob(pattern.data, GLOB_NOSORT | GLOB_ALTDIRFUNC, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            add(g, p, found.gl_pathv[i], application);
    globfree(&found);
}

static int order(const struct program *x, uint64_t inode, uint32_t major, uint32_t minor)
{
    if (x->inode != inode)
        return x->inode < inode ? -1 : 1;
    if (x->major != major)
        return x->major < major ? -1 : 1;
    return x->minor < minor ? -1 : x->minor > minor;
}

static int by_number(const void *a, const void *b)
{
    const struct program *x = a, *y = b;
    int r = order(x, y->inode, y->major, y->minor);
    return r != 0 ? r : x->application < y->application ? -1 : x->application > y->application;
}

int programs_expand(const struct guard *g, const struct policy *policy, struct programs **ret)
{
    struct programs *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->cap = PROGRAMS_MAX;
    p->items = calloc(p->cap, sizeof *p->items);
    if (!p->items) {
        programs_free(&p);
        return -ENOMEM;
    }
    for (size_t a = 0; a < policy->application_count; a++) {
        const struct policy_list *exe = &policy->applications[a].exe;
        for (size_t i = 0; i < exe->count; i++)
            expand(g, p, exe->items[i], (unsigned)a);
    }
    qsort(p->items, p->count, sizeof *p->items, by_number);
    *ret = p;
    return 0;
}

void programs_free(struct programs **p)
{
    if (!*p)
        return;
    for (size_t i = 0; i < (*p)->count; i++)
        free((*p)->items[i].path);
    free((*p)->items);
    free(*p);
    *p = NULL;
}

/* The path still leads to this very file, by folders that only root may change. */
static bool still_there(const struct program *x)
{
    struct statx st;
    return trust_path(x->path, &st) == 0 &&
           order(x, st.stx_ino, st.stx_dev_major, st.stx_dev_minor) == 0;
}

void programs_match(const struct programs *p, struct identity *i)
{
    size_t low = 0, high = p ? p->count : 0;
    i->program_count = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(&p->items[middle], i->exe_inode, i->exe_major, i->exe_minor) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; p && low < p->count &&
           order(&p->items[low], i->exe_inode, i->exe_major, i->exe_minor) == 0; low++) {
        const struct program *x = &p->items[low];
        bool known = i->program_count > 0 &&
                     i->programs[i->program_count - 1] == x->application;
        if (!known && i->program_count < IDENTITY_PROGRAMS_MAX && still_there(x))
            i->programs[i->program_count++] = x->application;
    }
}
