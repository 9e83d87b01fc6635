/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index-state.c proves that what index knows survives: written, cut off anywhere, written anew; and that
 * handles and events are read as the kernel gives them. */
#include "index/state.h"
#include <fcntl.h>
#include <linux/magic.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "cmocka-head.h"
#include "index/event.h"

static char root[] = "/tmp/index-state-XXXXXX";

struct seen {
    size_t files, gone, found, scanned, names;
    uint64_t number, last_n, told;
    char last_name[64], last_file[64];
};

static int on_file(void *context, const struct state_file *f)
{
    struct seen *s = context;
    s->files++;
    s->names += f->name_count;
    if (f->name_count)
        snprintf(s->last_name, sizeof s->last_name, "%.*s", (int)f->names[0].len, f->names[0].text);
    return 0;
}

static int on_gone(void *context, const struct handle *h)
{
    ((struct seen *)context)->gone += h->len > 0;
    return 0;
}

static int on_found(void *context, struct found *f)
{
    struct seen *s = context;
    s->found++;
    s->last_n = f->n;
    snprintf(s->last_file, sizeof s->last_file, "%s", f->file);
    found_free(f);
    return 0;
}

static void on_scanned(void *context)
{
    ((struct seen *)context)->scanned++;
}

static void on_number(void *context, uint64_t n)
{
    ((struct seen *)context)->number = n;
}

static void on_told(void *context, uint64_t n)
{
    ((struct seen *)context)->told = n;
}

static struct state_reader reader_of(struct seen *s)
{
    return (struct state_reader){.context = s, .file = on_file, .gone = on_gone, .found = on_found,
                                 .scanned = on_scanned, .number = on_number, .told = on_told};
}

static struct handle handle(uint8_t number)
{
    return (struct handle){.type = 1, .len = 8, .bytes = {number, 1, 2, 3, 4, 5, 6, 7}};
}

static void put(struct state *s, uint8_t number, const char *name, uint64_t n)
{
    const struct state_name names[] = {{.folder = handle(200), .text = name, .len = strlen(name)}};
    struct state_file f = {.handle = handle(number), .digested = true, .size = 4000, .names = names,
                           .name_count = 1};
    char area[] = "a", file[] = "sub/\xff" "copy", of[] = "list";
    struct found found = {.n = n, .area = area, .file = file, .of_area = area, .of = of, .bytes = 4000,
                          .uid = 1000, .by_process = true, .comm = "cp"};
    state_put(s, &f, n ? &found : NULL);
}

static void open_it(struct state *s, struct seen *seen)
{
    *seen = (struct seen){0};
    const struct state_reader reader = reader_of(seen);
    *s = (struct state)STATE_NONE;
    assert_int_equal(state_open(s, "a.area", &reader), 0);
}

static void a_log_is_read_back(void **unused)
{
    (void)unused;
    struct state s;
    struct seen seen;
    struct handle h = handle(1);
    open_it(&s, &seen);
    put(&s, 1, "one", 0);
    put(&s, 2, "二つ", 7);
    state_gone(&s, &h);
    state_scanned(&s);
    state_number(&s, 99);
    state_told(&s, 98);
    assert_int_equal(state_flush(&s, true), 0);
    state_close(&s);
    open_it(&s, &seen);
    assert_int_equal(seen.files, 2);
    assert_int_equal(seen.names, 2);
    assert_string_equal(seen.last_name, "二つ");
    assert_int_equal(seen.gone, 1);
    assert_int_equal(seen.found, 1);
    assert_int_equal(seen.last_n, 7);
    assert_string_equal(seen.last_file, "sub/\xff" "copy");
    assert_int_equal(seen.scanned, 1);
    assert_int_equal(seen.number, 99);
    assert_int_equal(seen.told, 98);
    assert_int_equal(s.entries, 6);
    state_close(&s);
}

/* Whatever length is left, what is read is a beginning of what was written, and writing goes on. */
static void an_end_is_cut_off(void **unused)
{
    (void)unused;
    char path[sizeof root + 64];
    autobuf struct buf whole = {0};
    struct state s;
    struct seen seen;
    snprintf(path, sizeof path, "%s/lib/index/a.area", root);
    assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &whole), 0);
    for (size_t len = 0; len < whole.len; len++) {
        assert_int_equal(file_write_atomic(AT_FDCWD, path, whole.data, len, 0600), 0);
        open_it(&s, &seen);
        assert_true(seen.files <= 2 && seen.found <= 1 && seen.found <= seen.files);
        size_t before = seen.files;
        put(&s, 9, "after", 0);
        state_close(&s);
        open_it(&s, &seen);
        assert_int_equal(seen.files, before + 1);
        assert_string_equal(seen.last_name, "after");
        state_close(&s);
    }
    assert_int_equal(file_write_atomic(AT_FDCWD, path, whole.data, whole.len, 0600), 0);
}

