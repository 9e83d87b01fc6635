/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plug-desk.c proves what becomes of devices: a tree like /sys, in which the test plugs in and pulls out, and a
 * ledger that writes down, refuses or does not answer. What counts is the switch "authorized" and the records. */
#include "plug/desk.h"
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "cmocka-head.h"
#include "plug/drivers.h"
#include "plug/hand.h"
#include "policy-help.h"
#include "record/record.h"
#include "wire/wire.h"

#define HUB   "devices/pci0000:00/0000:00:14.0/usb1"
#define PORT1 HUB "/1-1"
#define IDENTITY "1fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54"
#define STICK                                                                                      \
    "[medium s1]\nvendor = 0951\nproduct = 1666\nserial = AB\nowner = hana\ndirection = out\n"     \
    "areas = shared\nidentity = " IDENTITY "\nexpires = 2099-12-31\n"
#define NAMESAKE /* says the same of itself */                                                     \
    "[medium s0]\nvendor = 0951\nproduct = 1666\nserial = AB\nowner = hana\ndirection = out\n"     \
    "areas = shared\nidentity = 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\nexpires = 2099-12-31\n"

static char top[64], root[80];

/* The linker puts this in the place of clock_boot_ns. */
static _Atomic uint64_t time_passes_ns;
uint64_t __real_clock_boot_ns(void);
uint64_t __wrap_clock_boot_ns(void);

uint64_t __wrap_clock_boot_ns(void)
{
    return __real_clock_boot_ns() + time_passes_ns;
}

/* And this in that of fd_wait: how a switch ends is waited for, however busy the machine is, but where a test wants it slow. */
static _Atomic int patience_ms = 20000;
int __real_fd_wait(int fd, short events, int timeout_ms);
int __wrap_fd_wait(int fd, short events, int timeout_ms);

int __wrap_fd_wait(int fd, short events, int timeout_ms)
{
    return __real_fd_wait(fd, events, timeout_ms == HAND_WAIT_MS ? patience_ms : timeout_ms);
}

/* --- the ledger ------------------------------------------------------------------------------- */

static pthread_t ledger_thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *records;             /* an array, under lock */
static atomic_bool ledger_runs, ledger_refuses;
static bool authorized_then;        /* of PORT1, when the last record came; under lock */

static void write_file(const char *path, const void *data, size_t len)
{
    char full[PLUG_PATH_CAP * 3];
    snprintf(full, sizeof full, "%s/%s", root, path);
    autoclose int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_full(fd, data, len), 0);
}

static bool switched_on(const char *path)
{
    char full[PLUG_PATH_CAP * 3];
    autobuf struct buf b = {0};
    snprintf(full, sizeof full, "%s/%s/authorized", root, path);
    return file_read(AT_FDCWD, full, 16, &b) == 0 && b.data[0] == '1';
}

static void serve_ledger(int sock)
{
    autowire struct wire_message m = {0};
    while (atomic_load(&ledger_runs) && wire_receive(sock, &m, 20) != SK_ERR_CLOSED) {
        json_t *message = NULL;
        if (m.type == SK_MSG_APPEND && record_parse(m.payload.data, m.payload.len, 1 << 20, &message) == 0) {
            pthread_mutex_lock(&lock);
            if (!atomic_load(&ledger_refuses))
                json_array_append(records, json_object_get(message, "record"));
            authorized_then = switched_on(PORT1);
            pthread_mutex_unlock(&lock);
            json_decref(message);
            (void)!wire_send(sock, atomic_load(&ledger_refuses) ? SK_MSG_ERROR : SK_MSG_APPENDED, "{}", 2, NULL, 0,
                             1000);
        }
        wire_message_clear(&m);
    }
}

static void *run_ledger(void *listener_at)
{
    autoclose int listener = *(int *)listener_at;
    free(listener_at);
    while (atomic_load(&ledger_runs)) {
        autoclose int sock = fd_wait(listener, POLLIN, 20) == 1 ? wire_accept(listener) : -1;
        if (sock >= 0)
            serve_ledger(sock);
    }
    unlink(sk_path(SK_PATH_LEDGER_SOCKET));
    return NULL;
}

static void start_ledger(void)
{
    int *listener = malloc(sizeof *listener);
    *listener = wire_listen(sk_path(SK_PATH_LEDGER_SOCKET), 0600);
    assert_true(*listener >= 0);
    atomic_store(&ledger_runs, true);
    assert_int_equal(pthread_create(&ledger_thread, NULL, run_ledger, listener), 0);
}

static void stop_ledger(void)
{
    if (atomic_exchange(&ledger_runs, false))
        pthread_join(ledger_thread, NULL);
}

