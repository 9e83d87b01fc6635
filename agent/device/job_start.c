/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job_start.c owns the start of a job: every source and output is opened here, as the requester
 * where it is the requester's. It must never open a requester's file with the agent's own rights,
 * nor pass anything but a regular file to the exporter, nor ask storage outside of areas anything in the process that
 * serves: job_outside does, in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sekisho/err.h>
#include "base/closer.h"
#include "base/phrase.h"
#include "base/str.h"
#include "device/destination.h"
#include "device/handover.h"
#include "device/job_setup.h"
#include "device/medium_place.h"
#include "device/medium_writers.h"
#include "device/place.h"

#define OUTPUT_MODE ((mode_t)0600) /* until it has its name */

/* Sources may be whatever a person handed over: closing them waits for nobody. */
static void close_all(const struct job_setup *s, int *fds, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; fds && i < count; i++)
        if (fds[i] >= 0)
            fds[left++] = fds[i];
    closer_close(s->want.requester.uid, fds, left);
    free(fds);
}

void job_setup_free(struct job_setup **at)
{
    struct job_setup *s = *at;
    *at = NULL;
    if (!s)
        return;
    close_all(s, s->sources, s->source_count);
    close_all(s, s->outputs, s->output_count);
    if (s->answer >= 0)
        close(s->answer);
    free(s->times);
    request_job_clear(&s->want);
    json_decref(s->body);
    free(s);
}

static int no_memory(struct job_setup *s)
{
    return fault_errno(s->f, ENOMEM, "the job can't be started");
}

/* Regular, and its size and time remembered; for freeze and receive the size is news. */
static int look_at_source(struct job_setup *s, size_t i)
{
    struct statx st;
    autobuf struct buf b = {0};
    struct request_file *file = &s->want.files[i];
    int fd = s->sources[i];
    int flags = fcntl(fd, F_GETFL);
    const char *shown = fault_shown(&b, file->name);
    /* what somebody hands over has just been opened, and its server may not answer again */
    if (flags < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st) != 0)
        return fault_errno(s->f, errno, "%s can't be looked at", shown);
    if (!S_ISREG(st.stx_mode))
        return fault_set(s->f, SK_ERR_REFUSED, "%s is not a regular file", shown);
    if ((flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY)
        return fault_set(s->f, SK_ERR_REFUSED, "%s is not open for reading", shown);
    bool permitted = s->want.job == REQUEST_EXPORT || s->want.job == REQUEST_COPY;
    if (permitted && st.stx_size != file->bytes)
        return fault_set(s->f, SK_ERR_DIGEST, "the snapshot of %s is not what was permitted", shown);
    file->bytes = st.stx_size;
    s->times[i] = (struct timespec){.tv_sec = st.stx_mtime.tv_sec, .tv_nsec = st.stx_mtime.tv_nsec};
    return 0;
}

static int look_at_sources(struct job_setup *s)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < s->source_count; i++)
        r = look_at_source(s, i);
    return r;
}

