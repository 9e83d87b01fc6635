/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-fakes.c owns the other ends of sekisho-control's conversations, for its process tests: a
 * ledger of JSON lines without proofs, a device process with its exporter in one, a guard, an index, rooms that
 * are rows of a table. It must
 * speak <sekisho/proto.h> to the letter, and misbehave only in the ways that a word in the file
 * FOLDER/mode asks for.
 *
 *   control-fakes INSTANCE FOLDER    FOLDER/area is the area, FOLDER/stage the snapshots */
#include <fcntl.h>
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <sys/stat.h>
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/fdio.h"
#include "base/str.h"
#include "record/phrases.h"
#include "record/record.h"
#include "wire/guard_status.h"
#include "wire/wire.h"

#define CONNECTIONS_MAX 64
#define PATH_CAP        4096

enum side { LEDGER, DEVICE, GUARD, ROOM, INDEX, SIDE_COUNT };

struct connection {
    int fd;
    enum side side;
    json_t *job;     /* device: what JOB_START said */
    int answer_fd;   /* device: held back in mode stall, and until mode hold ends */
    bool held;
    bool waits;      /* room: for its command's end; index: for something found */
    int64_t after;   /* index: beyond this number */
};

static const char *folder;
static struct connection connections[CONNECTIONS_MAX];
static size_t connection_count;
static int segment_fd;
static uint64_t records;
static uint8_t guard_policy[DIGEST_LEN];
static uint32_t guard_version;

static bool mode(const char *word)
{
    char path[PATH_CAP];
    autobuf struct buf text = {0};
    snprintf(path, sizeof path, "%s/mode", folder);
    return file_read(AT_FDCWD, path, 4096, &text) == 0 && text.data && strstr(text.data, word);
}

static void answer(int fd, uint16_t type, json_t *payload)
{
    autofree char *text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
    if (wire_send(fd, type, text, strlen(text), NULL, 0, 1000) != 0)
        fprintf(stderr, "control-fakes: an answer was not taken\n");
    json_decref(payload);
}

static void refuse(int fd, const char *code, const char *why)
{
    answer(fd, SK_MSG_ERROR, json_pack("{ssss}", "code", code, "why", why));
}

/* ---- ledger ---- */

static json_t *head(void)
{
    return json_pack("{sIsssIsIsssssssssssb}", "size", (json_int_t)records, "root",
                     "00000000000000000000000000000000000000000000000000000000000000ff", "epoch",
                     (json_int_t)1, "sealed-size", (json_int_t)records, "sealed-at", "", "origin",
                     "skfakefa", "enrolment", "skfakefa+00000000+AA", "state",
                     mode("ledger-failing") ? "failing" : "ok", "why", "the disk is full", "clock",
                     1);
}

static int append_line(const json_t *given)
{
    struct clock_now now;
    char at[CLOCK_TIME_CAP], boot[CLOCK_BOOT_ID_CAP] = "";
    autobuf struct buf line = {0};
    autojson json_t *record = json_deep_copy(given);
    clock_read(&now);
    clock_format(at, now.wall_s + (mode("tomorrow") ? CLOCK_DAY_S : 0), now.wall_ns);
    if (clock_boot_id(boot) != 0)
        return -1;
    autojson json_t *stamps = json_pack(
        "{sIsssssIssss}", "seq", (json_int_t)records, "at", at, "boot", boot, "boottime",
        (json_int_t)now.boot_ns, "clock", "unsynchronised", "host", "test");
    if (json_object_update(record, stamps) != 0 || phrases_put(record) != 0 || record_write(record, &line) != 0)
        return -1;
    buf_putc(&line, '\n');
    if (fd_write_full(segment_fd, line.data, line.len) != 0)
        return -1;
    records++;
    return 0;
}

