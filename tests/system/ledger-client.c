/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-client.c owns a peer of ledger.sock for the system tests: it appends, seals, asks for the
 * head and feeds a ring. It must never decide whether a test passes; it prints what it was told. */
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include <sekisho/reason.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "wire/ring.h"
#include "plain.h"
#include "wire/wire.h"

#define ANSWER_MS 10000

static int call(int sock, uint16_t type, const char *payload, const int *fds, size_t count)
{
    autowire struct wire_message m = {0};
    int r = wire_call(sock, type, payload, strlen(payload), fds, count, &m, ANSWER_MS);
    if (r != 0) {
        fprintf(stderr, "no answer: %s\n", sk_strerror(r));
        return 3;
    }
    printf("%s\n", plain_text(&m));
    fflush(stdout);
    return m.type == SK_MSG_ERROR ? 1 : 0;
}

/* append COUNT KIND durable|seal|later: each acknowledged record prints its answer */
static int append(int sock, char **words)
{
    uint64_t count;
    if (str_to_u64(words[0], INT32_MAX, &count) != 0)
        return 2;
    for (uint64_t i = 0; i < count; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"durable\":%s,\"seal\":%s,\"record\":{\"kind\":\"%s\",\"n\":%" PRIu64
                 ",\"phase\":\"done\",\"case\":\"T-20261121-0001\",\"purpose\":\"検査\","
                 "\"person\":{\"id\":\"tanaka\",\"login\":\"tanaka\",\"name\":\"田中\"}}}",
                 str_eq(words[2], "durable") ? "true" : "false",
                 str_eq(words[2], "seal") ? "true" : "false", words[1], i);
        int r = call(sock, SK_MSG_APPEND, text, NULL, 0);
        if (r != 0)
            return r;
    }
    return 0;
}

/* The ledger is gone: nothing will empty the ring. */
static bool gone(int sock)
{
    return fd_wait(sock, POLLIN, 1) != 0;
}

static void fill_event(struct access_event *e, uint64_t n, uint64_t files)
{
    *e = (struct access_event){.boot_ns = clock_boot_ns(), .process_start = 77,
                               .inode = 1000 + n % files, .dev_major = 7, .dev_minor = 1,
                               .pid = 4242, .uid = 1001, .allowed = n % 5 != 0,
                               .reason = n % 5 ? SK_REASON_ALLOWED : SK_REASON_NOT_ON_ROSTER,
                               .rule_line = 12, .policy_version = 3};
    snprintf(e->person, sizeof e->person, "tanaka");
    snprintf(e->area, sizeof e->area, "tax");
    snprintf(e->application, sizeof e->application, "editor");
    snprintf(e->exe, sizeof e->exe, "/usr/bin/vim");
    snprintf(e->file, sizeof e->file, "in/名簿-%" PRIu64 "\n.csv", n % files);
}

/* ring EVENTS FILES [MEMFD-PATH [LOST]]: commit events into a ring (an existing one when a path is
 * given) and wait until all are durable; LOST more are counted as lost before */
