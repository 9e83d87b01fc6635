/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf.c owns the way to a PDF through a program of the system. It must never start one with more than
 * the person's own rights, and leaves nothing behind: the page lies in a folder of its own. */
#include "report/pdf.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sekisho/err.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"

#define FOLDER_CAP 256            /* bytes of a path with NUL */
#define SAID_MAX   ((size_t)1024 * 1024) /* bytes read of what the program says */
#define SAID_SHOWN ((size_t)400)         /* and shown of it */

enum maker { CHROMIUM, WEASYPRINT };

static const struct {
    const char *path;
    enum maker maker;
} programs[] = {
    {"/usr/bin/chromium", CHROMIUM},
    {"/usr/bin/chromium-browser", CHROMIUM},
    {"/usr/bin/google-chrome", CHROMIUM},
    {"/usr/bin/google-chrome-stable", CHROMIUM},
    {"/opt/google/chrome/chrome", CHROMIUM},
    {"/usr/bin/weasyprint", WEASYPRINT},
    {"/usr/local/bin/weasyprint", WEASYPRINT},
};

/* What joins them: the first that is installed. */
enum joiner { QPDF, PDFUNITE };

static const struct {
    const char *path;
    enum joiner joiner;
} joiners[] = {
    {"/usr/bin/qpdf", QPDF},
    {"/usr/bin/pdfunite", PDFUNITE},
};

struct workshop {
    char folder[FOLDER_CAP], pdf[FOLDER_CAP + 16], said[FOLDER_CAP + 16];
    char profile[FOLDER_CAP + 40];
};

/* One run: its page and what becomes of it. */
struct run {
    char page[FOLDER_CAP + 32], url[FOLDER_CAP + 48], pdf[FOLDER_CAP + 32], target[FOLDER_CAP + 56];
};

/* Its number in the table, or -1. */
static int choose(void)
{
    bool root = geteuid() == 0;
    for (size_t i = 0; i < array_count(programs); i++)
        if ((!root || programs[i].maker == WEASYPRINT) && access(programs[i].path, X_OK) == 0)
            return (int)i;
    return -1;
}

const char *pdf_program(void)
{
    int i = choose();
    return i < 0 ? NULL : programs[i].path;
}

static int choose_joiner(void)
{
    for (size_t i = 0; i < array_count(joiners); i++)
        if (access(joiners[i].path, X_OK) == 0)
            return (int)i;
    return -1;
}

