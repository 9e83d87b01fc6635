/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-quiet.c tests the reading of the kernel's types and of its notes about watches. */
#include "cmocka-head.h"
#include <fcntl.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sekisho/err.h>
#include "base/buf.h"
#include "room/btf.h"
#include "room/cover.h"

#define NOTHING 0u
#define INFO(kind, flag, count) ((uint32_t)(kind) << 24 | (uint32_t)(flag) << 31 | (count))

/* Types as a kernel writes them. Names are places in the strings below. */
static const char strings[] = "\0inode\0i_ino\0i_sb\0file\0f_path\0path\0dentry\0asked\0flag";
enum { INODE = 1, I_INO = 7, I_SB = 13, A_FILE = 18, F_PATH = 23, PATH = 30, DENTRY = 35, ASKED = 42, FLAG = 48 };

static const uint32_t types[] = {
    I_INO, INFO(BTF_KIND_INT, 0, 0), 8, 64,                              /* 1 */
    NOTHING, INFO(BTF_KIND_PTR, 0, 0), 1,                                /* 2 */
    PATH, INFO(BTF_KIND_STRUCT, 0, 2), 16, I_SB, 2, 0, DENTRY, 2, 64,    /* 3 */
    NOTHING, INFO(BTF_KIND_UNION, 0, 2), 16, F_PATH, 3, 0, FLAG, 3, 0,   /* 4: unnamed, in the next */
    A_FILE, INFO(BTF_KIND_STRUCT, 0, 2), 32, I_SB, 2, 0, NOTHING, 4, 128,/* 5 */
    NOTHING, INFO(BTF_KIND_FUNC_PROTO, 0, 1), 1, PATH, 2,                /* 6 */
    ASKED, INFO(BTF_KIND_FUNC, 0, 1), 6,                                 /* 7 */
    NOTHING, INFO(BTF_KIND_ARRAY, 0, 0), 0, 1, 1, 4,                     /* 8 */
    INODE, INFO(BTF_KIND_STRUCT, 1, 2), 16, I_INO, 1, 64, FLAG, 1, 1u << 24 | 3, /* 9: with bit fields */
};

static void put_types(struct buf *b, uint32_t type_len, uint32_t string_len)
{
    const struct btf_header h = {.magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof h,
                                 .type_len = type_len, .str_off = sizeof types, .str_len = string_len};
    buf_put(b, &h, sizeof h);
    buf_put(b, types, sizeof types);
    buf_put(b, strings, sizeof strings);
    assert_int_equal(b->err, 0);
}

static void fields_are_found(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    autobtf struct btf *btf = NULL;
    uint32_t at = 0;
    put_types(&b, sizeof types, sizeof strings);
    assert_int_equal(btf_parse(b.data, b.len, &btf), 0);
    assert_int_equal(btf_function(btf, "asked", &at), 0);
    assert_int_equal(at, 7);
    assert_int_equal(btf_member(btf, "path", "dentry", &at), 0);
    assert_int_equal(at, 8);
    assert_int_equal(btf_member(btf, "file", "f_path", &at), 0); /* in its unnamed union */
    assert_int_equal(at, 16);
    assert_int_equal(btf_member(btf, "inode", "i_ino", &at), 0);
    assert_int_equal(at, 8);
    assert_int_equal(btf_member(btf, "inode", "flag", &at), SK_ERR_NOT_FOUND); /* a bit field */
    assert_int_equal(btf_member(btf, "inode", "i_in", &at), SK_ERR_NOT_FOUND);
    assert_int_equal(btf_member(btf, "nothing", "i_ino", &at), SK_ERR_NOT_FOUND);
    assert_int_equal(btf_function(btf, "path", &at), SK_ERR_NOT_FOUND); /* a structure */
    assert_int_equal(at, 8);
}

