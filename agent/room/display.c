/* SPDX-License-Identifier: GPL-3.0-or-later */
/* display.c owns the way from a room to the person's screen. It must never let a room reach a socket
 * that the person may have made up, nor the nested server reach the area. */
#include "room/display.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <sekisho/err.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "room/cgroup.h"
#include "room/idmap.h"
#include "room/logins.h"
#include "room/spawn.h"

#define INFO_MS       5000
#define ANY_FAMILY    0xffffu /* Xauthority: FamilyWild, any display */
#define COOKIE_KIND   "MIT-MAGIC-COOKIE-1"
#define SCREEN        "1280x800"
#define EXE_CAP       512

/* Who may listen on a display's socket in a login's name. */
static const char *const servers[] = {
    "Xorg", "Xwayland", "Xvfb", "Xtigervnc", "gnome-shell", "mutter", "kwin_wayland",
    "kwin_wayland_wrapper", "weston", "sway", "labwc", "wayfire", "cinnamon", "xfwl4"};

/* A program of the system's that is known to be a display server. */
static bool is_server(pid_t pid)
{
    char path[32], exe[EXE_CAP];
    struct statx st;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(path, exe, sizeof exe - 1);
    /* as place.c: whoever serves the storage that it lies on is not asked again */
    if (n <= 0 || statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_UID | STATX_MODE, &st) != 0 || st.stx_uid != 0 ||
        (st.stx_mode & (S_IWGRP | S_IWOTH)) != 0)
        return false;
    exe[n] = '\0';
    const char *name = strrchr(exe, '/') ? strrchr(exe, '/') + 1 : exe;
    for (size_t i = 0; i < array_count(servers); i++)
        if (str_eq(name, servers[i]))
            return true;
    return false;
}

/* By descriptor, so that what is asked is what is handed on. */
static int check_listener(int socket_fd, uid_t uid, struct fault *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred who;
    socklen_t len = sizeof who;
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", socket_fd);
    autoclose int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0 || connect(sock, (const struct sockaddr *)&address, sizeof address) != 0 ||
        getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
        return fault_errno(f, errno, "the display does not answer");
    if (who.uid != 0 && !(who.uid == uid && is_server(who.pid)))
        return fault_set(f, SK_ERR_PEER, "the display is served by something that is no X server of "
                                         "the system's");
    return 0;
}

int display_socket(int number, uid_t uid, int map_fd, struct fault *f)
{
    char path[64];
    struct stat st;
    struct fault ignored = {0};
    snprintf(path, sizeof path, "/tmp/.X11-unix/X%d", number);
    autoclose int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fault_errno(f, errno, "the display :%d is not there", number);
    if (!S_ISSOCK(st.st_mode))
        return fault_set(f, SK_ERR_STATE, "the display :%d is no socket", number);
    int r = check_listener(fd, uid, f);
    if (r != 0)
        return r;
    autoclose int mount = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (mount < 0)
        return fault_errno(f, errno, "the display :%d can't be handed on", number);
    /* servers that let nobody but the login connect see the login; others need no map */
    (void)!idmap_apply(map_fd, mount, &ignored);
    return steal_fd(&mount);
}

static void put_be16(struct buf *b, unsigned v)
{
    buf_put_u8(b, (uint8_t)(v >> 8));
    buf_put_u8(b, (uint8_t)(v & 0xff));
}

