/* SPDX-License-Identifier: GPL-3.0-or-later */
/* contract-example.c: a small contract from its first to its last day, as two PCs would have recorded it:
 * three months, 40 cases, names of every kind, one lost stick, one top-secret hand-over, closed at the
 * end. The ledgers are written by the ledger's own code; the same records come out at every run (keys and
 * digests of the ledgers differ).
 *   contract-example FOLDER [CASES [ACCESSES [unsealed]]]   makes FOLDER/pc-a, FOLDER/pc-b (ledgers); CASES (40), 0:
 *   none; unsealed: pc-a was killed with a record behind its last seal */
#include <sekisho/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/digest.h"
#include "ledger/book.h"
#include "record/record.h"

#define CONTRACT "ledger2026"
#define BLIND    "00000000000000000000000000000000"
#define COMMIT_EACH 1000u /* records */
#define BEGIN_S 1767225600 /* seconds: 2026-01-01, when the PCs were started */

struct pc {
    struct book *book;
    const char *host;
    unsigned waiting;
    uint64_t boot_ns;
    unsigned numbers[2];
};

static const char *policy_digest;

static void give_up(const char *what, int code)
{
    fprintf(stderr, "contract-example: %s: %s\n", what, code ? sk_strerror(code) : "");
    exit(1);
}

static void ignore(void *context, uint64_t ticket, int code, uint64_t seq)
{
    (void)context;
    (void)ticket;
    (void)code;
    (void)seq;
}

static void commit(struct pc *pc, bool seal)
{
    int r = book_commit(pc->book, seal, ignore, NULL);
    if (r != 0)
        give_up("commit", r);
    pc->waiting = 0;
}

static void put(struct pc *pc, const char *at, json_t *record)
{
    struct clock_now when = {.synchronised = true};
    if (!record || clock_parse_time(at, &when.wall_s) != 0)
        give_up(at, SK_ERR_FORMAT);
    pc->boot_ns += 1000;
    /* with the wall clock: else the ledger would tell of a clock that is set from day to day (proof/steps.h) */
    when.boot_ns = (uint64_t)(when.wall_s - BEGIN_S) * 1000000000u + pc->boot_ns;
    json_object_set_new(record, "policy", json_pack("{ss sI}", "digest", policy_digest, "version",
                                                    (json_int_t)1));
    int r = book_add(pc->book, record, &when, 0);
    if (r != 0)
        give_up(json_dumps(record, 0), r);
    if (++pc->waiting >= COMMIT_EACH)
        commit(pc, false);
}

static void begin(struct pc *pc, const char *folder)
{
    char base[400], ledger[512], keys[512];
    bool first;
    struct recovery found = {0};
    snprintf(base, sizeof base, "%s/%s", folder, pc->host);
    snprintf(ledger, sizeof ledger, "%s/ledger", base);
    snprintf(keys, sizeof keys, "%s/keys", base);
    if (mkdir(base, 0755) != 0 || mkdir(ledger, 0755) != 0 || mkdir(keys, 0700) != 0)
        give_up(base, -errno);
    const struct book_config config = {.ledger_folder = ledger, .key_folder = keys, .host = pc->host,
                                       .boot_id = "00000000-0000-4000-8000-000000000000"};
    int r = book_open(&config, &pc->book, &first, &found);
    recovery_clear(&found);
    if (r != 0)
        give_up(ledger, r);
}

static json_t *person(const char *id, const char *name)
{
    return json_pack("{ss ss ss si}", "id", id, "name", name, "login", id, "uid", 1001);
}

static const struct {
    const char *id, *name;
} people[] = {{"sato", "佐藤 花子"}, {"suzuki", "鈴木 一郎"}, {"takasaki", "髙﨑 葛󠄀葉"}};

static const char *const names[] = {
    "住民台帳_4月分.xlsx",
    "=cmd|'/C calc'!A0.csv",
    "髙﨑様 提出資料（確定版）.docx",
    "葛󠄀城市 地番図.pdf",
    "@SUM(1+1).txt",
    "<script>alert(1)</script>.html",
    "世帯異動届の集計及び確認作業のための一覧表（令和八年度第一四半期・海辺市市民課提出用・最終確認済・再集計後・差替版・索引つき・別表第二号添付）.ods",
};

