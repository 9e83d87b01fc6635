/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job.c owns the end of a job: final names or none. It must never replace a file that it did not
 * make, and never leave a final name on something unfinished. */
#include "device/job.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "device/place.h"

#define RECEIVED_MODE ((mode_t)0644) /* who opens it is the gate's decision; as a plain cp makes it */
#define MANIFEST_MODE ((mode_t)0644)
#define EXPORT_MODE   ((mode_t)0644)
#define LEAVE_MS      1000 /* for the job's process to remove what it made; then it is killed */

void job_free(struct job **job)
{
    struct job *j = *job;
    if (!j)
        return;
    int fds[] = {j->parent_fd, j->work_fd, j->final_fd};
    for (size_t i = 0; i < array_count(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    job_setup_free(&j->setup);
    child_end(&j->child, LEAVE_MS);
    if (*j->medium)
        medium_release(j->media, j->medium, j->sequence);
    free(j->destination);
    free(j->outputs);
    free(j);
    *job = NULL;
}

/* NOREPLACE where the file system knows it (fuseblk may not), else a look before. */
static int rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
    struct stat st;
    if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL)
        return -errno;
    if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return -EEXIST;
    return renameat(from_fd, from, to_fd, to) == 0 ? 0 : -errno;
}

/* Still the file that the exporter was given? In a foreign folder its owner may have replaced it. */
static int check_same(const struct job *j, const struct job_output *o, struct fault *f)
{
    struct stat st;
    autobuf struct buf shown = {0};
    if (fstatat(j->work_fd, o->temporary, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return fault_errno(f, errno, "what was written for %s is gone",
                           fault_shown(&shown, o->final));
    if (st.st_dev != o->device || st.st_ino != o->inode)
        return fault_set(f, SK_ERR_TAMPERED, "what was written for %s was replaced by another file",
                         fault_shown(&shown, o->final));
    return 0;
}

/* Owner, mode and time of a finished output, before others can see it. */
static int dress(const struct job *j, const struct job_output *o, struct fault *f)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, o->source_time};
    if (o->keeps_time && utimensat(j->work_fd, o->temporary, times, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno != EPERM)
        return fault_errno(f, errno, "the time of a file can't be set");
    if (j->kind != REQUEST_RECEIVE)
        return 0;
    struct stat st;
    gid_t gid = fstat(j->final_fd, &st) == 0 && (st.st_mode & S_ISGID) ? st.st_gid : j->gid;
    if (fchownat(j->work_fd, o->temporary, j->uid, gid, AT_SYMLINK_NOFOLLOW) != 0 ||
        fchmodat(j->work_fd, o->temporary, RECEIVED_MODE, 0) != 0)
        return fault_errno(f, errno, "a received file can't be given to its owner");
    return 0;
}

/* FAT gives a new name its length and place when the file itself is written next, not with the folder: what is pulled out
 * before has an empty file by its final name. So the file is first, at once, and then the folder. */
static int settle_name(const struct job *j, const struct job_output *o, struct fault *f)
{
    struct stat st;
    autoclose int fd = openat(j->final_fd, o->final, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fault_errno(f, errno, "the folder can't be written for good");
    if (st.st_dev != o->device || st.st_ino != o->inode)
        return fault_set(f, SK_ERR_TAMPERED, "an export was replaced by another file");
    /* from here on others may read it; FAT has no modes */
    if ((fchmod(fd, EXPORT_MODE) != 0 && errno != EPERM) || fsync(fd) != 0 || fsync(j->final_fd) != 0)
        return fault_errno(f, errno, "the folder can't be written for good");
    return 0;
}

static int rename_output(const struct job *j, struct job_output *o, struct fault *f)
{
    autobuf struct buf shown = {0};
    int r = check_same(j, o, f);
    if (r == 0)
        r = dress(j, o, f);
    if (r != 0)
        return r;
    r = rename_new(j->work_fd, o->temporary, j->final_fd, o->final);
    if (r == -EEXIST)
        return fault_set(f, SK_ERR_EXISTS, "%s exists already", fault_shown(&shown, o->final));
    if (r != 0)
        return fault_errno(f, -r, "%s can't get its name", fault_shown(&shown, o->final));
    o->renamed = true;
    return j->kind == REQUEST_EXPORT ? settle_name(j, o, f) : 0;
}

/* The last step of a copy, when every file has its name: from here on it is out. A file system that
 * knows no owners says EPERM even to us. */
static int give_away(struct job *j, struct fault *f)
{
    for (size_t i = 0; i < j->count; i++) {
        struct stat st;
        autoclose int fd = openat(j->final_fd, j->outputs[i].final,
                                  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) != 0)
            return fault_errno(f, errno, "a copy can't be given to the requester");
        if (st.st_dev != j->outputs[i].device || st.st_ino != j->outputs[i].inode)
            return fault_set(f, SK_ERR_TAMPERED, "a copy was replaced by another file");
        j->given = true;
        if (st.st_uid != j->uid &&
            ((fchown(fd, j->uid, j->gid) != 0 && errno != EPERM) || fsync(fd) != 0))
            return fault_errno(f, errno, "a copy can't be given to the requester");
    }
    return 0;
}

static bool undo_renames(struct job *j)
{
    bool undone = true;
    for (size_t i = 0; i < j->count; i++) {
        struct job_output *o = &j->outputs[i];
        /* its folder's owner may have put another file in its place */
        struct stat st;
        bool same = o->renamed && fstatat(j->final_fd, o->final, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                    st.st_dev == o->device && st.st_ino == o->inode;
        if (same && renameat(j->final_fd, o->final, j->work_fd, o->temporary) == 0)
            o->renamed = false;
        undone = undone && !o->renamed;
    }
    return undone;
}

/* Does anything that is to go out have its final name? Of an export that is the last; before it come its papers. */
static bool is_out(const struct job *j)
{
    for (size_t i = j->kind == REQUEST_EXPORT ? j->count - 1 : 0; i < j->count; i++)
        if (j->outputs[i].renamed)
            return true;
    return false;
}

/* Nothing may be said to have failed that may lie there by its name. */
static int take_back(struct job *j, int r, struct fault *f)
{
    bool out = is_out(j), undone = undo_renames(j);
    if (out && undone) /* a name that is not gone for good comes back */
        undone = fsync(j->final_fd) == 0 && fsync(j->work_fd) == 0 &&
                 (!*j->medium || medium_holds(j->media, j->medium, j->sequence));
    if (out && (!undone || j->given))
        r = f->code = SK_ERR_CLOSED;
    return r;
}

/* A medium that was unmounted still takes names through our descriptor, and nobody finds them. */
static int check_destination(const struct job *j, struct fault *f)
{
    struct stat held, there;
    struct fault gone = {0};
    autobuf struct buf shown = {0};
    if (*j->medium && !medium_holds(j->media, j->medium, j->sequence))
        return fault_set(f, SK_ERR_NOT_FOUND, "the medium %s was pulled out", j->medium);
    if (!j->destination)
        return 0;
    autoclose int fd = place_open_folder(j->destination, &gone);
    if (fd >= 0 && fstat(fd, &there) == 0 && fstat(j->final_fd, &held) == 0 &&
        there.st_dev == held.st_dev && there.st_ino == held.st_ino)
        return 0;
    return fault_set(f, SK_ERR_NOT_FOUND, "the destination %s is gone or was replaced",
                     fault_shown(&shown, j->destination));
}

static int rename_outputs(struct job *j, struct fault *f)
{
    int r = check_destination(j, f);
    for (size_t i = 0; r == 0 && i < j->count; i++)
        r = rename_output(j, &j->outputs[i], f);
    if (r == 0 && (fsync(j->final_fd) != 0 || fsync(j->work_fd) != 0))
        r = fault_errno(f, errno, "the folder can't be written for good");
    if (r == 0 && *j->medium)
        r = check_destination(j, f); /* a folder's fsync may have found nothing left to do */
    if (r == 0 && j->kind == REQUEST_COPY)
        r = give_away(j, f);
    return r == 0 ? 0 : take_back(j, r, f);
}

static int commit_freeze(struct job *j, struct fault *f)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < j->count; i++) {
        r = check_same(j, &j->outputs[i], f);
        if (r == 0)
            r = dress(j, &j->outputs[i], f);
    }
    if (r == 0 && fsync(j->work_fd) != 0)
        r = fault_errno(f, errno, "the snapshot can't be written for good");
    if (r != 0)
        return r;
    r = rename_new(j->parent_fd, j->folder, j->parent_fd, j->case_id);
    if (r != 0)
        return fault_errno(f, -r, "the snapshot can't get its name");
    if (fsync(j->parent_fd) == 0)
        return 0;
    r = fault_errno(f, errno, "the snapshot can't be written for good");
    (void)!renameat(j->parent_fd, j->case_id, j->parent_fd, j->folder);
    return r;
}