static int ring(int sock, char **words, int count)
{
    uint64_t events, files, lost = 0;
    struct ring *r;
    if (str_to_u64(words[0], INT32_MAX, &events) != 0 ||
        str_to_u64(words[1], INT32_MAX, &files) != 0 ||
        (count > 3 && str_to_u64(words[3], INT32_MAX, &lost) != 0))
        return 2;
    int memory = count > 2 ? open(words[2], O_RDWR | O_CLOEXEC) : memfd_create("ring", MFD_CLOEXEC);
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct stat st;
    if (memory < 0 || wake < 0 || fstat(memory, &st) != 0 ||
        (st.st_size != (off_t)ring_bytes() && ftruncate(memory, (off_t)ring_bytes()) != 0))
        return 3;
    void *at = mmap(NULL, ring_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (at == MAP_FAILED || ring_attach(at, ring_bytes(), &r) != 0)
        return 3;
    const int fds[2] = {memory, wake};
    while (lost-- > 0)
        ring_count_lost(r);
    int e = call(sock, SK_MSG_RING, "", fds, 2);
    if (e != 0)
        return e;
    uint64_t begin = clock_boot_ns(), full = 0;
    for (uint64_t n = 0; n < events; n++) {
        struct access_event event;
        fill_event(&event, n, files);
        while (ring_commit(r, &event) != 0) {
            full++;
            if (gone(sock))
                return 1;
        }
        if (n % 64 == 0 || n + 1 == events)
            (void)!write(wake, &(uint64_t){1}, sizeof(uint64_t));
    }
    uint64_t limit = clock_boot_ns() + 20000000000u;
    while (ring_tail(r) < ring_head(r) && clock_boot_ns() < limit && !gone(sock))
        ;
    printf("committed %" PRIu64 " durable %" PRIu64 " waited-for-room %" PRIu64 " ms %" PRIu64 "\n",
           ring_head(r), ring_tail(r), full, (clock_boot_ns() - begin) / 1000000);
    return ring_tail(r) == ring_head(r) ? 0 : 1;
}

/* load COUNT: records that nobody waits for, as fast as the socket takes them */
static int load(int sock, char **words)
{
    uint64_t count;
    if (str_to_u64(words[0], INT32_MAX, &count) != 0)
        return 2;
    for (uint64_t i = 0; i < count; i++) {
        char text[256];
        autowire struct wire_message m = {0};
        int len = snprintf(text, sizeof text, "{\"durable\":false,\"record\":{\"kind\":\"cloud\","
                           "\"n\":%" PRIu64 ",\"area\":\"tax\"}}", i);
        if (wire_call(sock, SK_MSG_APPEND, text, (size_t)len, NULL, 0, &m, ANSWER_MS) != 0 ||
            m.type != SK_MSG_APPENDED)
            return 1;
    }
    return 0;
}

/* bulk COUNT BYTES KIND [CONTRACT]: durable records of about that size until one is refused */
static int bulk(int sock, char **words, int words_count)
{
    uint64_t count, bytes;
    if (str_to_u64(words[0], INT32_MAX, &count) != 0 ||
        str_to_u64(words[1], SK_RECORD_MAX, &bytes) != 0)
        return 2;
    autobuf struct buf b = {0};
    buf_printf(&b, "{\"durable\":true,\"record\":{\"kind\":\"%s\",", words[2]);
    if (words_count > 3)
        buf_printf(&b, "\"contract\":\"%s\",", words[3]);
    buf_puts(&b, "\"purpose\":\"");
    for (uint64_t i = 0; i < bytes; i++)
        buf_putc(&b, 'x');
    buf_puts(&b, "\"}}");
    uint64_t done = 0;
    for (; done < count; done++) {
        autowire struct wire_message m = {0};
        if (b.err || wire_call(sock, SK_MSG_APPEND, b.data, b.len, NULL, 0, &m, ANSWER_MS) != 0)
            return 3;
        if (m.type != SK_MSG_APPENDED) {
            printf("%s\n", plain_text(&m));
            break;
        }
    }
    printf("written %" PRIu64 "\n", done);
    return done == count ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: ledger-client SOCKET raw TYPE JSON | append COUNT KIND "
                        "durable|seal|later | bulk COUNT BYTES KIND [CONTRACT] | load COUNT |\n"
                        "ring EVENTS FILES [MEMORY] | head | seal\n");
        return 2;
    }
    int sock = wire_connect(argv[1]);
    if (sock < 0) {
        fprintf(stderr, "%s: %s\n", argv[1], sk_strerror(sock));
        return 3;
    }
    uint64_t type;
    if (str_eq(argv[2], "append") && argc == 6)
        return append(sock, argv + 3);
    if (str_eq(argv[2], "bulk") && (argc == 6 || argc == 7))
        return bulk(sock, argv + 3, argc - 3);
    if (str_eq(argv[2], "load") && argc == 4)
        return load(sock, argv + 3);
    if (str_eq(argv[2], "ring") && argc >= 5)
        return ring(sock, argv + 3, argc - 3);
    if (str_eq(argv[2], "head"))
        return call(sock, SK_MSG_HEAD, "{}", NULL, 0);
    if (str_eq(argv[2], "seal"))
        return call(sock, SK_MSG_SEAL, "{\"why\":\"test\"}", NULL, 0);
    if (str_eq(argv[2], "raw") && argc == 5 && str_to_u64(argv[3], UINT16_MAX, &type) == 0)
        return call(sock, (uint16_t)type, argv[4], NULL, 0);
    return 2;
}
