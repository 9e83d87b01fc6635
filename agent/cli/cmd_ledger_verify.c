/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_verify.c owns the verdict's words and the copy for the auditor. It must never call a
 * ledger good on the strength of the ledger's own enrolment line without saying so. */
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/str.h"
#include "cli/ledger_lines.h"
#include "cli/screen.h"
#include "proof/verify.h"
#include "record/record.h"

#define COPY_STEP ((size_t)256 * 1024) /* bytes */
#define NAME_CAP  512                  /* bytes of a path with NUL */

/* The key that everything hangs on: from the person, or else from the folder itself. */
static int read_enrolment(const char *given, const char *folder, struct note_key *ret,
                          bool *ret_own)
{
    char path[NAME_CAP];
    *ret_own = !given;
    if (given && note_vkey_parse(given, strlen(given), ret) == 0)
        return CLI_OK;
    snprintf(path, sizeof path, "%s/%s", folder, LEDGER_ENROLMENT);
    int r = proof_enrolment_read(given ? given : path, ret);
    bool a_line = r == -ENOENT && given && strchr(given, '+'); /* meant as one, and no file */
    if (r == SK_ERR_FORMAT || a_line)
        return cli_error(given ? CLI_USAGE : CLI_NO,
                         _("%s: this is not an enrolment line (NAME+HASH+KEY, 62 characters)"),
                         given ? given : path);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", given ? given : path, sk_strerror(r));
    return CLI_OK;
}

static int verify(const char *folder, const struct note_key *key, bool strict,
                  struct proof_report *ret)
{
    const struct proof_options options = {.strict = strict};
    int r = proof_verify(folder, key, &options, ret);
    if (r == 0 && ret->bad)
        /* once more: a ledger that is being written may be seen between two steps of a seal */
        r = proof_verify(folder, key, &options, ret);
    if (r != 0)
        return cli_error(CLI_FAILED, _("the ledger in %s can't be read: %s"), folder,
                         sk_strerror(r));
    return CLI_OK;
}

static json_t *report_json(const struct proof_report *p, bool own)
{
    json_t *spans = json_array();
    for (uint64_t i = 0; i < p->span_count && i < PROOF_SPANS_MAX; i++)
        json_array_append_new(spans, json_pack("{s:I,s:I}", "from", (json_int_t)p->spans[i].from,
                                               "to", (json_int_t)p->spans[i].to));
    json_t *report = json_pack(
        "{s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:b,s:b}", "good", !p->bad, "records",
        (json_int_t)p->records, "sealed", (json_int_t)p->sealed, "unsealed",
        (json_int_t)(p->records - p->sealed), "epochs", (json_int_t)p->epochs, "gaps",
        (json_int_t)p->gaps, "torn-bytes", (json_int_t)p->torn_bytes, "leftover-bytes",
        (json_int_t)p->leftover_bytes, "unsynchronised", (json_int_t)p->unsynchronised,
        "unsynchronised-spans", spans, "seal-unfinished", p->seal_unfinished,
        "own-enrolment", own);
    if (report && p->bad)
        json_object_set_new(
            report, "bad",
            json_pack("{s:I,s:I,s:s,s:I,s:I,s:s}", "seq", (json_int_t)p->bad_seq, "last-seq",
                      (json_int_t)p->bad_last_seq, "file",
                      p->bad_in_checkpoints ? LEDGER_CHECKPOINTS : "segment", "segment",
                      (json_int_t)p->bad_segment, "offset", (json_int_t)p->bad_offset, "what",
                      p->bad_what));
    return report;
}

static void print_bad(const struct proof_report *p)
{
    char place[NAME_CAP];
    if (p->bad_in_checkpoints)
        snprintf(place, sizeof place, _("file %s, byte %llu"), LEDGER_CHECKPOINTS,
                 (unsigned long long)p->bad_offset);
    else
        snprintf(place, sizeof place, _("file " LEDGER_SEGMENT_FORM ", byte %llu"),
                 (unsigned)p->bad_segment, (unsigned long long)p->bad_offset);
    if (p->bad_last_seq > p->bad_seq)
        printf(_("BAD: records %llu to %llu, %s: %s\n"), (unsigned long long)p->bad_seq,
               (unsigned long long)p->bad_last_seq, place, p->bad_what);
    else
        printf(_("BAD: record %llu, %s: %s\n"), (unsigned long long)p->bad_seq, place,
               p->bad_what);
    printf(_("Good up to record %llu: the %llu records under %llu checkpoints before it.\n"),
           (unsigned long long)(p->sealed ? p->sealed - 1 : 0), (unsigned long long)p->sealed,
           (unsigned long long)p->epochs);
}

