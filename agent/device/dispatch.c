/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch.c owns which message does what. It must never act on a message that is not in its table
 * or that carries other descriptors than it says. */
#include "device/dispatch.h"
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/str.h"
#include "device/destination.h"
#include "record/record.h"

struct call {
    struct device *device;
    uint64_t owner;
    uid_t uid;
    const json_t *body;
    const int *fds;
    size_t fd_count;
    int answer_fd;  /* -1 = none */
    json_t *answer; /* an object to be filled */
    struct fault fault;
};

static int put(struct call *c, const char *key, json_t *value)
{
    return json_object_set_new(c->answer, key, value) == 0
               ? 0
               : fault_errno(&c->fault, ENOMEM, "the answer can't be made");
}

static int put_bytes(struct call *c, const char *key, const char *raw)
{
    autobuf struct buf text = {0};
    return put(c, key, json_string(fault_shown(&text, raw)));
}

static int read_passphrase(struct call *c, struct luks_passphrase **ret)
{
    if (c->fd_count == 0)
        return 0;
    int r = luks_passphrase_read(c->fds[0], ret);
    return r == 0 ? 0 : fault_set(&c->fault, r, "the passphrase can't be read: %s", sk_strerror(r));
}

static int area_create_call(struct call *c)
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
        r = area_create(&c->device->areas, want, passphrase, &detail, &c->fault);
    return r == 0 ? put(c, "detail", json_string(detail.data)) : r;
}

static int area_open_call(struct call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    autopassphrase struct luks_passphrase *passphrase = NULL;
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the area can't be opened");
    int r = request_open(c->body, want, &c->fault);
    if (r == 0)
        r = read_passphrase(c, &passphrase);
    if (r == 0)
        r = area_open(&c->device->areas, want, passphrase, &c->fault);
    return r == 0 ? put(c, "encrypted", json_boolean(want->backing == REQUEST_BACKING_LUKS)) : r;
}

static int area_close_call(struct call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the area can't be closed");
    int r = request_close(c->body, want, &c->fault);
    if (r != 0)
        return r;
    for (const struct job *j = c->device->jobs; j; j = j->next)
        if (str_eq(j->area, want->area))
            return fault_set(&c->fault, SK_ERR_STATE, "the case %s is being worked on in the area",
                             j->case_id);
    return area_close(&c->device->areas, want->area, &c->fault);
}