static json_t *sha_of(const char *text)
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    if (digest_of(text, strlen(text), digest) != 0)
        give_up("digest", 0);
    digest_hex(hex, digest);
    return json_string(hex);
}

/* A name of exactly 255 bytes: full-width signs, then what is left in ASCII. */
static void long_name(char ret[static 256])
{
    ret[0] = '\0';
    while (strlen(ret) + 3 <= 255 - 3)
        strcat(ret, "長");
    while (strlen(ret) < 255)
        strcat(ret, "x");
}

static json_t *files_of(unsigned n, int64_t *ret_bytes, unsigned *ret_count)
{
    json_t *files = json_array();
    unsigned count = n % 13 == 7 ? 9 : 1 + n % 3;
    char longest[256];
    long_name(longest);
    *ret_bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        const char *name = n % 7 == 6 && i == 0 ? longest : names[(n + i) % 7];
        char numbered[300];
        snprintf(numbered, sizeof numbered, i < 7 ? "%s" : "%s-2", name);
        int64_t bytes = 1024 * (int64_t)(n + 1) * (i + 3) + 17;
        *ret_bytes += bytes;
        json_array_append_new(files, json_pack("{ss sI so}", "name", numbered, "bytes", (json_int_t)bytes,
                                               "sha256", sha_of(numbered)));
    }
    *ret_count = count;
    return files;
}

static const char consent_json[] = "{\"id\":\"letter-12\",\"document\":\"海辺市 住民第12号 持出し承諾書\","
                                   "\"date\":\"2026-04-01\",\"sha256\":"
                                   "\"1fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54\"}";

static json_t *consent(void)
{
    return json_loads(consent_json, 0, NULL);
}

static json_t *destination(bool take_out)
{
    return take_out ? json_pack("{ss ss ss}", "id", "delivery-stick", "label", "納品用USBメモリ", "kind",
                                "medium")
                    : json_pack("{ss ss ss}", "id", "archive", "label", "作業記録の控え", "kind", "directory");
}

/* The time of the n-th day of the contract's work: weekdays in April, May and June 2026. */
static void time_of(unsigned day, unsigned hour, unsigned minute, char ret[static CLOCK_TIME_CAP])
{
    int64_t at;
    (void)!clock_parse_date("2026-04-01", &at);
    clock_format(ret, at + (int64_t)day * CLOCK_DAY_S + hour * 3600 + minute * 60, 0);
}

/* The lost one's incident: known, told at once, in writing the next day, closed. */
static void incident(struct pc *pc, const char *case_id, const char *known, unsigned day, unsigned who)
{
    static const struct {
        const char *which;
        unsigned hour, minute;
        int oral;
    } made[] = {{"first", 17, 40, 1}, {"effect", 17, 40, 1}, {"facts", 20, 10, 1}};
    char at[CLOCK_TIME_CAP];
    static const char id[] = "I-20260609-0001";
    put(pc, known, json_pack("{ss ss ss ss ss ss so ss ss ss ss ss ss ss ss ss s[o]}", "kind", "incident", "incident", id,
                             "phase", "opened", "by", "person", "type", "loss", "trigger", "", "person",
                             person(people[who].id, people[who].name), "contract", CONTRACT, "area", "shared", "case",
                             case_id, "what", "納品に向かう電車に媒体を置き忘れた", "known-at", known, "occurred-at", "",
                             "where", "海辺駅", "cause", "", "effect", "", "concerned",
                             person(people[who].id, people[who].name)));
    for (size_t i = 0; i < array_count(made); i++) {
        time_of(day, made[i].hour, made[i].minute, at);
        put(pc, at, json_pack("{ss ss ss so ss ss s{ss ss ss ss sb}}", "kind", "incident", "incident", id, "phase",
                              "reported", "person", person("tanaka", "田中 恵"), "contract", CONTRACT, "area", "shared",
                              "report", "which", made[i].which, "at", at, "to", "海辺市 市民課 山本", "by", "田中 恵",
                              "oral", made[i].oral));
    }
    time_of(day + 1, 10, 0, at);
    put(pc, at, json_pack("{ss ss ss so ss ss ss ss ss ss ss}", "kind", "incident", "incident", id, "phase", "added",
                          "person", person("tanaka", "田中 恵"), "contract", CONTRACT, "area", "shared", "effect",
                          "納品が1日遅れた", "cause", "鞄から出した媒体を座席に置いた", "response", "駅で回収、封は未開封",
                          "correction", "媒体は鞄に固定して運ぶ", "final-by", "2026-06-30"));
    time_of(day + 2, 10, 0, at);
    put(pc, at, json_pack("{ss ss ss so ss ss ss s[s]}", "kind", "incident", "incident", id, "phase", "closed", "person",
                          person("tanaka", "田中 恵"), "contract", CONTRACT, "area", "shared", "why",
                          "未開封で回収。委託者の了承済み", "missing", "final"));
}

