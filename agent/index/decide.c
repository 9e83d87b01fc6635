/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decide.c owns the gathering of what the rules ask about one file, and what follows from their
 * verdict. It must never read a file, and never decide on content that is not known. */
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "index/index.h"

#define HOLDERS_MAX  1000 /* that are compared: somebody may have a hundred thousand copies of one file */
#define REWRITTEN_NS (5ull * 1000000000) /* a backup is made so shortly before its original is written */

static enum rules_name kind_of(const struct name *n)
{
    return rules_name(n->text, NULL, NULL);
}

static unsigned plain_names(const struct file *f)
{
    unsigned count = 0;
    for (const struct name *n = f->names; n; n = n->next)
        count += kind_of(n) == RULES_PLAIN;
    return count;
}

/* The name that a backup is one of, in the same folder; "" when it is no backup. */
static void original_of(const struct name *n, char ret[static 256])
{
    size_t start = 0, len = 0;
    bool backup = rules_name(n->text, &start, &len) == RULES_BACKUP && len < 256;
    snprintf(ret, 256, "%.*s", backup ? (int)len : 0, n->text + start);
}

/* The name under which it is told: a plain one if there is one. */
static struct name *best_name(const struct file *f, const struct name *but)
{
    struct name *best = NULL;
    for (struct name *n = f->names; n; n = n->next)
        if (n != but && (!best || kind_of(n) < kind_of(best)))
            best = n;
    return best;
}

/* Is one file nothing but the other's backup? */
static bool is_backup_of(const struct file *backup, const struct file *f)
{
    char original[256];
    for (const struct name *b = backup->names; b; b = b->next) {
        original_of(b, original);
        for (const struct name *n = f->names; *original && n; n = n->next)
            if (n->folder == b->folder && str_eq(n->text, original))
                return plain_names(backup) == 0;
    }
    return false;
}

/* Does it lie below a folder of that volume? */
static bool is_below(const struct file *h, const struct volume *v, const char *folder, size_t len)
{
    autobuf struct buf path = {0};
    return h->volume == v && volume_path(h->volume, best_name(h, NULL), &path) && path.len >= len &&
           memcmp(path.data, folder, len) == 0;
}

/* How well a file serves as the one that another is a copy of. */
static unsigned worth(const struct file *h, const struct file *f)
{
    return (h->volume == f->volume ? 4u : 0u) + (h->recorded ? 0u : 2u) + (plain_names(h) > 0 ? 1u : 0u);
}

/* Another file with the same content: of the same volume and no copy itself, if there is one. */
static struct file *holder_of(const struct index *x, const struct file *f)
{
    struct file *found = NULL;
    int compared = 0;
    autobuf struct buf path = {0};
    const struct name *best = best_name(f, NULL);
    size_t logs = best && volume_path(f->volume, best, &path) && path.data ? rules_git_logs(path.data) : 0;
    for (struct file *h = NULL; (h = table_holder(&x->table, f->digest, f->size, h));) {
        if (h == f || h->volume->kind != VOLUME_AREA || !h->names || is_backup_of(h, f) ||
            (logs > 0 && is_below(h, f->volume, path.data, logs)))
            continue;
        if (!found || worth(h, f) > worth(found, f))
            found = h;
        if (worth(found, f) == 7 || ++compared == HOLDERS_MAX)
            break;
    }
    return found;
}

/* Did one of its names hold the same content until a moment ago, in a file that is no more? */
static bool replaces(const struct index *x, const struct file *f)
{
    uint64_t now = clock_boot_ns();
    for (const struct name *n = f->names; n; n = n->next) {
        const struct memory *m = memory_named(x, n->folder, n->text, now);
        if (!m || m->size != f->size || memcmp(m->digest, f->digest, DIGEST_LEN) != 0)
            continue;
        const struct file *old = table_find(&x->table, f->volume, &m->file);
        if (!old || old == f || plain_names(old) == 0)
            return true;
    }
    return false;
}

static bool original_rewritten(const struct index *x, const struct file *f)
{
    char original[256];
    for (const struct name *n = f->names; n; n = n->next) {
        original_of(n, original);
        const struct name *o = *original ? table_name(&x->table, n->folder, original) : NULL;
        if (o && o->file != f && o->file->written_ns + REWRITTEN_NS > f->actor.at_ns &&
            o->file->written_ns && f->actor.at_ns)
            return true;
    }
    return false;
}

static void set_who(struct found *n, const struct file *f)
{
    n->by_process = f->actor.known;
    n->uid = f->actor.known ? f->actor.uid : f->owner;
    n->pid = f->actor.pid;
    memcpy(n->comm, f->actor.comm, sizeof n->comm);
    n->late = f->actor.at_ns == 0;
    n->at_ns = n->late ? clock_boot_ns() : f->actor.at_ns;
}