/* The last record's member, or that of the one of this phase. The caller's to free. */
static char *said(const char *phase, const char *member)
{
    char *found = NULL;
    pthread_mutex_lock(&lock);
    for (size_t i = json_array_size(records); i > 0 && !found; i--) {
        const json_t *r = json_array_get(records, i - 1);
        if (str_eq(record_text(r, "phase"), phase))
            found = strdup(record_text(r, member));
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static void assert_said(const char *phase, const char *member, const char *value)
{
    autofree char *text = said(phase, member);
    assert_non_null(text);
    assert_string_equal(text, value);
}

static size_t record_count(void)
{
    pthread_mutex_lock(&lock);
    size_t count = json_array_size(records);
    pthread_mutex_unlock(&lock);
    return count;
}

/* --- sekisho-device --------------------------------------------------------------------------- */

static pthread_t device_thread;
static atomic_bool device_runs;
static const char *device_turns;    /* JSON: the turns that each medium has, and whether it was kept; under lock */
static const char *device_finds;    /* the identity that each medium has, NULL = it can't be looked at; under lock */
static char *device_was_asked;      /* "LOOK 8:0 OPEN 8:0 …"; under lock */

static void note_question(const char *word, const json_t *body)
{
    autobuf struct buf b = {0};
    buf_printf(&b, "%s%s %s ", device_was_asked ? device_was_asked : "", word, record_text(body, "number"));
    free(device_was_asked);
    device_was_asked = buf_steal(&b);
}

static void answer_device(int sock, const struct wire_message *m, const json_t *body)
{
    autobuf struct buf b = {0};
    uint16_t type = SK_MSG_OK;
    pthread_mutex_lock(&lock);
    if (m->type == SK_MSG_MEDIUM_LOOK || m->type == SK_MSG_MEDIUM_MARK) {
        note_question(m->type == SK_MSG_MEDIUM_LOOK ? "LOOK" : "MARK", body);
        type = SK_MSG_MEDIUM_IS;
        if (device_finds)
            buf_printf(&b, "{\"identity\":\"%s\",\"number\":\"%s\",\"why\":\"\",%s}", device_finds, record_text(body, "number"),
                       device_turns ? device_turns : "\"kept\":false,\"turns\":[]");
        else
            buf_puts(&b, "{\"code\":\"SK_ERR_LIMIT\",\"why\":\"busy\"}");
        type = device_finds ? SK_MSG_MEDIUM_IS : SK_MSG_ERROR;
    } else if (m->type == SK_MSG_MEDIUM_OPEN) {
        note_question("OPEN", body);
        buf_puts(&b, "{\"mount\":\"/run/sekisho/media/hana/s1\"}");
    } else {
        note_question("CLOSE", body);
        buf_puts(&b, "{}");
    }
    pthread_mutex_unlock(&lock);
    (void)!wire_send(sock, type, b.data, b.len, NULL, 0, 1000);
}

static void *run_device(void *listener_at)
{
    autoclose int listener = *(int *)listener_at;
    free(listener_at);
    while (atomic_load(&device_runs)) {
        autoclose int sock = fd_wait(listener, POLLIN, 20) == 1 ? wire_accept(listener) : -1;
        int r = 0;
        while (sock >= 0 && r != SK_ERR_CLOSED && atomic_load(&device_runs)) {
            autowire struct wire_message m = {0};
            json_t *body = NULL;
            r = wire_receive(sock, &m, 20);
            if (r == 0 && record_parse(m.payload.data, m.payload.len, 1 << 20, &body) == 0)
                answer_device(sock, &m, body);
            json_decref(body);
        }
    }
    unlink(sk_path(SK_PATH_DEVICE_SOCKET));
    return NULL;
}

static void start_device(const char *finds)
{
    int *listener = malloc(sizeof *listener);
    device_finds = finds;
    free(device_was_asked);
    device_was_asked = NULL;
    *listener = wire_listen(sk_path(SK_PATH_DEVICE_SOCKET), 0600);
    assert_true(*listener >= 0);
    atomic_store(&device_runs, true);
    assert_int_equal(pthread_create(&device_thread, NULL, run_device, listener), 0);
}

static void stop_device(void)
{
    if (atomic_exchange(&device_runs, false))
        pthread_join(device_thread, NULL);
}

static void assert_asked(const char *all)
{
    pthread_mutex_lock(&lock);
    assert_string_equal(device_was_asked ? device_was_asked : "", all);
    pthread_mutex_unlock(&lock);
}

/* Until sekisho-device owes no answer: each is in before the next is asked for. */
static void talk(struct desk *d)
{
    (void)desk_turn(d);
    while (desk_media_fd(d) >= 0 && fd_wait(desk_media_fd(d), POLLIN, 300) == 1) {
        desk_media_ready(d);
        (void)desk_turn(d);
    }
}

/* --- the tree --------------------------------------------------------------------------------- */

static void make_folder(const char *path)
{
    char full[PLUG_PATH_CAP * 2];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *at = full + strlen(top) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(full, 0755);
        *at = '/';
    }
    mkdir(full, 0755);
}

static void put(const char *path, const char *name, const char *text)
{
    char full[PLUG_PATH_CAP * 2];
    snprintf(full, sizeof full, "%s/%s", path, name);
    write_file(full, text, strlen(text));
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static void remove_tree(const char *path)
{
    char full[PLUG_PATH_CAP * 2];
    snprintf(full, sizeof full, "%s/%s", root, path);
    nftw(full, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A device with these interfaces ("080650 030101"), as the kernel shows it. */
static void plug_in(const char *path, const char *interfaces, const char *serial)
{
    autobuf struct buf b = {0};
    static const uint8_t device[] = {18, 1, 0, 2, 0, 0, 0, 64, 0x51, 9, 0x66, 0x16, 0, 1, 1, 2, 3, 1};
    size_t count = (strlen(interfaces) + 1) / 7, total = 9 + 9 * count;
    const uint8_t head[] = {9, 2, (uint8_t)total, (uint8_t)(total >> 8), (uint8_t)count, 1, 0, 0x80, 50};
    buf_put(&b, device, sizeof device);
    buf_put(&b, head, sizeof head);
    for (size_t i = 0; i < count; i++) {
        unsigned long code = strtoul(interfaces + 7 * i, NULL, 16);
        const uint8_t one[] = {9, 4, (uint8_t)i, 0, 0, (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code, 0};
        buf_put(&b, one, sizeof one);
    }
    char full[PLUG_PATH_CAP * 2];
    make_folder(path);
    snprintf(full, sizeof full, "%s/descriptors", path);
    write_file(full, b.data, b.len);
    put(path, "authorized", "0\n");
    put(path, "product", "日本語\n\n");
    if (serial)
        put(path, "serial", serial);
}

/* An interface that is there, with a driver. */
static void bind_at(const char *path, const char *class, const char *driver)
{
    char full[PLUG_PATH_CAP * 2], target[PLUG_PATH_CAP];
    make_folder(path);
    put(path, "bInterfaceNumber", "00\n");
    put(path, "bInterfaceClass", class);
    put(path, "bInterfaceSubClass", "01\n");
    put(path, "bInterfaceProtocol", "01\n");
    put(path, "authorized", "0\n");
    snprintf(full, sizeof full, "%s/%s/driver", root, path);
    snprintf(target, sizeof target, "../../../../../../bus/usb/drivers/%s", driver);
    unlink(full);
    if (*driver)
        assert_int_equal(symlink(target, full), 0);
}

static void bind_to(const char *interface, const char *class, const char *driver)
{
    char path[PLUG_PATH_CAP / 2];
    snprintf(path, sizeof path, PORT1 "/%s", interface);
    bind_at(path, class, driver);
}

static struct desk *desk_without_list(const char *more)
{
    struct sysfs *s = NULL;
    struct ledger_line *l = NULL;
    struct desk *d = NULL;
    struct policy_findings f = {0};
    assert_int_equal(sysfs_open(root, &s), 0);
    assert_int_equal(ledger_line_new(&l), 0);
    assert_int_equal(desk_new(s, l, &d), 0);
    autofree char *longer = changed(small_policy, "expires = 2027", "expires = 2099-03-31");
    autofree char *text = more ? changed(longer, NULL, more) : NULL;
    if (more)
        desk_policy(d, parse_right(text, &f));
    policy_findings_free(&f);
    desk_begin(d);
    return d;
}

/* As sekisho-control says which media were revoked. */
static void list_comes(struct desk *d, const char *identities)
{
    struct fault f = {0};
    char text[256];
    snprintf(text, sizeof text, "{\"identities\":%s,\"turns\":[],\"mark\":\"" IDENTITY "\"}", identities);
    autojson json_t *message = json_loads(text, 0, NULL);
    assert_int_equal(desk_revoke(d, message, &f), 0);
}

/* As sekisho-control says which turn of the medium is on record. */
static void turns_come(struct desk *d, const char *awaited)
{
    struct fault f = {0};
    char text[512];
    snprintf(text, sizeof text, "{\"identities\":[],\"turns\":[{\"identity\":\"" IDENTITY "\",\"awaited\":%s}],\"mark\":\"" IDENTITY
             "\"}", awaited);
    autojson json_t *message = json_loads(text, 0, NULL);
    assert_int_equal(desk_revoke(d, message, &f), 0);
}

static struct desk *new_desk(const char *more)
{
    struct desk *d = desk_without_list(more);
    list_comes(d, "[]");
    return d;
}

static void happens(struct desk *d, enum monitor_action action, enum monitor_kind kind, const char *path)
{
    const struct monitor_event e = {.action = action, .kind = kind, .path = path};
    desk_event(d, &e);
}

static void comes(struct desk *d, const char *path)
{
    happens(d, MONITOR_ADD, MONITOR_DEVICE, path);
}

static void pull_out(struct desk *d, const char *path)
{
    remove_tree(path);
    happens(d, MONITOR_REMOVE, MONITOR_DEVICE, path);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(top, sizeof top, "/tmp/sekisho-plug.XXXXXX");
    assert_non_null(mkdtemp(top));
    snprintf(root, sizeof root, "%s/sys", top);
    make_folder(HUB);
    make_folder("bus/usb");
    put("bus/usb", "drivers_probe", "");
    put(HUB, "authorized_default", "1\n");
    put(HUB, "interface_authorized_default", "1\n");
    assert_int_equal(sk_paths_choose(top), 0);
    char folder[128];
    snprintf(folder, sizeof folder, "%s/run", top);
    mkdir(folder, 0755);
    snprintf(folder, sizeof folder, "%s/run/ledger", top);
    mkdir(folder, 0755);
    records = json_array();
    atomic_store(&ledger_refuses, false);
    patience_ms = 20000;
    time_passes_ns = 0;
    start_ledger();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stop_device();
    free(device_was_asked);
    device_was_asked = NULL;
    device_turns = NULL;
    stop_ledger();
    json_decref(records);
    nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}

/* --- the tests -------------------------------------------------------------------------------- */

static void a_root_hub_is_closed(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    autobuf struct buf b = {0}, parts = {0};
    char full[256];
    put(HUB, "interface_authorized_default", "0\n"); /* as one leaves it that is killed at the wrong moment */
    comes(d, HUB);
    snprintf(full, sizeof full, "%s/" HUB "/authorized_default", root);
    assert_int_equal(file_read(AT_FDCWD, full, 16, &b), 0);
    assert_int_equal(b.data[0], '0');
    snprintf(full, sizeof full, "%s/" HUB "/interface_authorized_default", root);
    assert_int_equal(file_read(AT_FDCWD, full, 16, &parts), 0);
    assert_int_equal(parts.data[0], '1');
    assert_int_equal(desk_count(d), 0);
    desk_free(&d);
}

static void a_stranger_stick_stays_shut(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "SN'; $(id) \"x\n");
    comes(d, PORT1);
    assert_false(switched_on(PORT1));
    assert_said("plugged", "reason", "medium-unknown");
    assert_said("plugged", "decision", "refused");
    assert_said("plugged", "device.serial", "SN'; $(id) \"x");
    assert_said("plugged", "device.port", "0000:00:14.0/1");
    pull_out(d, PORT1);
    assert_int_equal(desk_count(d), 0);
    assert_said("removed", "state", "shut");
    desk_free(&d);
}

static void a_registered_stick_comes_in_once_that_is_on_record(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    stop_ledger();
    comes(d, PORT1);
    assert_false(switched_on(PORT1)); /* nothing can be written down */
    assert_true(desk_turn(d) > 0);
    assert_false(switched_on(PORT1));
    start_ledger();
    assert_int_not_equal(desk_turn(d), 0);
    assert_true(switched_on(PORT1));
    pthread_mutex_lock(&lock);
    assert_false(authorized_then); /* the record came first */
    pthread_mutex_unlock(&lock);
    assert_said("plugged", "medium", "s1");
    desk_free(&d);
}

static void disk_comes(struct desk *d, const char *path, const char *number)
{
    char full[PLUG_PATH_CAP];
    struct monitor_event e = {.action = MONITOR_ADD, .kind = MONITOR_BLOCK, .path = full};
    snprintf(full, sizeof full, "%s/1-1:1.0/host0/target0:0:0/0:0:0:0/block/sda", path);
    snprintf(e.number, sizeof e.number, "%s", number);
    desk_event(d, &e);
}

static const char *state_at(struct desk *d, const char *port, char ret[static 32])
{
    autojson json_t *list = desk_list(d);
    size_t i;
    const json_t *one;
    snprintf(ret, 32, "none");
    json_array_foreach(record_member(list, "devices"), i, one)
        if (str_eq(record_text(one, "port"), port))
            snprintf(ret, 32, "%s %s", record_text(one, "state"), *record_text(one, "mount") ? "mounted" : "closed");
    return ret;
}

static void its_identity_lets_it_be_seen(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    talk(d);
    assert_asked(""); /* there is no disk yet */
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "checking closed");
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_asked("LOOK 8:0 OPEN 8:0 ");
    assert_true(switched_on(PORT1));
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "open mounted");
    assert_said("checked", "medium", "s1");
    assert_said("checked", "state", "open");
    pull_out(d, PORT1);
    talk(d);
    assert_asked("LOOK 8:0 OPEN 8:0 CLOSE 8:0 ");
    desk_free(&d);
}

static void is_shut_with(const char *identity)
{
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(identity);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-identity");
    assert_said("checked", "decision", "refused");
    assert_asked("LOOK 8:0 CLOSE 8:0 ");
    desk_free(&d);
}

static void without_it_the_stick_is_shut(void **state)
{
    (void)state;
    is_shut_with("2fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54");
}

static void without_any_the_stick_is_shut(void **state)
{
    (void)state;
    is_shut_with("");
}

static void one_that_cant_be_looked_at_is_no_wrong_one(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(NULL);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-unusable");
    desk_free(&d);
}

static void before_the_list_of_revoked_ones_none_is_seen(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = desk_without_list(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_asked("LOOK 8:0 ");
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "checking closed");
    assert_string_equal(desk_revoked_mark(d), "");
    list_comes(d, "[]");
    talk(d);
    assert_asked("LOOK 8:0 OPEN 8:0 ");
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "open mounted");
    desk_free(&d);
}

static void a_revoked_one_is_shut_at_once_and_stays_shut(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "open mounted");
    list_comes(d, "[\"" IDENTITY "\"]");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-revoked");
    assert_said("checked", "medium", "s1");
    assert_asked("LOOK 8:0 OPEN 8:0 CLOSE 8:0 ");
    pull_out(d, PORT1);
    plug_in(PORT1, "080650", "AB\n");
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_asked("LOOK 8:0 OPEN 8:0 CLOSE 8:0 LOOK 8:0 CLOSE 8:0 ");
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "shut closed");
    desk_free(&d);
}