static void a_damaged_entry_ends_it(void **unused)
{
    (void)unused;
    char path[sizeof root + 64];
    autobuf struct buf whole = {0};
    snprintf(path, sizeof path, "%s/lib/index/a.area", root);
    assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &whole), 0);
    for (size_t at = 0; at < whole.len; at++) {
        struct seen seen = {0};
        const struct state_reader reader = reader_of(&seen);
        size_t sound;
        uint64_t entries;
        whole.data[at] ^= 0x10;
        assert_int_equal(state_read(whole.data, whole.len, &reader, &sound, &entries), 0);
        assert_true(entries < 6);
        assert_true(sound <= at);
        whole.data[at] ^= 0x10;
    }
}

static void it_is_written_anew(void **unused)
{
    (void)unused;
    struct state s, fresh;
    struct seen seen;
    open_it(&s, &seen);
    put(&s, 3, "waits", 0);
    assert_int_equal(state_renew_begin(&s, &fresh), 0);
    put(&fresh, 2, "kept", 0);
    assert_int_equal(state_renew_end(&s, &fresh), 0);
    put(&s, 4, "later", 0);
    state_close(&s);
    open_it(&s, &seen);
    assert_int_equal(seen.files, 2);
    assert_string_equal(seen.last_name, "later");
    state_close(&s);
}

static void paths_stand_in(void **unused)
{
    (void)unused;
    struct handle a, b, again;
    assert_int_equal(handle_of_path("deep/file", &a), 0);
    assert_int_equal(handle_of_path("deep/file", &again), 0);
    assert_int_equal(handle_of_path("deep/fila", &b), 0);
    assert_true(handle_eq(&a, &again));
    assert_false(handle_eq(&a, &b));
    assert_int_equal(a.type, HANDLE_OF_PATH);
    assert_int_equal(handle_of_path("", &a), 0);
    assert_true(handle_lasts(EXT4_SUPER_MAGIC));
    assert_true(handle_lasts(XFS_SUPER_MAGIC));
    assert_false(handle_lasts(MSDOS_SUPER_MAGIC));
    assert_false(handle_lasts(OVERLAYFS_SUPER_MAGIC));
    assert_false(handle_lasts(NFS_SUPER_MAGIC));
}

static void handles_lead_back(void **unused)
{
    (void)unused;
    struct handle h, again;
    struct stat a, b;
    autoclose int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    if (handle_of(dir, "lib", 0, &h) != 0)
        skip(); /* the file system of /tmp has no handles */
    assert_int_equal(handle_of(dir, "lib", 0, &again), 0);
    assert_true(handle_eq(&h, &again));
    assert_int_equal(handle_hash(&h, 5), handle_hash(&again, 5));
    assert_int_equal(handle_of(dir, "etc", 0, &again), -ENOENT);
    assert_int_equal(handle_of(dir, "run", 0, &again), -ENOENT);
    int fd = handle_open(dir, &h, O_PATH);
    if (fd == -EPERM)
        skip(); /* not root */
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &a), 0);
    assert_int_equal(fstatat(dir, "lib", &b, 0), 0);
    assert_int_equal(a.st_ino, b.st_ino);
    close(fd);
}

static void put_info(struct buf *b, uint8_t type, const char *name)
{
    struct handle h = handle(type);
    size_t name_len = name ? strlen(name) + 1 : 0;
    buf_put_u8(b, type);
    buf_put_u8(b, 0);
    buf_put_u16(b, (uint16_t)(4 + 8 + 8 + h.len + name_len));
    buf_put_u64(b, 0x1234);
    buf_put_u32(b, h.len);
    buf_put_u32(b, (uint32_t)h.type);
    buf_put(b, h.bytes, h.len);
    if (name)
        buf_put(b, name, name_len);
}