/* One case: asked, permitted, done, and (most of them) ended. The last of the take-outs is lost. */
static json_t *sealed(const char *id, int64_t bytes)
{
    char name[48];
    snprintf(name, sizeof name, "%s.tar.age", id);
    return json_pack("{ss sI so}", "name", name, "bytes", (json_int_t)bytes + 4096, "sha256", sha_of(name));
}

static void one_case(struct pc *pc, unsigned n, unsigned count)
{
    bool take_out = n % 2 == 1, is_lost = n == 33;
    unsigned day = count > 90 ? n * 84 / count : n * 2, who = n % 3, file_count;
    char id[40], at[CLOCK_TIME_CAP], date[CLOCK_TIME_CAP];
    int64_t bytes, wall;
    time_of(day, 9 + n % 8, n % 60, at);
    (void)!clock_parse_time(at, &wall);
    clock_format_date(date, wall);
    snprintf(id, sizeof id, "%c-%.4s%.2s%.2s-%04u", take_out ? 'T' : 'C', date, date + 5, date + 8,
             ++pc->numbers[take_out]);
    const char *kind = take_out ? "takeout" : "copy";
    const char *purpose = take_out ? "中間成果物の納品" : "作業記録の控え";
    const char *kept = take_out ? "施錠した鞄で携行、納品後は施錠書庫" : "本社3階 施錠書庫の暗号化ディスク";
    json_t *files = files_of(n, &bytes, &file_count);
    put(pc, at, json_pack("{ss ss ss so ss ss si so so ss ss ss s{so si sI}}", "kind", "request", "case", id,
                          "type", kind, "person", person(people[who].id, people[who].name), "contract",
                          CONTRACT, "area", "shared", "level", 2, "consent", consent(), "destination",
                          destination(take_out), "purpose", purpose, "kept", kept, "return-by",
                          take_out ? "2026-06-30" : "", "content", "files", files, "count",
                          (int)file_count, "bytes", (json_int_t)bytes));
    put(pc, at, json_pack("{ss ss ss so ss ss ss so}", "kind", "permit", "case", id, "phase",
                          n % 19 == 18 ? "rejected" : "granted", "person", person("tanaka", "田中 恵"),
                          "contract", CONTRACT, "consent", "letter-12", "why",
                          n % 19 == 18 ? "目的が承諾の範囲外" : "", "permit", sha_of(id)));
    if (n % 19 == 18)
        return;
    for (int done = 0; done < 2; done++)
        put(pc, at,
            json_pack("{ss ss ss so ss ss si so ss ss s{sb s{ss ss} so so} s{si sI} so* so*}", "kind", kind, "case", id,
                      "phase", done ? "done" : "intent", "person", person(people[who].id, people[who].name),
                      "contract", CONTRACT, "area", "shared", "level", 2, "destination",
                      destination(take_out), "purpose", purpose, "kept", kept, "permission", "granted", 1,
                      "approver", "id", "tanaka", "name", "田中 恵", "permit", sha_of(id), "consent",
                      consent(), "content", "count", (int)file_count, "bytes", (json_int_t)bytes, "recipients",
                      take_out ? json_pack("[s]", "umibe-city") : NULL, "sealed", take_out && done ? sealed(id, bytes) : NULL));
    time_of(day + 3, 17, 10, at);
    if (is_lost) {
        put(pc, at, json_pack("{ss ss ss ss so ss ss}", "kind", "lost", "case", id, "incident",
                              "I-20260609-0001", "known-at", at, "person",
                              person(people[who].id, people[who].name), "contract", CONTRACT, "area", "shared"));
        incident(pc, id, at, day + 3, who);
        return;
    }
    if (take_out && n % 5 != 0)
        put(pc, at, json_pack("{ss ss ss so ss ss s{ss ss ss}}", "kind", "return", "case", id, "phase", "done",
                              "person", person(people[who].id, people[who].name), "contract", CONTRACT,
                              "method", "媒体を持ち帰り、内容を照合", "proof", "text", "受領書 第3号", "file", "",
                              "sha256", ""));
    else if (n % 4 != 0)
        put(pc, at, json_pack("{ss ss ss so ss ss s{ss ss so}}", "kind", "disposal", "case", id, "phase",
                              "done", "person", person(people[who].id, people[who].name), "contract", CONTRACT,
                              "method", "消去（データ抹消ソフトウェア）", "proof", "text", "", "file",
                              "消去証明.pdf", "sha256", sha_of(id)));
}