/* False: close the connection. */
static bool on_ledger(struct connection *c, const struct wire_message *m, const json_t *body)
{
    if (m->type == SK_MSG_HEAD) {
        answer(c->fd, SK_MSG_HEAD_IS, head());
    } else if (m->type != SK_MSG_APPEND) {
        refuse(c->fd, "SK_ERR_UNSUPPORTED", "not asked in these tests");
    } else if (mode("ledger-failing") || mode("no-append") ||
               (mode("no-done") && strcmp(record_text(body, "record.phase"), "done") == 0) ||
               (mode("no-failed") && strcmp(record_text(body, "record.phase"), "failed") == 0) ||
               (mode("no-withdrawn") && strcmp(record_text(body, "record.phase"), "withdrawn") == 0)) {
        refuse(c->fd, "ENOSPC", "the disk is full");
    } else if (append_line(json_object_get(body, "record")) != 0) {
        refuse(c->fd, "SK_ERR_FORMAT", "not a record");
    } else if (mode("ledger-loses-answer")) {
        return false;
    } else {
        answer(c->fd, SK_MSG_APPENDED,
               json_pack("{sIsIss}", "seq", (json_int_t)records - 1, "size", (json_int_t)records,
                         "root", "ff"));
    }
    return true;
}

/* ---- device and exporter ---- */

static json_t *seen_file(int fd)
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    uint64_t bytes;
    if (digest_of_fd(fd, digest, &bytes) != 0)
        return NULL;
    digest_hex(hex, digest);
    return json_pack("{sIss}", "bytes", (json_int_t)bytes, "sha256", hex);
}

static int copy_to(int from, const char *path)
{
    autobuf struct buf content = {0};
    lseek(from, 0, SEEK_SET);
    int r = fd_read_all(from, 32 * 1024 * 1024, &content);
    return r != 0 ? r : file_write_atomic(AT_FDCWD, path, content.data ? content.data : "",
                                          content.len, 0644);
}

static int open_in_area(const char *escaped)
{
    autobuf struct buf path = {0};
    buf_printf(&path, "%s/area/", folder);
    if (str_unescape(&path, escaped, strlen(escaped)) != 0)
        return -1;
    return open(path.data, O_RDONLY | O_CLOEXEC);
}

static json_t *freeze(const json_t *job)
{
    char path[PATH_CAP];
    const json_t *paths = json_object_get(job, "paths");
    json_t *files = json_array();
    snprintf(path, sizeof path, "%s/stage/%s", folder, record_text(job, "case"));
    mkdir(path, 0700);
    for (size_t i = 0; i < json_array_size(paths); i++) {
        autoclose int fd = open_in_area(json_string_value(json_array_get(paths, i)));
        snprintf(path, sizeof path, "%s/stage/%s/%06zu", folder, record_text(job, "case"), i);
        if (fd < 0 || copy_to(fd, path) != 0) {
            json_decref(files);
            return NULL;
        }
        json_array_append_new(files, seen_file(fd));
    }
    return json_pack("{so}", "files", files);
}

static json_t *receive(const json_t *job, const struct wire_message *m)
{
    char path[PATH_CAP];
    const json_t *names = json_object_get(job, "names");
    json_t *files = json_array();
    for (size_t i = 0; i < json_array_size(names) && i + 1 < m->fd_count; i++) {
        snprintf(path, sizeof path, "%s/area/%s", folder,
                 json_string_value(json_array_get(names, i)));
        if (copy_to(m->fds[i + 1], path) == 0)
            json_array_append_new(files, seen_file(m->fds[i + 1]));
    }
    return json_pack("{so}", "files", files);
}

/* The snapshot's files as one "sealed" file of their bytes; a plain copy just as they are. */
static json_t *transfer(const json_t *job, bool sealed)
{
    char path[PATH_CAP];
    const char *id = record_text(job, "case"), *to = record_text(job, "destination.path");
    const json_t *names = json_object_get(job, sealed ? "files" : "names");
    autobuf struct buf all = {0};
    json_t *files = json_array();
    for (size_t i = 0; i < json_array_size(names); i++) {
        snprintf(path, sizeof path, "%s/stage/%s/%06zu", folder, id, i);
        autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        json_array_append_new(files, seen_file(fd));
        snprintf(path, sizeof path, "%s/%s", to, json_string_value(json_array_get(names, i)));
        if (sealed ? fd_read_all(fd, 1 << 24, &all) != 0 : copy_to(fd, path) != 0)
            continue;
    }
    if (mode("content-changed"))
        json_object_set_new(json_array_get(files, 0), "bytes", json_integer(1));
    if (!sealed)
        return json_pack("{so}", "files", files);
    snprintf(path, sizeof path, "%s/%s.tar.age.part", to, id);
    if (file_write_atomic(AT_FDCWD, path, all.data ? all.data : "", all.len, 0644) != 0)
        return NULL;
    autoclose int out = open(path, O_RDONLY | O_CLOEXEC);
    return json_pack("{soso}", "files", files, "sealed", seen_file(out));
}

