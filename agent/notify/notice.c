/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notice.c owns the words that leave the PC in a notice. It must never let through a text that somebody
 * wrote, a name of a person, a file, an area or a contract. */
#include "notify/notice.h"
#include <sekisho/err.h>
#include <sekisho/incident.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

#define HOST_MAX 64 /* bytes of the PC's name that are shown */

static const char *const types_ja[] = {
    "事故の疑い", "漏えい", "目的外利用", "認められていないアクセス", "不正プログラムへの感染", "改ざん",
    "消去", "紛失", "盗難", "破壊", "不正利用", "サービス妨害", "意図しない変更", "契約条項への違反"};
static const char *const triggers_ja[] = {
    "同じ人の操作が続けて拒否されました", "媒体に不明なファイルがあります", "媒体の複製が使われました",
    "同じ識別情報の媒体が二つ接続されました", "PCの時計が変更されたか、同期していません",
    "台帳に記録できませんでした", "エージェントなしでPCが動いていました", "改ざんの兆候があります",
    "持出し品の返却期限を大きく過ぎています"};
static const char *const reports_ja[] = {"第一報", "発生内容と影響の報告", "詳細の報告", "日時・場所・事由・関係者の報告",
                                         "書面による報告", "是正処置案", "是正結果の報告", "最終報告"};

static const char *const types[][2] = {
#define ROW(id, name, text) {name, text},
    SK_INCIDENT_TYPES(ROW)
#undef ROW
};
static const char *const triggers[][2] = {
#define ROW(id, name, text, type) {name, text},
    SK_INCIDENT_TRIGGERS(ROW)
#undef ROW
};
static const char *const reports[][2] = {
#define ROW(id, name, text) {name, text},
    SK_INCIDENT_REPORTS(ROW)
#undef ROW
};
_Static_assert(array_count(types) == array_count(types_ja), "each type in Japanese");
_Static_assert(array_count(triggers) == array_count(triggers_ja), "each trigger in Japanese");
_Static_assert(array_count(reports) == array_count(reports_ja), "each report in Japanese");

/* The row of that name; count when there is none. */
static size_t row_of(const char *const (*table)[2], size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && !str_eq(table[i][0], name))
        i++;
    return i;
}

/* "I-20261127-0001" */
static bool incident_valid(const char *id)
{
    size_t len = strlen(id), digits = strspn(id + (len > 2 ? 2 : 0), "0123456789-");
    return len >= 15 && len <= 24 && id[0] == 'I' && id[1] == '-' && digits == len - 2;
}

/* RFC 3339 → "2026-11-27 14:30" in Japan. */
static int read_time(const char *text, char ret[static CLOCK_TIME_CAP])
{
    int64_t at_s;
    ret[0] = '\0';
    if (!*text)
        return 0;
    if (strlen(text) >= CLOCK_TIME_CAP || clock_parse_time(text, &at_s) != 0)
        return SK_ERR_FORMAT;
    clock_format(ret, at_s + 9 * 3600, 0);
    ret[10] = ' ';
    ret[16] = '\0';
    return 0;
}

static int read_skip(const json_t *list, struct notice *n)
{
    if (!json_is_array(list))
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t number = json_integer_value(json_array_get(list, i));
        if (number < 1 || number > SK_NOTICES_MAX)
            return SK_ERR_FORMAT;
        n->skip[number] = true;
    }
    return 0;
}

static bool members_known(const json_t *message)
{
    static const char *const known[] = {"incident", "notice", "which",  "type", "trigger",
                                        "again",    "opened-at", "due", "skip"};
    for (size_t i = 0; i < array_count(known); i++)
        if (!json_object_get(message, known[i]))
            return false;
    return json_object_size(message) == array_count(known);
}

static const char *const kinds[] = {
    [NOTICE_OPENED] = "opened", [NOTICE_ADDED] = "added", [NOTICE_LATE] = "late"};

static unsigned kind_of(const char *name)
{
    unsigned i = 0;
    while (i < array_count(kinds) && !str_eq(kinds[i], name))
        i++;
    return i;
}

