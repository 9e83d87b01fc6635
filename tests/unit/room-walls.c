/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-walls.c tests what a room shows: bubblewrap's words, variables, names; and where an asker sits. */
#include <sekisho/err.h>
#include "cmocka-head.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sekisho/limits.h>
#include "base/str.h"
#include "room/cgroup.h"
#include "room/environment.h"
#include "room/hide.h"
#include "room/logins.h"
#include "room/place.h"
#include "room/served.h"
#include "room/walls.h"

static const struct walls_system pc[WALLS_SYSTEM_COUNT] = {
    {"/usr", WALLS_FOLDER, ""},     {"/bin", WALLS_LINK, "usr/bin"},
    {"/sbin", WALLS_FOLDER, ""},    {"/lib", WALLS_LINK, "usr/lib"},
    {"/lib32", WALLS_ABSENT, ""},   {"/lib64", WALLS_LINK, "usr/lib64"},
    {"/libx32", WALLS_ABSENT, ""},  {"/etc", WALLS_FOLDER, ""},
    {"/opt", WALLS_FOLDER, ""},
};

/* The place of a run of words, -1 = not there. */
static int place_of(const struct words *w, const char *const *run, size_t count)
{
    for (size_t i = 0; i + count <= w->count; i++) {
        size_t n = 0;
        while (n < count && str_eq(w->at[i + n], run[n]))
            n++;
        if (n == count)
            return (int)i;
    }
    return -1;
}
#define PLACE(w, ...)                                                                              \
    place_of(w, (const char *const[]){__VA_ARGS__},                                                \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void users_file_systems_are_told(void **state)
{
    (void)state;
    static const char *const folders[] = {"/usr", "/opt", NULL};
    static const struct {
        const char *line, *point;
        enum served kind;
    } lines[] = {
        {"36 35 0:50 / /opt/own rw,nosuid shared:1 master:2 - fuse.bindfs bindfs rw,user_id=1000", "/opt/own", SERVED_BY_USER},
        {"36 35 0:50 / /opt/a\\040b\\134 rw - fuse x rw", "/opt/a b\\", SERVED_BY_USER},
        {"36 35 8:1 /x /usr/local/stick rw - fuseblk /dev/sda1 rw", "/usr/local/stick", SERVED_BY_USER},
        {"36 35 0:50 / /opt rw - fuse x rw", NULL, SERVED_HERE},
        {"36 35 0:50 / /optical/x rw - fuse x rw", NULL, SERVED_HERE},
        {"36 35 0:50 / /home/me/x rw - fuse x rw", NULL, SERVED_HERE},
        {"36 35 8:1 / /usr/local rw - ext4 /dev/fuse rw", "/usr/local", SERVED_HERE},
        {"36 35 0:50 / /opt/x rw - fusectl x rw", "/opt/x", SERVED_HERE},
        {"36 35 0:50 / /opt/x rw - nfs4 server:/x rw", "/opt/x", SERVED_REMOTE},
        {"36 35 0:50 / /opt/x rw - fuse", "/opt/x", SERVED_BY_USER},
        {"36 35 0:50 /", NULL, SERVED_HERE},
        {"", NULL, SERVED_HERE},
        {" - fuse", NULL, SERVED_HERE},
    };
    for (size_t i = 0; i < array_count(lines); i++) {
        char point[64] = "";
        enum served kind = SERVED_HERE;
        int r = served_mount_below(lines[i].line, strlen(lines[i].line), folders, point, sizeof point, &kind);
        assert_int_equal(r, lines[i].point != NULL);
        assert_string_equal(point, lines[i].point ? lines[i].point : "");
        assert_int_equal(kind, lines[i].kind);
    }
    /* what lies there and can't be named is not passed over */
    static const char here[] = "36 35 0:50 / /opt/longer rw - fuse x rw";
    char point[8];
    enum served kind;
    assert_int_equal(served_mount_below(here, strlen(here), folders, point, sizeof point, &kind), SK_ERR_LIMIT);
}

static void only_the_area_is_writable(void **state)
{
    (void)state;
    struct walls w = {.system = pc, .area_from = "/run/x/area", .area = "/srv/deep/a",
                      .home = "/srv/deep/a/.rooms/w", .x11_from = "/run/x/x11",
                      .init_from = "/usr/libexec/i", .host_name = "room", .passwd_fd = 7,
                      .info_fd = 8};
    autowords struct words words = {0};
    walls_of_room(&w, &words);
    assert_int_equal(words.err, 0);
    int writable = 0;
    for (size_t i = 0; i < words.count; i++) {
        assert_false(str_eq(words.at[i], "--dev-bind") || str_eq(words.at[i], "--dev-bind-try") ||
                     str_eq(words.at[i], "--bind-try"));
        if (str_eq(words.at[i], "--bind")) {
            assert_string_equal(words.at[i + 1], w.area_from);
            assert_string_equal(words.at[i + 2], w.area);
            writable++;
        }
        if (str_starts(words.at[i], "--ro-bind") && !str_eq(words.at[i], "--ro-bind-data"))
            assert_false(str_eq(words.at[i + 1], "/") || str_starts(words.at[i + 1], "/home"));
    }
    assert_int_equal(writable, 1);
    static const char *const own[] = {"--unshare-pid", "--unshare-net", "--unshare-ipc",
                                      "--unshare-uts", "--as-pid-1", "--clearenv"};
    for (size_t i = 0; i < array_count(own); i++)
        assert_true(PLACE(&words, own[i]) >= 0);
    assert_int_equal(PLACE(&words, "--unshare-user"), -1);
    assert_true(PLACE(&words, "--cap-drop", "ALL") >= 0);
    /* links and folders as the PC has them; what it has not is not shown */
    assert_true(PLACE(&words, "--symlink", "usr/bin", "/bin") >= 0);
    assert_true(PLACE(&words, "--ro-bind", "/sbin", "/sbin") >= 0);
    assert_int_equal(PLACE(&words, "/lib32"), -1);
    /* the passwd over the host's, the area after all that could cover it */
    assert_true(PLACE(&words, "--ro-bind", "/etc", "/etc") <
                PLACE(&words, "--ro-bind-data", "7", "/etc/passwd"));
    assert_true(PLACE(&words, "--tmpfs", "/tmp") < PLACE(&words, "--bind", w.area_from, w.area));
    assert_true(PLACE(&words, "--perms", "0755", "--dir", "/srv/deep") >= 0);
    assert_int_equal(PLACE(&words, WALLS_COOKIE), -1);
    assert_string_equal(words.at[words.count - 1], "--");
}

static void the_nested_server_has_no_area(void **state)
{
    (void)state;
    struct walls w = {.system = pc, .area_from = "/run/x/area", .area = "/srv/a",
                      .x11_from = "/run/x/x11", .cookie_from = "/run/x/cookie",
                      .init_from = "/usr/libexec/i", .host_name = "display", .info_fd = 8};
    autowords struct words words = {0};
    walls_of_display(&w, "/run/x/display", 5, &words);
    assert_int_equal(words.err, 0);
    assert_int_equal(PLACE(&words, w.area), -1);
    assert_int_equal(PLACE(&words, w.area_from), -1);
    assert_true(PLACE(&words, "--ro-bind", "/run/x/display", "/tmp/.X11-unix/X5") >= 0);
    assert_true(PLACE(&words, "--unshare-net") >= 0);
}

/* A PC with one card, in a folder. */
static void cards_are_found(void **state)
{
    (void)state;
    char top[] = "/tmp/sekisho-gpu-XXXXXX", command[1024];
    static struct gpu gpu;
    assert_non_null(mkdtemp(top));
    gpu_look(top, &gpu);
    assert_int_equal(gpu.count, 0);
    snprintf(command, sizeof command,
             "cd %s && mkdir -p dev/dri sys/dev/char sys/devices/pci0/card/drm/renderD128 && "
             "ln -s ../.. sys/devices/pci0/card/drm/renderD128/device && "
             "ln -s ../../devices/pci0/card/drm/renderD128 sys/dev/char/226:128 && "
             "touch dev/dri/renderD129 && mknod dev/dri/card0 c 226 0 && "
             "mknod dev/dri/renderD128 c 226 128 && mknod dev/dri/renderD130 c 1 3", top);
    bool made = system(command) == 0;
    gpu_look(top, &gpu);
    snprintf(command, sizeof command, "rm -rf %s", top);
    assert_int_equal(system(command), 0);
    if (!made)
        skip(); /* nodes are made by root */
    assert_int_equal(gpu.count, 1);
    assert_string_equal(gpu.nodes[0].node, "/dev/dri/renderD128");
    assert_string_equal(gpu.nodes[0].number, "/sys/dev/char/226:128");
    assert_string_equal(gpu.nodes[0].target, "../../devices/pci0/card/drm/renderD128");
    assert_string_equal(gpu.nodes[0].device, "/sys/devices/pci0/card");
    struct walls w = {.system = pc, .area_from = "/run/x/area", .area = "/srv/a", .home = "/srv/a/h",
                      .x11_from = "/run/x/x11", .init_from = "/usr/libexec/i", .host_name = "room",
                      .gpu = &gpu};
    autowords struct words words = {0};
    walls_of_room(&w, &words);
    assert_true(PLACE(&words, "--dev-bind", "/dev/dri/renderD128", "/dev/dri/renderD128") >
                PLACE(&words, "--dev", "/dev"));
    assert_true(PLACE(&words, "--ro-bind", "/sys/devices/pci0/card", "/sys/devices/pci0/card") >= 0);
    assert_true(PLACE(&words, "--symlink", "../../devices/pci0/card/drm/renderD128",
                      "/sys/dev/char/226:128") >= 0);
}

static void areas_lie_beside_a_rooms_own(void **state)
{
    (void)state;
    assert_true(walls_area_fits("/srv/a") && walls_area_fits("/data") && walls_area_fits("/home/x"));
    assert_false(walls_area_fits("/etc") || walls_area_fits("/usr/share/x") ||
                 walls_area_fits("/proc/1") || walls_area_fits("/run/a") || walls_area_fits("/") ||
                 walls_area_fits("relative") || walls_area_fits("/tmp"));
}

static void variables_are_a_table(void **state)
{
    (void)state;
    static const char locale[REQUEST_LOCALES][REQUEST_LOCALE_MAX + 1] = {"ja_JP.UTF-8", "", "", "Asia/Tokyo"};
    struct environment e = {.login = "w", .home = "/srv/a/.rooms/w", .shell = "/bin/bash",
                            .room = "R-1", .uid = 1879049192, .locale = locale, .display = -1};
    autowords struct words none = {0}, shown = {0};
    environment_of(&e, &none);
    assert_true(PLACE(&none, "LANG=ja_JP.UTF-8") >= 0 && PLACE(&none, "TZ=Asia/Tokyo") >= 0);
    assert_true(PLACE(&none, "HOME=/srv/a/.rooms/w") >= 0);
    assert_true(PLACE(&none, "XDG_RUNTIME_DIR=/run/user/1879049192") >= 0);
    for (size_t i = 0; i < none.count; i++)
        assert_false(str_starts(none.at[i], "DISPLAY=") || str_starts(none.at[i], "XAUTHORITY=") ||
                     str_starts(none.at[i], "TERM=") || str_starts(none.at[i], "LC_ALL="));
    e.display = 1000;
    e.input_method = "ibus";
    environment_of(&e, &shown);
    assert_true(PLACE(&shown, "DISPLAY=:1000") >= 0 && PLACE(&shown, "XMODIFIERS=@im=ibus") >= 0);
}

static void names_belong_to_rooms_uids(void **state)
{
    (void)state;
    static const char host[] = "root:x:0:0:root:/root:/bin/bash\n"
                               "worker:x:1000:100:W:/home/worker:/bin/zsh\n"
                               "other:x:1001:100:O,,,:/home/other:/bin/sh\n"
                               "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"
                               "broken:x:1002\n"
                               "odd:x:-1:1::/:/bin/sh\n";
    struct logins_person p = {.login = "worker", .home = "/srv/a/.rooms/worker",
                              .shell = "/bin/bash", .uid = 1000, .gid = 100};
    autobuf struct buf text = {0};
    logins_passwd(host, sizeof host - 1, &p, &text);
    assert_string_equal(text.data,
                        "worker:x:1879049192:100::/srv/a/.rooms/worker:/bin/bash\n"
                        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
                        "other:x:1879049193:100:O,,,:/nonexistent:/usr/sbin/nologin\n"
                        "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n");
    assert_int_equal(logins_uid_inside(999), 999);
    assert_int_equal(logins_uid_inside(59999), SK_ROOM_UID_BASE + 59999);
    assert_int_equal(logins_uid_inside(60000), 60000);
    assert_int_equal(logins_uid_inside(65536), SK_ROOM_UID_BASE + 65536);
}

static void uids_given_away_are_known(void **state)
{
    (void)state;
    static const char text[] = "a:100000:65536\nb:broken\n\nc:1879049000:1000:x\nd:4294967000:295\ne:7\n";
    assert_true(logins_given_away(text, sizeof text - 1, 100000));
    assert_true(logins_given_away(text, sizeof text - 1, 165535));
    assert_false(logins_given_away(text, sizeof text - 1, 165536));
    assert_true(logins_given_away(text, sizeof text - 1, SK_ROOM_UID_BASE + 1000));
    assert_true(logins_given_away(text, sizeof text - 1, 4294967294u));
    assert_false(logins_given_away(text, sizeof text - 1, 7));
    assert_false(logins_given_away("", 0, 0));
}

static enum place_kind kind(const char *text, char session[static PLACE_SESSION_MAX])
{
    return place_of_cgroup(text, strlen(text), session);
}

static void logind_says_where(void **state)
{
    (void)state;
    char s[PLACE_SESSION_MAX];
    uid_t uid;
    pid_t parent;
    assert_int_equal(kind("0::/user.slice/user-1000.slice/session-3.scope\n", s), PLACE_SESSION);
    assert_string_equal(s, "3");
    assert_int_equal(kind("2:cpu:/x\n1:name=systemd:/user.slice/user-1000.slice/session-c2.scope/sub\n"
                          "0::/\n", s), PLACE_SESSION);
    assert_string_equal(s, "c2");
    assert_int_equal(kind("0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
                          "session-9.scope\n", s), PLACE_MANAGER);
    assert_int_equal(kind("0::/system.slice/session-3.scope\n", s), PLACE_OUTSIDE);
    assert_int_equal(kind("0::/system.slice/cron.service\n", s), PLACE_OUTSIDE);
    assert_int_equal(kind("", s), PLACE_OUTSIDE);
    assert_int_equal(kind("0::/user.slice/session-../x.scope\n", s), PLACE_OUTSIDE);
    static const char status[] = "Name:\tx\nPPid:\t42\nUid:\t1000\t1000\t1000\t1000\n";
    assert_true(place_of_status(status, sizeof status - 1, &parent, &uid));
    assert_true(parent == 42 && uid == 1000);
    assert_false(place_of_status("PPid:\tx\n", 8, &parent, &uid));
}

static void the_cgroup_tree_is_found(void **state)
{
    (void)state;
    char tree[64];
    static const char hybrid[] =
        "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
        "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
        "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
    static const char below[] = "41 31 0:38 /some /mnt rw - cgroup2 cgroup2 rw\n";
    assert_true(cgroup_tree_of(hybrid, sizeof hybrid - 1, tree, sizeof tree));
    assert_string_equal(tree, "/sys/fs/cgroup/unified");
    assert_false(cgroup_tree_of(below, sizeof below - 1, tree, sizeof tree));
    assert_false(cgroup_tree_of(hybrid, sizeof hybrid - 1, tree, 10));
}

static const char *shows(const char *line)
{
    static char mount[64];
    int r = hide_line_shows(line, strlen(line), mount, sizeof mount);
    return r == 1 ? mount : r == 0 ? "none" : "too long";
}

static void what_shows_processes_is_known(void **state)
{
    (void)state;
    assert_string_equal(shows("23 28 0:21 / /proc rw - proc proc rw,gid=5,hidepid=invisible"), "none");
    assert_string_equal(shows("23 28 0:21 / /proc rw shared:5 - proc proc rw,hidepid=2,gid=5"), "none");
    assert_string_equal(shows("23 28 0:21 / /proc rw,nosuid - proc proc rw"), "/proc");
    assert_string_equal(shows("23 28 0:21 / /proc rw - proc  rw,hidepid=2"), "none");
    assert_string_equal(shows("23 28 0:21 / /proc rw - proc  rw"), "/proc");
    assert_string_equal(shows("23 28 0:21 / /srv/chroot/proc rw - proc none rw,hidepid=0"), "/srv/chroot/proc");
    assert_string_equal(shows("23 28 0:21 / /proc rw - proc proc rw,hidepid=off,gid=5"), "/proc");
    assert_string_equal(shows("23 28 0:21 / /proc rw - ext4 proc rw"), "none");
    assert_string_equal(shows("23 28 0:21 / /a\\040b rw - proc proc rw"), "/a b");
    assert_string_equal(shows("23 28 0:21 / /a\\012b rw - proc proc rw"), "too long");
    assert_string_equal(shows("23 28 0:21 / /proc"), "none");
    assert_string_equal(shows(""), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_file_systems_are_told),
        cmocka_unit_test(only_the_area_is_writable), cmocka_unit_test(the_nested_server_has_no_area),
        cmocka_unit_test(areas_lie_beside_a_rooms_own), cmocka_unit_test(variables_are_a_table),
        cmocka_unit_test(names_belong_to_rooms_uids),
        cmocka_unit_test(uids_given_away_are_known), cmocka_unit_test(logind_says_where),
        cmocka_unit_test(the_cgroup_tree_is_found),
        cmocka_unit_test(what_shows_processes_is_known), cmocka_unit_test(cards_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