int display_cookie(const struct room_table *t, const char *room,
                   const uint8_t cookie[static REQUEST_COOKIE_LEN], struct fault *f)
{
    autobuf struct buf text = {0};
    put_be16(&text, ANY_FAMILY);
    put_be16(&text, 0); /* any address */
    put_be16(&text, 0); /* any number */
    put_be16(&text, sizeof COOKIE_KIND - 1);
    buf_puts(&text, COOKIE_KIND);
    put_be16(&text, REQUEST_COOKIE_LEN);
    buf_put(&text, cookie, REQUEST_COOKIE_LEN);
    autoclose int folder = openat(t->folder_fd, room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = folder < 0 ? -errno
            : text.err ? text.err
                       : file_write_atomic(folder, "cookie", text.data, text.len, 0644);
    return r == 0 ? 0 : fault_errno(f, -r, "the display's cookie can't be kept");
}

/* A room's folder is root's; what the server's walls bind from there need not be readable for it. */
static int nested_words(const struct house *h, const struct room *r, const struct request_start *want,
                        int info_fd, int ready_fd, struct words *words)
{
    char x11[TABLE_PATH_CAP], cookie[TABLE_PATH_CAP], display[TABLE_PATH_CAP];
    table_path(r->id, "x11", x11);
    table_path(r->id, "cookie", cookie);
    table_path(r->id, "display", display);
    struct walls w = {.system = h->system, .x11_from = x11, .init_from = h->init_program,
                      .cookie_from = want->has_cookie ? cookie : NULL, .host_name = "display",
                      .info_fd = info_fd, .passwd_fd = -1};
    words_add(words, "bwrap");
    walls_of_display(&w, display, want->x_display, words);
    /* -noreset: else the end of a short program, if it is the only one, throws out whoever is just
     * connecting, the window manager say */
    static const char *const fixed[] = {"-screen", SCREEN, "-resizeable", "-nolisten", "tcp",
                                        "-no-host-grab", "-noreset", "-displayfd"};
    words_add(words, WALLS_INIT);
    words_add(words, "run");
    words_add(words, "%u", logins_uid_inside(r->uid));
    words_add(words, "%u", r->gid);
    words_add(words, "-");
    words_add(words, "/usr/bin/env");
    words_add(words, "DISPLAY=:%d", want->x_display);
    words_add(words, want->has_cookie ? "XAUTHORITY=" WALLS_COOKIE : "XAUTHORITY=/dev/null");
    words_add(words, DISPLAY_XEPHYR);
    words_add(words, ":%d", DISPLAY_NESTED);
    for (size_t i = 0; i < array_count(fixed); i++)
        words_add(words, "%s", fixed[i]);
    words_add(words, "%d", ready_fd);
    words_add(words, "-title");
    words_add(words, "%s (%s)", want->label[0] ? want->label : want->area, want->login);
    return words->err;
}

/* A file for the person's socket to lie on, in the nested server's walls alone. */
static int make_place(const struct room_table *t, const struct room *r, int display, struct fault *f)
{
    char path[TABLE_PATH_CAP];
    snprintf(path, sizeof path, "%s/x11/X%d", r->id, display);
    autoclose int fd = openat(t->folder_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? fault_errno(f, errno, "the display has no place") : 0;
}

void nesting_close(struct nesting *n)
{
    int *const fds[] = {&n->ready_fd, &n->errors_fd, &n->info_fd};
    for (size_t i = 0; i < array_count(fds); i++)
        if (*fds[i] >= 0)
            close(steal_fd(fds[i]));
}

int display_failed(const struct nesting *n, bool ended, struct fault *f)
{
    autobuf struct buf errors = {0};
    spawn_read_errors(n->errors_fd, &errors);
    return fault_set(f, SK_ERR_UNSUPPORTED, "the nested display (Xephyr) did not start: %s",
                     !ended ? PHRASE("no answer") : errors.len && !errors.err ? errors.data : PHRASE("it ended"));
}

/* The server writes its number when it is ready, and then the end of the line: it dies of a pipe that
 * is closed in between. The end of the pipe before a line means that it could not start. */
int display_ready(const struct nesting *n, bool *ret_ready, struct fault *f)
{
    char text[16];
    *ret_ready = false;
    if (fd_wait(n->ready_fd, POLLIN, 0) <= 0)
        return 0;
    ssize_t len = read(n->ready_fd, text, sizeof text);
    if (len <= 0)
        return display_failed(n, true, f);
    *ret_ready = memchr(text, '\n', (size_t)len) != NULL;
    return 0;
}

static int start_nested(const struct house *h, const struct room *r, const struct request_start *want,
                        int mount, struct nesting *ret, struct fault *f)
{
    char on[TABLE_PATH_CAP];
    int info[2] = {-1, -1}, ready[2] = {-1, -1};
    pid_t pid;
    autowords struct words words = {0};
    table_path(r->id, "display", on);
    autoclose int entrance = cgroup_entrance(h->table.cgroups_fd, r->id, CGROUP_DISPLAY);
    autoclose int errors = spawn_errors(f);
    if (entrance < 0 || errors < 0 || pipe2(info, O_CLOEXEC) != 0)
        return fault_set(f, SK_ERR_STATE, "the nested display can't be started");
    autoclose int info_read = info[0], info_write = info[1];
    if (pipe2(ready, O_CLOEXEC) != 0)
        return fault_errno(f, errno, "no pipe");
    autoclose int ready_read = ready[0], ready_write = ready[1];
    nested_words(h, r, want, info_write, ready_write, &words);
    struct spawn s = {.words = &words, .entrance_fd = entrance, .errors_fd = errors,
                      .mounts = {{mount, on}}, .mount_count = 1,
                      .sealed_fd = h->sealed_fd, .sealed = h->shown,
                      .kept = {info_write, ready_write}, .kept_count = 2};
    int code = spawn_walled(&s, &pid, f);
    if (code != 0)
        return code;
    *ret = (struct nesting){.ready_fd = steal_fd(&ready_read), .errors_fd = steal_fd(&errors),
                            .info_fd = steal_fd(&info_read)};
    return 0;
}

int display_nest(const struct house *h, const struct room *r, const struct request_start *want,
                 struct nesting *ret, struct fault *f)
{
    const struct room_table *t = &h->table;
    if (cgroup_count(t->cgroups_fd, r->id, CGROUP_DISPLAY) > 0)
        return 0;
    if (access(DISPLAY_XEPHYR, X_OK) != 0)
        return fault_set(f, SK_ERR_UNSUPPORTED,
                         "the policy wants a nested display: install xserver-xephyr");
    if (want->x_display == DISPLAY_NESTED)
        return fault_set(f, SK_ERR_STATE, "the display :%d can't be nested", DISPLAY_NESTED);
    autoclose int mount = display_socket(want->x_display, r->uid, h->map_fd, f);
    if (mount < 0)
        return mount;
    int code = make_place(t, r, want->x_display, f);
    if (code == 0 && want->has_cookie)
        code = display_cookie(t, r->id, want->x_cookie, f);
    if (code == 0)
        code = start_nested(h, r, want, mount, ret, f);
    if (code != 0)
        cgroup_kill_display(t->cgroups_fd, r->id);
    return code;
}
