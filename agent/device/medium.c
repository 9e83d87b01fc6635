/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium.c owns the list of media and their mounts. It must never keep one mounted that nobody approves, nor wait for
 * a medium that does not answer. */
#include "device/medium.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "device/medium_child.h"
#include "device/medium_place.h"
#include "device/medium_survey.h"
#include "device/medium_writers.h"

#define LOOK_MS      30000 /* milliseconds that looking at a medium, or marking it, may take */
#define AGAIN_MS     500   /* until a medium is closed to writers again */
#define SEQUENCE_MAX 32    /* bytes of the file with a disk's sequence number */

/* --- the list --------------------------------------------------------------------------------- */

static struct medium **find(struct medium_table *t, const char *number)
{
    struct medium **at = &t->first;
    while (*at && !str_eq((*at)->number, number))
        at = &(*at)->next;
    return at;
}

struct medium *medium_find(const struct medium_table *t, const char *id)
{
    for (struct medium *m = t->first; m; m = m->next)
        if (*id && str_eq(m->id, id))
            return m;
    return NULL;
}

/* /sys/dev/block/MAJOR:MINOR/diskseq (Linux 5.15); 0 where there is none. False: there is no such disk. */
static bool sequence_of(const char *number, uint64_t *ret)
{
    char path[128];
    autobuf struct buf text = {0};
    dev_t disk;
    *ret = 0;
    if (medium_number(number, &disk) != 0)
        return false;
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(disk), minor(disk));
    if (access(path, F_OK) != 0)
        return false;
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/diskseq", major(disk), minor(disk));
    if (file_read(AT_FDCWD, path, SEQUENCE_MAX, &text) == 0 && text.len > 0) {
        text.data[strcspn(text.data, "\n")] = '\0';
        (void)!str_to_u64(text.data, UINT64_MAX, ret);
    }
    return true;
}

bool medium_is_there(const struct medium *m)
{
    uint64_t now;
    return sequence_of(m->number, &now) && now == m->sequence;
}

static void found_clear(struct medium_found *found)
{
    medium_writers_leave(found->part, &found->private_fd, &found->shown_fd);
    *found = (struct medium_found)MEDIUM_FOUND_NONE;
}

static void end_look(struct medium_look *l)
{
    if (!*l->job)
        return;
    child_end(&l->child, 0);
    l->job[0] = '\0';
}

static void withdraw(struct medium *m)
{
    for (size_t i = 0; i < MEDIUM_LOOKS_MAX; i++)
        end_look(&m->looks[i]);
    child_end(&m->closer, 0);
    if (*m->place)
        medium_place_leave(m->place);
    m->place[0] = m->id[0] = '\0';
    found_clear(&m->found);
    m->looked = false;
}

void medium_close(struct medium_table *t, const char *number)
{
    struct medium **at = find(t, number), *m = *at;
    if (!m)
        return;
    *at = m->next;
    t->count--;
    child_end(&m->child, 0);
    withdraw(m);
    free(m);
}

void medium_close_gone(struct medium_table *t)
{
    struct medium *m = t->first;
    while (m) {
        struct medium *next = m->next;
        if (!medium_is_there(m))
            medium_close(t, m->number);
        m = next;
    }
}

void medium_close_all(struct medium_table *t)
{
    while (t->first)
        medium_close(t, t->first->number);
}

void medium_sweep(void)
{
    medium_place_sweep();
}

/* --- looking ---------------------------------------------------------------------------------- */

static struct medium *new_medium(struct medium_table *t, const char *number, struct fault *f)
{
    uint64_t sequence;
    if (!sequence_of(number, &sequence)) {
        fault_set(f, SK_ERR_NOT_FOUND, "the medium is gone");
        return NULL;
    }
    struct medium *m = t->count < MEDIUM_MAX ? calloc(1, sizeof *m) : NULL;
    if (!m) {
        if (t->count < MEDIUM_MAX)
            fault_errno(f, ENOMEM, "the medium can't be looked at");
        else
            fault_set(f, SK_ERR_LIMIT, "more than %d media at a time", MEDIUM_MAX);
        return NULL;
    }
    *m = (struct medium){.found = MEDIUM_FOUND_NONE, .child = CHILD_NONE, .closer = CHILD_NONE, .sequence = sequence,
                         .next = t->first};
    snprintf(m->number, sizeof m->number, "%s", number);
    t->first = m;
    t->count++;
    return m;
}

