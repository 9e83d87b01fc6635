/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quiet.c owns the programs that the kernel runs for rooms. They must never refuse root anything, nor
 * anybody outside of a room anything but to watch who reads a file that rooms show. */
#include "room/quiet.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "room/btf.h"

#define KERNEL_TYPES "/sys/kernel/btf/vmlinux"
#define PLACES_MAX   4096
#define DEPTH_MAX    64 /* folders above a file; what lies deeper is refused */
#define WORDS_MAX    64 /* of a program */
#define FDINFO_MAX   4096

#define WRITES   (0x2u | 0x4u | 0x8u) /* as QUIET_READS: modify, attributes, close after writing */
#define LOCKS    0x80000000u /* ours: no event has this bit */
#define OF_INODE 0 /* FSNOTIFY_OBJ_TYPE_INODE: all else is root's anyway */

/* As the kernel numbers an inode, which is not always as stat(2) does (btrfs, overlayfs). */
struct place {
    uint64_t inode, device;
};

/* Which events are refused. */
struct kept {
    uint32_t below; /* for the place and all below it */
    uint32_t alone; /* for the place itself */
};

static const struct kept kinds[] = {
    [QUIET_TREE] = {.below = QUIET_READS | LOCKS},
    [QUIET_FILE] = {.alone = QUIET_READS | LOCKS},
    [QUIET_DEVICE] = {.alone = QUIET_READS | WRITES | LOCKS},
    [QUIET_FOLDER] = {.alone = QUIET_READS},
    [QUIET_DEVICES] = {.alone = QUIET_READS | WRITES},
};

static int call_bpf(enum bpf_cmd command, union bpf_attr *attr)
{
    long r = syscall(SYS_bpf, command, attr, sizeof *attr);
    return r < 0 ? -errno : (int)r;
}

/* The kernel's fields that the programs read. */
struct fields {
    uint32_t path_dentry, file_path, dentry_inode, dentry_parent, inode_number, inode_super, super_device;
};

static int find_fields(const struct btf *b, struct fields *ret)
{
    const struct {
        const char *structure, *member;
        uint32_t *into;
    } wanted[] = {
        {"path", "dentry", &ret->path_dentry},    {"file", "f_path", &ret->file_path},
        {"dentry", "d_inode", &ret->dentry_inode}, {"dentry", "d_parent", &ret->dentry_parent},
        {"inode", "i_ino", &ret->inode_number},   {"inode", "i_sb", &ret->inode_super},
        {"super_block", "s_dev", &ret->super_device},
    };
    int r = 0;
    for (size_t i = 0; i < array_count(wanted) && r == 0; i++) {
        r = btf_member(b, wanted[i].structure, wanted[i].member, wanted[i].into);
        if (r == 0 && *wanted[i].into > INT16_MAX)
            r = SK_ERR_LIMIT;
    }
    return r;
}

/* A program under construction (Documentation/bpf/standardization/instruction-set.rst). */
struct program {
    struct bpf_insn words[WORDS_MAX];
    unsigned count;
    unsigned to_allow[WORDS_MAX], allow_count;  /* jumps whose aim is not known yet */
    unsigned to_refuse[WORDS_MAX], refuse_count;
};

static unsigned put(struct program *p, uint8_t code, unsigned to, unsigned from, int16_t offset,
                    int32_t value)
{
    p->words[p->count] = (struct bpf_insn){.code = code, .dst_reg = to & 0xf, .src_reg = from & 0xf,
                                           .off = offset, .imm = value};
    return p->count++;
}

