/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the start of sekisho-ledger: options, socket, identity, the book. It must never open
 * the ledger before its privileges are gone. */
#include <errno.h>
#include <pwd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/log.h"
#include "base/str.h"
#include "ledger/server.h"
#include "sandbox/sandbox.h"
#include "wire/wire.h"

#define SOCKET_MODE 0666 /* who may speak is SO_PEERCRED's word, see server.c */
#define FILES_MASK  0027

static const char usage[] =
    "usage: sekisho-ledger [--instance DIR]\n"
    "The only writer of the ledger. Runs in the foreground, as root (then it becomes " SK_USER_LEDGER
    ")\nor as " SK_USER_LEDGER ".\n";

static int parse(int argc, char **argv, const char **ret_instance)
{
    for (int i = 1; i < argc; i++) {
        if (str_eq(argv[i], "--help")) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!str_eq(argv[i], "--instance") || i + 1 == argc) {
            fputs(usage, stderr);
            return SK_ERR_FORMAT;
        }
        *ret_instance = argv[++i];
    }
    return 0;
}

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

static int serve(struct server_config *config, const char *host)
{
    struct book *book = NULL;
    struct recovery recovery = {0};
    bool first = false;
    struct book_config about = {.ledger_folder = sk_path(SK_PATH_LEDGER),
                                .key_folder = sk_path(SK_PATH_LEDGER_KEY),
                                .host = host, .boot_id = config->boot_id};
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
    config->recovery = &recovery;
    r = server_run(config, book);
    if (r != 0)
        log_error("the loop ended: %s", sk_strerror(r));
    config->recovery = NULL;
    book_close(&book);
    recovery_clear(&recovery);
    return r;
}

/* What needs the old identity: the login of control, the socket, the boot id. */
static int prepare(struct server_config *config, char boot_id[static CLOCK_BOOT_ID_CAP])
{
    const struct passwd *control = getpwnam(SK_USER_CONTROL);
    config->control = control ? control->pw_uid : (uid_t)-1;
    int r = clock_boot_id(boot_id);
    if (r != 0)
        return r;
    config->signals = fd_signals(false);
    if (config->signals < 0)
        return config->signals;
    config->listener = wire_listen(sk_path(SK_PATH_LEDGER_SOCKET), SOCKET_MODE);
    if (config->listener < 0)
        log_error("%s: %s", sk_path(SK_PATH_LEDGER_SOCKET), sk_strerror(config->listener));
    return config->listener < 0 ? config->listener : 0;
}

int main(int argc, char **argv)
{
    const char *instance = NULL;
    char host[SK_ID_MAX + 2] = "", boot_id[CLOCK_BOOT_ID_CAP];
    struct server_config config = {.listener = -1, .signals = -1, .boot_id = boot_id};
    struct sandbox *sandbox = NULL;
    log_open("sekisho-ledger", LOG_LEVEL_INFO);
    if (parse(argc, argv, &instance) != 0)
        return 2;
    if (sk_paths_choose(instance) != 0 || sodium_init() < 0) {
        log_error("--instance must be a short absolute path");
        return 2;
    }
    umask(FILES_MASK);
    gethostname(host, sizeof host - 1);
    int r = sandbox_prepare(SANDBOX_LEDGER, &sandbox);
    if (r == 0)
        r = prepare(&config, boot_id);
    if (r == 0)
        r = sandbox_enter(&sandbox, 0);
    if (r != 0) {
        log_error("can't start: %s%s", sk_strerror(r),
                  r == SK_ERR_NOT_FOUND ? " (is the installation complete?)" : "");
        return 1;
    }
    r = serve(&config, host);
    clean_close(&config.listener);
    clean_close(&config.signals);
    return r == 0 ? 0 : 1;
}
