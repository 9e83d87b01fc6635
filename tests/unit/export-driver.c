/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export-driver.c owns a command for scripts that run a real sekisho-export:
 *   export-driver PROGRAM seal RECIPIENT[,RECIPIENT…] OUTPUT FILE…
 *   export-driver PROGRAM copy FOLDER FILE…        (FOLDER gets 0, 1, 2, …)
 *   export-driver PROGRAM receive FOLDER FILE…     (the same, no digest is known before)
 * PROGRAM "-" runs the same code in a child without a sandbox. Files are named in the archive as on the command line; their digests are taken first. It prints the
 * last answer and ends with 0 only after JOB_DONE. With EXPORT_DRIVER_PEAK set it prints the
 * exporter's peak memory in KiB to that file; EXPORT_DRIVER_SECONDS gets the transfer's time. */
#include <fcntl.h>
#include <locale.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "export_peer.h"

struct command {
    struct peer_job job;
    int fds[2 * SK_CASE_FILES_MAX];
    size_t fd_count;
    const char *recipients[20];
};

static int open_all(struct command *c, char **names, size_t count, const char *output)
{
    bool seal = str_eq(c->job.mode, "seal");
    for (size_t i = 0; i < count; i++)
        if ((c->fds[c->fd_count++] = open(names[i], O_RDONLY | O_CLOEXEC)) < 0)
            return -errno;
    for (size_t i = 0; i < (seal ? 1 : count); i++) {
        char path[4096];
        snprintf(path, sizeof path, seal ? "%s" : "%s/%zu", output, i);
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
            return -errno;
        c->fds[c->fd_count++] = fd;
    }
    c->job.names = (const char *const *)names;
    c->job.sources = c->fds;
    c->job.count = count;
    return 0;
}

static void split_recipients(struct command *c, char *list)
{
    for (char *word; (word = strsep(&list, ","));)
        if (c->job.recipient_count < array_count(c->recipients))
            c->recipients[c->job.recipient_count++] = word;
    c->job.recipients = c->recipients;
}

static void note(const char *variable, double value)
{
    const char *path = getenv(variable);
    autofile FILE *f = path ? fopen(path, "w") : NULL;
    if (f)
        fprintf(f, "%.3f\n", value);
}

static int run(const struct command *c, const char *program)
{
    autofree char *text = peer_job_text(&c->job);
    struct export_peer peer;
    struct export_answer answer;
    struct rusage usage;
    if (!text || peer_start(&peer, str_eq(program, "-") ? NULL : program) != 0)
        return 1;
    uint64_t begun = clock_boot_ns();
    if (peer_send(&peer, text, c->fds, c->fd_count) != 0 || peer_wait(&peer, &answer) != 0)
        return 1;
    note("EXPORT_DRIVER_SECONDS", (double)(clock_boot_ns() - begun) / 1e9);
    int status = peer_end(&peer);
    getrusage(RUSAGE_CHILDREN, &usage);
    note("EXPORT_DRIVER_PEAK", (double)usage.ru_maxrss);
    if (answer.object)
        json_dumpf(answer.object, stdout, JSON_COMPACT | JSON_SORT_KEYS);
    printf("\n");
    json_decref(answer.object);
    return answer.type == SK_MSG_JOB_DONE && status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct command c;
    struct rlimit limit = {2 * SK_CASE_FILES_MAX + 64, 2 * SK_CASE_FILES_MAX + 64};
    bool seal = argc > 5 && str_eq(argv[2], "seal");
    bool receive = argc > 4 && str_eq(argv[2], "receive");
    if (!seal && !receive && !(argc > 4 && str_eq(argv[2], "copy"))) {
        fprintf(stderr, "usage: export-driver PROGRAM seal RECIPIENTS OUTPUT FILE…\n"
                        "       export-driver PROGRAM copy|receive FOLDER FILE…\n");
        return 2;
    }
    setrlimit(RLIMIT_NOFILE, &limit);
    c.job.mode = seal ? "seal" : "copy";
    c.job.with_digests = !receive;
    int first = seal ? 5 : 4;
    if (seal)
        split_recipients(&c, argv[3]);
    signal(SIGXFSZ, SIG_IGN);
    setlocale(LC_CTYPE, "C.UTF-8");
    int r = open_all(&c, argv + first, (size_t)(argc - first), argv[first - 1]);
    if (r != 0) {
        fprintf(stderr, "export-driver: %s\n", strerror(-r));
        return 1;
    }
    return run(&c, argv[1]);
}
