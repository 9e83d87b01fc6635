/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-command.c tests the talk with a room's first process, which the person in the room may have hung or
 * taken over: it costs sekisho-room next to no time, and what it says is one bit. */
#include "cmocka-head.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "room/command.h"
#include "wire/wire.h"

#define QUEUE_MAX 1024
#define MUCH_NS   (2ull * 1000000000) /* while all others wait */

static char top[] = "/tmp/sekisho-command.XXXXXX";
static char path[128];
static struct room room = {.id = "r1", .area = "alpha", .login = "worker"};
static struct room_table table;

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(top))
        return -1;
    snprintf(path, sizeof path, "%s/%s", top, room.id);
    if (mkdir(path, 0700) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/%s/" COMMAND_LISTENER, top, room.id);
    table.folder_fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return table.folder_fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    close(table.folder_fd);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir(top);
    return 0;
}

static int send_order(struct fault *f)
{
    autorun struct run order = {.flags = 0};
    order.folder = strdup("/srv/alpha");
    words_add(&order.command, "true");
    return command_send(&table, &room, &order, -1, f);
}

static void nobody_listens(void **state)
{
    (void)state;
    struct fault f = {0};
    assert_int_equal(send_order(&f), SK_ERR_CLOSED);
    assert_int_equal(f.code, SK_ERR_CLOSED);
}

static void an_order_arrives(void **state)
{
    (void)state;
    struct fault f = {0};
    int listener = wire_listen(path, 0600);
    assert_true(listener >= 0);
    int sock = send_order(&f);
    assert_true(sock >= 0);
    int other = wire_accept(listener);
    autowire struct wire_message m = {0};
    assert_int_equal(wire_receive(other, &m, 1000), 0);
    assert_int_equal(m.type, SK_MSG_ROOM_RUN);
    assert_int_equal(m.fd_count, 0);
    close(sock);
    close(other);
    close(listener);
    unlink(path);
}

/* Nobody takes connections from the queue: orders that were given up fill it. */
static void a_hung_room_costs_no_time(void **state)
{
    (void)state;
    struct fault f = {0};
    int held[QUEUE_MAX], count = 0, sock;
    int listener = wire_listen(path, 0600);
    assert_true(listener >= 0);
    while ((sock = wire_connect_within(path, 1)) >= 0 && count < QUEUE_MAX)
        held[count++] = sock;
    assert_int_equal(sock, SK_ERR_TIMEOUT);
    uint64_t began = clock_boot_ns();
    assert_int_equal(send_order(&f), SK_ERR_TIMEOUT);
    assert_true(clock_boot_ns() - began < MUCH_NS);
    assert_non_null(strstr(f.why, "does not answer"));
    while (count > 0)
        close(held[--count]);
    close(listener);
    unlink(path);
}

/* What a room says of a command's end. */
static int end_by(uint16_t type, const char *payload, size_t len)
{
    int pair[2], status = -1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    assert_false(command_ended(pair[0], &status));
    if (payload)
        assert_int_equal(wire_send(pair[1], type, payload, len, NULL, 0, 1000), 0);
    close(pair[1]);
    assert_true(command_ended(pair[0], &status));
    close(pair[0]);
    return status;
}

static void an_end_is_one_bit(void **state)
{
    (void)state;
    assert_int_equal(end_by(SK_MSG_ROOM_ENDED, "\0", 1), 0);
    assert_int_equal(end_by(SK_MSG_ROOM_ENDED, "\1", 1), 1);
    assert_int_equal(end_by(SK_MSG_ROOM_ENDED, "\7", 1), 1);
    assert_int_equal(end_by(SK_MSG_ROOM_ENDED, "\0\0", 2), 1);
    assert_int_equal(end_by(SK_MSG_ROOM_ENDED, "", 0), 1);
    assert_int_equal(end_by(SK_MSG_ROOM_RAN, "\0", 1), 1);
    assert_int_equal(end_by(0, NULL, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(an_order_arrives),
        cmocka_unit_test(a_hung_room_costs_no_time),
        cmocka_unit_test(an_end_is_one_bit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
