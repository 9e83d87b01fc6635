/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch.c owns which message does what. It must never take anything out of a message by itself:
 * request.c checks. */
#include "device/dispatch.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "record/record.h"

static struct device *device_of(const struct server_call *c)
{
    return c->context;
}

static int put_bytes(struct server_call *c, const char *key, const char *raw)
{
    autobuf struct buf text = {0};
    return server_put(c, key, json_string(fault_shown(&text, raw)));
}

static int read_passphrase(struct server_call *c, struct luks_passphrase **ret)
{
    if (c->message->fd_count == 0)
        return 0;
    int r = luks_passphrase_read(c->message->fds[0], ret);
    return r == 0 ? 0 : fault_set(&c->fault, r, "the passphrase can't be read: %s", PHRASE_ERROR(r));
}

static int area_create_call(struct server_call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    autopassphrase struct luks_passphrase *passphrase = NULL;
    autobuf struct buf detail = {0};
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the area can't be made");
    int r = request_create(c->body, want, &c->fault);
    if (r == 0)
        r = read_passphrase(c, &passphrase);
    if (r == 0)
        r = area_create(&device_of(c)->areas, want, passphrase, &detail, &c->fault);
    return r == 0 ? server_put(c, "detail", json_string(detail.data)) : r;
}

static int area_open_call(struct server_call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    autopassphrase struct luks_passphrase *passphrase = NULL;
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the area can't be opened");
    int r = request_open(c->body, want, &c->fault);
    if (r == 0)
        r = read_passphrase(c, &passphrase);
    if (r == 0)
        r = area_open(&device_of(c)->areas, want, passphrase, &c->fault);
    return r == 0 ? server_put(c, "encrypted", json_boolean(want->backing == REQUEST_BACKING_LUKS)) : r;
}

struct erasing **dispatch_erasing(struct device *d, const char *id)
{
    struct erasing **at = &d->erasings;
    while (*at && !str_eq((*at)->target.id, id))
        at = &(*at)->next;
    return at;
}

/* Is something in this area, or the area itself, being erased? */
static bool erases(const struct device *d, const char *area)
{
    for (const struct erasing *e = d->erasings; e; e = e->next)
        if (*area && str_eq(e->target.area, area))
            return true;
    return false;
}

static int area_close_call(struct server_call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the area can't be closed");
    int r = request_close(c->body, want, &c->fault);
    if (r != 0)
        return r;
    for (const struct job *j = device_of(c)->jobs; j; j = j->next)
        if (str_eq(j->area, want->area))
            return fault_set(&c->fault, SK_ERR_STATE, "the case %s is being worked on in the area",
                             j->case_id);
    if (erases(device_of(c), want->area))
        return fault_set(&c->fault, SK_ERR_STATE, "a file of the area %s is being erased",
                         want->area);
    r = area_close(&device_of(c)->areas, want->area, &c->fault);
    if (r != 0)
        return r;
    autobuf struct buf why = {0};
    const struct held *held = held_find(&device_of(c)->areas.held, want->area);
    if (held)
        held_why(held, &why);
    return server_put(c, "held", json_string(why.data && !why.err ? why.data : ""));
}

static int area_mount_call(struct server_call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the area can't be mounted");
    int r = request_close(c->body, want, &c->fault);
    if (r != 0)
        return r;
    const struct area *a = area_find(&device_of(c)->areas, want->area);
    autoclose int fd = area_mount(&device_of(c)->areas, want->area, &c->fault);
    if (fd < 0)
        return fd;
    r = put_bytes(c, "mount", a->mount);
    if (r == 0)
        c->answer_fd = steal_fd(&fd);
    return r;
}

/* One entry of AREA_LIST. */
static json_t *describe_area(const struct area_table *t, const char *id)
{
    const struct area *a = area_find(t, id);
    struct backing_facts facts;
    struct statvfs room = {0};
    autobuf struct buf mount = {0};
    backing_facts(id, &facts);
    bool other, open = a && area_is_open(a), attached = a && area_in_place(a, &other);
    const char *type = a ? a->backing.type : facts.type;
    uint64_t free_bytes = 0;
    if (a && fstatvfs(a->top_fd, &room) == 0)
        free_bytes = (uint64_t)room.f_bavail * room.f_frsize;
    autobuf struct buf held_text = {0};
    const struct held *held = a ? NULL : held_find(&t->held, id);
    if (held)
        held_why(held, &held_text);
    const char *why = held && held_text.data          ? held_text.data
                      : erase_is_marked(id)           ? PHRASE("it is half erased: sekisho area destroy again")
                      : a && !a->covered              ? a->why
                      : a && a->attached && !attached ? PHRASE("it is not mounted at its place any more: "
                                                               "open it again")
                      : !facts.exists                 ? PHRASE("its image or device is gone")
                                                      : "";
    return json_pack("{s:s, s:b, s:b, s:b, s:s, s:b, s:s, s:s, s:I, s:I, s:s}", "area", id, "exists",
                     facts.exists, "open", open, "held", held != NULL, "mount",
                     a      ? fault_shown(&mount, a->mount)
                     : held ? fault_shown(&mount, held->mount)
                            : "",
                     "encrypted", facts.encrypted, "backing",
                     facts.encrypted ? "luks" : "filesystem", "filesystem", type, "bytes",
                     (json_int_t)facts.bytes, "free", (json_int_t)free_bytes, "why", why);
}