static void put_event(struct buf *b, uint64_t mask, const struct buf *info)
{
    buf_put_u32(b, (uint32_t)(24 + info->len));
    buf_put_u8(b, FANOTIFY_METADATA_VERSION);
    buf_put_u8(b, 0);
    buf_put_u16(b, 24);
    buf_put_u64(b, mask);
    buf_put_u32(b, (uint32_t)-1);
    buf_put_u32(b, 4711);
    buf_put(b, info->data, info->len);
}

static void events_are_read(void **unused)
{
    (void)unused;
    autobuf struct buf b = {0}, info = {0}, none = {0};
    struct cursor c;
    struct event e;
    put_info(&info, 10, "old name");
    put_info(&info, 12, "new name");
    put_info(&info, FAN_EVENT_INFO_TYPE_FID, NULL);
    put_event(&b, 0x10000000, &info);
    buf_puts(&none, "");
    put_event(&b, FAN_Q_OVERFLOW, &none);
    cursor_init(&c, b.data, b.len);
    assert_int_equal(event_next(&c, &e), 1);
    assert_int_equal(e.pid, 4711);
    assert_int_equal(e.fd, -1);
    assert_string_equal(e.before.name, "old name");
    assert_string_equal(e.at.name, "new name");
    assert_true(e.has_target);
    assert_int_equal(e.target.bytes[0], FAN_EVENT_INFO_TYPE_FID);
    assert_int_equal(event_next(&c, &e), 1);
    assert_true(e.mask & FAN_Q_OVERFLOW);
    assert_false(e.has_target);
    assert_int_equal(event_next(&c, &e), 0);
    for (size_t len = 1; len < b.len; len++) { /* never beyond what was read */
        autofree char *part = malloc(len);
        memcpy(part, b.data, len);
        cursor_init(&c, part, len);
        while (event_next(&c, &e) == 1)
            continue;
    }
}

static int make(void **unused)
{
    char path[sizeof root + 64];
    (void)unused;
    if (!mkdtemp(root))
        return -1;
    static const char *const folders[] = {"lib", "lib/index"};
    for (size_t i = 0; i < array_count(folders); i++) {
        snprintf(path, sizeof path, "%s/%s", root, folders[i]);
        if (mkdir(path, 0700) != 0)
            return -1;
    }
    return sk_paths_choose(root);
}

static int take_away(void **unused)
{
    char path[sizeof root + 64];
    (void)unused;
    static const char *const names[] = {"lib/index/a.area", "lib/index", "lib", ""};
    for (size_t i = 0; i < array_count(names); i++) {
        snprintf(path, sizeof path, "%s/%s", root, names[i]);
        if (remove(path) != 0)
            return -1;
    }
    return 0;
}

/* While nothing can be written entries are dropped in the end: then all is to be written anew. */
static void all_is_written_anew_after_a_loss(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct state_reader reader = reader_of(&seen);
    static char long_name[250];
    struct state_name names[60];
    struct state s = STATE_NONE, fresh;
    memset(long_name, 'n', sizeof long_name);
    for (size_t i = 0; i < 60; i++)
        names[i] = (struct state_name){.text = long_name, .len = sizeof long_name};
    const struct state_file f = {.handle = {.len = 8}, .names = names, .name_count = 60};
    assert_int_equal(state_open(&s, "lacks.area", &reader), 0);
    for (int i = 0; i < 2000 && !s.lacks; i++)
        state_put(&s, &f, NULL);
    assert_true(s.lacks);
    s.dead++; /* as keep_file counts */
    assert_int_equal(state_flush(&s, false), 0);
    assert_true(s.error != 0);
    assert_true(state_is_long(&s));
    assert_int_equal(state_renew_begin(&s, &fresh), 0);
    state_put(&fresh, &f, NULL);
    assert_int_equal(state_renew_end(&s, &fresh), 0);
    assert_false(s.lacks);
    assert_int_equal(s.error, 0);
    assert_false(state_is_long(&s));
    state_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_read_back), cmocka_unit_test(an_end_is_cut_off),
        cmocka_unit_test(a_damaged_entry_ends_it), cmocka_unit_test(it_is_written_anew),
        cmocka_unit_test(paths_stand_in), cmocka_unit_test(handles_lead_back),
        cmocka_unit_test(events_are_read), cmocka_unit_test(all_is_written_anew_after_a_loss),
    };
    return cmocka_run_group_tests(tests, make, take_away);
}
