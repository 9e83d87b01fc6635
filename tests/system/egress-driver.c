/* SPDX-License-Identifier: GPL-3.0-or-later */
/* egress-driver.c judges the connections of a queue and learns from the answers of another, by rules from its command
 * line, and prints each word. For tests of what the library does on a real queue.
 * egress-driver CONNECTIONS ANSWERS DOMAIN…: only these names are let, at addresses that they were answered with. */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "egress/judge.h"
#include "egress/names.h"
#include "egress/pins.h"
#include "egress/queue.h"

#define MARK_LET    0x51
#define MARK_REFUSE 0x66
#define TIDY_MS     1000

struct driver {
    struct queue *connections, *answers;
    struct judge *judge;
    struct names *approved;
    struct pins *pins;
};

static volatile sig_atomic_t ending;

static void end(int number)
{
    ending = number;
}

static enum judge_word by_rules(void *context, const struct packet *segment, const struct hello *hello)
{
    struct driver *d = context;
    struct dns_address to = {.six = segment->to.six};
    uint32_t service;
    memcpy(to.bytes, segment->to.address, sizeof to.bytes);
    bool let = hello && hello->name[0] && names_find(d->approved, hello->name, &service, NULL) &&
               pins_have(d->pins, hello->name, &to, clock_boot_ns());
    printf("%s %s\n", let ? "let" : "refused", !hello ? "-" : hello->name[0] ? hello->name : "?");
    return let ? JUDGE_LET : JUDGE_REFUSE;
}

static void take_connection(void *context, const struct queued *q)
{
    struct driver *d = context;
    struct packet p;
    enum judge_why why = JUDGE_UNKNOWN;
    enum judge_word word = packet_read(q->bytes, q->len, &p) == 0 ? judge_take(d->judge, &p, clock_boot_ns(), &why)
                                                                 : JUDGE_REFUSE;
    if (word == JUDGE_REFUSE && why != JUDGE_BY_RULES && why != JUDGE_NOT_TLS)
        printf("refused why %d\n", (int)why);
    int r = word == JUDGE_HOLD     ? queue_answer(d->connections, q->id, QUEUE_DROP, 0)
            : word == JUDGE_REFUSE ? queue_answer(d->connections, q->id, QUEUE_AGAIN, MARK_REFUSE)
            : word == JUDGE_LET    ? queue_answer(d->connections, q->id, QUEUE_LET, MARK_LET)
                                   : queue_answer(d->connections, q->id, QUEUE_LET, 0);
    if (r != 0)
        printf("no answer: %d\n", r);
}

static void take_answer(void *context, const struct queued *q)
{
    struct driver *d = context;
    struct packet p;
    struct dns_answer a;
    if (packet_read(q->bytes, q->len, &p) == 0 && p.udp && dns_answer(p.data, p.len, &a) == 0)
        pins_learn(d->pins, &a, clock_boot_ns());
    (void)!queue_answer(d->answers, q->id, QUEUE_LET, 0);
}

static int begin(struct driver *d, char **argv)
{
    int r = judge_new(by_rules, d, &d->judge);
    if (r == 0)
        r = names_new(&d->approved);
    if (r == 0)
        r = pins_new(&d->pins);
    for (char **domain = argv + 3; r == 0 && *domain; domain++)
        r = names_add(d->approved, *domain, 1);
    if (r == 0)
        r = queue_open((uint16_t)atoi(argv[1]), &d->connections);
    if (r == 0)
        r = queue_open((uint16_t)atoi(argv[2]), &d->answers);
    return r;
}

int main(int argc, char **argv)
{
    struct driver d = {0};
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, end);
    int r = argc < 3 ? -1 : begin(&d, argv);
    if (r != 0) {
        fprintf(stderr, "egress-driver: %d\n", r);
        return 1;
    }
    puts("ready");
    while (!ending) {
        struct pollfd fds[] = {{.fd = queue_fd(d.connections), .events = POLLIN},
                               {.fd = queue_fd(d.answers), .events = POLLIN}};
        (void)!poll(fds, 2, TIDY_MS);
        /* answers first: who asks connects right after */
        if (queue_take(d.answers, take_answer, &d) != 0 || queue_take(d.connections, take_connection, &d) != 0)
            return 1;
        judge_tidy(d.judge, clock_boot_ns());
    }
    size_t bytes, flows = judge_flows(d.judge, &bytes);
    printf("left %zu %zu\n", flows, bytes);
    queue_close(&d.connections);
    queue_close(&d.answers);
    judge_free(&d.judge);
    names_free(&d.approved);
    pins_free(&d.pins);
    return 0;
}
