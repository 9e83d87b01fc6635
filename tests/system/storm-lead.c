/* SPDX-License-Identifier: GPL-3.0-or-later */
/* storm-lead.c leads rounds of concurrent opens and strikes the agent's processes in their middle. It
 * judges nothing: it prints, for each kind of strike, who came in, who was refused and who waited how
 * long, and writes down what each process was answered. It must never strike what it was not told to.
 *
 *   storm-lead FOLDER PROCESSES THREADS OPENS STATUS-COMMAND AGENT-PID TABLE \
 *              LISTED UNLISTED PERMITTED-UID STRANGER-UID <PLAN
 *
 * A line of PLAN is "VICTIM[+VICTIM…] KILL|STOP|FREEZE|QUEUE|NONE [gather]": watch, keeper and holder are
 * sekishod's, any other name is a child of AGENT-PID. FREEZE = stopped, and continued later; the same
 * for STOP of what nobody replaces. QUEUE = stopped before the round, continued when all wait. gather =
 * the worker is stopped until all openers wait for it. */
#define _GNU_SOURCE
#include "storm.h"
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define MS               1000000ull /* nanoseconds */
#define GATHER_MS        1500       /* shorter than the agent's patience with a worker */
#define HUNG_MS          5000
#define QUEUE_MS         30000      /* for all that queued, once somebody serves them again */
#define GIVE_UP_MS       60000
#define FROZEN_MS        1500
#define AMID             1000
#define VICTIMS_MAX      4
#define KINDS_MAX        32

static struct storm *storm;
static const char *status_command;
static pid_t agent;

struct victim {
    char name[32];
    pid_t pid;
};

struct strike {
    char what[64]; /* "watch+keeper KILL" */
    char signal[8];
    struct victim victims[VICTIMS_MAX];
    unsigned victim_count;
    bool gather;
};

struct tally {
    char what[64];
    unsigned rounds, amid; /* amid: with AMID opens that waited when the strike came */
    uint64_t opened[STORM_KINDS], refused[STORM_KINDS], other;
    uint64_t hung, least_waiting, longest_ns, bystander_ns;
};

static struct tally tallies[KINDS_MAX];
static unsigned tally_count;
static uint64_t totals[STORM_PROCESSES_MAX][2]; /* opened, refused of each process */

static void fatal(const char *what)
{
    fprintf(stderr, "storm: %s\n", what);
    exit(2);
}

static uint64_t passed_ms(uint64_t since)
{
    return (storm_now_ns() - since) / MS;
}

/* --- the agent's processes --------------------------------------------------------------------- */

struct status {
    int keeper, watch, holder, ledger;
};

static bool read_status(struct status *ret)
{
    char text[4096] = "";
    FILE *f = popen(status_command, "r");
    if (!f || !fgets(text, sizeof text, f)) {
        if (f)
            pclose(f);
        return false;
    }
    pclose(f);
    const char *keeper = strstr(text, " keeper="), *watch = strstr(text, " watch="),
               *holder = strstr(text, " holder="), *ledger = strstr(text, " ledger=");
    if (!keeper || !watch || !holder || !ledger)
        return false;
    *ret = (struct status){atoi(keeper + 8), atoi(watch + 7), atoi(holder + 8), atoi(ledger + 8)};
    return true;
}

/* Stopped is not alive: somebody must replace it first. */
static bool alive(pid_t pid)
{
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    const char *end = strrchr(text, ')');
    return end && !strchr("ZXTt", end[2]);
}

/* All three of sekishod live, and the ledger has the ring. */
static void wait_whole(struct status *ret)
{
    for (uint64_t since = storm_now_ns(); passed_ms(since) < GIVE_UP_MS; storm_sleep_us(20000))
        if (read_status(ret) && ret->ledger && ret->keeper != ret->holder && alive(ret->keeper) &&
            alive(ret->watch) && alive(ret->holder))
            return;
    fatal("the agent did not become whole again");
}

static pid_t child_named(const char *name)
{
    DIR *d = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *e; d && !found && (e = readdir(d)) != NULL;) {
        char path[300], text[512];
        if (e->d_name[0] < '0' || e->d_name[0] > '9')
            continue;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
        if (fd >= 0)
            close(fd);
        if (n <= 0)
            continue;
        text[n] = '\0';
        char *open = strchr(text, '('), *close = strrchr(text, ')');
        int parent = 0;
        char state = 0;
        if (!open || !close || sscanf(close + 1, " %c %d", &state, &parent) != 2)
            continue;
        *close = '\0';
        if (parent == agent && strncmp(open + 1, name, 15) == 0)
            found = atoi(e->d_name);
    }
    if (d)
        closedir(d);
    return found;
}