static char *path_of(const struct name *n, bool absolute)
{
    autobuf struct buf path = {0};
    struct volume *v = n ? n->file->volume : NULL;
    if (absolute && v)
        buf_printf(&path, "%s/", v->id);
    if (v && !volume_path(v, n, &path))
        buf_reset(&path);
    buf_puts(&path, "");
    return buf_steal(&path);
}

static struct found *make_found(struct index *x, struct file *f, enum found_what what,
                                const struct file *holder)
{
    struct found *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    const struct name *name = best_name(f, NULL);
    const struct name *of = what == FOUND_HARD_LINK ? best_name(f, name)
                            : holder                ? best_name(holder, NULL)
                                                    : NULL;
    const struct volume *source = holder ? holder->volume : f->volume;
    n->what = what;
    n->area = strdup(what == FOUND_OUTSIDE ? source->id : f->volume->id);
    n->file = path_of(name, what == FOUND_OUTSIDE);
    n->of_area = strdup(source->id);
    n->of = path_of(of, false);
    n->bytes = f->size;
    memcpy(n->digest, f->digest, sizeof n->digest);
    snprintf(n->log, sizeof n->log, "%s", f->volume->state.name);
    set_who(n, f);
    if (!n->area || !n->file || !n->of_area || !n->of) {
        found_free(n);
        return NULL;
    }
    return keep_found(x, n);
}

static enum rules_verdict verdict_on(struct index *x, struct file *f, struct file **ret_holder)
{
    autobuf struct buf path = {0};
    const struct name *best = best_name(f, NULL);
    struct rules_facts facts = {
        .outside = f->volume->kind == VOLUME_PLACE,
        .baseline = f->baseline,
        .brought_in = f->brought_in,
        .known = f->decided,
        .recorded = f->recorded,
        .waited = f->waited,
        .name = best ? kind_of(best) : RULES_PLAIN,
        .names = plain_names(f),
        .names_before = f->plain_names,
        .bytes = f->digested ? f->size : 0,
    };
    if (f->digested) {
        *ret_holder = holder_of(x, f);
        facts.holders = *ret_holder || memory_held(x, f, clock_boot_ns()) ? 1 : 0;
        facts.replaced = replaces(x, f);
        facts.rewritten = original_rewritten(x, f);
        facts.bookkeeping = best && volume_path(f->volume, best, &path) && path.data &&
                            rules_bookkeeping(path.data, f->size);
    }
    return rules_decide(&facts);
}

static void later(struct index *x, struct file *f, struct file_list *list, enum file_queue queue,
                  uint64_t after_ns)
{
    f->queue = queue;
    f->due_ns = clock_boot_ns() + after_ns;
    f->first_ns = clock_boot_ns();
    TAILQ_INSERT_TAIL(list, f, queued);
    (void)x;
}

void decide_file(struct index *x, struct file *f)
{
    static const enum found_what what[] = {[RULES_COPY] = FOUND_COPY,
                                           [RULES_HARD_LINK] = FOUND_HARD_LINK,
                                           [RULES_OUTSIDE] = FOUND_OUTSIDE};
    struct file *holder = NULL;
    struct found *found = NULL;
    /* what it may be a copy of has perhaps not been seen yet */
    if (f->volume->baseline && !f->baseline && !f->decided) {
        later(x, f, &x->touched, FILE_TOUCHED, INDEX_QUIET_NS);
        return;
    }
    enum rules_verdict verdict = verdict_on(x, f, &holder);
    if (verdict == RULES_WAIT) {
        later(x, f, &x->waiting, FILE_WAITING, INDEX_WAIT_NS);
        return;
    }
    if (f->volume->kind == VOLUME_PLACE && verdict == RULES_NOTHING && !holder) {
        if (f->decided)
            state_gone(&f->volume->state, &f->handle);
        track_forget(x, f);
        return;
    }
    if (verdict != RULES_NOTHING) {
        found = make_found(x, f, what[verdict], verdict == RULES_HARD_LINK ? NULL : holder);
        if (!found) { /* memory is short: it is looked at again */
            later(x, f, &x->touched, FILE_TOUCHED, INDEX_PATIENCE_NS);
            return;
        }
    }
    f->recorded = f->recorded || (found && verdict != RULES_HARD_LINK);
    f->plain_names = plain_names(f);
    f->decided = true;
    f->baseline = f->brought_in = f->waited = false;
    f->actor = (struct actor){0};
    if (f->counted)
        f->volume->unsettled--;
    f->counted = false;
    if (!f->saved || found)
        keep_file(f, found);
}
