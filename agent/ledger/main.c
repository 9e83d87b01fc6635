/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the start of sekisho-ledger: options, socket, identity, the book. It must never open
 * the ledger before its privileges are gone. */
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/log.h"
#include "base/options.h"
#include "ledger/serve.h"
#include "sandbox/sandbox.h"

#define FILES_MASK   0027
#define TROUBLE_NAME "/trouble" /* in the folder of the socket, which is no disk's */

static const char about_text[] =
    "The only writer of the ledger. Runs in the foreground, as root (then it becomes " SK_USER_LEDGER
    ")\nor as " SK_USER_LEDGER ".\n";

static void explain(int code, const struct recovery *r)
{
    const struct proof_report *p = &r->report;
    if (code == SK_ERR_TAMPERED && p->bad)
        log_error("the ledger was altered at record %llu (%s, byte %llu): %s",
                  (unsigned long long)p->bad_seq,
                  p->bad_in_checkpoints ? "checkpoints" : "segment",
                  (unsigned long long)p->bad_offset, p->bad_what);
    else if (code == SK_ERR_NOT_FOUND)
        log_error("the key of the present epoch or the enrolment line is not there: the chain is "
                  "broken; keep this ledger aside and enrol anew");
    else
        log_error("the ledger in %s can't be opened: %s", sk_path(SK_PATH_LEDGER),
                  sk_strerror(code));
}

static int serve(const char *host, const char *boot_id)
{
    struct book *book = NULL;
    struct recovery recovery = {0};
    bool first = false;
    char trouble_file[SK_PATH_CAP + sizeof TROUBLE_NAME];
    snprintf(trouble_file, sizeof trouble_file, "%s" TROUBLE_NAME, sk_path(SK_PATH_RUN_LEDGER));
    struct book_config about = {.ledger_folder = sk_path(SK_PATH_LEDGER),
                                .key_folder = sk_path(SK_PATH_LEDGER_KEY),
                                .host = host, .boot_id = boot_id,
                                .trouble_file = trouble_file};
    int r = book_open(&about, &book, &first, &recovery);
    if (r != 0) {
        explain(r, &recovery);
        recovery_clear(&recovery);
        return r;
    }
    struct book_head head;
    book_head(book, &head);
    if (first) {
        printf("%s\n", head.enrolment);
        fflush(stdout);
    }
    if (recovery.cut_bytes > 0)
        log_warn("%llu bytes of an unfinished end were cut off",
                 (unsigned long long)recovery.cut_bytes);
    log_info("%llu records, epoch %llu, origin %s", (unsigned long long)head.size,
             (unsigned long long)head.epoch, head.origin);
    const struct serve_about what = {.boot_id = boot_id, .ledger_folder = about.ledger_folder,
                                     .recovery = &recovery};
    r = serve_run(&what, book);
    if (r < 0)
        log_error("the loop ended: %s", sk_strerror(r));
    book_close(&book);
    recovery_clear(&recovery);
    return r;
}

int main(int argc, char **argv)
{
    char host[SK_ID_MAX + 2] = "", boot_id[CLOCK_BOOT_ID_CAP];
    struct server *server = NULL;
    struct sandbox *sandbox = NULL;
    log_open("sekisho-ledger", LOG_LEVEL_INFO);
    int status = options_daemon(argc, argv, "sekisho-ledger", about_text);
    if (status >= 0)
        return status;
    umask(FILES_MASK);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like others, not the end */
    gethostname(host, sizeof host - 1);
    int r = sodium_init() < 0 ? SK_ERR_CRYPTO : clock_boot_id(boot_id);
    if (r == 0)
        r = sandbox_prepare(SANDBOX_LEDGER, &sandbox);
    if (r == 0)
        r = serve_open(&server);
    if (r == 0)
        r = sandbox_enter(&sandbox, 0);
    if (r != 0) {
        log_error("can't start: %s%s", sk_strerror(r),
                  r == SK_ERR_NOT_FOUND ? " (is the installation complete?)" : "");
        return 1;
    }
    r = serve(host, boot_id);
    server_free(&server);
    return r < 0;
}