static void half_a_list_of_revoked_ones_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{}", "{\"identities\":[]}", "{\"identities\":[],\"mark\":\"ab\"}",
        "{\"identities\":[\"" IDENTITY "\",\"zz\"],\"turns\":[],\"mark\":\"" IDENTITY "\"}",
        "{\"identities\":[1],\"turns\":[],\"mark\":\"" IDENTITY "\"}",
        "{\"identities\":[],\"mark\":\"" IDENTITY "\"}",
        "{\"identities\":[],\"turns\":[{\"identity\":\"" IDENTITY "\",\"awaited\":[]}],\"mark\":\"" IDENTITY "\"}",
        "{\"identities\":[],\"turns\":[{\"identity\":\"zz\",\"awaited\":[\"aa\"]}],\"mark\":\"" IDENTITY "\"}",
        "{\"identities\":\"\",\"mark\":\"" IDENTITY "\"}"};
    struct desk *d = desk_without_list(STICK);
    for (size_t i = 0; i < array_count(wrong); i++) {
        struct fault f = {0};
        autojson json_t *message = json_loads(wrong[i], 0, NULL);
        assert_int_equal(desk_revoke(d, message, &f), SK_ERR_FORMAT);
        assert_string_equal(desk_revoked_mark(d), "");
    }
    desk_free(&d);
}

static struct desk *stick_with_turns(const char *awaited, const char *has)
{
    struct desk *d = new_desk(STICK);
    turns_come(d, awaited);
    plug_in(PORT1, "080650", "AB\n");
    device_turns = has;
    start_device(IDENTITY);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    return d;
}

static void one_that_has_the_turn_that_is_awaited_is_opened(void **state)
{
    (void)state;
    static const char *const has[] = {"\"kept\":false,\"turns\":[\"aa\",\"bb\"]", "\"kept\":false,\"turns\":[\"cc\"]",
                                      "\"kept\":true,\"turns\":[]"}; /* its turn, one on its way, one that has been in all the time */
    char text[32];
    for (size_t i = 0; i < array_count(has); i++) {
        struct desk *d = stick_with_turns("[\"bb\",\"cc\"]", has[i]);
        assert_string_equal(state_at(d, "0000:00:14.0/1", text), "open mounted");
        turns_come(d, "[\"dd\"]"); /* an export went onto it: what it had before is not asked again */
        talk(d);
        assert_string_equal(state_at(d, "0000:00:14.0/1", text), "open mounted");
        assert_string_equal(desk_revoked_mark(d), IDENTITY);
        stop_device();
        remove_tree(PORT1);
        desk_free(&d);
    }
}

/* What is on record may be newer than the list that came before it was looked at: the next one decides. */
static void an_older_copy_is_shut_by_the_next_list(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = stick_with_turns("[\"bb\"]", "\"kept\":false,\"turns\":[\"aa\"]");
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "checking closed");
    assert_asked("LOOK 8:0 ");
    assert_string_equal(desk_revoked_mark(d), ""); /* that is how control hears of it */
    turns_come(d, "[\"bb\"]");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-copy");
    assert_said("checked", "medium", "s1");
    assert_said("checked", "why", "");
    assert_asked("LOOK 8:0 CLOSE 8:0 ");
    assert_string_equal(desk_revoked_mark(d), IDENTITY);
    desk_free(&d);
}

/* Whoever plugs in other things behind the same port, to have all that happens there only counted, is on record. */
static void a_copy_is_on_record_among_many_others(void **state)
{
    (void)state;
    struct desk *d = stick_with_turns("[\"bb\"]", "\"kept\":false,\"turns\":[\"aa\"]");
    for (unsigned i = 0; i < 50; i++) {
        char path[PLUG_PATH_CAP / 2];
        snprintf(path, sizeof path, HUB "/1-1.%u", i);
        plug_in(path, "080650", "CD\n");
        comes(d, path);
    }
    turns_come(d, "[\"bb\"]");
    talk(d);
    assert_said("checked", "reason", "medium-copy");
    desk_free(&d);
}

static void one_without_any_turn_is_a_copy_where_one_is_awaited(void **state)
{
    (void)state;
    struct desk *d = stick_with_turns("[\"bb\"]", "\"kept\":false,\"turns\":[]");
    turns_come(d, "[\"bb\"]");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-copy");
    desk_free(&d);
}

/* Pulled out and in again right behind an export. */
static void a_doubt_that_the_next_list_ends_was_none(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = stick_with_turns("[\"aa\"]", "\"kept\":false,\"turns\":[\"aa0\",\"bb\"]");
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "checking closed");
    turns_come(d, "[\"aa\",\"bb\"]");
    talk(d);
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "open mounted");
    desk_free(&d);
}