/* A line in a file that the test waits for. */
static void mark(const char *name, const char *id)
{
    char path[PATH_CAP];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "ae");
    if (f) {
        fprintf(f, "%s\n", id);
        fclose(f);
    }
}

static void end_freeze(int fd, const json_t *job)
{
    json_t *done = freeze(job);
    if (done)
        answer(fd, SK_MSG_JOB_DONE, done);
    else
        refuse(fd, "ENOENT", "a file is gone");
}

/* Once mode hold is over, the snapshots that it held are made. */
static void holds_end(void)
{
    for (size_t i = 0; i < connection_count; i++) {
        struct connection *c = &connections[i];
        if (!c->held || mode("hold"))
            continue;
        end_freeze(c->answer_fd, c->job);
        close(c->answer_fd);
        c->answer_fd = -1;
        c->held = false;
    }
}

static void start_job(struct connection *c, const struct wire_message *m, json_t *body)
{
    const char *job = record_text(body, "job");
    if (mode("device-refuses")) {
        refuse(c->fd, "EACCES", "the requester may not read it");
        return;
    }
    c->job = json_incref(body);
    answer(c->fd, SK_MSG_JOB_STARTED, json_pack("{s[]}", "files"));
    if (mode("exporter-dies"))
        return;
    if (mode("stall") || mode("hold")) {
        c->answer_fd = dup(m->fds[0]);
        c->held = mode("hold");
        if (c->held)
            mark("held", record_text(body, "case"));
        return;
    }
    json_t *done = strcmp(job, "freeze") == 0    ? freeze(body)
                   : strcmp(job, "receive") == 0 ? receive(body, m)
                                                 : transfer(body, strcmp(job, "export") == 0);
    if (done && json_object_get(done, "files")) {
        answer(m->fds[0], SK_MSG_JOB_PROGRESS, json_pack("{sisi}", "bytes", 1, "total", 2));
        answer(m->fds[0], SK_MSG_JOB_DONE, done);
    } else {
        refuse(m->fds[0], "ENOENT", "a file is gone");
    }
}

static void finish_job(struct connection *c, const json_t *body)
{
    char path[PATH_CAP], final[PATH_CAP];
    const char *id = record_text(body, "case"), *to = record_text(c->job, "destination.path");
    const char *manifest = record_text(body, "manifest");
    snprintf(path, sizeof path, "%s/%s.tar.age.part", to, id);
    snprintf(final, sizeof final, "%s/%s.tar.age", to, id);
    if (record_flag(body, "commit") && mode("commit-fails")) {
        unlink(path);
        refuse(c->fd, "ENOSPC", "no space left on the destination");
        return;
    }
    if (record_flag(body, "commit") && mode("commit-silent")) { /* it may have got its name, or not */
        refuse(c->fd, "ETIMEDOUT", "the storage of the destination does not answer");
        return;
    }
    if (record_flag(body, "commit"))
        mark("committed", id);
    if (record_flag(body, "commit") && mode("commit-hangs"))
        return;
    if (!record_flag(body, "commit"))
        unlink(path);
    else if (*manifest) {
        const char *signature = record_text(body, "signature");
        if (rename(path, final) != 0)
            fprintf(stderr, "control-fakes: nothing to commit\n");
        snprintf(path, sizeof path, "%s/%s.manifest", to, id);
        snprintf(final, sizeof final, "%s/%s.manifest.minisig", to, id);
        const char *cover = record_text(body, "cover");
        bool written = file_write_atomic(AT_FDCWD, path, manifest, strlen(manifest), 0644) == 0 &&
                       file_write_atomic(AT_FDCWD, final, signature, strlen(signature), 0644) == 0;
        snprintf(path, sizeof path, "%s/%s.cover.html", to, id);
        if (!written || file_write_atomic(AT_FDCWD, path, cover, strlen(cover), 0644) != 0)
            fprintf(stderr, "control-fakes: the manifest could not be written\n");
    }
    answer(c->fd, SK_MSG_OK, json_object());
}