/* freeze: each with the requester's own rights. O_NONBLOCK, because a FIFO would wait for a writer. */
static int open_as_requester(struct job_setup *s)
{
    autobuf struct buf b = {0};
    int r = persona_enter(&s->want.requester);
    if (r != 0)
        return fault_errno(s->f, -r, "the requester's rights can't be taken on");
    for (size_t i = 0; r == 0 && i < s->source_count; i++) {
        const char *name = s->want.files[i].name;
        int fd = place_open_below(s->area->private_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
        if (fd >= 0)
            s->sources[i] = fd;
        else if (fd == -ELOOP)
            r = fault_set(s->f, SK_ERR_REFUSED, "%s leads through a symbolic link",
                          fault_shown(&b, name));
        else
            r = fault_errno(s->f, -fd, "%s can't be read by the requester", fault_shown(&b, name));
    }
    persona_leave();
    return r;
}

/* export, copy: the frozen snapshot, which is the agent's own. */
static int open_snapshot(struct job_setup *s)
{
    char name[NAMES_ONE_CAP];
    autoclose int folder = openat(s->area->staging_fd, s->want.case_id,
                                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return fault_set(s->f, SK_ERR_NOT_FOUND, "there is no snapshot of the case %s",
                         s->want.case_id);
    names_numbered(name, s->source_count);
    if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return fault_set(s->f, SK_ERR_DIGEST, "the snapshot of %s has more files than permitted",
                         s->want.case_id);
    for (size_t i = 0; i < s->source_count; i++) {
        names_numbered(name, i);
        s->sources[i] = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (s->sources[i] < 0)
            return fault_errno(s->f, errno, "file %zu of the snapshot of %s can't be read", i + 1,
                               s->want.case_id);
    }
    return 0;
}

/* receive: opened by whoever brings them. */
static int take_sources(struct job_setup *s, const int *fds, size_t count)
{
    if (count != s->source_count)
        return fault_set(s->f, SK_ERR_FORMAT, "%zu files are named but %zu are open",
                         s->source_count, count);
    for (size_t i = 0; i < count; i++) {
        s->sources[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
        if (s->sources[i] < 0)
            return fault_errno(s->f, errno, "a file can't be taken");
    }
    return 0;
}

static int open_sources(struct job_setup *s, const int *fds, size_t count)
{
    s->source_count = s->want.count;
    s->sources = calloc(s->source_count, sizeof *s->sources);
    s->times = calloc(s->source_count, sizeof *s->times);
    if (!s->sources || !s->times) {
        s->source_count = 0;
        return no_memory(s);
    }
    for (size_t i = 0; i < s->source_count; i++)
        s->sources[i] = -1;
    int r = s->want.job == REQUEST_FREEZE    ? open_as_requester(s)
            : s->want.job == REQUEST_RECEIVE ? take_sources(s, fds, count)
                                              : open_snapshot(s);
    return r == 0 ? look_at_sources(s) : r;
}

static int refuse_existing(struct job_setup *s, int dir_fd, const char *name)
{
    struct stat st;
    autobuf struct buf b = {0};
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return fault_set(s->f, SK_ERR_EXISTS, "%s exists already", fault_shown(&b, name));
    return errno == ENOENT ? 0 : fault_errno(s->f, errno, "%s can't be used", fault_shown(&b, name));
}

static int need_room(struct job_setup *s, uint64_t room, const char *where)
{
    uint64_t need = destination_need(&s->want);
    autobuf struct buf b = {0};
    if (need <= room)
        return 0;
    return fault_set(s->f, -ENOSPC, "%s has room for %" PRIu64 " bytes, and %" PRIu64 " are needed",
                     fault_shown(&b, where), room, need);
}

/* freeze, receive: a folder of the case's own in the agent's part of the area. */
static int make_case_folder(struct job_setup *s, int parent_fd, const char *name)
{
    struct statvfs room;
    struct job *j = s->job;
    if (fstatvfs(parent_fd, &room) != 0)
        return fault_errno(s->f, errno, "the area can't be looked at");
    int r = need_room(s, (uint64_t)room.f_bavail * room.f_frsize, PHRASE("the area"));
    if (r != 0)
        return r;
    /* no job of this case runs, so what is there was left behind */
    r = place_remove_flat(parent_fd, name);
    if (r != 0 || mkdirat(parent_fd, name, 0700) != 0)
        return fault_errno(s->f, r ? -r : errno, "no folder can be made in the area");
    int parent = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) {
        unlinkat(parent_fd, name, AT_REMOVEDIR);
        return fault_errno(s->f, errno, "the area can't be looked at");
    }
    j->parent_fd = parent;
    snprintf(j->folder, sizeof j->folder, "%s", name);
    j->work_fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return j->work_fd < 0 ? fault_errno(s->f, errno, "the area can't be looked at") : 0;
}

static int prepare_freeze(struct job_setup *s)
{
    char name[NAMES_ONE_CAP];
    snprintf(name, sizeof name, "%s" JOB_PART_SUFFIX, s->want.case_id);
    int r = refuse_existing(s, s->area->staging_fd, s->want.case_id);
    if (r == 0)
        r = make_case_folder(s, s->area->staging_fd, name);
    for (size_t i = 0; i < s->job->count; i++) {
        names_numbered(s->job->outputs[i].temporary, i);
        names_numbered(s->job->outputs[i].final, i);
    }
    return r;
}

/* Would the kernel let the requester make files there? */
static int open_into(struct job_setup *s)
{
    autobuf struct buf b = {0};
    const char *into = s->want.into;
    int r = persona_enter(&s->want.requester);
    if (r != 0)
        return fault_errno(s->f, -r, "the requester's rights can't be taken on");
    int fd = place_open_below(s->area->private_fd, *into ? into : ".", O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        r = fault_errno(s->f, -fd, "the folder \"%s\" of the area can't be used",
                        fault_shown(&b, into));
    else if (syscall(SYS_faccessat2, fd, "", W_OK | X_OK, AT_EACCESS | AT_EMPTY_PATH) != 0)
        r = fault_errno(s->f, errno, "the requester may not write in the folder \"%s\" of the area",
                        fault_shown(&b, into));
    persona_leave();
    s->job->final_fd = fd < 0 ? -1 : fd;
    return r;
}

static int prepare_receive(struct job_setup *s)
{
    struct job *j = s->job;
    int r = open_into(s);
    for (size_t i = 0; r == 0 && i < j->count; i++) {
        struct job_output *o = &j->outputs[i];
        names_numbered(o->temporary, i);
        snprintf(o->final, sizeof o->final, "%s", s->want.files[i].name);
        r = refuse_existing(s, j->final_fd, o->final);
    }
    return r == 0 ? make_case_folder(s, s->area->incoming_fd, s->want.case_id) : r;
}

static void name_outputs(struct job *j, const struct request_job_start *want)
{
    for (size_t i = 0; i < j->count; i++) {
        struct job_output *o = &j->outputs[i];
        if (want->job == REQUEST_EXPORT) {
            names_output(want->case_id, (enum names_output)i, o->final, o->temporary);
        } else {
            snprintf(o->final, sizeof o->final, "%s", want->names[i]);
            names_temporary(o->temporary, want->case_id, i);
        }
    }
}

/* The files of a copy are made by the agent, so this asks what their making would have. */
static int check_writable(struct job_setup *s, int fd)
{
    int r = persona_enter(&s->want.requester);
    if (r != 0)
        return fault_errno(s->f, -r, "the requester's rights can't be taken on");
    if (syscall(SYS_faccessat2, fd, "", W_OK | X_OK, AT_EACCESS | AT_EMPTY_PATH) != 0)
        r = fault_errno(s->f, errno, "the requester may not write to the destination");
    persona_leave();
    return r;
}

/* From here on its file system is writable, until the job is freed. One that is not there is told of by
 * destination_open. */
static int use_medium(struct job_setup *s, const char *id)
{
    struct medium *m = medium_find(s->media, id);
    if (s->want.job != REQUEST_EXPORT)
        return fault_set(s->f, SK_ERR_REFUSED, "onto a medium goes what is sealed, and nothing else");
    if (!m || !medium_is_there(m))
        return 0;
    int r = medium_begin(m, s->f);
    if (r != 0)
        return r;
    s->job->media = s->media;
    s->job->sequence = m->sequence;
    memcpy(s->job->medium, m->id, sizeof s->job->medium);
    return 0;
}

/* Nobody reads it where the medium is shown. */
static int write_turn(const struct job_setup *s, const struct medium *m, int top_fd)
{
    const struct request_turn *turn = &s->want.turn;
    int r = medium_turn_make(top_fd, turn, s->f);
    if (r == 0 && *m->place)
        r = medium_place_cover(m->place, turn->tag, s->f);
    return r == 0 ? medium_turn_write(top_fd, turn, s->f) : r;
}

static int prepare_destination(struct job_setup *s)
{
    struct job *j = s->job;
    struct destination_state state;
    const struct request_destination *to = &s->want.destination;
    const struct persona *person = s->want.job == REQUEST_COPY ? &s->want.requester : NULL;
    const struct medium *m = *j->medium ? medium_find(s->media, j->medium) : NULL;
    if (m && medium_writers_begin(m->found.private_fd, m->closer.process_fd, s->f) != 0)
        return s->f->code;
    int fd = destination_open(s->areas, s->media, to, person, &state, s->f);
    if (fd >= 0 && *to->folder) {
        autoclose int outbox_fd = fd;
        fd = destination_own_folder(outbox_fd, to->folder, &s->want.requester, s->f);
    }
    if (fd < 0)
        return fd;
    j->final_fd = fd;
    if (m && s->want.turn.given && write_turn(s, m, fd) != 0)
        return s->f->code;
    j->work_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (j->work_fd < 0)
        return fault_errno(s->f, errno, "the destination can't be used");
    if (person) {
        int r = check_writable(s, fd);
        if (r != 0)
            return r;
    }
    (void)destination_sweep(fd);
    destination_claim(fd);
    name_outputs(j, &s->want);
    int r = need_room(s, state.free, *to->medium ? to->medium : to->path);
    for (size_t i = 0; r == 0 && i < j->count; i++)
        r = refuse_existing(s, fd, j->outputs[i].final);
    return r;
}

static int create_output(const struct job_setup *s, const char *name, mode_t mode)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(s->job->work_fd, name, flags, mode);
    if (fd >= 0 || errno != EACCES || s->want.job != REQUEST_COPY)
        return fd;
    /* a server may let the requester write and not us */
    if (persona_enter(&s->want.requester) != 0)
        return -1;
    fd = openat(s->job->work_fd, name, flags, mode);
    int saved = errno;
    persona_leave();
    errno = saved;
    return fd;
}

static int make_output(struct job_setup *s, struct job_output *o, mode_t mode, int *ret)
{
    struct stat st;
    autobuf struct buf b = {0};
    int fd = create_output(s, o->temporary, mode);
    if (fd < 0)
        return fault_errno(s->f, errno, "%s can't be written", fault_shown(&b, o->final));
    *ret = fd;
    if (fstat(fd, &st) != 0)
        return fault_errno(s->f, errno, "%s can't be written", fault_shown(&b, o->final));
    o->device = st.st_dev;
    o->inode = st.st_ino;
    return 0;
}

/* An export has one output at first, its last; those beside it are written at the commit. All are the
 * agent's own until then: whoever could read or link one before could let the case fail and keep what
 * no record says is out. */
static int make_outputs(struct job_setup *s)
{
    struct job *j = s->job;
    bool export = s->want.job == REQUEST_EXPORT;
    size_t first = export ? j->count - 1 : 0;
    s->outputs = calloc(j->count, sizeof *s->outputs);
    if (!s->outputs)
        return no_memory(s);
    int r = 0;
    for (size_t i = first; r == 0 && i < j->count; i++) {
        int fd = -1;
        r = make_output(s, &j->outputs[i], OUTPUT_MODE, &fd);
        if (fd >= 0)
            s->outputs[s->output_count++] = fd;
    }
    for (size_t i = 0; !export && i < j->count; i++) {
        j->outputs[i].keeps_time = true;
        j->outputs[i].source_time = s->times[i];
    }
    return r;
}

static struct job *make_job(const struct request_job_start *want)
{
    size_t count = want->job == REQUEST_EXPORT ? NAMES_OUTPUTS : want->count;
    struct job *j = calloc(1, sizeof *j);
    struct job_output *outputs = calloc(count, sizeof *outputs);
    if (!j || !outputs) {
        free(j);
        free(outputs);
        return NULL;
    }
    j->parent_fd = j->work_fd = j->final_fd = -1;
    j->child = (struct child)CHILD_NONE;
    j->kind = want->job;
    j->uid = want->requester.uid;
    j->gid = want->requester.gid;
    memcpy(j->case_id, want->case_id, sizeof j->case_id);
    memcpy(j->area, want->area, sizeof j->area);
    j->outputs = outputs;
    j->count = count;
    return j;
}

static int list_files(const struct job_setup *s, json_t *files)
{
    for (size_t i = 0; i < s->want.count; i++) {
        const struct request_file *file = &s->want.files[i];
        autobuf struct buf name = {0};
        str_escape(&name, file->name, strlen(file->name));
        if (name.err ||
            json_array_append_new(files, json_pack("{s:s, s:I}", "name", name.data, "bytes",
                                                   (json_int_t)file->bytes)) != 0)
            return -ENOMEM;
    }
    return 0;
}

int job_hand_over(struct job_setup *s, json_t *files)
{
    if (list_files(s, files) != 0)
        return no_memory(s);
    struct handover handover = {.answer = s->answer, .sources = s->sources,
                                .source_count = s->source_count, .outputs = s->outputs,
                                .output_count = s->output_count};
    return handover_send(&s->want, &handover, s->f);
}

/* In the area, which is a disk of this machine. */
static int begin_inside(struct job_setup *s)
{
    int r = s->want.job == REQUEST_FREEZE ? prepare_freeze(s) : prepare_receive(s);
    return r == 0 ? make_outputs(s) : r;
}

int job_prepare_outside(struct job_setup *s)
{
    int r = prepare_destination(s);
    return r == 0 ? make_outputs(s) : r;
}

static int set_up(struct job_setup *s, const json_t *body, const int *fds, size_t count)
{
    if (!s->area || !area_is_open(s->area))
        return fault_set(s->f, SK_ERR_STATE, "the area %s is not open", s->want.area);
    if (!s->area->covered)
        return fault_set(s->f, SK_ERR_STATE, "the area %s is not covered by sekishod now", s->want.area);
    if (count == 0)
        return fault_set(s->f, SK_ERR_FORMAT, "the job has no socket for its answers");
    s->body = json_incref((json_t *)(uintptr_t)body); /* only its count of users changes */
    s->answer = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
    return s->answer < 0 ? no_memory(s) : open_sources(s, fds + 1, count - 1);
}

int job_start(const struct area_table *areas, struct medium_table *media, struct request_job_start *want,
              const json_t *body, const int *fds, size_t fd_count, struct job **ret, json_t *files, struct fault *f)
{
    __attribute__((cleanup(job_setup_free))) struct job_setup *s = calloc(1, sizeof *s);
    if (!s)
        return fault_errno(f, ENOMEM, "the job can't be started");
    s->areas = areas;
    s->media = media;
    s->area = area_find(areas, want->area);
    s->answer = -1;
    s->f = f;
    memcpy(&s->want, want, sizeof s->want); /* too large for a copy on the stack */
    memset(want, 0, sizeof *want);
    s->job = make_job(&s->want);
    if (!s->job)
        return no_memory(s);
    bool outside = s->want.job == REQUEST_EXPORT || s->want.job == REQUEST_COPY;
    int r = set_up(s, body, fds, fd_count);
    if (r == 0 && outside && *s->want.destination.medium)
        r = use_medium(s, s->want.destination.medium);
    if (r == 0)
        r = outside ? job_outside(s) : begin_inside(s);
    if (r == 0 && !outside)
        r = job_hand_over(s, files);
    if (r != 0) {
        job_abort(s->job);
        job_free(&s->job);
        return r;
    }
    *ret = s->job;
    if (outside)
        (*ret)->setup = steal_ptr(&s);
    return 0;
}