/* What is too long here is no date and no list of ids: identity_write says so of the rest. */
static int identity_of(const struct request_medium *want, struct identity *ret, struct fault *f)
{
    if (strlen(want->until) >= sizeof ret->until || strlen(want->areas) >= sizeof ret->areas)
        return fault_set(f, SK_ERR_FORMAT, "the medium's identity can't be made of this");
    memcpy(ret->medium, want->medium, sizeof ret->medium);
    memcpy(ret->owner, want->owner, sizeof ret->owner);
    memcpy(ret->areas, want->areas, strlen(want->areas) + 1);
    memcpy(ret->until, want->until, strlen(want->until) + 1);
    return 0;
}

static json_t *turns_of(const struct medium_found *found)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < found->turns.count; i++) {
        char hex[DIGEST_HEX_CAP];
        digest_hex(hex, found->turns.list[i]);
        json_array_append_new(list, json_string(hex));
    }
    return list;
}

static json_t *answer_of(const struct medium *m, const char *why)
{
    const struct medium_found *found = &m->found;
    autobuf struct buf uuid = {0};
    return json_pack("{ss ss ss ss ss ss sb so sb}", "number", m->number, "identity", m->looked ? found->sha256 : "", "medium",
                     m->looked && found->known ? found->identity.medium : "", "filesystem", m->looked ? found->type : "",
                     "uuid", m->looked ? fault_shown(&uuid, found->uuid) : "", "why", why, "writable",
                     m->looked && medium_can_write(found->type) ? 1 : 0, "turns", turns_of(found), "kept", *m->id ? 1 : 0);
}

json_t *medium_known(const struct medium_table *t, const char *number)
{
    for (const struct medium *m = t->first; m; m = m->next)
        if (str_eq(m->number, number))
            return *m->id && m->looked && medium_is_there(m) ? answer_of(m, "") : NULL;
    return NULL;
}

int medium_look(struct medium_table *t, const struct request_medium *want, bool mark, uint64_t peer, struct fault *f)
{
    struct identity identity = {0};
    struct medium *known = *find(t, want->number);
    if (known && known->writers > 0 && medium_is_there(known))
        return fault_set(f, SK_ERR_STATE, "an export onto the medium %s runs", known->id);
    medium_close(t, want->number);
    struct medium *m = new_medium(t, want->number, f);
    if (!m)
        return f->code;
    m->peer = peer;
    m->begun_ns = clock_boot_ns();
    int r = mark ? identity_of(want, &identity, f) : 0;
    if (r == 0)
        r = medium_child_start(want->number, mark ? &identity : NULL, want->tag, &m->child, f);
    if (r != 0)
        medium_close(t, want->number);
    return r;
}

static void tell(struct medium_table *t, struct server *s, struct medium *m, const struct fault *f)
{
    (void)server_send(s, m->peer, SK_MSG_MEDIUM_IS, answer_of(m, f->why), -1);
    if (!m->looked)
        medium_close(t, m->number);
}

/* An exporter that was told to stop may still hold its file: then medium_turn tries again. */
static void closed(struct medium *m)
{
    bool done = medium_writers_closed(m->closer.sock, &m->found.free);
    child_end(&m->closer, 0);
    if (done && m->writers == 0)
        m->writable = false;
}

void medium_ready(struct medium_table *t, struct server *s, int fd)
{
    struct fault f = {0};
    for (struct medium *m = t->first; m; m = m->next) {
        if (m->closer.sock == fd)
            closed(m);
        if (m->child.sock != fd)
            continue;
        m->looked = medium_child_end(m->child.sock, &m->found, &f) == 0;
        child_end(&m->child, 0);
        tell(t, s, m, &f);
        return;
    }
}