bool pdf_joins(void)
{
    return choose_joiner() >= 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static void close_workshop(struct workshop *w)
{
    if (w->folder[0])
        nftw(w->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int open_workshop(struct workshop *w)
{
    const char *tmp = getenv("TMPDIR");
    char folder[FOLDER_CAP];
    if (snprintf(folder, sizeof folder, "%s/sekisho-report.XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp") >=
        (int)sizeof folder)
        return -ENAMETOOLONG;
    if (!mkdtemp(folder))
        return -errno;
    memcpy(w->folder, folder, sizeof folder);
    snprintf(w->pdf, sizeof w->pdf, "%s/joined.pdf", folder);
    snprintf(w->said, sizeof w->said, "%s/said", folder);
    snprintf(w->profile, sizeof w->profile, "--user-data-dir=%s/profile", folder);
    return 0;
}

static void name_run(const struct workshop *w, size_t number, struct run *ret)
{
    snprintf(ret->page, sizeof ret->page, "%s/%04zu.html", w->folder, number);
    snprintf(ret->pdf, sizeof ret->pdf, "%s/%04zu.pdf", w->folder, number);
    snprintf(ret->url, sizeof ret->url, "file://%s", ret->page);
    snprintf(ret->target, sizeof ret->target, "--print-to-pdf=%s", ret->pdf);
}

static int write_page(const struct run *run, const struct buf *page)
{
    autoclose int fd = open(run->page, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd_write_full(fd, page->data, page->len);
}

/* HOME is the workshop too: what the program keeps of its own goes with it. The same page must give the same PDF
 * (pdf_same): WeasyPrint's fonts bear the time, and its sets are in the order of Python's hashes. */
static int start(const struct workshop *w, const char *const *argv, pid_t *ret)
{
    char home[FOLDER_CAP + 16];
    snprintf(home, sizeof home, "HOME=%s", w->folder);
    char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", lang[] = "LANG=C.UTF-8";
    char time[] = "SOURCE_DATE_EPOCH=1700000000", order[] = "PYTHONHASHSEED=0";
    char *const environment[] = {home, path, lang, time, order, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, w->said, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    int r = posix_spawn(ret, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -r;
}

/* Its end, or its group's when the time is over. */
static int wait_for(pid_t pid)
{
    int status = 0;
    autoclose int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int ready = fd < 0 ? 1 : poll(&p, 1, PDF_TIME_LIMIT_S * 1000);
    if (ready == 0)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (ready == 0)
        return SK_ERR_TIMEOUT;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : SK_ERR_STATE;
}

static int run_program(const struct workshop *w, const char *const *argv)
{
    pid_t pid;
    int r = start(w, argv, &pid);
    return r == 0 ? wait_for(pid) : r;
}

static int print(const struct workshop *w, int which, const struct run *run, const struct buf *page)
{
    const char *const chromium[] = {programs[which].path, "--headless", "--disable-gpu", "--no-first-run",
                                    "--no-pdf-header-footer", "--disable-pdf-tagging", "--disable-extensions",
                                    "--disable-sync", "--disable-background-networking",
                                    "--disable-component-update", "--disable-dev-shm-usage",
                                    "--host-resolver-rules=MAP * ~NOTFOUND", w->profile, run->target, run->url,
                                    NULL};
    const char *const weasyprint[] = {programs[which].path, "--quiet", run->page, run->pdf, NULL};
    int r = write_page(run, page);
    if (r == 0)
        r = run_program(w, programs[which].maker == CHROMIUM ? chromium : weasyprint);
    if (r == 0 && access(run->pdf, R_OK) != 0)
        r = SK_ERR_STATE;
    (void)!unlink(run->page);
    return r;
}

static int join(const struct workshop *w, const struct run *runs, size_t count)
{
    int which = choose_joiner();
    size_t n = 0;
    if (which < 0)
        return SK_ERR_NOT_FOUND;
    autofree const char **argv = calloc(count + 8, sizeof *argv);
    if (!argv)
        return -ENOMEM;
    bool qpdf = joiners[which].joiner == QPDF;
    argv[n++] = joiners[which].path;
    if (qpdf) {
        argv[n++] = "--deterministic-id";
        argv[n++] = "--empty";
        argv[n++] = "--pages";
    }
    for (size_t i = 0; i < count; i++)
        argv[n++] = runs[i].pdf;
    if (qpdf)
        argv[n++] = "--";
    argv[n++] = w->pdf;
    return run_program(w, argv);
}

static int take_pdf(const char *file, const char *mark, struct buf *out)
{
    static const char head[] = PDF_MARK;
    size_t before = out->len;
    int r = file_read(AT_FDCWD, file, PDF_PAGE_MAX, out);
    if (r != 0)
        return r == -ENOENT ? SK_ERR_STATE : r;
    if (out->len - before < sizeof head || memcmp(out->data + before, head, sizeof head - 1) != 0)
        return SK_ERR_STATE;
    /* ISO 32000-1, 7.2.3: a comment; readers look for %%EOF in the last KiB */
    buf_printf(out, "\n%%%s\n", mark);
    return out->err;
}

/* The last that the program said: what comes before is seldom about us. */
static void take_said(const struct workshop *w, struct buf *ret)
{
    autobuf struct buf all = {0};
    if (file_read(AT_FDCWD, w->said, SAID_MAX, &all) != 0)
        return;
    size_t from = all.len > SAID_SHOWN ? all.len - SAID_SHOWN : 0;
    while (from > 0 && from < all.len && ((unsigned char)all.data[from] & 0xc0) == 0x80)
        from++; /* not inside of a character */
    buf_put(ret, all.data + from, all.len - from);
}

static int make(const struct workshop *w, const struct buf *pages, size_t count, struct run *runs,
                const char *mark, struct buf *out)
{
    int which = choose(), r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        name_run(w, i, &runs[i]);
        r = print(w, which, &runs[i], &pages[i]);
    }
    if (r == 0 && count > 1)
        r = join(w, runs, count);
    return r == 0 ? take_pdf(count > 1 ? w->pdf : runs[0].pdf, mark, out) : r;
}

int pdf_make(const struct buf *pages, size_t count, const char *mark, struct buf *out, struct buf *ret_said)
{
    struct workshop w __attribute__((cleanup(close_workshop))) = {0};
    if (choose() < 0)
        return SK_ERR_NOT_FOUND;
    autofree struct run *runs = calloc(count, sizeof *runs);
    int r = runs ? open_workshop(&w) : -ENOMEM;
    if (r == 0)
        r = make(&w, pages, count, runs, mark, out);
    if (r == SK_ERR_STATE || r == SK_ERR_TIMEOUT)
        take_said(&w, ret_said);
    return r;
}

/* Digits, and what stands between them in a date or a file's name. */
static void blank(struct buf *b, const char *key)
{
    static const char plain[] = "0123456789abcdefABCDEFDZ:+-'<>([ ";
    for (size_t at = 0; at < b->len;) {
        char *found = memmem(b->data + at, b->len - at, key, strlen(key));
        if (!found)
            return;
        at = (size_t)(found - b->data) + strlen(key);
        for (; at < b->len && memchr(plain, b->data[at], sizeof plain - 1); at++)
            b->data[at] = ' ';
    }
}

bool pdf_same(struct buf *a, struct buf *b)
{
    static const char *const keys[] = {"/CreationDate", "/ModDate", "/ID"};
    for (size_t i = 0; i < array_count(keys); i++) {
        blank(a, keys[i]);
        blank(b, keys[i]);
    }
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}