static void set(struct program *p, unsigned to, int32_t value)
{
    put(p, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

static void copy(struct program *p, unsigned to, unsigned from)
{
    put(p, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

/* to = *(from + offset), 8 bytes */
static void load(struct program *p, unsigned to, unsigned from, uint32_t offset)
{
    put(p, BPF_LDX | BPF_MEM | BPF_DW, to, from, (int16_t)offset, 0);
}

static void load_half(struct program *p, unsigned to, unsigned from, uint32_t offset)
{
    put(p, BPF_LDX | BPF_MEM | BPF_W, to, from, (int16_t)offset, 0);
}

static void call(struct program *p, int32_t helper)
{
    put(p, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void allow_if(struct program *p, uint8_t code, unsigned to, unsigned from, int32_t value)
{
    p->to_allow[p->allow_count++] = put(p, code, to, from, 0, value);
}

/* Who: r0. People are asked for by the first program, rooms by the second. */
static void load_uid(struct program *p)
{
    copy(p, BPF_REG_6, BPF_REG_1);
    call(p, BPF_FUNC_get_current_uid_gid);
    put(p, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_0, 0, 0);
}

/* int security_path_notify(const struct path *path, u64 mask, unsigned int obj_type) */
static void begin_watch(const struct fields *f, struct program *p)
{
    load_uid(p);
    allow_if(p, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0);
    load_half(p, BPF_REG_1, BPF_REG_6, 16);
    allow_if(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, OF_INODE);
    load(p, BPF_REG_8, BPF_REG_6, 8);
    put(p, BPF_ALU | BPF_AND | BPF_K, BPF_REG_8, 0, 0, (int32_t)~LOCKS);
    load(p, BPF_REG_7, BPF_REG_6, 0);
    load(p, BPF_REG_7, BPF_REG_7, f->path_dentry);
}

/* int security_file_lock(struct file *file, unsigned int cmd) */
static void begin_lock(const struct fields *f, struct program *p)
{
    load_uid(p);
    allow_if(p, BPF_JMP | BPF_JLT | BPF_K, BPF_REG_0, 0, (int32_t)SK_ROOM_UID_BASE);
    put(p, BPF_ALU | BPF_MOV | BPF_K, BPF_REG_8, 0, 0, (int32_t)LOCKS);
    load(p, BPF_REG_7, BPF_REG_6, 0);
    load(p, BPF_REG_7, BPF_REG_7, f->file_path + f->path_dentry);
}

/* r7 is the file's dentry, r8 what is wanted of it: up to the top folder of its file system, is a place of
 * the table on the way? */
static void walk_up(const struct fields *f, int places_fd, int error, struct program *p)
{
    const int16_t key = -(int16_t)sizeof(struct place);
    set(p, BPF_REG_9, 0);
    unsigned loop = p->count;
    load(p, BPF_REG_1, BPF_REG_7, f->dentry_inode);
    load(p, BPF_REG_2, BPF_REG_1, f->inode_number);
    put(p, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_2, key, 0);
    load(p, BPF_REG_2, BPF_REG_1, f->inode_super);
    load_half(p, BPF_REG_2, BPF_REG_2, f->super_device);
    put(p, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_2,
        key + (int16_t)offsetof(struct place, device), 0);
    put(p, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, places_fd);
    put(p, 0, 0, 0, 0, 0);
    copy(p, BPF_REG_2, BPF_REG_10);
    put(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, key);
    call(p, BPF_FUNC_map_lookup_elem);
    unsigned unknown = put(p, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0, 0);
    load_half(p, BPF_REG_1, BPF_REG_0, offsetof(struct kept, below));
    put(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_9, 0, 2, 0); /* not the file itself */
    load_half(p, BPF_REG_2, BPF_REG_0, offsetof(struct kept, alone));
    put(p, BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0);
    put(p, BPF_ALU64 | BPF_AND | BPF_X, BPF_REG_1, BPF_REG_8, 0, 0);
    unsigned known = put(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, 0, 0);
    p->words[unknown].off = (int16_t)(p->count - unknown - 1);
    load(p, BPF_REG_1, BPF_REG_7, f->dentry_parent);
    allow_if(p, BPF_JMP | BPF_JEQ | BPF_X, BPF_REG_1, BPF_REG_7, 0);
    copy(p, BPF_REG_7, BPF_REG_1);
    put(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_9, 0, 0, 1);
    put(p, BPF_JMP | BPF_JLT | BPF_K, BPF_REG_9, 0, (int16_t)((int)loop - (int)p->count - 1), DEPTH_MAX);
    p->words[known].off = (int16_t)(p->count - known - 1);
    set(p, BPF_REG_0, -error);
    put(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    for (unsigned i = 0; i < p->allow_count; i++)
        p->words[p->to_allow[i]].off = (int16_t)(p->count - p->to_allow[i] - 1);
    set(p, BPF_REG_0, 0);
    put(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* What the kernel asks before it goes on; a program's error becomes its answer (BPF_MODIFY_RETURN). */
static const struct {
    const char *function;
    void (*begin)(const struct fields *f, struct program *p);
    int error;
} hooks[QUIET_HOOKS] = {
    {"security_path_notify", begin_watch, EACCES},
    {"security_file_lock", begin_lock, ENOLCK},
};

/* Load it, and have it asked. A descriptor or -errno. */
static int attach(const struct program *p, uint32_t function)
{
    static const char license[] = "GPL"; /* the kernel's helpers ask for it */
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_TRACING, .insns = (uintptr_t)p->words,
                           .insn_cnt = p->count, .license = (uintptr_t)license,
                           .expected_attach_type = BPF_MODIFY_RETURN, .attach_btf_id = function};
    autoclose int program = call_bpf(BPF_PROG_LOAD, &attr);
    if (program < 0)
        return program;
    attr = (union bpf_attr){.raw_tracepoint = {.prog_fd = (uint32_t)program}};
    return call_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static int attach_all(struct quiet *q, const struct btf *b, struct fault *f)
{
    struct fields fields;
    int r = find_fields(b, &fields);
    for (size_t i = 0; i < QUIET_HOOKS && r == 0; i++) {
        struct program p = {0};
        uint32_t function;
        r = btf_function(b, hooks[i].function, &function);
        if (r != 0)
            break;
        hooks[i].begin(&fields, &p);
        walk_up(&fields, q->places_fd, hooks[i].error, &p);
        q->hooks[i] = attach(&p, function);
        r = q->hooks[i] < 0 ? q->hooks[i] : 0;
    }
    return r == 0 ? 0 : fault_set(f, r, "this kernel can't be kept from telling what rooms read: %s", PHRASE_ERROR(r));
}

int quiet_open(struct quiet *q, struct fault *f)
{
    autobtf struct btf *types = NULL;
    union bpf_attr attr = {.map_type = BPF_MAP_TYPE_HASH, .key_size = sizeof(struct place),
                           .value_size = sizeof(struct kept), .max_entries = PLACES_MAX};
    int r = btf_read(KERNEL_TYPES, &types);
    if (r != 0)
        return fault_set(f, r, "this kernel does not describe itself (%s): %s", KERNEL_TYPES, PHRASE_ERROR(r));
    q->eyes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    q->places_fd = q->eyes < 0 ? -errno : call_bpf(BPF_MAP_CREATE, &attr);
    if (q->places_fd < 0)
        return fault_errno(f, -q->places_fd, "this kernel takes no programs (bpf(2))");
    r = attach_all(q, types, f);
    if (r != 0)
        quiet_close(q);
    return r;
}

void quiet_close(struct quiet *q)
{
    int *const fds[] = {&q->hooks[0], &q->hooks[1], &q->places_fd, &q->eyes};
    for (size_t i = 0; i < array_count(fds); i++)
        if (*fds[i] >= 0)
            close(steal_fd(fds[i]));
}

/* inotify:FDINFO of proc_pid_fdinfo(5): "inotify wd:1 ino:9e7e sdev:800013 mask:…", hexadecimal. */
static int read_number(const struct quiet *q, struct place *ret)
{
    char path[64], text[FDINFO_MAX + 1];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", q->eyes);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -errno : fd_read_full(fd, text, FDINFO_MAX);
    if (n < 0)
        return (int)n;
    text[n] = '\0';
    const char *watch = strstr(text, "inotify wd:"); /* other lines speak of the descriptor itself */
    const char *inode = watch ? strstr(watch, " ino:") : NULL;
    const char *device = inode ? strstr(inode, " sdev:") : NULL;
    if (!device)
        return SK_ERR_FORMAT;
    *ret = (struct place){.inode = strtoull(inode + strlen(" ino:"), NULL, 16),
                          .device = strtoull(device + strlen(" sdev:"), NULL, 16)};
    return 0;
}

/* A watch of ours tells how the kernel numbers what is watched. */
static int number_of(const struct quiet *q, const char *path, struct place *ret)
{
    int watch = inotify_add_watch(q->eyes, path, IN_DELETE_SELF | IN_DONT_FOLLOW);
    if (watch < 0)
        return -errno;
    int r = read_number(q, ret);
    inotify_rm_watch(q->eyes, watch);
    return r;
}

int quiet_add(const struct quiet *q, const char *path, enum quiet_place kind)
{
    struct place place;
    struct kept kept = {0};
    int r = q->places_fd < 0 ? -ENOENT : number_of(q, path, &place);
    if (r != 0)
        return r == -ENOENT ? 0 : r;
    union bpf_attr attr = {.map_fd = (uint32_t)q->places_fd, .key = (uintptr_t)&place,
                           .value = (uintptr_t)&kept};
    (void)call_bpf(BPF_MAP_LOOKUP_ELEM, &attr); /* none: nothing is kept yet */
    kept.below |= kinds[kind].below;
    kept.alone |= kinds[kind].alone;
    return call_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

int quiet_add_with_folder(const struct quiet *q, const char *path, enum quiet_place kind)
{
    char folder[SK_FILE_NAME_MAX + 1];
    const char *slash = strrchr(path, '/');
    size_t len = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (len == 0 || len >= sizeof folder)
        return -ENAMETOOLONG;
    memcpy(folder, path, len);
    folder[len] = '\0';
    int r = quiet_add(q, path, kind);
    return r != 0 ? r : quiet_add(q, folder, kind == QUIET_DEVICE ? QUIET_DEVICES : QUIET_FOLDER);
}
