/* SPDX-License-Identifier: GPL-3.0-or-later */
/* epochs.c owns keys, seals and the file of checkpoints. It must never erase a key before its
 * checkpoint is durable, and never sign two checkpoints with one key. */
#include "ledger/epochs.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "ledger/keys.h"

#define FILE_MODE 0640
/* Room kept for checkpoints on a disk that fills up, bytes: at one seal a second seven hours. */
#define NOTES_ROOM ((uint64_t)4 * 1024 * 1024)

struct epochs {
    struct keys *keys;
    int notes;             /* the file of checkpoints */
    uint64_t notes_offset; /* where the next one goes */
    uint64_t notes_room;   /* room is reserved up to here */
    uint64_t epoch, sealed;
    struct note_key first, key, next;
    bool next_stored;
    char enrolment[NOTE_VKEY_CAP];
    /* a checkpoint that is signed and not yet durable, or durable with its key not yet erased */
    struct buf pending;
    uint64_t pending_size;
    bool pending_written;
};

static int key_of_seed(const uint8_t seed[static NOTE_KEY_LEN], const char *name,
                       struct note_key *ret)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    struct note_key key = {0};
    crypto_sign_seed_keypair(key.key, secret, seed);
    sodium_memzero(secret, sizeof secret);
    int r = 0;
    if (name)
        memcpy(key.name, name, NOTE_NAME_CAP);
    else
        r = note_name(key.key, key.name);
    if (r == 0)
        *ret = key;
    return r;
}

/* The first key, from its slot or newly made, and its line in the folder. */
static int enrol(struct epochs *e, int dir)
{
    uint8_t seed[NOTE_KEY_LEN];
    int r = keys_get(e->keys, 0, seed);
    if (r == SK_ERR_NOT_FOUND) {
        randombytes_buf(seed, sizeof seed);
        r = keys_put(e->keys, 0, seed);
    }
    if (r == 0)
        r = key_of_seed(seed, NULL, &e->first);
    sodium_memzero(seed, sizeof seed);
    char line[NOTE_VKEY_CAP];
    if (r == 0)
        r = note_vkey_format(&e->first, line);
    if (r != 0)
        return r;
    line[NOTE_VKEY_LEN] = '\n';
    return file_write_atomic(dir, LEDGER_ENROLMENT, line, sizeof line, FILE_MODE);
}

static int read_enrolment(struct epochs *e, int dir)
{
    autobuf struct buf b = {0};
    int r = file_read(dir, LEDGER_ENROLMENT, NOTE_VKEY_CAP, &b);
    if (r != 0)
        return r == -ENOENT ? SK_ERR_NOT_FOUND : r == SK_ERR_LIMIT ? SK_ERR_FORMAT : r;
    if (b.len != NOTE_VKEY_CAP || b.data[NOTE_VKEY_LEN] != '\n')
        return SK_ERR_FORMAT;
    return note_vkey_parse(b.data, NOTE_VKEY_LEN, &e->first);
}

