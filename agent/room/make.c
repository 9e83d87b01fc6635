/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make.c owns the making of a room, step by step. It must never let a program of the person start
 * before sekishod knows the room, nor leave a half-made room behind. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "room/cgroup.h"
#include "room/command.h"
#include "room/display.h"
#include "room/hide.h"
#include "room/home.h"
#include "room/house.h"
#include "room/idmap.h"
#include "room/logins.h"
#include "room/spawn.h"
#include "wire/wire.h"

#define PASSWD_MAX  ((size_t)4 * 1024 * 1024) /* bytes */
#define INFO_MS     10000                     /* for bubblewrap to make the namespaces */
#define SOCKET_MODE ((mode_t)0600)

/* What making a room takes beside the room. */
struct making {
    struct house *house;
    const struct request_start *want;
    struct room *room;
    char *home;                /* as the room sees it */
    struct gpu *gpu;           /* what of graphics cards the policy gives, NULL = none */
    int area, x11;             /* mounts that are attached nowhere */
    int passwd, listener, info_read, info_write, errors, entrance;
    pid_t monitor;
};

static void close_all(struct making *m)
{
    int *const fds[] = {&m->area,      &m->x11,        &m->passwd, &m->listener,
                        &m->info_read, &m->info_write, &m->errors, &m->entrance};
    for (size_t i = 0; i < array_count(fds); i++)
        if (*fds[i] >= 0)
            close(*fds[i]);
    free(m->home);
    free(m->gpu);
}

/* The room's uid must be nobody's outside: whoever had it could look into the room. */
static int check_uid(const struct room *r, struct fault *f)
{
    autobuf struct buf subuid = {0};
    uid_t inside = logins_uid_inside(r->uid);
    if (inside == r->uid)
        return fault_set(f, SK_ERR_UNSUPPORTED, "logins with the uid %u have no room", r->uid);
    const struct passwd *other = getpwuid(inside);
    if (other)
        return fault_set(f, SK_ERR_STATE, "the room's uid %u is that of the login %s", inside,
                         other->pw_name);
    int code = file_read(AT_FDCWD, "/etc/subuid", PASSWD_MAX, &subuid);
    if (code != 0 && code != -ENOENT)
        return fault_errno(f, -code, "/etc/subuid can't be read");
    if (subuid.data && logins_given_away(subuid.data, subuid.len, inside))
        return fault_set(f, SK_ERR_STATE, "the room's uid %u is given away in /etc/subuid", inside);
    return 0;
}

static int take_area(struct making *m, struct fault *f)
{
    struct room *r = m->room;
    m->area = devicelink_mount(m->want->area, r->mount, f);
    if (m->area < 0)
        return f->code;
    if (m->want->mount[0])
        memcpy(r->mount, m->want->mount, sizeof r->mount);
    if (!walls_area_fits(r->mount))
        return fault_set(f, SK_ERR_STATE, "the area's mount lies where a room has its own folders");
    if (asprintf(&m->home, "%s/" SK_ROOM_HOMES "/%s", r->mount, r->login) < 0) {
        m->home = NULL;
        return fault_errno(f, ENOMEM, "no memory for a room");
    }
    int code = idmap_apply(m->house->map_fd, m->area, f);
    return code == 0 ? home_make(m->area, r->login, logins_uid_inside(r->uid), r->gid, f) : code;
}

/* The person's own display, when the policy shares it. */
static int take_display(struct making *m, struct fault *f)
{
    char path[TABLE_PATH_CAP], name[16];
    struct room *r = m->room;
    if (m->want->x_display < 0 || r->display != REQUEST_SHARED)
        return 0;
    m->x11 = display_socket(m->want->x_display, r->uid, m->house->map_fd, f);
    if (m->x11 < 0)
        return f->code;
    table_path(r->id, "x11", path);
    snprintf(name, sizeof name, "X%d", m->want->x_display);
    autoclose int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    autoclose int place = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (place < 0)
        return fault_errno(f, errno, "the display has no place in the room");
    return m->want->has_cookie ? display_cookie(&m->house->table, r->id, m->want->x_cookie, f) : 0;
}

static int make_passwd(struct making *m, struct fault *f)
{
    autobuf struct buf host = {0}, inside = {0};
    int code = file_read(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &host);
    if (code != 0)
        return fault_errno(f, -code, "/etc/passwd can't be read");
    struct logins_person person = {.login = m->room->login, .home = m->home, .shell = "/bin/bash",
                                   .uid = m->room->uid, .gid = m->room->gid};
    logins_passwd(host.data ? host.data : "", host.len, &person, &inside);
    m->passwd = inside.err ? inside.err
                           : fd_memory_sealed("sekisho-passwd", inside.data, inside.len);
    return m->passwd < 0 ? fault_errno(f, -m->passwd, "no memory for a room") : 0;
}