static void print_good(const struct proof_report *p)
{
    printf(_("GOOD: %llu records, %llu of them sealed under %llu checkpoints\n"),
           (unsigned long long)p->records, (unsigned long long)p->sealed,
           (unsigned long long)p->epochs);
    if (p->records > p->sealed)
        printf(_("  the last %llu records are not sealed yet\n"),
               (unsigned long long)(p->records - p->sealed));
    if (p->seal_unfinished)
        printf("  %s\n", _("the last seal was not finished: its checkpoint is missing"));
    if (p->torn_bytes)
        printf(_("  %llu bytes of an unfinished record stand at the end\n"),
               (unsigned long long)p->torn_bytes);
    if (p->gaps)
        printf(_("  %llu gaps are recorded, the last in record %llu (sekisho ledger search --kind "
                 "agent)\n"), (unsigned long long)p->gaps, (unsigned long long)p->last_gap);
    if (p->unsynchronised)
        printf(_("  %llu records in %llu spans were stamped by a clock that was not "
                 "synchronised\n"), (unsigned long long)p->unsynchronised,
               (unsigned long long)p->span_count);
}

int ledger_run_verify(struct cli *cli, const struct cli_args *args)
{
    const char *folder = args->count > 0 ? args->words[0] : sk_path(SK_PATH_LEDGER);
    struct note_key key;
    struct proof_report report;
    bool own;
    int code = read_enrolment(cli_value(args, "enrolment"), folder, &key, &own);
    if (code == CLI_OK)
        code = verify(folder, &key, cli_flag(args, "strict"), &report);
    if (code != CLI_OK)
        return code;
    if (cli->json) {
        autojson json_t *json = report_json(&report, own);
        cli_json(json);
    } else if (report.bad) {
        print_bad(&report);
    } else {
        print_good(&report);
    }
    if (own && !cli->json)
        fprintf(stderr, "%s\n", _("Checked against the ledger's own enrolment line. An auditor "
                                  "gives the line noted at installation: --enrolment LINE"));
    return report.bad ? CLI_NO : CLI_OK;
}

int ledger_run_head(struct cli *cli, const struct cli_args *args)
{
    const char *folder = ledger_folder(args);
    struct note_key key;
    struct proof_report report;
    char vkey[NOTE_VKEY_CAP], root[DIGEST_HEX_CAP];
    uint8_t digest[DIGEST_LEN];
    bool own;
    autodigest struct digest *hash = NULL;
    int code = read_enrolment(NULL, folder, &key, &own);
    if (code == CLI_OK)
        code = verify(folder, &key, false, &report);
    if (code != CLI_OK)
        return code;
    if (report.bad) {
        print_bad(&report);
        return CLI_NO;
    }
    int r = digest_new(&hash);
    if (r == 0)
        r = tree_root(&report.tree, hash, digest);
    if (r == 0)
        r = note_vkey_format(&key, vkey);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s", sk_strerror(r));
    digest_hex(root, digest);
    if (cli->json) {
        autojson json_t *json = json_pack(
            "{s:I,s:s,s:I,s:I,s:s,s:s}", "size", (json_int_t)report.records, "root", root,
            "sealed-size", (json_int_t)report.sealed, "epoch", (json_int_t)report.epochs, "origin",
            key.name, "enrolment", vkey);
        return cli_json(json);
    }
    printf(_("%llu records, %llu sealed, epoch %llu\n"), (unsigned long long)report.records,
           (unsigned long long)report.sealed, (unsigned long long)report.epochs);
    screen_line(_("root"), root);
    screen_line(_("enrolment"), vkey);
    return CLI_OK;
}

/* The first `bytes` of a file of the ledger (UINT64_MAX: all of it) under the same name. */
static int copy_file(int from_dir, int to_dir, const char *name, uint64_t bytes)
{
    autofree char *step = malloc(COPY_STEP);
    autoclose int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    autoclose int to = from < 0 ? -1 : openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                              0640);
    if (!step || from < 0 || to < 0)
        return -errno;
    for (uint64_t at = 0; at < bytes;) {
        size_t want = bytes - at < COPY_STEP ? (size_t)(bytes - at) : COPY_STEP;
        ssize_t n = fd_pread_full(from, step, want, at);
        if (n <= 0)
            return n < 0 ? (int)n : bytes == UINT64_MAX ? 0 : -EIO;
        int r = fd_write_full(to, step, (size_t)n);
        if (r != 0)
            return r;
        at += (uint64_t)n;
    }
    return fsync(to) == 0 ? 0 : -errno;
}

/* Everything under the last checkpoint, and nothing behind it. */
static int copy_ledger(const char *folder, const char *out, const struct proof_report *p)
{
    char name[32];
    autoclose int from = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || mkdir(out, 0750) != 0)
        return -errno;
    autoclose int to = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = to < 0 ? -errno : copy_file(from, to, LEDGER_ENROLMENT, UINT64_MAX);
    if (r == 0)
        r = copy_file(from, to, LEDGER_CHECKPOINTS, p->notes_end);
    for (uint32_t i = 0; r == 0 && i <= p->sealed_segment; i++) {
        snprintf(name, sizeof name, LEDGER_SEGMENT_FORM, i);
        r = copy_file(from, to, name, i == p->sealed_segment ? p->sealed_offset : UINT64_MAX);
    }
    if (r == 0 && fsync(to) != 0)
        r = -errno;
    return r;
}