static bool listed(const json_t *list, const char *id)
{
    size_t i;
    json_t *entry;
    /* jansson iterates over arrays that it takes as non-const but does not change */
    json_array_foreach((json_t *)(uintptr_t)list, i, entry)
        if (str_eq(record_text(entry, "area"), id))
            return true;
    return false;
}

/* An area's id out of a file name in the folder of images, or "". */
static void id_of_file(const char *name, char ret[static SK_ID_MAX + 1])
{
    static const char *const suffixes[] = {BACKING_IMAGE_SUFFIX, BACKING_DEVICE_SUFFIX,
                                           ERASE_MARK_SUFFIX};
    ret[0] = '\0';
    for (size_t i = 0; i < array_count(suffixes); i++) {
        size_t len = strlen(name), suffix_len = strlen(suffixes[i]);
        if (len <= suffix_len || len - suffix_len > SK_ID_MAX ||
            !str_eq(name + len - suffix_len, suffixes[i]))
            continue;
        memcpy(ret, name, len - suffix_len);
        ret[len - suffix_len] = '\0';
        if (!names_is_area(ret))
            ret[0] = '\0';
    }
}

static int area_list_call(struct server_call *c)
{
    char id[SK_ID_MAX + 1];
    struct area_table *t = &device_of(c)->areas;
    autojson json_t *list = json_array();
    held_look(&t->held, NULL);
    autodir DIR *dir = opendir(sk_path(SK_PATH_AREAS));
    if (!dir)
        return fault_errno(&c->fault, errno, "the folder of areas can't be read");
    for (struct dirent *e; (e = readdir(dir));) {
        id_of_file(e->d_name, id);
        if (id[0] && !listed(list, id))
            json_array_append_new(list, describe_area(t, id));
    }
    for (size_t i = 0; i < t->held.count; i++)
        if (!listed(list, t->held.rows[i].id))
            json_array_append_new(list, describe_area(t, t->held.rows[i].id));
    for (size_t i = 0; i < t->count; i++)
        if (!listed(list, t->areas[i]->id))
            json_array_append_new(list, describe_area(t, t->areas[i]->id));
    return server_put(c, "areas", steal_ptr(&list));
}

struct job **dispatch_job(struct device *d, const char *case_id)
{
    struct job **at = &d->jobs;
    while (*at && !str_eq((*at)->case_id, case_id))
        at = &(*at)->next;
    return at;
}

static int job_start_call(struct server_call *c)
{
    autofree struct request_job_start *space = calloc(1, sizeof *space);
    if (!space)
        return fault_errno(&c->fault, ENOMEM, "the job can't be started");
    struct job *job = NULL;
    autojson json_t *files = json_array();
    int r = request_start(c->body, space, &c->fault);
    if (r == 0 && *dispatch_job(device_of(c), space->case_id))
        r = fault_set(&c->fault, SK_ERR_STATE, "the case %s is being worked on", space->case_id);
    if (r == 0)
        r = job_start(&device_of(c)->areas, &device_of(c)->media, space, c->body, c->message->fds,
                      c->message->fd_count, &job, files, &c->fault);
    request_job_clear(space);
    if (r != 0)
        return r;
    job->owner = job->peer = c->peer;
    job->next = device_of(c)->jobs;
    device_of(c)->jobs = job;
    return job->setup ? SERVER_LATER : server_put(c, "files", steal_ptr(&files));
}

int dispatch_end_erasing(struct device *d, struct erasing **at, bool commit, struct fault *f)
{
    struct erasing *e = *at;
    char medium[sizeof e->medium];
    uint64_t sequence = e->sequence;
    memcpy(medium, e->medium, sizeof medium);
    *at = e->next;
    int r = erasing_end(&e, commit, f);
    if (*medium)
        medium_release(&d->media, medium, sequence);
    return r;
}

