/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc.c owns the reading of proc(5) texts. It must never open anything and never take a missing
 * or strange line for a harmless one. */
#include "watch/proc.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"
#include "base/mounts.h"

/* A number at *at, which moves on; false when there is none or it is over max. */
static bool take_number(const char **at, const char *end, unsigned base, uint64_t max, uint64_t *ret)
{
    uint64_t v = 0;
    const char *start = *at;
    for (; *at < end; (*at)++) {
        char c = **at;
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0')
                       : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : base;
        if (digit >= base)
            break;
        if (v > (max - digit) / base)
            return false;
        v = v * base + digit;
    }
    *ret = v;
    return *at > start;
}

static bool skip(const char **at, const char *end, char wanted)
{
    if (*at == end || **at != wanted)
        return false;
    (*at)++;
    return true;
}

static bool starts(const char *line, size_t len, const char *word)
{
    return len >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

static bool parse_uids(const char *line, size_t len, struct proc_status *s)
{
    const char *at = line + strlen("Uid:");
    const char *end = line + len;
    for (size_t i = 0; i < array_count(s->uid); i++) {
        uint64_t v;
        if (!skip(&at, end, '\t') || !take_number(&at, end, 10, UINT32_MAX, &v))
            return false;
        s->uid[i] = (uid_t)v;
    }
    return at == end;
}

int proc_status_parse(const char *text, size_t len, struct proc_status *ret)
{
    struct proc_status s = {0};
    unsigned uids = 0, tracers = 0;
    struct cursor c;
    const char *line;
    size_t line_len;
    cursor_init(&c, text, len);
    while (cursor_line(&c, &line, &line_len)) {
        if (starts(line, line_len, "Uid:")) {
            uids++;
            if (!parse_uids(line, line_len, &s))
                return SK_ERR_FORMAT;
        } else if (starts(line, line_len, "TracerPid:")) {
            const char *at = line + strlen("TracerPid:");
            uint64_t v;
            tracers++;
            if (!skip(&at, line + line_len, '\t') ||
                !take_number(&at, line + line_len, 10, INT32_MAX, &v) || at != line + line_len)
                return SK_ERR_FORMAT;
            s.tracer = (pid_t)v;
        }
    }
    if (uids != 1 || tracers != 1)
        return SK_ERR_FORMAT;
    *ret = s;
    return 0;
}

#define STAT_STATE_FIELD 3
#define STAT_START_FIELD 22

int proc_stat_parse(const char *text, size_t len, struct proc_stat *ret)
{
    const char *close = memrchr(text, ')', len);
    const char *end = text + len;
    if (!close || end - close < 4 || close[1] != ' ' || close[3] != ' ')
        return SK_ERR_FORMAT;
    struct proc_stat s = {.state = close[2]};
    const char *at = close + 3;
    for (int field = STAT_STATE_FIELD; field < STAT_START_FIELD; field++) {
        at = memchr(at, ' ', (size_t)(end - at));
        if (!at)
            return SK_ERR_FORMAT;
        at++;
    }
    if (!take_number(&at, end, 10, UINT64_MAX, &s.start) || !skip(&at, end, ' '))
        return SK_ERR_FORMAT;
    *ret = s;
    return 0;
}

/* Names that a process can't give to memory of its own: prctl(PR_SET_VMA_ANON_NAME) writes
 * "[anon:…]". */
static bool is_kernels(const char *name, size_t len)
{
    static const char *const names[] = {"[vdso]", "[vsyscall]", "[uprobes]"};
    while (len > 0 && *name == ' ') {
        name++;
        len--;
    }
    for (size_t i = 0; i < array_count(names); i++)
        if (len == strlen(names[i]) && memcmp(name, names[i], len) == 0)
            return true;
    return false;
}

int proc_map_parse(const char *line, size_t len, struct proc_map *ret)
{
    const char *at = line;
    const char *end = line + len;
    struct proc_map m = {0};
    uint64_t offset, major, minor, inode;
    if (!take_number(&at, end, 16, UINT64_MAX, &m.from) || !skip(&at, end, '-') ||
        !take_number(&at, end, 16, UINT64_MAX, &m.to) || !skip(&at, end, ' ') || end - at < 5)
        return SK_ERR_FORMAT;
    char mode = at[2];
    if (m.to <= m.from || (mode != 'x' && mode != '-'))
        return SK_ERR_FORMAT;
    at += 4;
    if (!skip(&at, end, ' ') || !take_number(&at, end, 16, UINT64_MAX, &offset) ||
        !skip(&at, end, ' ') || !take_number(&at, end, 16, UINT32_MAX, &major) ||
        !skip(&at, end, ':') || !take_number(&at, end, 16, UINT32_MAX, &minor) ||
        !skip(&at, end, ' ') || !take_number(&at, end, 10, UINT64_MAX, &inode) ||
        (at != end && *at != ' '))
        return SK_ERR_FORMAT;
    m.executable = mode == 'x';
    m.of_file = inode != 0 || major != 0 || minor != 0;
    m.of_kernel = !m.of_file && is_kernels(at, (size_t)(end - at));
    *ret = m;
    return 0;
}

int proc_mount_parse(const char *line, size_t len, struct proc_mount *ret)
{
    struct mount_line line_of;
    struct proc_mount m;
    if (mount_line_parse(line, len, &line_of) != 0 || mount_word_path(&line_of.root, m.root, sizeof m.root) < 0 ||
        mount_word_path(&line_of.point, m.point, sizeof m.point) < 0)
        return SK_ERR_FORMAT;
    m.dev_major = line_of.dev_major;
    m.dev_minor = line_of.dev_minor;
    *ret = m;
    return 0;
}