static int export_folder(struct cli *cli, const struct cli_args *args, const char *out)
{
    const char *folder = ledger_folder(args);
    struct note_key key;
    struct proof_report report, copy;
    bool own;
    int code = read_enrolment(NULL, folder, &key, &own);
    if (code == CLI_OK)
        code = verify(folder, &key, false, &report);
    if (code != CLI_OK)
        return code;
    if (report.bad) {
        print_bad(&report);
        return cli_error(CLI_NO, _("a ledger that does not verify is not exported; copy its folder "
                                   "as it is"));
    }
    int r = copy_ledger(folder, out, &report);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", out, sk_strerror(r));
    code = verify(out, &key, false, &copy);
    if (code != CLI_OK || copy.bad || copy.records != report.sealed)
        return cli_error(CLI_FAILED, _("the copy in %s does not verify"), out);
    if (cli->json) {
        autojson json_t *json = report_json(&copy, true);
        return cli_json(json);
    }
    printf(_("%llu records under %llu checkpoints are in %s and verify there.\n"),
           (unsigned long long)copy.records, (unsigned long long)copy.epochs, out);
    return CLI_OK;
}

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* tells a spreadsheet that the text is UTF-8 */

/* A spreadsheet would take the cell for a formula; a Japanese one takes full-width signs too. */
static bool starts_formula(const char *text)
{
    static const char *const signs[] = {"=", "+", "-", "@", "\xef\xbc\x9d" /* ＝ */,
                                        "\xef\xbc\x8b" /* ＋ */, "\xef\xbc\x8d" /* － */,
                                        "\xef\xbc\xa0" /* ＠ */};
    text += strspn(text, " \t\r\n");
    for (size_t i = 0; i < array_count(signs); i++)
        if (str_starts(text, signs[i]))
            return true;
    return false;
}

/* One cell (RFC 4180); control characters are escaped as on a screen. */
static void put_cell(struct buf *b, const char *text)
{
    autobuf struct buf safe = {0};
    screen_safe(&safe, text);
    buf_puts(b, b->len ? ",\"" : "\"");
    if (starts_formula(text))
        buf_putc(b, '\'');
    for (size_t i = 0; i < safe.len; i++) {
        if (safe.data[i] == '"')
            buf_putc(b, '"');
        buf_putc(b, safe.data[i]);
    }
    buf_putc(b, '"');
}

static const char *const csv_members[] = {
    "at", "kind", "phase", "case", "person.id", "person.name", "uid", "area", "contract",
    "decision", "reason", "rule", "application", "exe", "file", "count", "purpose", "kept",
    "destination.id", "content.files", "content.bytes", "content.sha256",
    "permission.approver.id", "why", "host", "clock"};

static void put_member(struct buf *b, const json_t *record, const char *member)
{
    const json_t *value = record_member(record, member);
    char number[24] = "";
    if (json_is_integer(value))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    put_cell(b, json_is_integer(value) ? number : record_text(record, member));
}

static void print_csv_head(void)
{
    autobuf struct buf b = {0};
    put_cell(&b, "seq");
    for (size_t i = 0; i < array_count(csv_members); i++)
        put_cell(&b, csv_members[i]);
    printf(BYTE_ORDER_MARK "%s\r\n", b.data ? b.data : "");
}

static void print_csv(uint64_t seq, const json_t *record)
{
    autobuf struct buf b = {0};
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)seq);
    put_cell(&b, number);
    for (size_t i = 0; i < array_count(csv_members); i++)
        put_member(&b, record, csv_members[i]);
    printf("%s\r\n", b.data ? b.data : "");
}

static int export_lines(const struct cli_args *args, bool csv)
{
    autofilter struct ledger_filter filter = {0};
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    int r, code = ledger_filter_read(args, &filter);
    if (code == CLI_OK)
        code = ledger_lines_open(args, 0, &reader);
    if (code != CLI_OK)
        return code;
    if (csv)
        print_csv_head();
    while ((r = ledger_reader_next(reader, &line)) == 1) {
        autojson json_t *record = NULL;
        if (!ledger_filter_fits(&filter, &line, &record))
            continue;
        if (csv)
            print_csv(line.seq, record);
        else
            ledger_line_print(&line, record, true);
    }
    if (r < 0)
        return ledger_lines_error(reader, r);
    return fflush(stdout) == 0 ? CLI_OK : cli_error(CLI_FAILED, "%s", sk_strerror(-errno));
}

int ledger_run_export(struct cli *cli, const struct cli_args *args)
{
    const char *out = cli_value(args, "out"), *format = cli_value(args, "format");
    if (out && !format)
        return export_folder(cli, args, out);
    if (out || (format && !str_eq(format, "jsonl") && !str_eq(format, "csv")))
        return cli_error(CLI_USAGE, _("give --out DIR, or --format jsonl or csv"));
    return export_lines(args, str_eq(format, "csv"));
}