static void half_types_are_refused(void **state)
{
    (void)state;
    autobuf struct buf whole = {0};
    put_types(&whole, sizeof types, sizeof strings);
    for (size_t len = 0; len < whole.len; len++) {
        autofree char *part = malloc(len + 1);
        struct btf *btf = NULL;
        assert_non_null(part);
        memcpy(part, whole.data, len);
        assert_int_equal(btf_parse(part, len, &btf), SK_ERR_FORMAT);
        assert_null(btf);
    }
    for (uint32_t len = 4; len < sizeof types; len += 4) {
        autobuf struct buf b = {0};
        autobtf struct btf *btf = NULL;
        uint32_t at;
        put_types(&b, len, sizeof strings);
        if (btf_parse(b.data, b.len, &btf) == 0) /* between two types */
            assert_int_equal(btf_member(btf, "inode", "i_ino", &at), SK_ERR_NOT_FOUND);
    }
    autobuf struct buf b = {0};
    autobtf struct btf *btf = NULL;
    uint32_t at;
    put_types(&b, sizeof types, 4); /* names that lie behind the strings */
    assert_int_equal(btf_parse(b.data, b.len, &btf), 0);
    assert_int_equal(btf_member(btf, "inode", "i_ino", &at), SK_ERR_NOT_FOUND);
}

static void this_kernel_is_read(void **state)
{
    (void)state;
    autobtf struct btf *btf = NULL;
    uint32_t at;
    if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
        skip();
    assert_int_equal(btf_read("/sys/kernel/btf/vmlinux", &btf), 0);
    assert_int_equal(btf_member(btf, "file", "f_path", &at), 0);
    assert_int_equal(btf_member(btf, "dentry", "d_parent", &at), 0);
    assert_int_equal(btf_function(btf, "security_path_notify", &at), 0);
    assert_int_equal(btf_function(btf, "security_file_lock", &at), 0);
}

static void watches_of_readers_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool watches;
        unsigned bytes;
    } lines[] = {
        {"inotify wd:1 ino:9e7e sdev:800013 mask:20 ignored_mask:0 fhandle-bytes:8 fhandle-type:1 "
         "f_handle:7e9e0000640d1b6d\n", true, 8},
        {"fanotify ino:4f969 sdev:800013 mflags:0 mask:3b ignored_mask:40000000 fhandle-bytes:8 "
         "fhandle-type:1 f_handle:69f90400c275b5b4\n", true, 8},
        {"inotify wd:1 ino:9e7e sdev:800013 mask:800afce ignored_mask:0 fhandle-bytes:8 fhandle-type:1 "
         "f_handle:7e9e0000640d1b6d\n", false, 0}, /* what changes */
        {"inotify wd:1 ino:9e7e sdev:800013 mask:1 ignored_mask:20\n", true, 0},
        {"inotify wd:1 ino:9e7e sdev:800013 mask:0 ignored_mask:20\n", false, 0},
        {"inotify wd:1 ino:9e7e sdev:5 mask:10 ignored_mask:0 fhandle-bytes:8 fhandle-type:1 f_handle:7e9\n", true, 0},
        {"inotify wd:1 ino:1 sdev:5 mask:10 fhandle-bytes:ffff fhandle-type:1 f_handle:7e\n", true, 0},
        {"fanotify flags:10 event-flags:20\n", false, 0},
        {"flags:\t02004000\n", false, 0},
        {"mask:20\n", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < array_count(lines); i++) {
        union {
            struct file_handle handle;
            unsigned char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
        } u = {.room = {0}};
        assert_int_equal(cover_parse_watch(lines[i].line, &u.handle), lines[i].watches);
        assert_int_equal(u.handle.handle_bytes, lines[i].bytes);
        if (lines[i].bytes)
            assert_int_equal(u.handle.handle_type, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found),
        cmocka_unit_test(half_types_are_refused),
        cmocka_unit_test(this_kernel_is_read),
        cmocka_unit_test(watches_of_readers_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