static void announce(struct pc *pc)
{
    static const char *const at = "2026-04-01T00:00:00Z";
    put(pc, at, json_pack("{ss ss so ss}", "kind", "policy", "phase", "installed", "person",
                          person("ito", "伊藤 健"), "key", "RWQ5fapRRXxFVLDc"));
    put(pc, at, json_pack("{ss ss ss ss ss ss ss s[s]}", "kind", "contract", "phase", "announced", "contract",
                          CONTRACT, "title", "令和8年度 住民台帳整備業務", "client", "海辺市", "contractor",
                          "株式会社山川システム", "blind", BLIND, "areas", "shared"));
}

static void receive(struct pc *pc, const char *at, const char *id, bool special, const char *name)
{
    for (int done = 0; done < 2; done++)
        put(pc, at, json_pack("{ss ss ss so ss ss ss ss ss sb s{s[{ss sI so}] si sI}}", "kind", "receive",
                              "receipt", id, "phase", done ? "done" : "intent", "person",
                              person("sato", "佐藤 花子"), "contract", CONTRACT, "area", "shared", "from",
                              "海辺市 市民課", "how", "暗号化USBメモリの手渡し", "place", "本社3階 執務室",
                              "specific-personal", special, "content", "files", "name", name, "bytes",
                              (json_int_t)1048576, "sha256", sha_of(name), "count", 1, "bytes",
                              (json_int_t)1048576));
}

/* Items of the register that are no files: paper, a medium. */
static json_t *item(const char *id, const char *phase, const char *form, const char *name)
{
    return json_pack("{ss ss ss so ss ss ss ss si ss s{ss ss} ss ss ss ss ss s{ss ss} ss sb sb}", "kind", "item",
                     "item", id, "phase", phase, "person", person("sato", "佐藤 花子"), "contract", CONTRACT,
                     "area", "", "form", form, "name", name, "count", 1, "of", "", "handler", "id", "sato",
                     "name", "佐藤 花子", "from", "海辺市 市民課", "to", "", "how", "手渡し", "purpose",
                     "入力原票の照合", "place", "本社3階 執務室", "kept", "where", "施錠キャビネット", "how",
                     "施錠", "return-how", "手渡しで返却", "specific-personal", 1, "top-secret", 0);
}

static json_t *item_end(const char *id, const char *phase, const char *form, const char *name,
                        const char *method)
{
    json_t *record = item(id, phase, form, name);
    json_object_set_new(record, "method", json_string(method));
    json_object_set_new(record, "second", json_pack("{ss ss}", "id", "suzuki", "name", "鈴木 一郎"));
    json_object_set_new(record, "proof",
                        json_pack("{ss ss ss}", "text", "返却受領書 第7号", "file", "", "sha256", ""));
    return record;
}

static void register_items(struct pc *pc)
{
    receive(pc, "2026-04-02T01:10:00Z", "R-20260402-0001", false, "住民台帳_4月分.xlsx");
    receive(pc, "2026-05-07T02:30:00Z", "R-20260507-0001", true, "個人番号対照表（髙﨑・葛󠄀城）.csv");
    put(pc, "2026-04-02T01:30:00Z", item("D-20260402-0001", "received", "paper", "住民異動届 原票 1箱（120枚）"));
    put(pc, "2026-04-02T01:40:00Z",
        item("D-20260402-0002", "received", "medium", "受渡し用USBメモリ（管理番号 海-07）"));
    json_t *checked = item_end("D-20260402-0001", "checked", "paper", "住民異動届 原票 1箱（120枚）", "");
    json_object_set_new(checked, "person", person("tanaka", "田中 恵"));
    put(pc, "2026-04-03T00:30:00Z", checked);
}