int notice_read(const json_t *message, struct notice *ret)
{
    struct notice n = {0};
    const char *id = record_text(message, "incident"), *because = record_text(message, "trigger");
    const char *which = record_text(message, "which");
    if (!members_known(message) || !incident_valid(id) || strlen(id) >= sizeof n.incident)
        return SK_ERR_FORMAT;
    snprintf(n.incident, sizeof n.incident, "%s", id);
    n.kind = kind_of(record_text(message, "notice"));
    n.type = (unsigned)row_of(types, array_count(types), record_text(message, "type"));
    n.trigger = *because ? (unsigned)row_of(triggers, array_count(triggers), because) : NOTICE_NONE;
    n.which = *which ? (unsigned)row_of(reports, array_count(reports), which) : NOTICE_NONE;
    n.again = record_flag(message, "again");
    int r = read_time(record_text(message, "opened-at"), n.opened);
    if (r == 0)
        r = read_time(record_text(message, "due"), n.due);
    if (r == 0)
        r = read_skip(json_object_get(message, "skip"), &n);
    if (r == 0 && !notice_valid(&n))
        r = SK_ERR_FORMAT;
    if (r == 0)
        *ret = n;
    return r;
}

static bool is_time(const char text[static CLOCK_TIME_CAP])
{
    size_t len = strnlen(text, CLOCK_TIME_CAP);
    return len < CLOCK_TIME_CAP && strspn(text, "0123456789-: ") == len;
}

bool notice_valid(const struct notice *n)
{
    return strnlen(n->incident, sizeof n->incident) < sizeof n->incident && incident_valid(n->incident) &&
           n->kind < array_count(kinds) && n->type < array_count(types) &&
           (n->trigger == NOTICE_NONE || n->trigger < array_count(triggers)) &&
           (n->kind == NOTICE_LATE ? n->which < array_count(reports) : n->which == NOTICE_NONE) &&
           is_time(n->opened) && is_time(n->due);
}

const char *notice_kind(const struct notice *n)
{
    return kinds[n->kind];
}

static void put_host(struct buf *out, const char *host)
{
    for (size_t i = 0; i < HOST_MAX && host[i]; i++)
        buf_putc(out, strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-", host[i]) ? host[i]
                                                                                                       : '?');
}

int notice_subject(const struct notice *n, const char *host, struct buf *out)
{
    buf_printf(out, "[Sekisho] %s %s ", n->kind == NOTICE_LATE ? "LATE:" : "incident", n->incident);
    put_host(out, host);
    return out->err;
}

static void text_ja(const struct notice *n, const char *host, struct buf *out)
{
    if (n->kind == NOTICE_LATE)
        buf_printf(out, "%s の%sが期限までに行われていません。\n", n->incident, reports_ja[n->which]);
    else if (n->kind == NOTICE_ADDED)
        buf_printf(out, "起票済みの情報セキュリティ事故 %s に、同様の事象が新たに加わりました。\n", n->incident);
    else
        buf_printf(out, "情報セキュリティ事故として %s を起票しました。\n", n->incident);
    if (n->again)
        buf_puts(out, "(前回の送信は完了を確認できませんでした。同じ通知が既に届いていることがあります。)\n");
    buf_puts(out, "\nPC: ");
    put_host(out, host);
    buf_printf(out, "\n種類: %s\n", types_ja[n->type]);
    if (n->trigger != NOTICE_NONE)
        buf_printf(out, "きっかけ: %s\n", triggers_ja[n->trigger]);
    buf_printf(out, "起票: %s (日本時間)\n", n->opened);
    if (*n->due)
        buf_printf(out, "%s: %s (日本時間)\n", n->kind == NOTICE_LATE ? "期限" : "次の報告の期限", n->due);
    buf_printf(out, "内容を見る: sekisho incident show %s\n", n->incident);
}

static void text_en(const struct notice *n, const char *host, struct buf *out)
{
    if (n->kind == NOTICE_LATE)
        buf_printf(out, "A report of incident %s is late: %s.\n", n->incident, reports[n->which][1]);
    else if (n->kind == NOTICE_ADDED)
        buf_printf(out, "More of the same was added to incident %s, which is open.\n", n->incident);
    else
        buf_printf(out, "Incident %s was opened.\n", n->incident);
    if (n->again)
        buf_puts(out, "(It is not known whether an earlier try came through: you may have this notice already.)\n");
    buf_puts(out, "\nPC: ");
    put_host(out, host);
    buf_printf(out, "\nType: %s\n", types[n->type][1]);
    if (n->trigger != NOTICE_NONE)
        buf_printf(out, "Because: %s\n", triggers[n->trigger][1]);
    buf_printf(out, "Opened: %s (Japan)\n", n->opened);
    if (*n->due)
        buf_printf(out, "%s: %s (Japan)\n", n->kind == NOTICE_LATE ? "It was due" : "Next report due", n->due);
    buf_printf(out, "To see it: sekisho incident show %s\n", n->incident);
}

int notice_text(const struct notice *n, const char *host, struct buf *out)
{
    text_ja(n, host, out);
    buf_puts(out, "\n--\n\n");
    text_en(n, host, out);
    return out->err;
}