/* Cover sheet, manifest and signature are renamed before the export itself, so that an export under its final
 * name always has them beside it. */
static int write_beside(const struct job *j, struct job_output *o, const char *text,
                        struct fault *f)
{
    struct stat st;
    autoclose int fd = openat(j->work_fd, o->temporary,
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MANIFEST_MODE);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fault_errno(f, errno, "%s can't be made", o->temporary);
    o->device = st.st_dev;
    o->inode = st.st_ino;
    int r = fd_write_full(fd, text, strlen(text));
    if (r == 0 && fsync(fd) != 0)
        r = -errno;
    return r == 0 ? 0 : fault_errno(f, -r, "%s can't be written", o->temporary);
}

static int commit_export(struct job *j, const struct request_finish *how, struct fault *f)
{
    const char *const papers[] = {how->cover, how->manifest, how->signature}; /* as name_outputs has them */
    int r = 0;
    for (size_t i = 0; r == 0 && i < array_count(papers); i++)
        r = *papers[i] ? write_beside(j, &j->outputs[i], papers[i], f)
                       : fault_set(f, SK_ERR_FORMAT, "an export needs its cover sheet, manifest and signature");
    return r == 0 ? rename_outputs(j, f) : r;
}

int job_commit(struct job *job, const struct request_finish *how, struct fault *f)
{
    if (job->kind == REQUEST_FREEZE)
        return commit_freeze(job, f);
    int r = job->kind == REQUEST_EXPORT ? commit_export(job, how, f) : rename_outputs(job, f);
    if (r != 0 || job->kind != REQUEST_RECEIVE)
        return r;
    /* empty by now; what can't be removed goes when the area is opened again */
    (void)!unlinkat(job->parent_fd, job->folder, AT_REMOVEDIR);
    return 0;
}

size_t job_abort(struct job *job)
{
    size_t left = 0;
    if (job->parent_fd >= 0)
        return place_remove_flat(job->parent_fd, job->folder) == 0 ? 0 : 1;
    for (size_t i = 0; i < job->count; i++)
        if (job->outputs[i].inode && /* made by this job */
            unlinkat(job->work_fd, job->outputs[i].temporary, 0) != 0 && errno != ENOENT)
            left++;
    return left;
}

int job_stage_drop(const struct area *area, const char *case_id, struct fault *f)
{
    int r = place_remove_flat(area->staging_fd, case_id);
    if (r == 0 && fsync(area->staging_fd) != 0)
        r = -errno;
    return r == 0 ? 0 : fault_errno(f, -r, "the snapshot of %s can't be removed", case_id);
}