static bool guards(const char *name)
{
    return strcmp(name, "watch") == 0 || strcmp(name, "keeper") == 0 || strcmp(name, "holder") == 0;
}

static void find_victims(struct strike *s, const struct status *now)
{
    for (unsigned i = 0; i < s->victim_count; i++) {
        struct victim *v = &s->victims[i];
        uint64_t since = storm_now_ns();
        do {
            v->pid = strcmp(v->name, "watch") == 0    ? now->watch
                   : strcmp(v->name, "keeper") == 0 ? now->keeper
                   : strcmp(v->name, "holder") == 0 ? now->holder : child_named(v->name);
            if (v->pid == 0)
                storm_sleep_us(50000);
        } while (v->pid == 0 && passed_ms(since) < GIVE_UP_MS);
        if (v->pid == 0)
            fatal(v->name);
    }
}

/* --- openers ----------------------------------------------------------------------------------- */

static void be_opener(int memory, uint32_t row, const char *program, uid_t uid)
{
    char fd[16], number[16];
    snprintf(fd, sizeof fd, "%d", memory);
    snprintf(number, sizeof number, "%u", row);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
        _exit(2);
    execl(program, program, fd, number, (char *)NULL);
    _exit(2);
}

static void be_bystander(uid_t uid)
{
    if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
        _exit(2);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of ids takes an earlier one back */
    for (;;) {
        uint64_t before = storm_now_ns();
        int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
        uint64_t took = storm_now_ns() - before;
        if (fd >= 0)
            close(fd);
        if (took > atomic_load(&storm->bystander_ns))
            atomic_store(&storm->bystander_ns, took);
        atomic_fetch_add(&storm->bystander_opens, 1);
        storm_sleep_us(1000);
    }
}

static void start_openers(int memory, char **a)
{
    uid_t permitted = (uid_t)atoi(a[10]), stranger = (uid_t)atoi(a[11]);
    uint32_t per = storm->thread_count / storm->process_count;
    for (uint32_t i = 0; i < storm->process_count; i++) {
        struct storm_process *p = &storm->processes[i];
        p->kind = i % 4 < 2 ? STORM_PERMITTED : i % 4 == 2 ? STORM_STRANGER : STORM_UNLISTED;
        p->first = i * per;
        p->threads = per;
        pid_t pid = fork();
        if (pid < 0)
            fatal("fork");
        if (pid == 0)
            be_opener(memory, i, p->kind == STORM_UNLISTED ? a[9] : a[8],
                      p->kind == STORM_STRANGER ? stranger : permitted);
    }
    if (fork() == 0)
        be_bystander(stranger);
    uint64_t since = storm_now_ns();
    while (atomic_load(&storm->ready) < storm->thread_count) {
        if (passed_ms(since) > GIVE_UP_MS || waitpid(-1, NULL, WNOHANG) > 0)
            fatal("the openers did not get ready");
        storm_sleep_us(1000);
    }
}

static uint32_t waiting_since_before(uint64_t moment)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < storm->thread_count; i++) {
        uint64_t since = atomic_load(&storm->threads[i].since_ns);
        count += since != 0 && since <= moment;
    }
    return count;
}

/* --- a round ----------------------------------------------------------------------------------- */

static bool read_strike(struct strike *ret)
{
    char victims[64] = "", gather[16] = "", line[160];
    struct strike s = {0};
    do {
        if (!fgets(line, sizeof line, stdin))
            return false;
    } while (sscanf(line, "%63s %7s %15s", victims, s.signal, gather) < 2);
    snprintf(s.what, sizeof s.what, "%.50s %s", victims, s.signal);
    s.gather = strcmp(gather, "gather") == 0;
    for (char *at = victims, *name; (name = strsep(&at, "+")) != NULL;)
        if (strcmp(name, "none") != 0 && s.victim_count < VICTIMS_MAX)
            snprintf(s.victims[s.victim_count++].name, sizeof s.victims[0].name, "%.31s", name);
    *ret = s;
    return true;
}