static void two_with_one_identity_are_both_shut(void **state)
{
    (void)state;
    struct desk *d = new_desk(NAMESAKE STICK);
    plug_in(PORT1, "080650", "AB\n");
    plug_in(HUB "/1-2", "080650", "AB\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_true(switched_on(PORT1));
    comes(d, HUB "/1-2");
    disk_comes(d, HUB "/1-2", "8:16");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_false(switched_on(HUB "/1-2"));
    assert_said("checked", "reason", "medium-twice");
    assert_said("checked", "medium", "s1");
    assert_asked("LOOK 8:0 OPEN 8:0 LOOK 8:16 CLOSE 8:0 CLOSE 8:16 ");
    struct policy_findings f = {0};
    autofree char *longer = changed(small_policy, "expires = 2027", "expires = 2099-03-31");
    autofree char *text = changed(longer, NULL, STICK);
    desk_policy(d, parse_right(text, &f)); /* nobody knows which of the two it is, by whatever policy */
    policy_findings_free(&f);
    talk(d);
    assert_false(switched_on(PORT1));
    assert_false(switched_on(HUB "/1-2"));
    desk_free(&d);
}

static void more_than_one_disk_is_no_medium(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    disk_comes(d, PORT1, "8:16");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-identity");
    desk_free(&d);
}

static void a_disk_that_comes_late_is_more_than_one(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_asked("LOOK 8:0 OPEN 8:0 ");
    disk_comes(d, PORT1, "8:16");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-identity");
    assert_asked("LOOK 8:0 OPEN 8:0 CLOSE 8:0 ");
    desk_free(&d);
}

/* What answers commands as a drive for discs, or anything but a disk, is looked at by nobody. */
/* A switch in which one who writes waits until the test reads: the kernel with a driver that waits for the device. */
static void make_slow(const char *path)
{
    char full[PLUG_PATH_CAP * 2];
    patience_ms = HAND_WAIT_MS;
    snprintf(full, sizeof full, "%s/%s/authorized", root, path);
    assert_int_equal(unlink(full), 0);
    assert_int_equal(mkfifo(full, 0600), 0);
}

static void let_go(const char *path, char wanted)
{
    char full[PLUG_PATH_CAP * 2], got = '\0';
    snprintf(full, sizeof full, "%s/%s/authorized", root, path);
    autoclose int fd = open(full, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, &got, 1), 1);
    assert_int_equal(got, wanted);
    unlink(full);
    put(path, "authorized", wanted == '1' ? "1\n" : "0\n");
}

static void count_one(void *count, int fd)
{
    assert_true(fd >= 0);
    ++*(size_t *)count;
}

#define SLOW HUB "/1-3" /* the ledger of this test looks at PORT1's switch */

/* One that holds the kernel up holds nobody else up: a keyboard comes in meanwhile, and what became of it is seen later. */
static void who_does_not_answer_holds_nobody_up(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = new_desk("[device-class printer]\nallow = yes\n");
    atomic_store(&ledger_refuses, true);
    plug_in(SLOW, "070102", NULL);
    comes(d, SLOW);
    make_slow(SLOW);
    atomic_store(&ledger_refuses, false);
    assert_true(desk_turn(d) > 0);
    size_t watched = 0;
    desk_switches(d, count_one, &watched);
    assert_int_equal(watched, 1);
    plug_in(HUB "/1-2", "030101", NULL);
    patience_ms = 20000;
    comes(d, HUB "/1-2");
    assert_true(switched_on(HUB "/1-2"));
    (void)desk_turn(d);
    assert_null(said("failed", "why")); /* it is slow, no more */
    time_passes_ns += HAND_SILENT_MS * 1000000ull;
    (void)desk_turn(d);
    autofree char *why = said("failed", "why");
    assert_true(why && strstr(why, "it does not answer"));
    bind_at(SLOW "/1-3:1.0", "07\n", "usb-storage"); /* its driver is seen as soon as it has bound */
    let_go(SLOW, '1');
    for (unsigned i = 0; i < 2000 && switched_on(SLOW); i++) {
        poll(NULL, 0, 5);
        (void)desk_turn(d);
    }
    assert_false(switched_on(SLOW));
    assert_said("cut", "reason", "device-driver");
    assert_string_equal(state_at(d, "0000:00:14.0/3", text), "shut closed");
    desk_free(&d);
}

/* One that was slow and has answered meanwhile is shut like any other, before anybody looked again. */
static void what_was_slow_is_shut_at_once(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = new_desk("[device-class printer]\nallow = yes\n");
    atomic_store(&ledger_refuses, true);
    plug_in(SLOW, "070102", NULL);
    comes(d, SLOW);
    make_slow(SLOW);
    atomic_store(&ledger_refuses, false);
    assert_true(desk_turn(d) > 0);
    let_go(SLOW, '1');
    for (unsigned i = 0; i < 2000 && switched_on(SLOW); i++) {
        poll(NULL, 0, 5);
        desk_policy(d, NULL);
    }
    assert_false(switched_on(SLOW));
    assert_string_equal(state_at(d, "0000:00:14.0/3", text), "shut closed");
    desk_free(&d);
}

static void one_that_is_slow_to_go_is_told_of_and_goes(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = new_desk("[device-class printer]\nallow = yes\n");
    plug_in(SLOW, "070102", NULL);
    comes(d, SLOW);
    assert_true(switched_on(SLOW));
    make_slow(SLOW);
    desk_policy(d, NULL);
    assert_string_equal(state_at(d, "0000:00:14.0/3", text), "shut closed");
    (void)desk_turn(d);
    assert_null(said("failed", "why"));
    time_passes_ns += HAND_SILENT_MS * 1000000ull;
    (void)desk_turn(d);
    autofree char *why = said("failed", "why");
    assert_true(why && strstr(why, "it can't be shut"));
    assert_string_equal(state_at(d, "0000:00:14.0/3", text), "failed closed");
    let_go(SLOW, '0');
    for (unsigned i = 0; i < 2000 && !str_eq(text, "shut closed"); i++) {
        poll(NULL, 0, 5);
        (void)desk_turn(d);
        (void)state_at(d, "0000:00:14.0/3", text);
    }
    assert_string_equal(text, "shut closed");
    size_t watched = 0;
    desk_switches(d, count_one, &watched);
    assert_int_equal(watched, 0);
    desk_free(&d);
}

/* What this PC runs on is not cut off, and is said to be there. */
static void what_is_mounted_stays_in_and_is_counted(void **state)
{
    (void)state;
    struct stat st;
    char full[PLUG_PATH_CAP];
    struct desk *d = new_desk("");
    plug_in(PORT1, "080650", NULL);
    put(PORT1, "authorized", "1\n");
    make_folder(PORT1 "/block/sda");
    make_folder("dev/block");
    assert_int_equal(stat("/", &st), 0);
    snprintf(full, sizeof full, "%s/dev/block/%u:%u", root, major(st.st_dev), minor(st.st_dev));
    assert_int_equal(symlink("../../" PORT1 "/block/sda", full), 0);
    comes(d, PORT1);
    assert_true(switched_on(PORT1));
    assert_int_equal(desk_in_use(d), 1);
    assert_int_equal(unlink(full), 0);
    (void)desk_turn(d);
    assert_int_equal(desk_in_use(d), 0);
    assert_false(switched_on(PORT1));
    desk_free(&d);
}

static void too_many_at_a_time_are_shut(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK); /* sekisho-device is away: all questions wait */
    char path[64], number[16];
    for (unsigned i = 0; i <= 256; i++) {
        assert_true((size_t)snprintf(path, sizeof path, HUB "/1-%u", i + 1) < sizeof path);
        snprintf(number, sizeof number, "8:%u", i);
        plug_in(path, "080650", "AB\n");
        put(path, "authorized", "1\n"); /* the number of records is not what is to be proved */
        comes(d, path);
        disk_comes(d, path, number);
    }
    assert_true(switched_on(HUB "/1-256"));
    assert_false(switched_on(HUB "/1-257"));
    desk_free(&d);
}

/* The next one has the first one's number: what was found on that is nobody's. */
static void an_answer_about_one_that_is_gone_is_not_heard(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    start_device(IDENTITY);
    plug_in(PORT1, "080650", "AB\n");
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    (void)desk_turn(d); /* asked, and not heard yet */
    pull_out(d, PORT1);
    pthread_mutex_lock(&lock);
    while (!device_was_asked) {
        pthread_mutex_unlock(&lock);
        poll(NULL, 0, 1);
        pthread_mutex_lock(&lock);
    }
    device_finds = "";
    pthread_mutex_unlock(&lock);
    plug_in(PORT1, "080650", "AB\n");
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_false(switched_on(PORT1));
    assert_asked("LOOK 8:0 CLOSE 8:0 LOOK 8:0 CLOSE 8:0 ");
    desk_free(&d);
}

static void what_is_no_disk_is_no_medium(void **state)
{
    (void)state;
    static const char lun[] = PORT1 "/1-1:1.0/host6/target6:0:0/6:0:0:0";
    const struct monitor_event e = {.action = MONITOR_ADD, .kind = MONITOR_LUN, .path = lun};
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    make_folder(lun);
    put(lun, "type", "0\n");
    comes(d, PORT1);
    desk_event(d, &e);
    assert_true(switched_on(PORT1));
    put(lun, "type", "5\n");
    desk_event(d, &e);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-identity");
    desk_free(&d);
}

