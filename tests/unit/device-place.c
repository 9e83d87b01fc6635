/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-place.c tests that links lead nowhere, that mount points can't be moved by others, and that
 * a requester's rights are the requester's. Changing them needs root; without, those tests are
 * skipped. */
#include "cmocka-head.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sekisho/err.h>
#include "device/destination.h"
#include "device/persona.h"
#include "device/place.h"

#define SOMEBODY 61007u /* a uid and gid that need no login */

static char top[] = "/tmp/sekisho-place.XXXXXX";
static int top_fd = -1;

static const char *below(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", top, name);
    return path;
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(top) || chmod(top, 0755) != 0)
        return -1;
    top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0 || mkdirat(top_fd, "folder", 0755) != 0 || mkdirat(top_fd, "open", 0777) != 0)
        return -1;
    if (fchmodat(top_fd, "open", 0777, 0) != 0 || symlinkat("folder", top_fd, "link") != 0)
        return -1;
    int fd = openat(top_fd, "folder/private", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const files[] = {"folder/private", "link", "open/made"};
    static const char *const folders[] = {"folder", "open", "case"};
    for (size_t i = 0; i < array_count(files); i++)
        unlinkat(top_fd, files[i], 0);
    for (size_t i = 0; i < array_count(folders); i++)
        unlinkat(top_fd, folders[i], AT_REMOVEDIR);
    close(top_fd);
    return rmdir(top);
}

static void links_lead_nowhere(void **state)
{
    (void)state;
    struct fault f = {0};
    autoclose int fd = place_open_folder(below("folder"), &f);
    assert_true(fd >= 0);
    assert_int_equal(place_open_folder(below("link"), &f), SK_ERR_REFUSED);
    assert_non_null(strstr(f.why, "symbolic link"));
    assert_int_equal(place_open_below(top_fd, "link/private", O_RDONLY, 0), -ELOOP);
    assert_int_equal(place_open_below(top_fd, "folder/../../etc/passwd", O_RDONLY, 0), -EXDEV);
    assert_int_equal(place_open_below(top_fd, "/etc/passwd", O_RDONLY, 0), -EXDEV);
    f = (struct fault){0};
    assert_int_equal(place_open_folder(below("none"), &f), -ENOENT);
}

static void mount_points_are_roots_own(void **state)
{
    (void)state;
    struct fault f = {0};
    bool made = false;
    if (geteuid() != 0)
        skip();
    autoclose int fd = place_mount_point(below("new"), NULL, 0, &made, &f);
    assert_true(fd >= 0);
    assert_true(made);
    rmdir(below("new"));
    static const char *const bad[] = {"open/x", "link/x", "link"};
    for (size_t i = 0; i < array_count(bad); i++) {
        f = (struct fault){0};
        assert_int_equal(place_mount_point(below(bad[i]), NULL, 0, &made, &f), SK_ERR_REFUSED);
    }
    f = (struct fault){0};
    assert_int_equal(place_mount_point(below("folder"), NULL, 0, &made, &f), SK_ERR_STATE);
    struct stat st;
    assert_int_equal(stat(top, &st), 0);
    f = (struct fault){0};
    assert_int_equal(place_mount_point(below("new"), &st.st_dev, 1, &made, &f), SK_ERR_REFUSED);
    assert_non_null(strstr(f.why, "inside a protected area"));
}

static void rights_are_the_requesters(void **state)
{
    (void)state;
    struct persona *person = calloc(1, sizeof *person);
    assert_non_null(person);
    person->uid = person->gid = SOMEBODY;
    if (geteuid() != 0) {
        free(person);
        skip();
    }
    assert_int_equal(persona_enter(person), 0);
    int private = place_open_below(top_fd, "folder/private", O_RDONLY, 0);
    int made = place_open_below(top_fd, "open/made", O_WRONLY | O_CREAT | O_EXCL, 0600);
    int refused = place_open_below(top_fd, "folder/made", O_WRONLY | O_CREAT | O_EXCL, 0600);
    persona_leave();
    free(person);
    assert_int_equal(private, -EACCES);
    assert_int_equal(refused, -EACCES);
    assert_true(made >= 0);
    struct stat st;
    assert_int_equal(fstat(made, &st), 0);
    assert_int_equal(st.st_uid, SOMEBODY);
    close(made);
    private = place_open_below(top_fd, "folder/private", O_RDONLY, 0);
    assert_true(private >= 0);
    close(private);
}

static void flat_folders_go(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(top_fd, "case", 0700), 0);
    int fd = openat(top_fd, "case/000000", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(place_remove_flat(top_fd, "case"), 0);
    assert_int_equal(faccessat(top_fd, "case", F_OK, 0), -1);
    assert_int_equal(place_remove_flat(top_fd, "case"), 0);
}

static void destinations_tell_what_is_missing(void **state)
{
    (void)state;
    struct area_table none = {.guard = GUARDLINK_NONE};
    struct medium_table no_media = {0};
    struct destination_state s;
    struct request_destination want = {.kind = "directory"};
    struct fault f = {0};
    snprintf(want.path, sizeof want.path, "%s", below("folder"));
    autoclose int fd = destination_open(&none, &no_media, &want, NULL, &s, &f);
    assert_true(fd >= 0 && s.present && s.writable && s.free > 0);
    snprintf(want.kind, sizeof want.kind, "medium");
    assert_int_equal(destination_open(&none, &no_media, &want, NULL, &s, &f), SK_ERR_NOT_FOUND);
    assert_false(s.present);
    assert_non_null(strstr(f.why, "no medium is mounted"));
    f = (struct fault){0};
    snprintf(want.path, sizeof want.path, "%s", below("none"));
    assert_int_equal(destination_open(&none, &no_media, &want, NULL, &s, &f), SK_ERR_NOT_FOUND);
    assert_non_null(strstr(f.why, "there is no folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_lead_nowhere),
        cmocka_unit_test(mount_points_are_roots_own),
        cmocka_unit_test(rights_are_the_requesters),
        cmocka_unit_test(flat_folders_go),
        cmocka_unit_test(destinations_tell_what_is_missing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
