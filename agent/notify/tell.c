/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tell.c owns the programs that are started for a notice. It must never start one through a shell, hand it
 * a descriptor but its standard ones, wait for it without end, or let it gain a right where it is none of
 * the system's mail programs. */
#include "notify/tell.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"

#define SENDMAIL     "/usr/sbin/sendmail"
#define CPU_S        20           /* seconds of the processor for each */
#define NS_PER_MS    1000000
#define HOST_CAP     256

static char *const environment[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, (char[]){"LANG=C.UTF-8"}, NULL};

struct child {
    pid_t pid;   /* 0 = not started or ended */
    bool is_mail;
};

/* A mail as sendmail(1) takes it: the recipient is its argument and no header's matter. */
static int put_mail(const struct notice *n, const char *host, const char *to, struct buf *out)
{
    buf_printf(out, "To: %s\nSubject: ", to);
    int r = notice_subject(n, host, out);
    if (r != 0)
        return r;
    buf_puts(out, "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
                  "Content-Transfer-Encoding: 8bit\nAuto-Submitted: auto-generated\n\n");
    return notice_text(n, host, out);
}

static _Noreturn void become(char *const *argv, int input, bool is_mail)
{
    struct rlimit cpu = {CPU_S, CPU_S};
    sigset_t none;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigemptyset(&none);
    if (setsid() < 0 || null < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(null, STDERR_FILENO) < 0 || setrlimit(RLIMIT_CPU, &cpu) != 0 || chdir("/") != 0 ||
        (!is_mail && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ||
        close_range(STDERR_FILENO + 1, UINT32_MAX, 0) != 0)
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(argv[0], argv, environment);
    _exit(127);
}

static bool is_safe(const struct stat *st)
{
    bool others_write = (st->st_mode & (S_IWGRP | S_IWOTH)) && !(S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX));
    return (st->st_uid == 0 || st->st_uid == geteuid()) && !others_write;
}

int tell_check_program(const char *path)
{
    struct stat st;
    autofree char *real = realpath(path, NULL);
    if (!real || stat(real, &st) != 0 || access(real, X_OK) != 0)
        return -errno;
    bool safe = S_ISREG(st.st_mode) && is_safe(&st);
    for (char *slash; safe && (slash = strrchr(real, '/'));) {
        slash[slash == real] = '\0'; /* the topmost folder keeps its slash */
        safe = stat(real, &st) == 0 && is_safe(&st);
        if (slash == real)
            break;
    }
    return safe ? 0 : SK_ERR_REFUSED;
}

/* 0 and its process, SK_ERR_REFUSED, -errno. */
static int start(const char *program, char *const *argv, const struct buf *text, bool is_mail, struct child *ret)
{
    int r = tell_check_program(program);
    if (r != 0)
        return r;
    autoclose int input = fd_memory_sealed("notice", text->data, text->len);
    if (input < 0)
        return input;
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        become(argv, input, is_mail);
    *ret = (struct child){.pid = pid, .is_mail = is_mail};
    return 0;
}

static int start_mail(const struct notice *n, const char *host, const char *program, const char *to,
                      struct child *ret)
{
    autobuf struct buf text = {0};
    autofree char *path = strdup(program), *address = strdup(to);
    int r = path && address ? put_mail(n, host, to, &text) : -ENOMEM;
    if (r != 0)
        return r;
    /* -i: a line with a dot alone is no end; -- : what follows is no option (an address never begins with
     * '-', policy/value.c) */
    char *argv[] = {path, (char[]){"-i"}, (char[]){"--"}, address, NULL};
    return start(program, argv, &text, true, ret);
}

static int start_program(const struct notice *n, const char *host, const char *program, struct child *ret)
{
    autobuf struct buf text = {0};
    autofree char *path = strdup(program), *id = strdup(n->incident), *kind = strdup(notice_kind(n));
    int r = path && id && kind ? notice_text(n, host, &text) : -ENOMEM;
    char *argv[] = {path, kind, id, NULL};
    return r != 0 ? r : start(program, argv, &text, false, ret);
}

static void failed(struct tell_result *result, size_t number, const char *why)
{
    size_t len = strlen(result->why);
    result->failed[number] = true;
    snprintf(result->why + len, sizeof result->why - len, "%snotify.%zu: %s", len ? "; " : "", number, why);
}

static void ended(struct tell_result *result, size_t number, int status)
{
    char why[128];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        result->sent[number] = true;
        return;
    }
    if (WIFSIGNALED(status))
        phrase_print(why, sizeof why, "ended by signal %d", WTERMSIG(status));
    else
        phrase_print(why, sizeof why, "ended with %d", WEXITSTATUS(status));
    failed(result, number, why);
}

/* Take in who has ended; true while some still run. */
static bool reap(struct child *children, struct tell_result *result)
{
    bool running = false;
    for (size_t i = 1; i <= SK_NOTICES_MAX; i++) {
        int status;
        if (children[i].pid == 0)
            continue;
        if (waitpid(children[i].pid, &status, WNOHANG) != children[i].pid) {
            running = true;
            continue;
        }
        ended(result, i, status);
        if (!children[i].is_mail) /* a mail program may deliver on in the background */
            kill(-children[i].pid, SIGKILL);
        children[i].pid = 0;
    }
    return running;
}

static void wait_for(struct child *children, struct tell_result *result, const sigset_t *set, unsigned limit_ms)
{
    uint64_t end = clock_boot_ns() + (uint64_t)limit_ms * NS_PER_MS;
    for (uint64_t now; reap(children, result) && (now = clock_boot_ns()) < end;) {
        struct timespec left = {.tv_sec = (time_t)((end - now) / 1000000000),
                                .tv_nsec = (long)((end - now) % 1000000000)};
        sigtimedwait(set, NULL, &left);
    }
    for (size_t i = 1; i <= SK_NOTICES_MAX; i++) {
        if (children[i].pid == 0)
            continue;
        kill(-children[i].pid, SIGKILL); /* EPERM where a mail program has become root: then it goes on alone */
        failed(result, i, PHRASE("took too long"));
    }
}

static int start_one(const struct notice *n, const struct policy_incident *rules, const char *host, const char *entry,
                     struct child *ret)
{
    if (*entry == '/')
        return start_program(n, host, entry, ret);
    return start_mail(n, host, *rules->sendmail ? rules->sendmail : SENDMAIL, entry, ret);
}

int tell_all(const struct notice *n, const struct policy_incident *rules, unsigned limit_ms,
             struct tell_result *ret)
{
    struct child children[SK_NOTICES_MAX + 1] = {0};
    char host[HOST_CAP] = "";
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -errno;
    if (gethostname(host, sizeof host - 1) != 0)
        strcpy(host, "?");
    for (size_t i = 0; i < rules->notify.count && i < SK_NOTICES_MAX; i++) {
        if (n->skip[i + 1])
            continue;
        int r = start_one(n, rules, host, rules->notify.items[i], &children[i + 1]);
        if (r != 0)
            failed(ret, i + 1, r == SK_ERR_REFUSED ? PHRASE("others than root can change this program")
                                                   : PHRASE_ERROR(r));
    }
    wait_for(children, ret, &set, limit_ms);
    return 0;
}