static void what_becomes_no_disk_is_shut(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    comes(d, PORT1);
    assert_true(desk_turn(d) > 0); /* it looks again by itself */
    time_passes_ns = 18000000000;
    (void)desk_turn(d);
    assert_true(switched_on(PORT1));
    time_passes_ns = 21000000000;
    (void)desk_turn(d);
    assert_false(switched_on(PORT1));
    assert_said("checked", "reason", "medium-identity");
    desk_free(&d);
    time_passes_ns = 0;
}

/* After messages were lost old ones come that tell of what was before. */
static void an_old_message_changes_nothing(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    size_t before = record_count();
    happens(d, MONITOR_REMOVE, MONITOR_DEVICE, PORT1);
    comes(d, PORT1);
    talk(d);
    assert_int_equal(desk_count(d), 1);
    assert_asked("LOOK 8:0 OPEN 8:0 ");
    assert_int_equal(record_count(), before);
    assert_true(switched_on(PORT1));
    desk_free(&d);
}

/* Its coming was not heard; that a driver took a part of it was. */
static void a_driver_tells_of_a_device(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    plug_in(PORT1, "080650", NULL);
    put(PORT1, "authorized", "1\n");
    bind_to("1-1:1.0", "08\n", "usb-storage");
    happens(d, MONITOR_BIND, MONITOR_INTERFACE, PORT1 "/1-1:1.0");
    assert_int_equal(desk_count(d), 1);
    assert_false(switched_on(PORT1));
    assert_said("plugged", "reason", "medium-unknown");
    desk_free(&d);
}

static void sekisho_device_is_asked_anew_after_its_death(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    stop_device();
    talk(d);
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "checking closed");
    start_device(IDENTITY);
    talk(d);
    assert_string_equal(state_at(d, "0000:00:14.0/1", text), "open mounted");
    assert_asked("LOOK 8:0 OPEN 8:0 ");
    desk_free(&d);
}

static char marked_as[DIGEST_HEX_CAP + 16];

static void note_marked(void *context, uint64_t marker, const struct plugged *p, const json_t *answer, const char *why)
{
    (void)context;
    (void)p;
    snprintf(marked_as, sizeof marked_as, "%llu %s", (unsigned long long)marker, answer ? record_text(answer, "identity") : why);
}

static void a_stranger_is_marked_and_shut_again(void **state)
{
    (void)state;
    struct fault f = {0};
    struct desk *d = new_desk("");
    desk_on_marked(d, note_marked, NULL);
    plug_in(PORT1, "080650", "CD\n");
    plug_in(HUB "/1-2", "080650 0e0100", "EF\n");
    start_device(IDENTITY);
    comes(d, PORT1);
    comes(d, HUB "/1-2");
    assert_false(switched_on(PORT1));
    assert_int_equal(desk_mark(d, "0000:00:14.0/9", json_object(), 7, &f), SK_ERR_NOT_FOUND);
    f = (struct fault){0};
    assert_int_equal(desk_mark(d, "0000:00:14.0/2", json_object(), 7, &f), SK_ERR_REFUSED); /* it is more than storage */
    f = (struct fault){0};
    assert_int_equal(desk_mark(d, "0000:00:14.0/1", json_object(), 7, &f), 0);
    assert_true(switched_on(PORT1));
    f = (struct fault){0};
    assert_int_equal(desk_mark(d, "0000:00:14.0/1", json_object(), 7, &f), SK_ERR_STATE);
    disk_comes(d, PORT1, "8:0");
    talk(d);
    assert_string_equal(marked_as, "7 " IDENTITY);
    assert_false(switched_on(PORT1));
    assert_said("marking", "device.serial", "CD");
    assert_said("marked", "device.serial", "CD");
    assert_asked("MARK 8:0 CLOSE 8:0 ");
    desk_free(&d);
}

static void a_ledger_that_refuses_lets_nothing_in(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    plug_in(PORT1, "080650", "AB\n");
    atomic_store(&ledger_refuses, true);
    comes(d, PORT1);
    assert_false(switched_on(PORT1));
    (void)desk_turn(d);
    assert_false(switched_on(PORT1));
    atomic_store(&ledger_refuses, false);
    (void)desk_turn(d);
    assert_true(switched_on(PORT1));
    desk_free(&d);
}

/* Nobody is locked out because the ledger does not write. */
static void a_keyboard_comes_in_without_the_ledger(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    stop_ledger();
    plug_in(PORT1, "030101", NULL);
    comes(d, PORT1);
    assert_true(switched_on(PORT1));
    assert_int_equal(record_count(), 0);
    start_ledger();
    (void)desk_turn(d);
    assert_said("plugged", "decision", "allowed");
    assert_int_equal(desk_waiting(d), 0);
    desk_free(&d);
}

static void the_built_in_policy_lets_keyboards_in(void **state)
{
    (void)state;
    struct desk *d = new_desk(NULL);
    plug_in(PORT1, "030101", NULL);
    plug_in(HUB "/1-2", "080650", "AB\n");
    comes(d, PORT1);
    comes(d, HUB "/1-2");
    assert_true(switched_on(PORT1));
    assert_false(switched_on(HUB "/1-2"));
    desk_free(&d);
}

/* A device that says keyboard and is taken by the driver of drives. */
static void a_driver_that_does_not_fit_shuts_it(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    plug_in(PORT1, "030101", NULL);
    bind_to("1-1:1.0", "03\n", "usbhid");
    comes(d, PORT1);
    assert_true(switched_on(PORT1));
    bind_to("1-1:1.0", "03\n", "usb-storage");
    happens(d, MONITOR_BIND, MONITOR_INTERFACE, PORT1 "/1-1:1.0");
    assert_false(switched_on(PORT1));
    assert_said("cut", "reason", "device-driver");
    desk_free(&d);
}

static void what_somebody_else_lets_in_is_shut(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    plug_in(PORT1, "080650", NULL);
    comes(d, PORT1);
    put(PORT1, "authorized", "1\n");
    bind_to("1-1:1.0", "08\n", "usb-storage");
    happens(d, MONITOR_BIND, MONITOR_INTERFACE, PORT1 "/1-1:1.0");
    assert_false(switched_on(PORT1));
    assert_said("cut", "reason", "device-foreign");
    desk_free(&d);
}

static void a_new_policy_judges_what_is_there(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    struct policy_findings f = {0};
    plug_in(PORT1, "080650", "AB\n");
    comes(d, PORT1);
    assert_true(switched_on(PORT1));
    struct policy *without = parse_right(small_policy, &f);
    autojson json_t *cut = desk_try(d, without);
    assert_int_equal(json_array_size(json_object_get(cut, "devices")), 1);
    assert_true(switched_on(PORT1));
    desk_policy(d, without);
    assert_false(switched_on(PORT1));
    assert_said("judged", "reason", "medium-unknown");
    autojson json_t *list = desk_list(d);
    assert_string_equal(record_text(json_array_get(json_object_get(list, "devices"), 0), "state"), "shut");
    policy_findings_free(&f);
    desk_free(&d);
}

static void assert_udev_was_told(const char *word)
{
    char full[PLUG_PATH_CAP * 2];
    autobuf struct buf b = {0};
    snprintf(full, sizeof full, "%s/" PORT1 "/uevent", root);
    assert_int_equal(file_read(AT_FDCWD, full, 256, &b), 0);
    buf_puts(&b, "");
    const char *end = strrchr(b.data, ' ');
    assert_string_equal(end ? end + 1 : "", word);
}

/* Programs talk to it past all drivers: only where a [device] lets it in, and no longer than that. */
static void people_get_the_node_of_a_named_device_only(void **state)
{
    (void)state;
    struct desk *d = new_desk("[device reader]\nvendor = 0951\nproduct = 1666\nclasses = smartcard\n");
    struct policy_findings f = {0};
    plug_in(PORT1, "0b0000", NULL);
    put(PORT1, "uevent", "");
    comes(d, PORT1);
    (void)desk_turn(d);
    assert_true(switched_on(PORT1));
    assert_udev_was_told("SEKISHO=open");
    desk_policy(d, parse_right(small_policy, &f));
    (void)desk_turn(d);
    assert_false(switched_on(PORT1));
    assert_udev_was_told("SEKISHO=shut");
    put(PORT1, "uevent", "");
    (void)desk_turn(d);
    assert_udev_was_told("");
    policy_findings_free(&f);
    desk_free(&d);
}