static void begin_round(void)
{
    for (uint32_t i = 0; i < storm->thread_count; i++) {
        struct storm_thread *t = &storm->threads[i];
        atomic_store(&t->longest_ns, 0);
        atomic_store(&t->opened, 0);
        atomic_store(&t->refused, 0);
        atomic_store(&t->other, 0);
    }
    atomic_store(&storm->begun, 0);
    atomic_store(&storm->answered, 0);
    atomic_store(&storm->finished, 0);
    atomic_store(&storm->bystander_ns, 0);
    atomic_fetch_add(&storm->generation, 1);
    syscall(SYS_futex, &storm->generation, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void send(const struct strike *s, int number)
{
    for (unsigned i = 0; i < s->victim_count; i++)
        kill(s->victims[i].pid, number);
}

static struct tally *tally_of(const char *what)
{
    for (unsigned i = 0; i < tally_count; i++)
        if (strcmp(tallies[i].what, what) == 0)
            return &tallies[i];
    if (tally_count == KINDS_MAX)
        fatal("too many kinds of strikes");
    struct tally *t = &tallies[tally_count++];
    snprintf(t->what, sizeof t->what, "%s", what);
    t->least_waiting = UINT64_MAX;
    return t;
}

static void count_round(struct tally *t)
{
    for (uint32_t p = 0; p < storm->process_count; p++) {
        const struct storm_process *process = &storm->processes[p];
        for (uint32_t i = process->first; i < process->first + process->threads; i++) {
            struct storm_thread *row = &storm->threads[i];
            t->opened[process->kind] += atomic_load(&row->opened);
            t->refused[process->kind] += atomic_load(&row->refused);
            t->other += atomic_load(&row->other);
            totals[p][0] += atomic_load(&row->opened);
            totals[p][1] += atomic_load(&row->refused);
            if (atomic_load(&row->longest_ns) > t->longest_ns)
                t->longest_ns = atomic_load(&row->longest_ns);
        }
    }
    if (atomic_load(&storm->bystander_ns) > t->bystander_ns)
        t->bystander_ns = atomic_load(&storm->bystander_ns);
    t->rounds++;
}

/* The strike comes when this many opens have been answered: anywhere in the first half. */
static void wait_for_the_middle(uint32_t total)
{
    uint32_t middle = (uint32_t)(random() % (total / 2)) + 1;
    for (uint64_t since = storm_now_ns(); atomic_load(&storm->answered) < middle;) {
        if (passed_ms(since) > GIVE_UP_MS)
            fatal("nothing was answered before the strike");
        storm_sleep_us(50);
    }
}

static void wait_for_the_end(uint64_t struck, uint64_t hung_ms, struct tally *t)
{
    bool looked = false;
    while (atomic_load(&storm->finished) < storm->thread_count) {
        if (!looked && passed_ms(struck) >= hung_ms) {
            t->hung += waiting_since_before(struck);
            looked = true;
        }
        if (passed_ms(struck) > GIVE_UP_MS) {
            fprintf(stderr, "storm: %u opens have no answer %d s after: %s\n",
                    waiting_since_before(UINT64_MAX), GIVE_UP_MS / 1000, t->what);
            exit(1);
        }
        storm_sleep_us(1000);
    }
}

/* All openers queue before stopped processes, which then go on. */
static void play_queue(const struct strike *s, struct tally *t)
{
    send(s, SIGSTOP);
    begin_round();
    for (uint64_t since = storm_now_ns();
         atomic_load(&storm->begun) < storm->thread_count && passed_ms(since) < GIVE_UP_MS;)
        storm_sleep_us(1000);
    storm_sleep_us(200000); /* the last of them are on their way in */
    t->least_waiting = waiting_since_before(UINT64_MAX);
    t->amid += t->least_waiting >= AMID;
    uint64_t continued = storm_now_ns();
    send(s, SIGCONT);
    wait_for_the_end(continued, QUEUE_MS, t);
    fprintf(stderr, "storm: all were answered within %ju ms\n", (uintmax_t)passed_ms(continued));
    count_round(t);
}

static void play(struct strike *s)
{
    struct status now;
    uint32_t total = storm->thread_count * storm->opens;
    bool kill_it = strcmp(s->signal, "KILL") == 0, none = s->victim_count == 0;
    bool freeze = strcmp(s->signal, "FREEZE") == 0;
    struct tally *t = tally_of(s->what);
    wait_whole(&now);
    find_victims(s, &now);
    if (strcmp(s->signal, "QUEUE") == 0) {
        play_queue(s, t);
        return;
    }
    if (s->gather)
        kill(now.watch, SIGSTOP);
    begin_round();
    if (s->gather) {
        uint64_t since = storm_now_ns();
        while (atomic_load(&storm->begun) < storm->thread_count && passed_ms(since) < GATHER_MS)
            storm_sleep_us(500);
        kill(now.watch, SIGCONT);
    }
    wait_for_the_middle(total);
    uint64_t struck = storm_now_ns();
    if (!none)
        send(s, kill_it ? SIGKILL : SIGSTOP);
    uint64_t waiting = total - atomic_load(&storm->answered);
    if (waiting < t->least_waiting)
        t->least_waiting = waiting;
    t->amid += waiting >= AMID;
    if (freeze) {
        while (passed_ms(struck) < FROZEN_MS * 3)
            storm_sleep_us(1000);
        send(s, SIGCONT);
    }
    wait_for_the_end(struck, HUNG_MS, t);
    count_round(t);
    if (!none && !kill_it && !freeze && !guards(s->victims[0].name)) {
        while (passed_ms(struck) < FROZEN_MS)
            storm_sleep_us(1000);
        send(s, SIGCONT);
    }
}

static void report(const char *table)
{
    FILE *f = fopen(table, "we");
    if (!f)
        fatal(table);
    for (uint32_t p = 0; p < storm->process_count; p++)
        fprintf(f, "%d %u %ju %ju\n", atomic_load(&storm->processes[p].pid),
                storm->processes[p].kind, (uintmax_t)totals[p][0], (uintmax_t)totals[p][1]);
    fclose(f);
    for (unsigned i = 0; i < tally_count; i++) {
        const struct tally *t = &tallies[i];
        printf("strike=%s rounds=%u let-in=%ju refused=%ju unauthorised=%ju other=%ju hung=%ju "
               "waiting=%ju amid=%u rightly=%ju longest-ms=%ju bystander-ms=%ju.%ju\n",
               t->what, t->rounds, (uintmax_t)t->opened[STORM_PERMITTED],
               (uintmax_t)t->refused[STORM_PERMITTED],
               (uintmax_t)(t->opened[STORM_STRANGER] + t->opened[STORM_UNLISTED]),
               (uintmax_t)t->other, (uintmax_t)t->hung, (uintmax_t)t->least_waiting, t->amid,
               (uintmax_t)(t->refused[STORM_STRANGER] + t->refused[STORM_UNLISTED]),
               (uintmax_t)(t->longest_ns / MS), (uintmax_t)(t->bystander_ns / MS),
               (uintmax_t)(t->bystander_ns % MS / 100000));
    }
}

int main(int count, char **a)
{
    struct strike s;
    if (count != 12 || atoi(a[2]) < 1 || atoi(a[2]) > STORM_PROCESSES_MAX || atoi(a[3]) < 1)
        fatal("see the beginning of storm-lead.c");
    uint32_t processes = (uint32_t)atoi(a[2]), threads = processes * (uint32_t)atoi(a[3]);
    int memory = memfd_create("storm", 0);
    if (memory < 0 || ftruncate(memory, (off_t)storm_bytes(threads)) != 0)
        fatal("memory");
    storm = mmap(NULL, storm_bytes(threads), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (storm == MAP_FAILED)
        fatal("memory");
    snprintf(storm->folder, sizeof storm->folder, "%s", a[1]);
    storm->opens = (uint32_t)atoi(a[4]);
    storm->process_count = processes;
    storm->thread_count = threads;
    status_command = a[5];
    agent = atoi(a[6]);
    start_openers(memory, a);
    /* whoever strikes must get to run among thousands */
    const struct sched_param first = {.sched_priority = 2};
    if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
        (void)!nice(-15);
    for (unsigned number = 0; read_strike(&s); number++) {
        play(&s);
        if (getenv("STORM_VERBOSE"))
            fprintf(stderr, "%u %s\n", number, s.what);
    }
    struct status now;
    wait_whole(&now); /* what dies often is started later and later */
    atomic_store(&storm->over, true);
    atomic_fetch_add(&storm->generation, 1);
    syscall(SYS_futex, &storm->generation, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    report(a[7]);
    return 0;
}