void medium_gather(const struct medium_table *t, struct server *s, void (*ready)(void *context, int fd))
{
    for (const struct medium *m = t->first; m; m = m->next) {
        server_watch(s, m->child.sock, ready);
        server_watch(s, m->closer.sock, ready);
    }
}

/* --- approved --------------------------------------------------------------------------------- */

/* Another login answers for it by now: what is shown to the one before goes. */
static int show_anew(struct medium *m, struct fault *f)
{
    int fd = open_tree(AT_FDCWD, m->place, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
    if (fd < 0)
        return fault_errno(f, errno, "the medium can't be used");
    int none[] = {-1, -1};
    medium_place_leave(m->place);
    medium_writers_leave(m->found.part, &none[0], &none[1]);
    m->place[0] = '\0';
    m->found.shown_fd = fd;
    return 0;
}

static int show(struct medium *m, const struct request_medium *want, struct fault *f)
{
    int r = *m->place && !str_eq(m->login, want->login) ? show_anew(m, f) : 0;
    if (r != 0 || *m->place)
        return r;
    r = medium_place_take(want->medium, want->login, &m->found.shown_fd, m->place, f);
    if (r != 0)
        m->place[0] = '\0';
    memcpy(m->login, want->login, sizeof m->login);
    return r;
}

int medium_open(struct medium_table *t, const struct request_medium *want, const char **ret, struct fault *f)
{
    struct medium *m = *find(t, want->number);
    if (!m || !m->looked || !m->found.known)
        return fault_set(f, SK_ERR_STATE, "nobody looked at the medium %s", want->medium);
    if (!str_eq(m->found.sha256, want->identity))
        return fault_set(f, SK_ERR_DIGEST, "the medium that is plugged in is not %s", want->medium);
    struct medium *other = medium_find(t, want->medium);
    if (other && other != m)
        return fault_set(f, SK_ERR_EXISTS, "the medium %s is mounted already", want->medium);
    if (!medium_is_there(m)) {
        medium_close(t, want->number);
        return fault_set(f, SK_ERR_NOT_FOUND, "the medium is gone");
    }
    m->direction = want->direction;
    int r = show(m, want, f);
    if (r != 0) {
        medium_close(t, want->number);
        return r;
    }
    snprintf(m->id, sizeof m->id, "%s", want->medium);
    *ret = m->place;
    return 0;
}

int medium_begin(struct medium *m, struct fault *f)
{
    if (m->direction == REQUEST_IN)
        return fault_set(f, SK_ERR_REFUSED, "the medium %s is for bringing in only", m->id);
    if (!medium_can_write(m->found.type))
        return fault_set(f, SK_ERR_UNSUPPORTED, "the medium %s is %s, which can only be read", m->id, m->found.type);
    if (!medium_is_there(m))
        return fault_set(f, SK_ERR_NOT_FOUND, "the medium %s was pulled out", m->id);
    m->writable = true;
    m->writers++;
    return 0;
}

static struct medium *held(const struct medium_table *t, const char *id, uint64_t sequence)
{
    struct medium *m = medium_find(t, id);
    return m && m->sequence == sequence ? m : NULL;
}

bool medium_holds(const struct medium_table *t, const char *id, uint64_t sequence)
{
    const struct medium *m = held(t, id, sequence);
    return m && medium_is_there(m);
}

void medium_release(const struct medium_table *t, const char *id, uint64_t sequence)
{
    struct medium *m = held(t, id, sequence);
    if (m && m->writers > 0 && --m->writers == 0)
        m->closed_ns = 0;
}

/* One at a time, for as long as the medium takes: none is begun beside one that does not end. */
static int close_to_writers(struct medium *m)
{
    struct fault ignored = {0};
    if (!m->writable || m->writers > 0 || m->closer.sock >= 0)
        return -1;
    int64_t left = m->closed_ns == 0 ? 0 : AGAIN_MS - (int64_t)((clock_boot_ns() - m->closed_ns) / 1000000);
    if (left > 0)
        return (int)left;
    m->closed_ns = clock_boot_ns();
    return medium_writers_close(m->found.private_fd, &m->closer, &ignored) == 0 ? -1 : AGAIN_MS;
}

/* ms until something is due for it, -1 = nothing. It may be gone afterwards. */
static int turn_one(struct medium_table *t, struct server *s, struct medium *m)
{
    struct fault f = {0};
    if (m->child.sock >= 0) {
        int64_t left = (int64_t)LOOK_MS - (int64_t)((clock_boot_ns() - m->begun_ns) / 1000000);
        if (left > 0)
            return (int)left;
        fault_set(&f, SK_ERR_TIMEOUT, "the medium does not answer");
        child_end(&m->child, 0);
        tell(t, s, m, &f);
        return -1;
    }
    return close_to_writers(m);
}

int medium_turn(struct medium_table *t, struct server *s)
{
    int least = -1;
    struct medium *m = t->first;
    while (m) {
        struct medium *next = m->next;
        int due = turn_one(t, s, m);
        if (due >= 0 && (least < 0 || due < least))
            least = due;
        m = next;
    }
    return least;
}

/* --- what lies on it ---------------------------------------------------------------------------- */

int medium_survey(struct medium_table *t, const struct request_survey *want, int sock, uint64_t peer, struct fault *f)
{
    struct medium *m = medium_find(t, want->medium);
    struct medium_look *free_one = NULL;
    if (!m || !medium_is_there(m))
        return fault_set(f, SK_ERR_NOT_FOUND, "the medium %s is not plugged in, or was not approved", want->medium);
    for (size_t i = 0; i < MEDIUM_LOOKS_MAX && !free_one; i++)
        if (!*m->looks[i].job)
            free_one = &m->looks[i];
    if (!free_one)
        return fault_set(f, SK_ERR_STATE, "the files of the medium %s are being listed already", want->medium);
    autoclose int top = openat(m->found.private_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return fault_errno(f, errno, "the medium %s can't be used", want->medium);
    int r = medium_survey_start(top, want->first, sock, &free_one->child, f);
    if (r != 0)
        return r;
    memcpy(free_one->job, want->case_id, sizeof free_one->job);
    free_one->peer = peer;
    return 0;
}

int medium_survey_finish(struct medium_table *t, const char *job, struct fault *f)
{
    for (struct medium *m = t->first; m; m = m->next)
        for (size_t i = 0; i < MEDIUM_LOOKS_MAX; i++) {
            if (!*m->looks[i].job || !str_eq(m->looks[i].job, job))
                continue;
            end_look(&m->looks[i]);
            return medium_is_there(m) ? 1 : fault_set(f, SK_ERR_NOT_FOUND, "the medium %s was pulled out", m->id);
        }
    return 0;
}

void medium_survey_gone(struct medium_table *t, uint64_t peer)
{
    for (struct medium *m = t->first; m; m = m->next)
        for (size_t i = 0; i < MEDIUM_LOOKS_MAX; i++)
            if (m->looks[i].peer == peer)
                end_look(&m->looks[i]);
}

static json_t *entry_of(const struct medium *m)
{
    static const char *const words[] = {[REQUEST_OUT] = "out", [REQUEST_IN] = "in", [REQUEST_IN_OUT] = "both"};
    autobuf struct buf place = {0};
    return json_pack("{ss ss ss ss ss sI sb sI so}", "medium", m->id, "number", m->number, "mount",
                     fault_shown(&place, m->place), "filesystem", m->found.type, "direction", words[m->direction],
                     "free", (json_int_t)m->found.free, "writing", m->writers > 0 ? 1 : 0,
                     "since-ns", (json_int_t)m->begun_ns, "turns", turns_of(&m->found));
}

json_t *medium_list(const struct medium_table *t)
{
    json_t *list = json_array();
    for (const struct medium *m = t->first; list && m; m = m->next)
        if (*m->id)
            json_array_append_new(list, entry_of(m));
    return list;
}