static void nobody_gets_the_node_of_a_keyboard(void **state)
{
    (void)state;
    struct sysfs *s = NULL;
    struct ledger_line *l = NULL;
    struct desk *d = NULL;
    plug_in(PORT1, "030101", NULL);
    put(PORT1, "authorized", "1\n");
    put(PORT1, "uevent", "");
    assert_int_equal(sysfs_open(root, &s), 0);
    assert_int_equal(ledger_line_new(&l), 0);
    assert_int_equal(desk_new(s, l, &d), 0);
    comes(d, PORT1); /* it was there before the rules held */
    (void)desk_turn(d);
    assert_udev_was_told("SEKISHO=shut");
    desk_free(&d);
}

/* The bus says for a moment that interfaces come in shut; only the harmless half is then let in. */
static void the_harmless_half_comes_in(void **state)
{
    (void)state;
    struct desk *d = new_desk("[device-class audio]\nallow = yes\nsplit = yes\n");
    autobuf struct buf b = {0};
    char full[256];
    plug_in(PORT1, "010100 020600", NULL);
    bind_to("1-1:1.0", "01\n", "");
    bind_to("1-1:1.1", "02\n", "");
    comes(d, PORT1);
    assert_true(switched_on(PORT1));
    assert_true(switched_on(PORT1 "/1-1:1.0"));
    assert_false(switched_on(PORT1 "/1-1:1.1"));
    snprintf(full, sizeof full, "%s/bus/usb/drivers_probe", root);
    assert_int_equal(file_read(AT_FDCWD, full, 64, &b), 0);
    assert_string_equal(b.data, "1-1:1.0");
    assert_said("plugged", "decision", "partly");
    desk_free(&d);
}

static void what_is_not_readable_stays_shut(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    static char longer[PLUG_TEXT_MAX + 2];
    plug_in(PORT1, "030101", NULL);
    put(PORT1, "descriptors", "\x12\x01");
    put(PORT1, "idVendor", "04b3\n");
    put(PORT1, "idProduct", "3025\n");
    comes(d, PORT1);
    assert_false(switched_on(PORT1));
    assert_said("plugged", "reason", "device-unreadable");
    assert_said("plugged", "device.vendor", "04b3");
    assert_said("plugged", "device.product", "3025");
    memset(longer, 'a', sizeof longer - 1);
    plug_in(HUB "/1-2", "030101", longer);
    comes(d, HUB "/1-2");
    assert_false(switched_on(HUB "/1-2"));
    remove_tree(HUB "/1-2");
    comes(d, HUB "/1-2"); /* gone again before it could be looked at */
    assert_int_equal(desk_count(d), 1);
    desk_free(&d);
}

static void ports_have_names(void **state)
{
    (void)state;
    static const struct {
        const char *path, *port;
    } rows[] = {
        {HUB "/1-2", "0000:00:14.0/2"},
        {HUB "/1-2/1-2.3/1-2.3.4", "0000:00:14.0/2.3.4"},
        {"devices/platform/dummy_hcd.0/usb4/4-1", "dummy_hcd.0/1"},
        {"devices/pci0000:00/0000:00:1c.0/0000:02:00.0/usb12/12-10", "0000:02:00.0/10"},
        {HUB, ""},
        {"devices/virtual/block/loop0", ""},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        autobuf struct buf b = {0};
        sysfs_port(rows[i].path, &b);
        buf_puts(&b, "");
        assert_string_equal(b.data, rows[i].port);
    }
    assert_true(sysfs_is_root_hub(HUB));
    assert_false(sysfs_is_root_hub(PORT1));
    assert_false(sysfs_is_root_hub("devices/usbx"));
    assert_false(sysfs_is_root_hub("devices/usb"));
}

static void drivers_fit_or_not(void **state)
{
    (void)state;
    assert_true(driver_fits("", POLICY_CLASS_HID));
    assert_true(driver_fits("usbhid", POLICY_CLASS_HID));
    assert_false(driver_fits("usb-storage", POLICY_CLASS_HID));
    assert_false(driver_fits("some-new-driver", POLICY_CLASS_AUDIO | POLICY_CLASS_HID));
    assert_true(driver_fits("some-new-driver", POLICY_CLASS_OTHER));
    assert_false(driver_fits("uas", POLICY_CLASS_OTHER));
    assert_false(driver_fits("r8152", POLICY_CLASS_OTHER));
    assert_true(driver_fits("uas", POLICY_CLASS_STORAGE));
}

static bool part_is_on(const char *path, const char *part)
{
    char full[PLUG_PATH_CAP];
    snprintf(full, sizeof full, "%s/%s", path, part);
    return switched_on(full);
}

/* A device of two interfaces as the kernel has let it in by its own default. */
static void worked_before(const char *path, const char *interfaces)
{
    char full[PLUG_PATH_CAP];
    const char *name = strrchr(path, '/') + 1;
    plug_in(path, interfaces, NULL);
    put(path, "authorized", "1\n");
    for (unsigned i = 0; i < 2 && strlen(interfaces) > i * 7; i++) {
        char class[8];
        snprintf(full, sizeof full, "%s/%s:1.%u", path, name, i);
        snprintf(class, sizeof class, "%.2s\n", interfaces + i * 7);
        bind_at(full, class, str_starts(class, "03") ? "usbhid" : "");
        snprintf(class, sizeof class, "%.2s\n", interfaces + i * 7 + 2);
        put(full, "bInterfaceSubClass", class);
        put(full, "authorized", "1\n");
    }
}

/* The agent's first start on a PC. */
static struct desk *first_start(bool has_policy)
{
    struct sysfs *s = NULL;
    struct ledger_line *l = NULL;
    struct desk *d = NULL;
    assert_int_equal(sysfs_open(root, &s), 0);
    assert_int_equal(ledger_line_new(&l), 0);
    assert_int_equal(desk_new(s, l, &d), 0);
    if (!has_policy)
        desk_keep(d);
    return d;
}

#define KEYBOARD HUB "/1-3"
#define NETWORK  HUB "/1-4"
#define TYPES_AND_STORES HUB "/1-5"
#define STORES HUB "/1-6"

/* A keyboard with its maker's own interface, one with a disk, a network card and a disk: nobody loses what is worked with,
 * and nothing that holds files stays in, nor what types and stores. */
static void the_first_start_cuts_nobody_off(void **state)
{
    (void)state;
    struct desk *d = first_start(false);
    worked_before(KEYBOARD, "030101 ff0000");
    worked_before(NETWORK, "020600 0a0000");
    worked_before(TYPES_AND_STORES, "030101 080650");
    worked_before(STORES, "080650");
    worked_before(HUB "/1-8", "ff0000");
    bind_at(HUB "/1-8/1-8:1.0", "ff\n", "r8152");
    worked_before(HUB "/1-9", "ff4201");
    stop_ledger(); /* also where nothing can be written down */
    comes(d, HUB "/1-8");
    comes(d, HUB "/1-9");
    comes(d, KEYBOARD);
    comes(d, NETWORK);
    comes(d, TYPES_AND_STORES);
    comes(d, STORES);
    desk_begin(d);
    assert_true(switched_on(HUB "/1-8"));  /* a network adapter of its maker's own class, which the kernel drives */
    assert_false(switched_on(HUB "/1-9")); /* a phone for programs */
    assert_true(switched_on(KEYBOARD) && part_is_on(KEYBOARD, "1-3:1.0"));
    assert_true(switched_on(NETWORK) && part_is_on(NETWORK, "1-4:1.0") && part_is_on(NETWORK, "1-4:1.1"));
    assert_false(switched_on(TYPES_AND_STORES));
    assert_false(switched_on(STORES));
    worked_before(HUB "/1-7", "020600 0a0000"); /* what comes from now on was not here */
    comes(d, HUB "/1-7");
    assert_false(switched_on(HUB "/1-7"));
    start_ledger();
    (void)desk_turn(d);
    assert_said("present", "reason", "medium-unknown"); /* the last of them */
    struct policy_findings f = {0};
    struct policy *policy = parse_right(small_policy, &f);
    autojson json_t *cut = desk_try(d, policy);
    const json_t *list = json_object_get(cut, "devices");
    assert_int_equal(json_array_size(list), 2); /* the network cards: the keyboard is not cut off, and what types and stores was not in */
    for (size_t i = 0; i < json_array_size(list); i++)
        assert_string_not_equal(record_text(json_array_get(list, i), "port"), "0000:00:14.0/3");
    desk_policy(d, policy);
    assert_true(switched_on(KEYBOARD) && part_is_on(KEYBOARD, "1-3:1.0"));
    assert_false(part_is_on(KEYBOARD, "1-3:1.1"));
    assert_false(switched_on(NETWORK));
    policy_findings_free(&f);
    desk_free(&d);
}