static int may_erase(struct device *d, const struct request_erase *want, struct fault *f)
{
    for (const struct job *j = d->jobs; j && *want->area; j = j->next)
        if (str_eq(j->area, want->area))
            return fault_set(f, SK_ERR_STATE, "the case %s is being worked on in the area",
                             j->case_id);
    if (*dispatch_erasing(d, want->case_id) || erases(d, want->area))
        return fault_set(f, SK_ERR_STATE, "something of the area %s is being erased already",
                         want->area);
    return 0;
}

static void add_erasing(struct server_call *c, struct erasing *e)
{
    struct device *d = device_of(c);
    e->owner = c->peer;
    e->heard_ns = clock_boot_ns();
    e->next = d->erasings;
    d->erasings = e;
}

/* In an area, which is a disk of this machine. */
static int erase_inside(struct server_call *c, const struct request_erase *want)
{
    struct device *d = device_of(c);
    autofree struct erase_target *t = malloc(sizeof *t);
    if (!t)
        return fault_errno(&c->fault, ENOMEM, "the erasure can't begin");
    *t = (struct erase_target)ERASE_TARGET_NONE;
    struct erasing *e = NULL;
    int r = erase_look(&d->areas, -1, want, NULL, NULL, t, &c->fault);
    json_t *found = r == 0 ? dispatch_target(t) : NULL;
    if (r == 0 && (!found || json_object_update(c->answer, found) != 0))
        r = fault_errno(&c->fault, ENOMEM, "the answer can't be made");
    json_decref(found);
    if (r == 0 && !want->plan)
        r = erase_prepare(&d->areas, t, &c->fault);
    if (r == 0 && !want->plan)
        r = erasing_start(t, c->message->fds[0], &e, &c->fault);
    erase_clear(t);
    if (e)
        add_erasing(c, e);
    return r;
}