static int area_mount_call(struct call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the area can't be mounted");
    if (c->uid != 0)
        return fault_set(&c->fault, SK_ERR_PEER, "only sekisho-room may ask for a mount");
    int r = request_close(c->body, want, &c->fault);
    if (r != 0)
        return r;
    const struct area *a = area_find(&c->device->areas, want->area);
    autoclose int fd = area_mount(&c->device->areas, want->area, &c->fault);
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
    const char *why = a && !a->covered                ? a->why
                      : a && a->attached && !attached ? "it is not mounted at its place any more: "
                                                        "open it again"
                      : !facts.exists                 ? "its image or device is gone"
                                                      : "";
    return json_pack("{s:s, s:b, s:b, s:s, s:b, s:s, s:s, s:I, s:I, s:s}", "area", id, "exists",
                     facts.exists, "open", open, "mount",
                     a ? fault_shown(&mount, a->mount) : "", "encrypted", facts.encrypted, "backing",
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
    static const char *const suffixes[] = {BACKING_IMAGE_SUFFIX, BACKING_DEVICE_SUFFIX};
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

static int area_list_call(struct call *c)
{
    char id[SK_ID_MAX + 1];
    const struct area_table *t = &c->device->areas;
    autojson json_t *list = json_array();
    autodir DIR *dir = opendir(sk_path(SK_PATH_AREAS));
    if (!dir)
        return fault_errno(&c->fault, errno, "the folder of areas can't be read");
    for (struct dirent *e; (e = readdir(dir));) {
        id_of_file(e->d_name, id);
        if (id[0] && !listed(list, id))
            json_array_append_new(list, describe_area(t, id));
    }
    for (size_t i = 0; i < t->count; i++)
        if (!listed(list, t->areas[i]->id))
            json_array_append_new(list, describe_area(t, t->areas[i]->id));
    return put(c, "areas", steal_ptr(&list));
}

static struct job **find_job(struct device *d, const char *case_id)
{
    struct job **at = &d->jobs;
    while (*at && !str_eq((*at)->case_id, case_id))
        at = &(*at)->next;
    return at;
}

static int job_start_call(struct call *c)
{
    autofree struct request_job_start *space = calloc(1, sizeof *space);
    if (!space)
        return fault_errno(&c->fault, ENOMEM, "the job can't be started");
    struct job *job = NULL;
    autojson json_t *files = json_array();
    int r = request_start(c->body, space, &c->fault);
    if (r == 0 && *find_job(c->device, space->case_id))
        r = fault_set(&c->fault, SK_ERR_STATE, "the case %s is being worked on", space->case_id);
    if (r == 0)
        r = job_start(&c->device->areas, space, c->fds, c->fd_count, &job, files, &c->fault);
    request_job_clear(space);
    if (r != 0)
        return r;
    job->owner = c->owner;
    job->next = c->device->jobs;
    c->device->jobs = job;
    return put(c, "files", steal_ptr(&files));
}

static int job_finish_call(struct call *c)
{
    struct request_finish how;
    int r = request_finish(c->body, &how, &c->fault);
    if (r != 0)
        return r;
    struct job **at = find_job(c->device, how.case_id);
    if (!*at)
        return fault_set(&c->fault, SK_ERR_NOT_FOUND, "no job of the case %s runs", how.case_id);
    autojob struct job *job = *at;
    *at = job->next;
    if (how.commit)
        r = job_commit(job, &how, &c->fault);
    size_t left = how.commit && r == 0 ? 0 : job_abort(job);
    return r == 0 && left ? put(c, "left", json_integer((json_int_t)left)) : r;
}

static int stage_drop_call(struct call *c)
{
    autofree struct request_area *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the snapshot can't be removed");
    int r = request_stage_drop(c->body, want, &c->fault);
    if (r != 0)
        return r;
    const struct area *a = area_find(&c->device->areas, want->area);
    if (!a)
        return fault_set(&c->fault, SK_ERR_STATE, "the area %s is not open", want->area);
    if (*find_job(c->device, want->case_id))
        return fault_set(&c->fault, SK_ERR_STATE, "the case %s is being worked on", want->case_id);
    return job_stage_drop(a, want->case_id, &c->fault);
}

static int destination_call(struct call *c)
{
    autofree struct request_destination *want = calloc(1, sizeof *want);
    struct destination_state state;
    struct fault refused = {0};
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the destination can't be checked");
    int r = request_place(c->body, want, &c->fault);
    if (r != 0)
        return r;
    /* what is wrong with it is the answer, not an error */
    autoclose int fd = destination_open(&c->device->areas, want, NULL, &state, &refused);
    bool swept = fd >= 0 && want->sweep && destination_sweep(fd);
    r = put(c, "present", json_boolean(state.present));
    if (r == 0 && want->sweep)
        r = put(c, "swept", json_boolean(swept));
    if (r == 0)
        r = put(c, "writable", json_boolean(state.writable));
    if (r == 0)
        r = put(c, "free", json_integer((json_int_t)state.free));
    return r == 0 ? put(c, "why", json_string(refused.why)) : r;
}

static int places_call(struct call *c)
{
    struct indexlink *l = &c->device->areas.index;
    char *paths[SK_PLACES_MAX] = {0};
    size_t count = 0;
    int r = request_places(c->body, paths, &count, &c->fault);
    if (r == 0 && indexlink_places(l, (const char *const *)paths, count) != 0)
        r = fault_errno(&c->fault, ENOMEM, "the places can't be kept");
    for (size_t i = 0; i < SK_PLACES_MAX; i++)
        free(paths[i]);
    return r;
}

static int status_call(struct call *c)
{
    struct device *d = c->device;
    struct fault luks = {0};
    json_int_t jobs = 0;
    for (const struct job *j = d->jobs; j; j = j->next)
        jobs++;
    int r = put(c, "uptime-ns", json_integer((json_int_t)(clock_boot_ns() - d->started_ns)));
    if (r == 0)
        r = put(c, "pid", json_integer(getpid()));
    if (r == 0)
        r = put(c, "areas", json_integer((json_int_t)d->areas.count));
    if (r == 0)
        r = put(c, "jobs", json_integer(jobs));
    if (r == 0)
        r = put(c, "luks", json_boolean(luks_available(&luks) == 0));
    return r == 0 ? put_bytes(c, "luks-why", luks.why) : r;
}

struct entry {
    uint16_t type, answer;
    size_t fds_max;
    int (*carry_out)(struct call *c);
};

static const struct entry entries[] = {
    {SK_MSG_AREA_CREATE, SK_MSG_OK, 1, area_create_call},
    {SK_MSG_AREA_OPEN, SK_MSG_OK, 1, area_open_call},
    {SK_MSG_AREA_CLOSE, SK_MSG_OK, 0, area_close_call},
    {SK_MSG_AREA_LIST, SK_MSG_AREAS, 0, area_list_call},
    {SK_MSG_AREA_MOUNT, SK_MSG_OK, 0, area_mount_call},
    {SK_MSG_JOB_START, SK_MSG_JOB_STARTED, SK_MESSAGE_FDS_MAX, job_start_call},
    {SK_MSG_JOB_FINISH, SK_MSG_OK, 0, job_finish_call},
    {SK_MSG_STAGE_DROP, SK_MSG_OK, 0, stage_drop_call},
    {SK_MSG_DESTINATION, SK_MSG_OK, 0, destination_call},
    {SK_MSG_STATUS, SK_MSG_OK, 0, status_call},
    {SK_MSG_PLACES, SK_MSG_OK, 0, places_call},
};

static int carry_out(struct call *c, const struct wire_message *m, uint16_t *ret_answer)
{
    autojson json_t *body = NULL;
    const struct entry *e = NULL;
    for (size_t i = 0; i < array_count(entries); i++)
        if (entries[i].type == m->type)
            e = &entries[i];
    if (!e)
        return fault_set(&c->fault, SK_ERR_UNSUPPORTED, "device does not know message %u", m->type);
    if (m->fd_count > e->fds_max)
        return fault_set(&c->fault, SK_ERR_FORMAT, "the message carries too many descriptors");
    int r = record_parse(m->payload.data, m->payload.len, SK_MESSAGE_MAX, &body);
    if (r != 0)
        return fault_set(&c->fault, r, "the message is not one JSON object");
    c->body = body;
    r = e->carry_out(c);
    c->body = NULL;
    if (r == 0)
        *ret_answer = e->answer;
    return r;
}

static const char out_of_memory[] = "{\"code\":\"ENOMEM\",\"why\":\"out of memory\"}";

uint16_t dispatch(struct device *d, const struct dispatch_peer *peer, const struct wire_message *m,
                  struct buf *text, int *ret_fd)
{
    uint16_t type = SK_MSG_ERROR;
    struct call c = {.device = d, .owner = peer->number, .uid = peer->uid, .fds = m->fds,
                     .fd_count = m->fd_count, .answer_fd = -1, .answer = json_object()};
    *ret_fd = -1;
    if (!c.answer) {
        buf_puts(text, out_of_memory);
        return SK_MSG_ERROR;
    }
    if (carry_out(&c, m, &type) != 0) {
        json_object_clear(c.answer);
        json_object_set_new(c.answer, "code", json_string(sk_errname(c.fault.code)));
        json_object_set_new(c.answer, "why", json_string(c.fault.why));
    }
    autofree char *dump = json_dumps(c.answer, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(c.answer);
    if (dump)
        buf_puts(text, dump);
    autoclose int fd = c.answer_fd;
    if (!dump || text->err) {
        buf_reset(text);
        buf_puts(text, out_of_memory);
        return SK_MSG_ERROR;
    }
    *ret_fd = steal_fd(&fd);
    return type;
}

void dispatch_gone(struct device *d, uint64_t owner)
{
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
    while (d->jobs)
        dispatch_gone(d, d->jobs->owner);
}
