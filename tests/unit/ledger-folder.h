/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A throw-away ledger made by the real book, for the tests of ledger and proof. */
#ifndef TESTS_LEDGER_FOLDER_H
#define TESTS_LEDGER_FOLDER_H

#include <fcntl.h>
#include <ftw.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "ledger/book.h"
#include "proof/verify.h"

#define FOLDER_CAP 128

struct folder {
    char root[FOLDER_CAP], ledger[FOLDER_CAP + 16], key[FOLDER_CAP + 16];
};

static inline int folder_remove(const char *path, const struct stat *st, int type, struct FTW *w)
{
    (void)st;
    (void)type;
    (void)w;
    return remove(path);
}

static inline void folder_clear(struct folder *f)
{
    if (f->root[0])
        nftw(f->root, folder_remove, 16, FTW_DEPTH | FTW_PHYS);
    f->root[0] = '\0';
}

static inline void folder_make(struct folder *f)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(f->root, sizeof f->root, "%s/sekisho-ledger.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(f->root))
        abort();
    snprintf(f->ledger, sizeof f->ledger, "%s/ledger", f->root);
    snprintf(f->key, sizeof f->key, "%s/key", f->root);
    if (mkdir(f->ledger, 0750) != 0 || mkdir(f->key, 0700) != 0)
        abort();
}

static inline int folder_open(const struct folder *f, struct book **ret, struct recovery *ret_found)
{
    const struct book_config config = {.ledger_folder = f->ledger, .key_folder = f->key,
                                       .host = "test", .boot_id = "00000000-boot"};
    bool first;
    return book_open(&config, ret, &first, ret_found);
}

static inline json_t *folder_record(const char *kind, int n)
{
    return json_pack("{s:s,s:i,s:s,s:s}", "kind", kind, "n", n, "area", "tax", "purpose",
                     "検査 \"a\\b\"");
}

static inline void folder_ignore(void *context, uint64_t ticket, int code, uint64_t seq)
{
    (void)context;
    (void)ticket;
    (void)code;
    (void)seq;
}

/* A closed ledger of `seals` epochs, `each` records in every one, fully sealed. */
static inline void folder_fill(const struct folder *f, int seals, int each)
{
    struct book *b = NULL;
    struct recovery found = {0};
    if (folder_open(f, &b, &found) != 0)
        abort();
    for (int s = 0; s < seals; s++) {
        for (int n = 0; n < each; n++)
            if (book_add(b, folder_record("takeout", n), NULL, 0) != 0)
                abort();
        if (book_commit(b, true, folder_ignore, NULL) != 0)
            abort();
    }
    book_close(&b);
    recovery_clear(&found);
}

static inline int folder_verify(const struct folder *f, struct proof_report *ret)
{
    char path[FOLDER_CAP + 32];
    struct note_key key;
    snprintf(path, sizeof path, "%s/" LEDGER_ENROLMENT, f->ledger);
    int r = proof_enrolment_read(path, &key);
    return r != 0 ? r : proof_verify(f->ledger, &key, NULL, ret);
}

static inline void folder_path(const struct folder *f, const char *name, char ret[static 256])
{
    snprintf(ret, 256, "%s/%s", f->ledger, name);
}

#endif