/* A policy that is there and can't be read lets in no more than the built-in one; a keyboard all the same. */
static void a_broken_policy_keeps_nothing_in(void **state)
{
    (void)state;
    struct desk *d = first_start(true);
    worked_before(KEYBOARD, "030101 fe0101");
    worked_before(NETWORK, "020600 0a0000");
    comes(d, NETWORK);
    comes(d, KEYBOARD);
    assert_true(switched_on(KEYBOARD) && part_is_on(KEYBOARD, "1-3:1.0"));
    assert_false(part_is_on(KEYBOARD, "1-3:1.1"));
    assert_false(switched_on(NETWORK));
    assert_said("present", "decision", "partly");
    desk_free(&d);
}

/* Its other half goes while it works: were it shut for that, a kernel that does not let it in again would lock people out. */
static void a_keyboard_is_never_off_for_its_other_half(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    worked_before(KEYBOARD, "030101 ff0000");
    put(KEYBOARD, "authorized", "1 as it was\n"); /* whoever writes it, writes over that */
    comes(d, KEYBOARD);
    char full[PLUG_PATH_CAP * 2];
    autobuf struct buf b = {0};
    snprintf(full, sizeof full, "%s/" KEYBOARD "/authorized", root);
    assert_int_equal(file_read(AT_FDCWD, full, 64, &b), 0);
    buf_puts(&b, "");
    assert_string_equal(b.data, "1 as it was\n");
    assert_false(part_is_on(KEYBOARD, "1-3:1.1"));
    desk_free(&d);
}

/* What the kernel did not do once is tried again; until then it works as it did. */
static void a_keyboard_whose_other_half_does_not_go_stays(void **state)
{
    (void)state;
    char text[32];
    struct desk *d = new_desk("");
    worked_before(KEYBOARD, "030101 ff0000");
    char full[PLUG_PATH_CAP * 2];
    snprintf(full, sizeof full, "%s/" KEYBOARD "/1-3:1.1/authorized", root);
    assert_int_equal(unlink(full), 0);
    assert_int_equal(mkdir(full, 0755), 0); /* which nobody can write */
    comes(d, KEYBOARD);
    assert_string_equal(state_at(d, "0000:00:14.0/3", text), "failed closed");
    happens(d, MONITOR_BIND, MONITOR_INTERFACE, KEYBOARD "/1-3:1.0");
    assert_true(switched_on(KEYBOARD) && part_is_on(KEYBOARD, "1-3:1.0"));
    assert_int_equal(rmdir(full), 0);
    put(KEYBOARD "/1-3:1.1", "authorized", "1\n");
    assert_true(desk_turn(d) > 0);
    assert_true(part_is_on(KEYBOARD, "1-3:1.1"));
    time_passes_ns += UINT64_C(61000000000);
    (void)desk_turn(d);
    time_passes_ns = 0;
    assert_string_equal(state_at(d, "0000:00:14.0/3", text), "partly closed");
    assert_true(switched_on(KEYBOARD) && part_is_on(KEYBOARD, "1-3:1.0"));
    assert_false(part_is_on(KEYBOARD, "1-3:1.1"));
    desk_free(&d);
}

/* It comes in by its input half, also while nothing can be recorded; with a half that carries data it does not. */
static void a_keyboard_comes_in_without_its_makers_half(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    stop_ledger();
    worked_before(KEYBOARD, "030101 ff0000");
    put(KEYBOARD, "authorized", "0\n");
    put(KEYBOARD "/1-3:1.0", "authorized", "0\n");
    put(KEYBOARD "/1-3:1.1", "authorized", "0\n");
    worked_before(NETWORK, "030101 020600");
    put(NETWORK, "authorized", "0\n");
    comes(d, KEYBOARD);
    comes(d, NETWORK);
    assert_true(switched_on(KEYBOARD) && part_is_on(KEYBOARD, "1-3:1.0"));
    assert_false(part_is_on(KEYBOARD, "1-3:1.1"));
    assert_false(switched_on(NETWORK));
    start_ledger();
    desk_free(&d);
}

/* The refused half may not work either when somebody else lets it in, or under another configuration. */
static void the_refused_half_is_cut_off(void **state)
{
    (void)state;
    struct desk *d = new_desk("[device-class audio]\nallow = yes\nsplit = yes\n");
    plug_in(PORT1, "010100 020600", NULL);
    bind_to("1-1:1.0", "01\n", "snd-usb-audio");
    comes(d, PORT1);
    assert_true(switched_on(PORT1));
    bind_to("1-1:1.1", "02\n", "cdc_ether");
    happens(d, MONITOR_BIND, MONITOR_INTERFACE, PORT1 "/1-1:1.1");
    assert_false(switched_on(PORT1));
    assert_said("cut", "reason", "device-driver");
    desk_free(&d);
}

/* Another device came to the same place before the first one's removal was seen. */
static void another_at_the_same_place_is_judged_itself(void **state)
{
    (void)state;
    struct desk *d = new_desk("[device-class printer]\nallow = yes\n");
    plug_in(PORT1, "070102", NULL);
    atomic_store(&ledger_refuses, true);
    comes(d, PORT1);
    assert_false(switched_on(PORT1));
    char before[PLUG_PATH_CAP * 2], after[PLUG_PATH_CAP * 2];
    snprintf(before, sizeof before, "%s/" PORT1, root);
    snprintf(after, sizeof after, "%s/gone", root); /* it keeps its folder's number, so that the next has another */
    assert_int_equal(rename(before, after), 0);
    plug_in(PORT1, "020600", NULL);
    atomic_store(&ledger_refuses, false);
    (void)desk_turn(d);
    assert_false(switched_on(PORT1));
    happens(d, MONITOR_REMOVE, MONITOR_DEVICE, PORT1);
    comes(d, PORT1);
    assert_false(switched_on(PORT1));
    assert_said("plugged", "reason", "device-class");
    desk_free(&d);
}

/* A ledger that can't write now is told later: nothing is thrown away. */
static void what_the_ledger_refused_is_told_later(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    plug_in(PORT1, "030101", NULL);
    atomic_store(&ledger_refuses, true);
    comes(d, PORT1);
    assert_true(switched_on(PORT1));
    assert_int_equal(desk_waiting(d), 1);
    atomic_store(&ledger_refuses, false);
    (void)desk_turn(d);
    assert_int_equal(desk_waiting(d), 0);
    assert_said("plugged", "decision", "allowed");
    desk_free(&d);
}

/* A policy that lets the other half of the keyboard in alone would lock people out as well. */
static void half_a_keyboard_is_none(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    struct policy_findings f = {0};
    plug_in(PORT1, "030101 010100", NULL);
    comes(d, PORT1);
    assert_true(switched_on(PORT1));
    autofree char *text = changed(small_policy, NULL, "[device-class hid]\nallow = no\n[device-class audio]\n"
                                                      "allow = yes\nsplit = yes\n");
    struct policy *p = parse_right(text, &f);
    autojson json_t *cut = desk_try(d, p);
    assert_int_equal(json_array_size(json_object_get(cut, "devices")), 1);
    policy_free(&p);
    policy_findings_free(&f);
    desk_free(&d);
}

/* One that comes and goes all the time: some records, then a count of all that had none. */
static void a_loose_plug_does_not_fill_the_ledger(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    for (unsigned i = 0; i < 50; i++) {
        plug_in(PORT1, "080650", "AB\n");
        comes(d, PORT1);
        pull_out(d, PORT1);
    }
    plug_in(PORT1, "080650", "AB\n");
    assert_int_equal(record_count(), 8);
    assert_true(desk_turn(d) > 0);
    comes(d, PORT1);
    assert_false(switched_on(PORT1));
    desk_free(&d); /* what was counted is told at the end at the latest */
    assert_int_equal(record_count(), 9);
    assert_said("again", "device.serial", "AB");
    pthread_mutex_lock(&lock);
    assert_int_equal(record_number(json_array_get(records, 8), "count"), 101 - 8);
    pthread_mutex_unlock(&lock);
}