int epochs_open(const char *ledger_folder, const char *key_folder, bool fresh, struct epochs **ret)
{
    autoclose int dir = open(ledger_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    struct epochs *e = calloc(1, sizeof *e);
    if (!e)
        return -ENOMEM;
    bool new_keys = false;
    e->notes = -1;
    int r = keys_open(key_folder, &e->keys, &new_keys);
    if (r == 0)
        r = read_enrolment(e, dir);
    if (r == SK_ERR_NOT_FOUND && fresh)
        r = enrol(e, dir);
    if (r == 0) {
        e->notes = openat(dir, LEDGER_CHECKPOINTS, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                          FILE_MODE);
        if (e->notes >= 0)
            fd_write_in_place(e->notes);
        if (e->notes < 0 || fsync(dir) != 0)
            r = -errno;
    }
    if (r == 0)
        r = note_vkey_format(&e->first, e->enrolment);
    if (r != 0) {
        epochs_close(&e);
        return r;
    }
    e->key = e->first;
    *ret = e;
    return 0;
}

void epochs_close(struct epochs **e)
{
    if (!*e)
        return;
    keys_close(&(*e)->keys);
    clean_close(&(*e)->notes);
    buf_free(&(*e)->pending);
    free(*e);
    *e = NULL;
}

/* Is the seed in the epoch's slot that of the key? */
static int holds(struct epochs *e, uint64_t epoch, const struct note_key *key)
{
    uint8_t seed[NOTE_KEY_LEN];
    struct note_key found;
    int r = keys_get(e->keys, epoch, seed);
    if (r == 0)
        r = key_of_seed(seed, key->name, &found);
    sodium_memzero(seed, sizeof seed);
    if (r == 0 && memcmp(found.key, key->key, NOTE_KEY_LEN) != 0)
        r = SK_ERR_NOT_FOUND;
    return r;
}

/* What is readable need not be durable (a crash after a failed fsync): write the last checkpoints
 * over themselves and wait for the disk, before a key is erased on their strength. */
static int rewrite_tail(struct epochs *e)
{
    char tail[4 * NOTE_MAX];
    size_t len = e->notes_offset < sizeof tail ? (size_t)e->notes_offset : sizeof tail;
    uint64_t from = e->notes_offset - len;
    ssize_t n = fd_pread_full(e->notes, tail, len, from);
    if (n < 0)
        return (int)n;
    int r = fd_pwrite_full(e->notes, tail, (size_t)n, from);
    if (r == 0 && fdatasync(e->notes) != 0)
        r = -errno;
    return r;
}

/* Keep room ahead; a disk that has none now is asked again with the next seal. */
static void reserve_notes(struct epochs *e)
{
    if (e->notes_room > e->notes_offset + NOTES_ROOM / 2)
        return;
    if (fallocate(e->notes, FALLOC_FL_KEEP_SIZE, (off_t)e->notes_offset, (off_t)NOTES_ROOM) == 0)
        e->notes_room = e->notes_offset + NOTES_ROOM;
}

int epochs_resume(struct epochs *e, const struct proof_report *report)
{
    e->epoch = report->epochs;
    e->sealed = report->sealed;
    e->key = report->next;
    e->notes_offset = report->notes_end;
    int r = holds(e, e->epoch, &e->key);
    if (r != 0)
        return r;
    reserve_notes(e);
    if (e->notes_offset > 0)
        r = rewrite_tail(e);
    if (r != 0)
        return r;
    if (!report->seal_unfinished)
        return keys_erase_other(e->keys, e->epoch);
    r = holds(e, e->epoch + 1, &report->after);
    if (r != 0)
        return r;
    e->next = report->after;
    e->next_stored = true;
    autodigest struct digest *hash = NULL;
    struct checkpoint c = {.size = report->tree.size};
    r = digest_new(&hash);
    if (r == 0)
        r = tree_root(&report->tree, hash, c.root);
    if (r == 0)
        r = epochs_finish(e, &c);
    return epochs_pending(e) ? 0 : r; /* pending: the book goes on trying */
}

int epochs_prepare(struct epochs *e, char ret_vkey[static NOTE_VKEY_CAP])
{
    if (!e->next_stored) {
        uint8_t seed[NOTE_KEY_LEN];
        randombytes_buf(seed, sizeof seed);
        int r = key_of_seed(seed, e->first.name, &e->next);
        if (r == 0)
            r = keys_put(e->keys, e->epoch + 1, seed);
        sodium_memzero(seed, sizeof seed);
        if (r != 0)
            return r;
        e->next_stored = true;
    }
    return note_vkey_format(&e->next, ret_vkey);
}

int epochs_finish(struct epochs *e, const struct checkpoint *c)
{
    uint8_t seed[NOTE_KEY_LEN];
    if (!e->next_stored || e->pending.len > 0)
        return SK_ERR_STATE;
    int r = keys_get(e->keys, e->epoch, seed);
    if (r == 0)
        r = checkpoint_sign(c, &e->key, seed, &e->pending);
    sodium_memzero(seed, sizeof seed);
    if (r != 0) {
        buf_reset(&e->pending);
        return r;
    }
    e->pending_size = c->size;
    e->pending_written = false;
    return epochs_retry(e);
}

bool epochs_pending(const struct epochs *e)
{
    return e->pending.len > 0;
}

int epochs_retry(struct epochs *e)
{
    if (e->pending.len == 0)
        return 0;
    if (!e->pending_written) {
        /* all bytes again each time: an fsync that failed has thrown them away */
        int r = fd_pwrite_full(e->notes, e->pending.data, e->pending.len, e->notes_offset);
        if (r == 0 && fdatasync(e->notes) != 0)
            r = -errno;
        if (r != 0) {
            (void)!ftruncate(e->notes, (off_t)e->notes_offset);
            return r;
        }
        e->pending_written = true;
        e->notes_offset += e->pending.len;
        e->sealed = e->pending_size;
        e->epoch++;
        e->key = e->next;
        e->next_stored = false;
    }
    int r = keys_erase_other(e->keys, e->epoch);
    if (r == 0) {
        buf_reset(&e->pending);
        reserve_notes(e);
    }
    return r;
}

uint64_t epochs_now(const struct epochs *e)
{
    return e->epoch;
}

uint64_t epochs_sealed(const struct epochs *e)
{
    return e->sealed;
}

const char *epochs_origin(const struct epochs *e)
{
    return e->first.name;
}

const char *epochs_enrolment(const struct epochs *e)
{
    return e->enrolment;
}

const struct note_key *epochs_first_key(const struct epochs *e)
{
    return &e->first;
}