/* The top of the medium on which the file lies: writable from here on. -1: on none; f->code. */
static int use_medium(struct device *d, const struct request_erase *want, struct medium **ret, struct fault *f)
{
    struct medium *m = medium_find(&d->media, want->medium);
    if (!*want->medium)
        return -1;
    if (!m)
        return fault_set(f, SK_ERR_NOT_FOUND, "the medium %s is not plugged in, or was not approved", want->medium);
    int r = medium_begin(m, f);
    if (r != 0)
        return r;
    *ret = m;
    int fd = openat(m->found.private_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : fault_errno(f, errno, "the medium %s can't be used", want->medium);
}

static int erase_outside(struct server_call *c, const struct request_erase *want)
{
    struct device *d = device_of(c);
    struct erasing *e = NULL;
    struct medium *medium = NULL;
    autoclose int top = use_medium(d, want, &medium, &c->fault);
    int r = c->fault.code;
    if (r == 0)
        r = erasing_outside(&d->areas, top, medium ? medium->closer.process_fd : -1, want,
                            want->plan ? -1 : c->message->fds[0], &e, &c->fault);
    if (r != 0) {
        if (medium)
            medium_release(&d->media, medium->id, medium->sequence);
        return r;
    }
    if (medium) {
        memcpy(e->medium, medium->id, sizeof e->medium);
        e->sequence = medium->sequence;
    }
    e->plan = want->plan;
    snprintf(e->path, sizeof e->path, "%s", want->path);
    add_erasing(c, e);
    return SERVER_LATER;
}

static int erase_call(struct server_call *c)
{
    autofree struct request_erase *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the erasure can't begin");
    int r = request_erase(c->body, want, &c->fault);
    if (r == 0)
        r = may_erase(device_of(c), want, &c->fault);
    if (r == 0 && !want->plan && c->message->fd_count != 1)
        r = fault_set(&c->fault, SK_ERR_FORMAT, "an erasure comes with a socket for its answers");
    if (r != 0)
        return r;
    return *want->area ? erase_inside(c, want) : erase_outside(c, want);
}

static int finish_job(struct job **at, const struct request_finish *how, size_t *ret_left, struct fault *f)
{
    autojob struct job *job = *at;
    *at = job->next;
    int r = how->commit ? job_commit(job, how, f) : 0;
    *ret_left = how->commit && r == 0 ? 0 : job_abort(job);
    return r;
}

static int job_finish_call(struct server_call *c)
{
    struct request_finish how;
    int r = request_finish(c->body, &how, &c->fault);
    if (r != 0)
        return r;
    struct erasing **erasing = dispatch_erasing(device_of(c), how.case_id);
    if (*erasing)
        return dispatch_end_erasing(device_of(c), erasing, how.commit, &c->fault);
    r = medium_survey_finish(&device_of(c)->media, how.case_id, &c->fault);
    if (r != 0)
        return r == 1 ? 0 : r;
    struct job **at = dispatch_job(device_of(c), how.case_id);
    if (!*at)
        return fault_set(&c->fault, SK_ERR_NOT_FOUND, "no job of the case %s runs", how.case_id);
    if ((*at)->child.sock >= 0) {
        r = job_finish(*at, c->body, &c->fault);
        if (r == 0)
            (*at)->peer = c->peer;
        return r == 0 ? SERVER_LATER : r;
    }
    size_t left = 0;
    r = finish_job(at, &how, &left, &c->fault);
    return r == 0 && left ? server_put(c, "left", json_integer((json_int_t)left)) : r;
}

static int stage_drop_call(struct server_call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the snapshot can't be removed");
    int r = request_stage_drop(c->body, want, &c->fault);
    if (r != 0)
        return r;
    const struct area *a = area_find(&device_of(c)->areas, want->area);
    if (!a)
        return fault_set(&c->fault, SK_ERR_STATE, "the area %s is not open", want->area);
    if (*dispatch_job(device_of(c), want->case_id))
        return fault_set(&c->fault, SK_ERR_STATE, "the case %s is being worked on", want->case_id);
    return job_stage_drop(a, want->case_id, &c->fault);
}

static int destination_call(struct server_call *c)
{
    struct device *d = device_of(c);
    autofree struct request_destination *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the destination can't be checked");
    int r = request_place(c->body, want, &c->fault);
    if (r == 0)
        r = destination_ask(&d->asks, &d->areas, &d->media, want, c->peer, &c->fault);
    return r == 0 ? SERVER_LATER : r;
}

static int places_call(struct server_call *c)
{
    struct indexlink *l = &device_of(c)->areas.index;
    char *paths[SK_PLACES_MAX] = {0};
    size_t count = 0;
    int r = request_places(c->body, paths, &count, &c->fault);
    if (r == 0 && indexlink_places(l, (const char *const *)paths, count) != 0)
        r = fault_errno(&c->fault, ENOMEM, "the places can't be kept");
    for (size_t i = 0; i < SK_PLACES_MAX; i++)
        free(paths[i]);
    return r;
}

static int status_call(struct server_call *c)
{
    struct device *d = device_of(c);
    struct fault luks = {0};
    json_int_t jobs = 0;
    for (const struct job *j = d->jobs; j; j = j->next)
        jobs++;
    int r = server_put_status(c, json_pack("{sIsIsb}", "areas", (json_int_t)d->areas.count, "jobs", jobs,
                                           "luks", luks_available(&luks) == 0));
    return r == 0 ? put_bytes(c, "luks-why", luks.why) : r;
}

static int medium_look_call(struct server_call *c)
{
    struct request_medium want;
    int r = request_medium(c->body, &want, &c->fault);
    autojson json_t *known = r == 0 ? medium_known(&device_of(c)->media, want.number) : NULL;
    if (known)
        return json_object_update(c->answer, known) == 0 ? 0 : fault_errno(&c->fault, ENOMEM, "the answer can't be made");
    if (r == 0)
        r = medium_look(&device_of(c)->media, &want, false, c->peer, &c->fault);
    return r == 0 ? SERVER_LATER : r;
}

static int medium_mark_call(struct server_call *c)
{
    struct request_medium want;
    int r = request_medium_mark(c->body, &want, &c->fault);
    if (r == 0)
        r = medium_look(&device_of(c)->media, &want, true, c->peer, &c->fault);
    return r == 0 ? SERVER_LATER : r;
}

static int medium_open_call(struct server_call *c)
{
    struct request_medium want;
    const char *place = "";
    int r = request_medium_open(c->body, &want, &c->fault);
    if (r == 0)
        r = medium_open(&device_of(c)->media, &want, &place, &c->fault);
    return r == 0 ? put_bytes(c, "mount", place) : r;
}

static int medium_close_call(struct server_call *c)
{
    struct request_medium want;
    int r = request_medium(c->body, &want, &c->fault);
    if (r == 0 && *want.number)
        medium_close(&device_of(c)->media, want.number);
    else if (r == 0)
        medium_close_gone(&device_of(c)->media);
    return r;
}

static int medium_revoke_call(struct server_call *c)
{
    autofree struct request_destination *want = calloc(1, sizeof *want);
    struct medium_table *t = &device_of(c)->media;
    int r = want ? request_place(c->body, want, &c->fault) : fault_errno(&c->fault, ENOMEM, "the medium can't be closed");
    const struct medium *m = r == 0 ? medium_find(t, want->medium) : NULL;
    if (m)
        medium_close(t, m->number);
    return r;
}

static int medium_files_call(struct server_call *c)
{
    struct request_survey want;
    int r = request_survey(c->body, &want, &c->fault);
    if (r == 0 && c->message->fd_count != 1)
        r = fault_set(&c->fault, SK_ERR_FORMAT, "a list of files comes with a socket for its answers");
    if (r == 0)
        r = medium_survey(&device_of(c)->media, &want, c->message->fds[0], c->peer, &c->fault);
    return r == 0 ? server_put(c, "files", json_array()) : r;
}

static int medium_list_call(struct server_call *c)
{
    return server_put(c, "media", medium_list(&device_of(c)->media));
}

/* Root may ask for all: it is sekisho-room, or the administrator's own tests. */
const struct server_message dispatch_messages[DISPATCH_MESSAGE_COUNT] = {
    {SK_MSG_AREA_CREATE, SK_MSG_OK, SERVER_BOTH, 1, SK_MESSAGE_MAX, area_create_call},
    {SK_MSG_AREA_OPEN, SK_MSG_OK, SERVER_BOTH, 1, SK_MESSAGE_MAX, area_open_call},
    {SK_MSG_AREA_CLOSE, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, area_close_call},
    {SK_MSG_AREA_LIST, SK_MSG_AREAS, SERVER_BOTH, 0, SK_MESSAGE_MAX, area_list_call},
    {SK_MSG_AREA_MOUNT, SK_MSG_OK, SERVER_ROOT, 0, SK_MESSAGE_MAX, area_mount_call},
    {SK_MSG_JOB_START, SK_MSG_JOB_STARTED, SERVER_BOTH, SK_MESSAGE_FDS_MAX, SK_MESSAGE_MAX, job_start_call},
    {SK_MSG_JOB_FINISH, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, job_finish_call},
    {SK_MSG_STAGE_DROP, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, stage_drop_call},
    {SK_MSG_DESTINATION, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, destination_call},
    {SK_MSG_ERASE, SK_MSG_JOB_STARTED, SERVER_BOTH, 1, SK_MESSAGE_MAX, erase_call},
    {SK_MSG_STATUS, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, status_call},
    {SK_MSG_MEDIUM_LOOK, SK_MSG_MEDIUM_IS, SERVER_ROOT, 0, SK_MESSAGE_MAX, medium_look_call},
    {SK_MSG_MEDIUM_MARK, SK_MSG_MEDIUM_IS, SERVER_ROOT, 0, SK_MESSAGE_MAX, medium_mark_call},
    {SK_MSG_MEDIUM_OPEN, SK_MSG_OK, SERVER_ROOT, 0, SK_MESSAGE_MAX, medium_open_call},
    {SK_MSG_MEDIUM_CLOSE, SK_MSG_OK, SERVER_ROOT, 0, SK_MESSAGE_MAX, medium_close_call},
    {SK_MSG_MEDIUM_FILES, SK_MSG_JOB_STARTED, SERVER_BOTH, 1, SK_MESSAGE_MAX, medium_files_call},
    {SK_MSG_MEDIUM_REVOKE, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, medium_revoke_call},
    {SK_MSG_MEDIUM_LIST, SK_MSG_MEDIA, SERVER_BOTH, 0, SK_MESSAGE_MAX, medium_list_call},
    {SK_MSG_PLACES, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, places_call},
};

void dispatch_gone(void *device, uint64_t owner)
{
    struct device *d = device;
    struct fault ignored = {0};
    destination_gone(&d->asks, owner);
    for (struct erasing **at = &d->erasings; *at;) {
        if ((*at)->owner == owner)
            (void)dispatch_end_erasing(d, at, false, &ignored);
        else
            at = &(*at)->next;
    }
    medium_survey_gone(&d->media, owner);
    for (struct job **at = &d->jobs; *at;) {
        if ((*at)->owner != owner) {
            at = &(*at)->next;
            continue;
        }
        autojob struct job *job = *at;
        *at = job->next;
        job_abort(job);
    }
}

void dispatch_end(struct device *d)
{
    while (d->erasings)
        dispatch_gone(d, d->erasings->owner);
    while (d->jobs)
        dispatch_gone(d, d->jobs->owner);
}
