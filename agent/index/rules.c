/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules.c owns the rules by which a file is called a copy. It must never look at the file system or a
 * clock, and never let a name alone hide a file for good: a temporary name that stays is a copy. */
#include "index/rules.h"
#include <string.h>
#include "base/str.h"

#define BOOKKEEPING_BYTES 64 /* a reference of git is 41 bytes, a symbolic one hardly more */

/* How programs name what they write for a moment: how it begins, how it ends. */
static const struct {
    const char *begins, *ends;
    enum rules_name kind;
} name_rules[] = {
    {"", "~", RULES_BACKUP},              /* vim, emacs, nano, kate, gedit: NAME~ */
    {"", ".bak", RULES_BACKUP},
    {".", ".swp", RULES_TEMPORARY},       /* vim: .NAME.swp, then .swo, .swn, … */
    {".", ".swo", RULES_TEMPORARY},
    {".", ".swn", RULES_TEMPORARY},
    {".", ".swx", RULES_TEMPORARY},
    {".", ".swpx", RULES_TEMPORARY},
    {"#", "#", RULES_TEMPORARY},          /* emacs: #NAME# */
    {".#", "", RULES_TEMPORARY},          /* emacs: locks */
    {".~lock.", "#", RULES_TEMPORARY},    /* LibreOffice */
    {"lu", ".tmp", RULES_TEMPORARY},      /* LibreOffice: what it has open */
    {".goutputstream-", "", RULES_TEMPORARY}, /* GLib: gedit, Text Editor, Files */
    {"", ".part", RULES_TEMPORARY},       /* downloads; the agent's own */
    {"", ".tmp", RULES_TEMPORARY},
    {"", ".crdownload", RULES_TEMPORARY},
    {".", ".kate-swp", RULES_TEMPORARY},
};

/* Folders that are not looked at, by components; '*' is any one component. What lies below them is
 * not looked at either. */
static const struct {
    const char *pattern;
    bool own;
} ignored_rules[] = {
    {".sekisho", true},
    /* room/environment.c: where programs in rooms keep what is theirs */
    {".rooms/*/.tmp", false},
    {".rooms/*/.cache", false},
    {".rooms/*/.config", false},
    {".rooms/*/.local", false},
};

enum rules_name rules_name(const char *name, size_t *ret_start, size_t *ret_original)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof name_rules / sizeof *name_rules; i++) {
        size_t begins = strlen(name_rules[i].begins), ends = strlen(name_rules[i].ends);
        if (len <= begins + ends || !str_starts(name, name_rules[i].begins) ||
            !str_eq(name + len - ends, name_rules[i].ends))
            continue;
        if (ret_start)
            *ret_start = begins;
        if (ret_original)
            *ret_original = len - begins - ends;
        return name_rules[i].kind;
    }
    return RULES_PLAIN;
}

/* Does the path begin with the pattern's components? */
static bool begins_with(const char *path, const char *pattern)
{
    while (*pattern) {
        size_t want = strcspn(pattern, "/"), is = strcspn(path, "/");
        bool any = want == 1 && *pattern == '*';
        if (is == 0 || (!any && (want != is || strncmp(path, pattern, is) != 0)))
            return false;
        path += is + (path[is] == '/');
        pattern += want + (pattern[want] == '/');
    }
    return true;
}

bool rules_ignored(const char *folder, bool *ret_own)
{
    for (size_t i = 0; i < sizeof ignored_rules / sizeof *ignored_rules; i++) {
        if (!begins_with(folder, ignored_rules[i].pattern))
            continue;
        if (ret_own)
            *ret_own = ignored_rules[i].own;
        return true;
    }
    if (ret_own)
        *ret_own = false;
    return false;
}

bool rules_bookkeeping(const char *path, uint64_t bytes)
{
    return bytes <= BOOKKEEPING_BYTES && (str_starts(path, ".git/") || strstr(path, "/.git/"));
}

size_t rules_git_logs(const char *path)
{
    static const char logs[] = ".git/logs/";
    const char *at = path;
    while ((at = strstr(at, logs)) && at != path && at[-1] != '/')
        at++;
    return at ? (size_t)(at - path) + strlen(logs) : 0;
}

static enum rules_verdict decide_copy(const struct rules_facts *f)
{
    if (f->holders == 0 || f->replaced || (f->name == RULES_BACKUP && f->rewritten))
        return RULES_NOTHING;
    return f->name == RULES_PLAIN || f->waited ? RULES_COPY : RULES_WAIT;
}

enum rules_verdict rules_decide(const struct rules_facts *f)
{
    if (f->bytes < RULES_LEAST_BYTES || f->baseline || f->brought_in || f->bookkeeping)
        return RULES_NOTHING;
    if (f->outside)
        return f->holders > 0 && !f->known ? RULES_OUTSIDE : RULES_NOTHING;
    /* what was passed over for its temporary name is looked at anew under a plain one */
    bool grown_up = f->names_before == 0 && f->names > 0 && !f->recorded;
    if (!f->known || grown_up)
        return decide_copy(f);
    return f->names_before > 0 && f->names > f->names_before ? RULES_HARD_LINK : RULES_NOTHING;
}
