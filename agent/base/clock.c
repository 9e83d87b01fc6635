/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.c owns the reading and writing of time. It must never consult TZ or the locale: a record
 * means the same on every machine. */
#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include "base/fdio.h"

#define JAPAN_OFFSET_S  (9 * 3600)
#define NS_PER_S        1000000000ull

uint64_t clock_boot_ns(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

int64_t clock_wall_s(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec;
}

int64_t clock_wall_coarse_s(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return t.tv_sec;
}

void clock_read(struct clock_now *ret)
{
    struct timespec wall = {0};
    struct timex x = {0};
    clock_gettime(CLOCK_REALTIME, &wall);
    int state = adjtimex(&x);
    *ret = (struct clock_now){
        .wall_s = wall.tv_sec,
        .wall_ns = (uint32_t)wall.tv_nsec,
        .boot_ns = clock_boot_ns(),
        .synchronised = state >= 0 && state != TIME_ERROR && !(x.status & STA_UNSYNC),
        .max_error_us = state >= 0 ? x.maxerror : 0,
    };
}

int clock_boot_id(char ret[static CLOCK_BOOT_ID_CAP])
{
    autoclose int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    char id[CLOCK_BOOT_ID_CAP] = {0};
    ssize_t n = fd_read_full(fd, id, sizeof id - 1);
    if (n < 0)
        return (int)n;
    if (n != CLOCK_BOOT_ID_CAP - 1)
        return SK_ERR_FORMAT;
    memcpy(ret, id, sizeof id);
    return 0;
}

void clock_format(char out[static CLOCK_TIME_CAP], int64_t wall_s, uint32_t wall_ns)
{
    struct tm tm;
    time_t t = wall_s;
    if (!gmtime_r(&t, &tm) || tm.tm_year + 1900 > 9999 || tm.tm_year + 1900 < 0)
        memset(&tm, 0, sizeof tm);
    snprintf(out, CLOCK_TIME_CAP, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
             (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
             (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
             (unsigned)tm.tm_sec % 100, wall_ns / 1000000 % 1000);
}

/* count digits at text[at]; -1 when one of them is none */
static int digits(const char *text, size_t at, size_t count)
{
    int v = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        v = v * 10 + (text[i] - '0');
    }
    return v;
}

static int parse_day(const char *text, struct tm *ret)
{
    if (strlen(text) < 10 || text[4] != '-' || text[7] != '-')
        return SK_ERR_FORMAT;
    int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return SK_ERR_FORMAT;
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    struct tm same = tm;
    timegm(&same);
    if (same.tm_mon != tm.tm_mon || same.tm_mday != tm.tm_mday)
        return SK_ERR_FORMAT; /* no such day, e.g. 2026-02-30 */
    *ret = tm;
    return 0;
}

int clock_parse_date(const char *text, int64_t *ret_wall_s)
{
    struct tm tm;
    int r = parse_day(text, &tm);
    if (r != 0 || text[10] != '\0')
        return SK_ERR_FORMAT;
    *ret_wall_s = timegm(&tm) - JAPAN_OFFSET_S;
    return 0;
}

void clock_format_date(char out[static CLOCK_TIME_CAP], int64_t wall_s)
{
    clock_format(out, wall_s + JAPAN_OFFSET_S, 0);
    out[10] = '\0';
}

/* "Z", "+09:00" or "-05:30" → seconds east of UTC */
static int parse_offset(const char *text, int64_t *ret)
{
    if (strcmp(text, "Z") == 0) {
        *ret = 0;
        return 0;
    }
    if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return SK_ERR_FORMAT;
    int hours = digits(text, 1, 2), minutes = digits(text, 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return SK_ERR_FORMAT;
    int64_t east = hours * 3600 + minutes * 60;
    *ret = text[0] == '-' ? -east : east;
    return 0;
}

int clock_parse_time(const char *text, int64_t *ret_wall_s)
{
    if (clock_parse_date(text, ret_wall_s) == 0)
        return 0;
    struct tm tm;
    int r = parse_day(text, &tm);
    if (r != 0 || strlen(text) < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':')
        return SK_ERR_FORMAT;
    int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return SK_ERR_FORMAT;
    const char *rest = text + 19;
    if (*rest == '.') {
        size_t fraction = strspn(rest + 1, "0123456789");
        if (fraction == 0)
            return SK_ERR_FORMAT;
        rest += 1 + fraction;
    }
    int64_t east;
    r = parse_offset(rest, &east);
    if (r != 0)
        return r;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    *ret_wall_s = timegm(&tm) - east;
    return 0;
}