/* The plan of an erasure, and with an end at once the erasure. */
static json_t *erasure_plan(void)
{
    return json_pack("{s[] sI sI sb ss ss ss s[]}", "files", "bytes", (json_int_t)1, "size", (json_int_t)1, "keys", 0,
                     "device", "", "uuid", "", "class", "level-2", "statements");
}

static void erase(struct connection *c, const struct wire_message *m, json_t *body)
{
    bool plan = record_flag(body, "plan");
    if (mode("erase-gone")) {
        refuse(c->fd, "ENOENT", "there is no such file");
        return;
    }
    answer(c->fd, SK_MSG_JOB_STARTED, erasure_plan());
    if (plan)
        return;
    c->job = json_incref(body);
    json_t *done = json_pack("{sI ss ss ss s[]}", "bytes", (json_int_t)1, "sha256",
                             "00000000000000000000000000000000000000000000000000000000000000ee", "seed", "aa", "class",
                             mode("erase-poor") ? "not-reached" : "level-2", "statements");
    if (mode("erase-odd"))
        json_object_set_new(done, "class", json_integer(3));
    answer(m->fds[0], SK_MSG_JOB_DONE, done);
}

static void drop_stage(const json_t *body)
{
    char path[PATH_CAP];
    const char *id = record_text(body, "case");
    for (size_t i = 0; i < 64; i++) {
        snprintf(path, sizeof path, "%s/stage/%s/%06zu", folder, id, i);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/stage/%s", folder, id);
    rmdir(path);
}

static void list_areas(int fd)
{
    autobuf struct buf mount = {0};
    buf_printf(&mount, "%s/%s", folder, mode("area-elsewhere") ? "elsewhere" : "area");
    json_t *list =
        json_pack("{s[{sssbsbsssbssssss}]}", "areas", "area",
                  mode("area-stray") ? "former" : "shared", "exists", 1, "open",
                  mode("area-closed") ? 0 : 1, "mount", mount.data ? mount.data : "", "encrypted", 0,
                  "backing", "filesystem", "filesystem", "ext4", "why", "");
    char marker[PATH_CAP];
    snprintf(marker, sizeof marker, "%s/has-inside", folder);
    if (access(marker, F_OK) == 0)
        json_array_append_new(json_object_get(list, "areas"),
                              json_pack("{sssbsb}", "area", "inside", "exists", 1, "open",
                                        mode("area-closed") ? 0 : 1));
    answer(fd, SK_MSG_AREAS, list);
}

static bool on_device(struct connection *c, const struct wire_message *m, json_t *body)
{
    if (mode("device-away"))
        return false;
    if (m->type == SK_MSG_JOB_START)
        start_job(c, m, body);
    else if (m->type == SK_MSG_ERASE)
        erase(c, m, body);
    else if (m->type == SK_MSG_JOB_FINISH)
        finish_job(c, body);
    else if (m->type == SK_MSG_STAGE_DROP) {
        drop_stage(body);
        answer(c->fd, SK_MSG_OK, json_object());
    } else if (m->type == SK_MSG_STATUS)
        answer(c->fd, SK_MSG_OK,
               json_pack("{sIsi}", "uptime-ns", (json_int_t)5, "pid", (int)getpid()));
    else if (m->type == SK_MSG_DESTINATION) {
        if (mode("medium-sleeps"))
            poll(NULL, 0, 3000);
        answer(c->fd, SK_MSG_OK,
               json_pack("{sbsbsIsssb}", "present", !mode("destination-away"), "writable", 1,
                         "free", (json_int_t)1 << 40, "why",
                         mode("destination-away") ? "no medium is mounted there" : "", "swept", 1));
    } else if (m->type == SK_MSG_AREA_LIST)
        list_areas(c->fd);
    else if (m->type == SK_MSG_AREA_OPEN || m->type == SK_MSG_AREA_CLOSE ||
             m->type == SK_MSG_AREA_CREATE)
        answer(c->fd, SK_MSG_OK, json_pack("{sbss}", "encrypted", 0, "detail", "made"));
    else
        refuse(c->fd, "SK_ERR_UNSUPPORTED", "not asked in these tests");
    return true;
}

/* ---- guard ---- */

static void guard_answer(int fd)
{
    autobuf struct buf b = {0};
    static struct guard_status is;
    is = (struct guard_status){.uptime_ns = 1000, .worker_uptime_ns = 900,
                               .policy_version = guard_version, .ledger_connected = true,
                               .connector_active = true, .keeper_pid = getpid(),
                               .watch_pid = getpid(), .holder_pid = getpid(), .area_count = 2,
                               .areas = {{"shared", true}, {"inside", true}}};
    memcpy(is.policy_digest, guard_policy, sizeof is.policy_digest);
    guard_status_encode(&is, &b);
    if (wire_send(fd, SK_MSG_GUARD_STATUS_IS, b.data, b.len, NULL, 0, 1000) != 0)
        fprintf(stderr, "control-fakes: a status was not taken\n");
}

static bool on_guard(struct connection *c, const struct wire_message *m)
{
    if (m->type == SK_MSG_GUARD_STATUS) {
        guard_answer(c->fd);
    } else if (m->type == SK_MSG_GUARD_POLICY && m->fd_count == 2 &&
               digest_of_fd(m->fds[0], guard_policy, NULL) == 0) {
        guard_version++;
        answer(c->fd, SK_MSG_OK, json_object());
    } else {
        refuse(c->fd, "SK_ERR_FORMAT", "not a policy");
    }
    return true;
}

/* ---- rooms ---- */

static json_t *rooms; /* [{"room","area","login","uid","since","processes","display","remote"}] */
static int rooms_made;

static json_t *room_of(const json_t *question)
{
    for (size_t i = 0; i < json_array_size(rooms); i++) {
        json_t *row = json_array_get(rooms, i);
        if (str_eq(record_text(row, "area"), record_text(question, "area")) &&
            str_eq(record_text(row, "login"), record_text(question, "login")))
            return row;
    }
    return NULL;
}

static void place_room(struct connection *c, const json_t *body)
{
    char id[32];
    const json_t *row = room_of(body);
    snprintf(id, sizeof id, "r%d", rooms_made + 1);
    answer(c->fd, SK_MSG_OK, json_pack("{sssbsb}", "room", row ? record_text(row, "room") : id, "first",
                                       row ? 0 : 1, "remote", mode("room-remote") ? 1 : 0));
}

static void start_room(struct connection *c, const struct wire_message *m, const json_t *body)
{
    char id[32], path[PATH_CAP];
    json_t *row = room_of(body);
    bool first = !row;
    snprintf(path, sizeof path, "%s/room-question", folder);
    json_dump_file(body, path, JSON_SORT_KEYS);
    if (mode("room-refuses")) {
        answer(c->fd, SK_MSG_ERROR,
               json_pack("{ssssss}", "code", "SK_ERR_REFUSED", "why", "over ssh", "reason", "remote"));
        return;
    }
    if (first) {
        snprintf(id, sizeof id, "r%d", ++rooms_made);
        row = json_pack("{sssssssIsIsisssb}", "room", id, "area", record_text(body, "area"), "login",
                        record_text(body, "login"), "uid", (json_int_t)record_number(body, "uid"),
                        "since", (json_int_t)clock_boot_ns(), "processes", 3, "display", "nested",
                        "remote", 0);
        json_array_append_new(rooms, row);
    }
    answer(c->fd, SK_MSG_ROOM_STARTED, json_pack("{sssisb}", "room", record_text(row, "room"), "pid",
                                                 (int)getpid(), "first", first ? 1 : 0));
    c->waits = record_flag(body, "wait");
    if (c->waits && !mode("command-runs"))
        answer(c->fd, SK_MSG_ROOM_ENDED, json_pack("{si}", "status", m->fd_count > 0 ? 0 : 1));
}

static void tell_gone(const json_t *row, const char *why)
{
    for (size_t i = 0; i < connection_count; i++)
        if (connections[i].side == ROOM)
            answer(connections[i].fd, SK_MSG_ROOM_GONE,
                   json_pack("{ssssssss}", "room", record_text(row, "room"), "area",
                             record_text(row, "area"), "login", record_text(row, "login"), "why",
                             why));
}

static void end_rooms(int fd, const json_t *body)
{
    static const char *const keys[] = {"room", "area", "login"};
    int ended = 0;
    for (size_t i = json_array_size(rooms); i-- > 0;) {
        bool fits = true;
        for (size_t k = 0; k < array_count(keys); k++) {
            const char *wanted = record_text(body, keys[k]);
            fits = fits && (!*wanted || str_eq(wanted, record_text(json_array_get(rooms, i), keys[k])));
        }
        if (fits) {
            tell_gone(json_array_get(rooms, i), record_text(body, "why"));
            json_array_remove(rooms, i);
            ended++;
        }
    }
    answer(fd, SK_MSG_OK, json_pack("{si}", "ended", ended));
}

/* In mode rooms-go all end by themselves: everybody is told. */
static void rooms_go(void)
{
    if (json_array_size(rooms) == 0 || !mode("rooms-go"))
        return;
    while (json_array_size(rooms) > 0) {
        const json_t *row = json_array_get(rooms, 0);
        tell_gone(row, "the person logged out");
        for (size_t i = 0; i < connection_count; i++) {
            struct connection *c = &connections[i];
            if (c->side == ROOM && c->waits)
                answer(c->fd, SK_MSG_ROOM_ENDED, json_pack("{si}", "status", 1));
            c->waits = false;
        }
        json_array_remove(rooms, 0);
    }
}

static bool on_room(struct connection *c, const struct wire_message *m, const json_t *body)
{
    if (m->type == SK_MSG_ROOM_PLACE)
        place_room(c, body);
    else if (m->type == SK_MSG_ROOM_START)
        start_room(c, m, body);
    else if (m->type == SK_MSG_ROOM_LIST)
        answer(c->fd, SK_MSG_ROOMS, json_pack("{sO}", "rooms", rooms));
    else if (m->type == SK_MSG_ROOM_END)
        end_rooms(c->fd, body);
    else if (m->type == SK_MSG_STATUS)
        answer(c->fd, SK_MSG_OK,
               json_pack("{sIsisiss}", "uptime-ns", (json_int_t)5, "pid", (int)getpid(), "rooms",
                         (int)json_array_size(rooms), "why", mode("rooms-lack") ? "no Xephyr" : ""));
    else
        refuse(c->fd, "SK_ERR_UNSUPPORTED", "not asked in these tests");
    return true;
}

/* ---- index: FOLDER/found holds the one thing that it has found ---- */

static json_t *indexed_areas(void)
{
    static const char *const areas[] = {"shared", "other", "inside", "former"};
    json_t *rows = json_array();
    for (size_t i = 0; i < array_count(areas); i++)
        json_array_append_new(rows, json_pack("{sssisissss}", "area", areas[i], "files", 0, "behind",
                                              0, "events", "names", "why", ""));
    return rows;
}

/* Answered when there is something. */
static void tell_found(struct connection *c)
{
    char path[PATH_CAP];
    autobuf struct buf text = {0};
    autojson json_t *found = NULL;
    snprintf(path, sizeof path, "%s/found", folder);
    if (!c->waits || file_read(AT_FDCWD, path, 65536, &text) != 0 ||
        record_parse(text.data, text.len, 65536, &found) != 0 || record_number(found, "n") <= c->after)
        return;
    c->waits = false;
    answer(c->fd, SK_MSG_INDEX_FOUND, json_incref(found));
}

static void index_goes_on(void)
{
    for (size_t i = 0; i < connection_count; i++)
        if (connections[i].side == INDEX)
            tell_found(&connections[i]);
}

static bool on_index(struct connection *c, const struct wire_message *m, const json_t *body)
{
    if (m->type == SK_MSG_STATUS)
        answer(c->fd, SK_MSG_OK,
               json_pack("{sIsisos[]si}", "uptime-ns", (json_int_t)1000, "pid", (int)getpid(), "areas",
                         indexed_areas(), "places", "waiting", 0));
    else if (m->type == SK_MSG_INDEX_NEXT) {
        c->waits = true;
        c->after = record_number(body, "after");
        tell_found(c);
    }
    return true;
}

/* ---- loop ---- */

static void drop(size_t i)
{
    close(connections[i].fd);
    if (connections[i].answer_fd > 0)
        close(connections[i].answer_fd);
    json_decref(connections[i].job);
    connections[i] = connections[--connection_count];
}

static void serve(size_t i)
{
    struct connection *c = &connections[i];
    autowire struct wire_message m = {0};
    autojson json_t *body = NULL;
    int r = wire_receive(c->fd, &m, 0);
    if (r == 0 && c->side != GUARD)
        r = record_parse(m.payload.data, m.payload.len, SK_MESSAGE_MAX, &body);
    bool stay = r == 0 && (c->side == LEDGER   ? on_ledger(c, &m, body)
                           : c->side == DEVICE ? on_device(c, &m, body)
                           : c->side == ROOM   ? on_room(c, &m, body)
                           : c->side == INDEX  ? on_index(c, &m, body)
                                               : on_guard(c, &m));
    if (!stay)
        drop(i);
}

static int open_segment(void)
{
    char path[PATH_CAP];
    autobuf struct buf text = {0};
    snprintf(path, sizeof path, "%s/segment-000000.jsonl", sk_path(SK_PATH_LEDGER));
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || fd_read_all(fd, 32 * 1024 * 1024, &text) != 0)
        return -1;
    for (size_t i = 0; i < text.len; i++)
        records += text.data[i] == '\n';
    return fd;
}