/* What may come in once that is on record waits then; a keyboard never does. */
static void who_comes_too_often_waits(void **state)
{
    (void)state;
    struct desk *d = new_desk("[device-class printer]\nallow = yes\n");
    for (unsigned i = 0; i < 5; i++) {
        plug_in(PORT1, "070102", NULL);
        comes(d, PORT1);
        assert_int_equal(switched_on(PORT1), i < 4);
        if (i < 4)
            pull_out(d, PORT1);
    }
    assert_true(desk_turn(d) > 0);
    assert_false(switched_on(PORT1));
    assert_int_equal(record_count(), 8);
    for (unsigned i = 0; i < 20; i++) {
        plug_in(HUB "/1-2", "030101", NULL);
        comes(d, HUB "/1-2");
        assert_true(switched_on(HUB "/1-2"));
        pull_out(d, HUB "/1-2");
    }
    desk_free(&d);
}

static void look(struct glass *ret)
{
    char path[128], cmdline[128];
    snprintf(path, sizeof path, "%s/run/" GLASS_NAME, top);
    snprintf(cmdline, sizeof cmdline, "%s/cmdline", top);
    glass_look(path, cmdline, ret);
}

static void write_top(const char *name, const char *text, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", top, name);
    unlink(path);
    autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(fd_write_full(fd, text, strlen(text)), 0);
}

static void the_glass_lets_everything_in(void **state)
{
    (void)state;
    struct desk *d = new_desk("");
    struct glass glass;
    plug_in(PORT1, "080650", NULL);
    comes(d, PORT1);
    assert_false(switched_on(PORT1));
    write_top("run/" GLASS_NAME, "at: 2026-11-27T09:00:00Z\nlogin: hana\nterminal: /dev/tty1\nwhy: no \x1b[2Jkeys\n", 0600);
    look(&glass);
    assert_true(glass.broken);
    desk_glass(d, &glass);
    assert_true(switched_on(PORT1));
    assert_said("break-glass", "login", "hana");
    char reason[600] = "why: ";
    for (size_t i = 0; i < 120; i++)
        strcat(reason, "鍵");
    struct glass longer;
    write_top("run/" GLASS_NAME, reason, 0600);
    look(&longer);
    assert_true(str_is_utf8(longer.why, strlen(longer.why)) && strlen(longer.why) > 200);
    assert_said("break-glass", "why", "no \\x1b[2Jkeys");
    assert_said("judged", "reason", "break-glass");
    bind_to("1-1:1.0", "08\n", "usb-storage");
    happens(d, MONITOR_BIND, MONITOR_INTERFACE, PORT1 "/1-1:1.0");
    assert_true(switched_on(PORT1));
    (void)desk_turn(d);
    assert_true(switched_on(PORT1));
    write_top("run/" GLASS_NAME, "", 0666); /* anybody could have written it */
    look(&glass);
    assert_false(glass.broken);
    desk_glass(d, &glass);
    assert_false(switched_on(PORT1));
    assert_said("glass-whole", "kind", "device");
    desk_free(&d);
}

static void a_boot_parameter_breaks_the_glass(void **state)
{
    (void)state;
    struct glass glass;
    write_top("cmdline", "root=/dev/vda sekisho.usb=opened quiet\n", 0444);
    look(&glass);
    assert_false(glass.broken);
    write_top("cmdline", "root=/dev/vda sekisho.usb=open\n", 0444);
    look(&glass);
    assert_true(glass.broken && glass.at_boot);
    struct desk *d = new_desk("");
    desk_glass(d, &glass);
    comes(d, HUB);
    autobuf struct buf b = {0};
    char full[256];
    snprintf(full, sizeof full, "%s/" HUB "/authorized_default", root);
    assert_int_equal(file_read(AT_FDCWD, full, 16, &b), 0);
    assert_int_equal(b.data[0], '1');
    desk_free(&d);
}

/* Its message comes when its folder is not there any more. */
static void what_was_gone_at_once_is_on_record(void **state)
{
    (void)state;
    struct desk *d = new_desk(STICK);
    const struct monitor_event e = {
        .action = MONITOR_ADD, .kind = MONITOR_DEVICE, .path = PORT1, .vendor = 0x46f4, .product = 1};
    desk_event(d, &e);
    happens(d, MONITOR_REMOVE, MONITOR_DEVICE, PORT1);
    assert_int_equal(record_count(), 2);
    assert_said("plugged", "reason", "device-unreadable");
    autofree char *why = said("plugged", "why");
    phrase_plain(why);
    assert_string_equal(why, "it was gone before it could be looked at");
    assert_said("removed", "state", "shut");
    pthread_mutex_lock(&lock);
    const json_t *device = json_object_get(json_array_get(records, 0), "device");
    assert_string_equal(record_text(device, "vendor"), "46f4");
    assert_string_equal(record_text(device, "product"), "0001");
    assert_string_equal(record_text(device, "port"), "0000:00:14.0/1");
    pthread_mutex_unlock(&lock);
    desk_free(&d);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TREE(a_root_hub_is_closed),
        WITH_TREE(a_stranger_stick_stays_shut),
        WITH_TREE(a_registered_stick_comes_in_once_that_is_on_record),
        WITH_TREE(its_identity_lets_it_be_seen),
        WITH_TREE(without_it_the_stick_is_shut),
        WITH_TREE(without_any_the_stick_is_shut),
        WITH_TREE(one_that_cant_be_looked_at_is_no_wrong_one),
        WITH_TREE(before_the_list_of_revoked_ones_none_is_seen),
        WITH_TREE(a_revoked_one_is_shut_at_once_and_stays_shut),
        WITH_TREE(half_a_list_of_revoked_ones_is_none),
        WITH_TREE(one_that_has_the_turn_that_is_awaited_is_opened),
        WITH_TREE(an_older_copy_is_shut_by_the_next_list),
        WITH_TREE(a_copy_is_on_record_among_many_others),
        WITH_TREE(one_without_any_turn_is_a_copy_where_one_is_awaited),
        WITH_TREE(a_doubt_that_the_next_list_ends_was_none),
        WITH_TREE(two_with_one_identity_are_both_shut),
        WITH_TREE(more_than_one_disk_is_no_medium),
        WITH_TREE(a_disk_that_comes_late_is_more_than_one),
        WITH_TREE(who_does_not_answer_holds_nobody_up),
        WITH_TREE(what_was_slow_is_shut_at_once),
        WITH_TREE(one_that_is_slow_to_go_is_told_of_and_goes),
        WITH_TREE(what_is_mounted_stays_in_and_is_counted),
        WITH_TREE(too_many_at_a_time_are_shut),
        WITH_TREE(an_answer_about_one_that_is_gone_is_not_heard),
        WITH_TREE(what_is_no_disk_is_no_medium),
        WITH_TREE(what_becomes_no_disk_is_shut),
        WITH_TREE(an_old_message_changes_nothing),
        WITH_TREE(a_driver_tells_of_a_device),
        WITH_TREE(sekisho_device_is_asked_anew_after_its_death),
        WITH_TREE(a_stranger_is_marked_and_shut_again),
        WITH_TREE(a_ledger_that_refuses_lets_nothing_in),
        WITH_TREE(a_keyboard_comes_in_without_the_ledger),
        WITH_TREE(the_built_in_policy_lets_keyboards_in),
        WITH_TREE(a_driver_that_does_not_fit_shuts_it),
        WITH_TREE(what_somebody_else_lets_in_is_shut),
        WITH_TREE(a_new_policy_judges_what_is_there),
        WITH_TREE(people_get_the_node_of_a_named_device_only),
        WITH_TREE(nobody_gets_the_node_of_a_keyboard),
        WITH_TREE(the_harmless_half_comes_in),
        WITH_TREE(what_is_not_readable_stays_shut),
        WITH_TREE(the_refused_half_is_cut_off),
        WITH_TREE(the_first_start_cuts_nobody_off),
        WITH_TREE(a_broken_policy_keeps_nothing_in),
        WITH_TREE(a_keyboard_is_never_off_for_its_other_half),
        WITH_TREE(a_keyboard_whose_other_half_does_not_go_stays),
        WITH_TREE(a_keyboard_comes_in_without_its_makers_half),
        WITH_TREE(what_was_gone_at_once_is_on_record),
        WITH_TREE(another_at_the_same_place_is_judged_itself),
        WITH_TREE(what_the_ledger_refused_is_told_later),
        WITH_TREE(half_a_keyboard_is_none),
        WITH_TREE(a_loose_plug_does_not_fill_the_ledger),
        WITH_TREE(who_comes_too_often_waits),
        WITH_TREE(the_glass_lets_everything_in),
        WITH_TREE(a_boot_parameter_breaks_the_glass),
        cmocka_unit_test(ports_have_names),
        cmocka_unit_test(drivers_fit_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