static void hand_over(struct pc *pc)
{
    static const char *const phases[] = {"given", "received"};
    for (unsigned i = 0; i < 2; i++)
        put(pc, i ? "2026-05-20T05:20:00Z" : "2026-05-20T05:00:00Z",
            json_pack("{ss ss ss ss so ss ss s{ss ss} s{ss ss} s{s[{ss sI so}] si sI} ss s{ss ss} s{sb s{ss ss} so}}", "kind",
                      "handover", "handover", "H-20260520-0001", "phase", phases[i], "case",
                      "T-20260520-9001", "person", person("sato", "佐藤 花子"), "contract", CONTRACT, "area",
                      "shared", "from", "id", "sato", "name", "佐藤 花子", "to", "name", "海野 次郎",
                      "organisation", "海辺市 市民課", "content", "files", "name", "極秘 支援措置対象者一覧.pdf",
                      "bytes", (json_int_t)204800, "sha256", sha_of("secret"), "count", 1, "bytes",
                      (json_int_t)204800, "purpose", "支援措置対象者の確認", "kept", "where",
                      "海辺市 市民課 金庫", "how", "施錠", "permission", "granted", 1, "approver", "id",
                      "tanaka", "name", "田中 恵", "consent", consent()));
}

static void erase(struct pc *pc, const char *id, const char *object_kind, const char *object,
                  const char *name, const char *method)
{
    bool flash = strcmp(object_kind, "medium") == 0;
    put(pc, "2026-06-30T07:00:00Z",
        json_pack("{ss ss ss s{ss ss ss sI} ss ss sb s[sss] ss so s{ss ss} ss ss s{ss ss ss}}", "kind", "erasure",
                  "erasure", id, "phase", "done", "object", "kind", object_kind, "name", name, "id",
                  object, "bytes", (json_int_t)32000000000, "class", flash ? "level-1" : "level-2", "method", method,
                  "verified", 1, "statements", flash ? "overwritten" : "keys-destroyed", "discarded",
                  flash ? "flash" : "header-copy", "tool", "sekisho 0.1.0", "person",
                  person("suzuki", "鈴木 一郎"), "witness", "name", "田中 恵", "organisation",
                  "株式会社山川システム", "contract", CONTRACT, "area", "shared", "proof", "text",
                  "読み戻し検査 合格", "file", "", "sha256", ""));
}

static void one_access(struct pc *pc, const char *at, const char *who, const char *file, bool refused,
                       int count)
{
    put(pc, at, json_pack("{ss s{ss} si ss ss si si ss ss ss ss si si}", "kind", "access", "person", "id", who,
                          "uid", 1001, "area", "shared", "file", file, "inode", 100, "dev", 1, "exe",
                          "/usr/bin/soffice.bin", "decision", refused ? "refused" : "allowed", "reason",
                          refused ? "not-listed" : "allowed", "application", "office", "pid", 4000,
                          "count", count));
}

/* 30 files within a minute: a reviewer should see it. */
static void burst(struct pc *pc)
{
    for (unsigned i = 0; i < 30; i++) {
        char at[CLOCK_TIME_CAP], file[40];
        snprintf(at, sizeof at, "2026-05-12T03:00:%02uZ", i);
        snprintf(file, sizeof file, "世帯票-%02u.csv", i);
        one_access(pc, at, "takasaki", file, false, 1);
    }
}

static void accesses(struct pc *pc, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char at[CLOCK_TIME_CAP];
        bool refused = i % 41 == 40;
        time_of((unsigned)((uint64_t)i * 88 / count), i % 37 == 36 ? 23 : 9 + i % 8, i % 60, at);
        one_access(pc, at, people[i % 3].id, names[i % 7], refused, (int)(1 + i % 2));
    }
}

static void close_contract(struct pc *pc)
{
    put(pc, "2026-06-29T06:00:00Z",
        item_end("D-20260402-0001", "returned", "paper", "住民異動届 原票 1箱（120枚）", "返却（手渡し）"));
    put(pc, "2026-06-29T06:10:00Z", item_end("D-20260402-0002", "returned", "medium",
                                             "受渡し用USBメモリ（管理番号 海-07）", "返却（手渡し）"));
    erase(pc, "E-20260630-0001", "area", "shared", "shared", "暗号鍵の破棄");
    erase(pc, "E-20260630-0002", "medium", "delivery-stick", "納品用USBメモリ（管理番号 山-03）", "上書き及び読み戻し");
    put(pc, "2026-06-30T08:00:00Z", json_pack("{ss ss so ss ss ss}", "kind", "contract", "phase", "closed",
                                              "person", person("tanaka", "田中 恵"), "contract", CONTRACT,
                                              "plan", "", "blind", BLIND));
}