/* bubblewrap reads what it shows from the descriptor's offset on, and its copies share one. */
static int make_ends(struct making *m, struct fault *f)
{
    int ends[2];
    char path[64];
    const struct room_table *t = &m->house->table;
    autoclose int folder = openat(t->folder_fd, m->room->id, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d/" COMMAND_LISTENER, folder);
    m->listener = folder < 0 ? -errno : wire_listen(path, SOCKET_MODE);
    if (m->listener < 0)
        return fault_errno(f, -m->listener, "no socket for a room");
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fault_errno(f, errno, "no pipe");
    m->info_read = ends[0];
    m->info_write = ends[1];
    m->room->removed_fd = fd_memory_fixed("sekisho-room-removed", sizeof(struct scratch_removed));
    if (m->room->removed_fd < 0)
        return fault_errno(f, -m->room->removed_fd, "no memory for a room");
    m->errors = spawn_errors(f);
    m->entrance = cgroup_entrance(t->cgroups_fd, m->room->id, CGROUP_ROOM);
    return m->errors < 0 ? f->code
           : m->entrance < 0 ? fault_errno(f, -m->entrance, "the room's cgroup can't be entered")
                             : 0;
}

static void first_process(const struct making *m, struct words *words)
{
    const struct room *r = m->room;
    autobuf struct buf groups = {0};
    for (size_t i = 0; i < r->group_count; i++)
        buf_printf(&groups, "%s%u", i ? "," : "", r->groups[i]);
    words_add(words, WALLS_INIT);
    words_add(words, "serve");
    words_add(words, "%u", logins_uid_inside(r->uid));
    words_add(words, "%u", r->gid);
    words_add(words, "%s", groups.len && !groups.err ? groups.data : "-");
    words_add(words, "%s", m->home);
    words_add(words, "%d", m->listener);
    words_add(words, "%s", scratch_word(m->want->scratch));
    words_add(words, "%d", r->removed_fd);
}

static int start(struct making *m, struct fault *f)
{
    char area[TABLE_PATH_CAP], x11[TABLE_PATH_CAP], cookie[TABLE_PATH_CAP], socket_on[TABLE_PATH_CAP];
    char control[SK_PATH_CAP + SK_ID_MAX + 2];
    autowords struct words words = {0};
    struct room *r = m->room;
    struct stat st;
    table_path(r->id, "area", area);
    table_path(r->id, "x11", x11);
    table_path(r->id, "cookie", cookie);
    snprintf(socket_on, sizeof socket_on, "%.*s/X%d", TABLE_PATH_CAP - 16, x11, m->want->x_display);
    snprintf(control, sizeof control, "%s/%s", sk_path(SK_PATH_RUN_INSIDE), r->area);
    struct walls w = {.system = m->house->system, .area_from = area, .area = r->mount, .home = m->home,
                      .control_from = lstat(control, &st) == 0 && S_ISDIR(st.st_mode) ? control : NULL,
                      .control = SK_ROOM_CONTROL, .x11_from = x11,
                      .cookie_from = r->display == REQUEST_SHARED && access(cookie, F_OK) == 0 ? cookie
                                                                                               : NULL,
                      .init_from = m->house->init_program,
                      .gpu = m->gpu, .host_name = "room",
                      .passwd_fd = m->passwd, .info_fd = m->info_write};
    words_add(&words, "bwrap");
    walls_of_room(&w, &words);
    first_process(m, &words);
    struct spawn s = {.words = &words, .entrance_fd = m->entrance, .errors_fd = m->errors,
                      .mounts = {{m->area, area}, {m->x11, socket_on}},
                      .mount_count = m->x11 >= 0 ? 2 : 1,
                      .sealed_fd = m->house->sealed_fd, .sealed = m->house->shown,
                      .kept = {m->passwd, m->listener, m->info_write, r->removed_fd},
                      .kept_count = 4};
    return spawn_walled(&s, &m->monitor, f);
}

/* Until the first process lives in its namespaces. */
static int wait_for_walls(struct making *m, struct fault *f)
{
    autobuf struct buf errors = {0};
    close(steal_fd(&m->info_write));
    close(steal_fd(&m->listener)); /* a room that could not be made answers nobody */
    int code = spawn_read_info(m->info_read, INFO_MS, &m->room->init_pid);
    if (code == 0)
        code = room_attach(&m->house->table, m->room);
    if (code == 0)
        return 0;
    /* the process that says why may still be writing; one that goes on all the same is not waited for */
    if (code == SK_ERR_NOT_FOUND)
        cgroup_kill(m->house->table.cgroups_fd, m->room->id);
    if (code == SK_ERR_CLOSED || code == SK_ERR_NOT_FOUND)
        while (waitpid(m->monitor, NULL, 0) < 0 && errno == EINTR)
            continue;
    spawn_read_errors(m->errors, &errors);
    return fault_set(f, code, "the room could not be made: %s",
                     errors.len && !errors.err ? errors.data : PHRASE_ERROR(code));
}

/* Its nodes belong to a group: a room that gets them is in it, for no others are there. */
static void take_gpu(struct making *m)
{
    struct room *r = m->room;
    autofree struct gpu *gpu = m->want->gpu ? calloc(1, sizeof *gpu) : NULL;
    if (gpu)
        gpu_look("", gpu);
    if (!gpu || gpu->count == 0)
        return;
    r->gpu = true;
    for (size_t i = 0; i < gpu->count && r->group_count < REQUEST_GROUPS_MAX; i++)
        if (gpu->nodes[i].gid != 0)
            r->groups[r->group_count++] = gpu->nodes[i].gid;
    m->gpu = steal_ptr(&gpu);
}

static int make_steps(struct making *m, struct fault *f)
{
    struct house *h = m->house;
    struct fault seen = {0};
    if (hide_processes(h->table.folder_fd, &seen) != 0)
        log_warn("%s: others can read something of programs in rooms", seen.why);
    if (h->heard.code == 0 && cover_mounts(&h->quiet, h->shown, &h->heard) != 0)
        log_warn("what rooms read can be told by inotify: %s", h->heard.why);
    int code = check_uid(m->room, f);
    if (code == 0) {
        take_gpu(m);
        code = take_area(m, f);
    }
    if (code == 0 && (code = table_make_folder(&h->table, m->room->id)) != 0)
        code = fault_errno(f, -code, "no folder for the room");
    if (code == 0)
        code = cgroup_make(h->table.cgroups_fd, m->room->id, f);
    if (code == 0)
        code = take_display(m, f);
    if (code == 0)
        code = make_passwd(m, f);
    if (code == 0)
        code = make_ends(m, f);
    if (code == 0)
        code = start(m, f);
    if (code == 0)
        code = wait_for_walls(m, f);
    if (code == 0 && (code = table_save(&h->table, m->room)) != 0)
        code = fault_errno(f, -code, "the room's state can't be kept");
    return code;
}

static void describe(const struct request_start *want, struct room *r)
{
    memcpy(r->area, want->area, sizeof r->area);
    memcpy(r->login, want->login, sizeof r->login);
    memcpy(r->groups, want->groups, sizeof r->groups);
    r->group_count = want->group_count;
    r->uid = want->uid;
    r->gid = want->gid;
    r->display = want->display;
    r->since_ns = clock_boot_ns();
    r->x_display = want->display == REQUEST_NESTED ? DISPLAY_NESTED : want->x_display;
    r->init_fd = r->namespace_fd = r->removed_fd = ROOM_NO_FD;
}

int house_make_room(struct house *h, const struct request_start *want, bool remote,
                    struct room **ret, struct fault *f)
{
    struct fault ignored = {0};
    autoroom struct room *room = calloc(1, sizeof *room);
    if (!room)
        return fault_errno(f, ENOMEM, "no memory for a room");
    if (h->table.count == SK_ROOMS_MAX)
        return fault_set(f, SK_ERR_LIMIT, "no more than %d rooms at a time", SK_ROOMS_MAX);
    describe(want, room);
    room->remote = remote;
    if (want->room[0] && strlen(want->room) <= ROOM_ID_MAX && table_id_is_free(&h->table, want->room))
        memcpy(room->id, want->room, strlen(want->room) + 1);
    else
        table_new_id(&h->table, room->id);
    struct making m = {.house = h, .want = want, .room = room, .area = -1, .x11 = -1, .passwd = -1,
                       .listener = -1, .info_read = -1, .info_write = -1, .errors = -1,
                       .entrance = -1};
    int code = make_steps(&m, f);
    close_all(&m);
    if (code == 0) {
        h->table.rooms[h->table.count++] = room;
        code = house_tell(h, f);
    }
    if (code != 0) {
        char id[ROOM_ID_MAX + 1];
        memcpy(id, room->id, sizeof id);
        bool listed = table_find_id(&h->table, id) != NULL;
        table_clear(&h->table, id);
        if (listed) {
            table_forget(&h->table, steal_ptr(&room));
            (void)!house_tell(h, &ignored);
        }
        house_show(h);
        return code;
    }
    *ret = steal_ptr(&room);
    return 0;
}