int main(int argc, char **argv)
{
    static const enum sk_path sockets[SIDE_COUNT] = {
        SK_PATH_LEDGER_SOCKET, SK_PATH_DEVICE_SOCKET, SK_PATH_GUARD_SOCKET, SK_PATH_ROOM_SOCKET,
        SK_PATH_INDEX_SOCKET};
    int listeners[SIDE_COUNT];
    if (argc != 3 || sk_paths_choose(argv[1]) != 0)
        return 2;
    folder = argv[2];
    segment_fd = open_segment();
    rooms = json_array();
    for (int i = 0; i < SIDE_COUNT; i++) {
        listeners[i] = wire_listen(sk_path(sockets[i]), 0666);
        if (listeners[i] < 0 || segment_fd < 0)
            return 1;
    }
    for (;;) {
        struct pollfd p[SIDE_COUNT + CONNECTIONS_MAX];
        for (int i = 0; i < SIDE_COUNT; i++)
            p[i] = (struct pollfd){.fd = listeners[i], .events = POLLIN};
        for (size_t i = 0; i < connection_count; i++)
            p[SIDE_COUNT + i] = (struct pollfd){.fd = connections[i].fd, .events = POLLIN};
        if (poll(p, SIDE_COUNT + connection_count, 100) < 0)
            return 1;
        rooms_go();
        holds_end();
        index_goes_on();
        for (size_t i = connection_count; i-- > 0;)
            if (p[SIDE_COUNT + i].revents)
                serve(i);
        for (int i = 0; i < SIDE_COUNT; i++) {
            int fd = p[i].revents ? wire_accept(listeners[i]) : -1;
            if (fd >= 0 && connection_count < CONNECTIONS_MAX)
                connections[connection_count++] =
                    (struct connection){.fd = fd, .side = (enum side)i, .answer_fd = -1};
        }
    }
}