/* Another client's contract on the same PC: none of it may come into a paper of this one. */
static void another_contract(struct pc *pc)
{
    static const char *const at = "2026-04-20T03:00:00Z", *const theirs = "harbour2026", *const area = "harbour";
    static const char *const what = "港町市";
    json_t *who = person("minato", what);
    put(pc, at, json_pack("{ss ss ss ss ss ss ss s[s]}", "kind", "contract", "phase", "announced", "contract", theirs,
                          "title", what, "client", what, "contractor", what, "blind", BLIND, "areas", area));
    put(pc, at, json_pack("{ss ss ss sO ss ss ss ss s{ss si si}}", "kind", "receive", "receipt", "R-20260420-0001",
                          "phase", "done", "person", who, "contract", theirs, "area", area, "from", what, "how", what,
                          "content", "name", what, "count", 1, "bytes", 1));
    for (int done = 0; done < 2; done++)
        put(pc, at, json_pack("{ss ss ss ss sO ss ss si s{ss ss} ss ss s{si si}}", "kind", done ? "takeout" : "request",
                              "case", "T-20260420-7001", "type", "takeout", "phase", done ? "done" : "", "person", who,
                              "contract", theirs, "area", area, "level", 2, "destination", "id", "harbour", "label", what,
                              "purpose", what, "kept", what, "content", "count", 1, "bytes", 1));
    put(pc, at, json_pack("{ss ss ss sO ss ss sb}", "kind", "room", "phase", "started", "room", "7", "person", who,
                          "contract", theirs, "area", area, "remote", 1));
    put(pc, at, json_pack("{ss ss ss ss ss sO ss ss ss ss}", "kind", "incident", "incident", "I-20260420-0001", "phase",
                          "opened", "type", "loss", "by", "person", "person", who, "contract", theirs, "area", area,
                          "what", what, "known-at", at));
    put(pc, at, json_pack("{ss ss ss ss sO ss s{ss ss ss}}", "kind", "erasure", "erasure", "E-20260420-0001", "phase",
                          "done", "method", what, "person", who, "contract", theirs, "object", "kind", "area", "id", area,
                          "name", what));
    put(pc, at, json_pack("{ss ss ss sO ss ss ss ss ss}", "kind", "confirm", "what", "paper", "paper", "inspection",
                          "person", who, "contract", theirs, "role", "manager", "from", "", "to", "", "content", what));
    put(pc, at, json_pack("{ss s{ss} si ss ss ss ss si}", "kind", "access", "person", "id", "minato", "uid", 1009, "area",
                          area, "file", what, "exe", "/usr/bin/cat", "decision", "allowed", "count", 1));
    json_decref(who);
}

int main(int argc, char **argv)
{
    static const char digest[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const char *given = getenv("POLICY_DIGEST");
    if (argc < 2)
        return 2;
    unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 40;
    policy_digest = given ? given : digest;
    struct pc pcs[2] = {{.host = "pc-a"}, {.host = "pc-b"}};
    for (unsigned i = 0; i < 2; i++) {
        begin(&pcs[i], argv[1]);
        announce(&pcs[i]);
    }
    if (count > 0)
        register_items(&pcs[0]);
    for (unsigned n = 0; n < count; n++)
        one_case(&pcs[n % 4 < 2 ? 0 : 1], n, count);
    if (count > 0) {
        hand_over(&pcs[0]);
        unsigned opened = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : count > 400 ? 3200 : count * 8;
        another_contract(&pcs[0]);
        accesses(&pcs[0], opened / 8 * 5);
        accesses(&pcs[1], opened / 8 * 3);
        burst(&pcs[1]);
        close_contract(&pcs[0]);
    }
    for (unsigned i = 0; i < 2; i++)
        commit(&pcs[i], true);
    if (argc > 4) { /* killed behind the last seal: no paper may know of this */
        erase(&pcs[0], "E-20260630-0009", "area", "shared", "shared", "上書き");
        commit(&pcs[0], false);
        _exit(0);
    }
    for (unsigned i = 0; i < 2; i++)
        book_close(&pcs[i].book);
    return 0;
}
