/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_extract.c owns the extract for one contract's client. It must never write a record that
 * is another contract's or names one, and never an extract that does not verify.
 *
 * Which records belong: those that bear the contract's running number (proof/series.h), and those of
 * the machine. Of records from before there were numbers: those that name the contract; those of its
 * areas, cases and receipts, as such records name them; and of the machine seals, starts, stops, gaps,
 * clock steps and policies that came in force. */
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/record.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/str.h"
#include "cli/embedded.h"
#include "cli/files.h"
#include "cli/ledger_lines.h"
#include "cli/ledger_verdict.h"
#include "record/record.h"

#define STEP ((size_t)1024 * 1024) /* bytes written at a time */
#define MORE ((size_t)64 * 1024)   /* bytes of a record and of the line for those left out before it */

struct extract {
    const char *contract;
    json_t *own;     /* ids of the contract's areas, cases and receipts */
    json_t *foreign; /* ids of other contracts, and of areas that are theirs alone */
    struct digest *hash;
    struct elide_run run;
    struct buf lines;
    int to, fd;        /* the folder; the segment in work */
    uint32_t segment;
    uint64_t written;  /* bytes of it */
    uint64_t shown, left_out; /* records of the contract; of these, that name another contract */
};

static void extract_clear(struct extract *x)
{
    json_decref(x->own);
    json_decref(x->foreign);
    digest_free(&x->hash);
    buf_free(&x->lines);
    clean_close(&x->fd);
}

static void add_id(json_t *set, const char *id)
{
    if (*id)
        json_object_set_new(set, id, json_true());
}

/* Whose areas, cases and receipts are whose, as the records say. */
static int learn(void *context, const struct ledger_line *line)
{
    static const char member[] = "\"contract\":";
    static const char *const ids[] = {"area", "case", "receipt"};
    struct extract *x = context;
    autojson json_t *record = NULL;
    if (line->elided || !memmem(line->text, line->len, member, sizeof member - 1) ||
        record_parse(line->text, line->len, SK_RECORD_MAX, &record) != 0)
        return 0;
    const char *contract = record_text(record, "contract");
    bool own = str_eq(contract, x->contract);
    json_t *set = own ? x->own : x->foreign;
    if (!own)
        add_id(x->foreign, contract);
    for (size_t i = 0; *contract && i < array_count(ids); i++)
        add_id(set, record_text(record, ids[i]));
    const json_t *areas = json_object_get(record, "areas");
    for (size_t i = 0; *contract && i < json_array_size(areas); i++) {
        const char *area = json_string_value(json_array_get(areas, i));
        add_id(set, area ? area : "");
    }
    return 0;
}

/* An area may have changed hands: what was ours is not foreign. */
static void settle_ids(struct extract *x)
{
    const char *id;
    json_t *value;
    json_object_foreach(x->own, id, value)
        json_object_del(x->foreign, id);
}

static bool is_of_machine(const struct ledger_line *line, const json_t *record)
{
    static const char *const kinds[] = {SK_KIND_SEAL, SK_KIND_AGENT, SK_KIND_CLOCK, SK_KIND_REMOVAL};
    for (size_t i = 0; i < array_count(kinds); i++)
        if (scan_is(&line->kind, kinds[i]))
            return true;
    return scan_is(&line->kind, SK_KIND_POLICY) && !scan_is(&line->phase, "refused") &&
           json_array_size(json_object_get(record, "findings")) == 0;
}

static bool names(const json_t *set, const json_t *record, const char *member)
{
    return json_object_get(set, record_text(record, member)) != NULL;
}

static bool names_another(const struct extract *x, const json_t *record)
{
    static const char *const members[] = {"contract", "area", "of-area", "case", "receipt"};
    for (size_t i = 0; i < array_count(members); i++)
        if (names(x->foreign, record, members[i]))
            return true;
    const json_t *areas = json_object_get(record, "areas");
    for (size_t i = 0; i < json_array_size(areas); i++) {
        const char *area = json_string_value(json_array_get(areas, i));
        if (area && json_object_get(x->foreign, area))
            return true;
    }
    return false;
}

/* Is it the contract's, by its running number or, before there were any, by what it names? */
static bool is_own(const struct extract *x, const struct ledger_line *line, const json_t *record)
{
    struct series_mark mark;
    if (series_read(&line->series, &mark) == 1)
        return str_eq(mark.contract, x->contract);
    const char *contract = record_text(record, "contract");
    if (*contract)
        return str_eq(contract, x->contract);
    return names(x->own, record, "area") || names(x->own, record, "case") ||
           names(x->own, record, "receipt");
}

static bool belongs(struct extract *x, const struct ledger_line *line)
{
    struct series_mark mark;
    autojson json_t *record = NULL;
    int numbered = series_read(&line->series, &mark);
    if (numbered == 1 && mark.contract[0] && !str_eq(mark.contract, x->contract))
        return false;
    if (scan_is(&line->kind, SK_KIND_SEAL))
        return true;
    if (record_parse(line->text, line->len, SK_RECORD_MAX, &record) != 0)
        return false;
    bool own = is_own(x, line, record);
    if (!own && !(numbered == 1 ? !mark.contract[0] : is_of_machine(line, record)))
        return false;
    if (names_another(x, record)) {
        x->left_out += own;
        return false;
    }
    x->shown += own;
    return true;
}

static int flush(struct extract *x, bool all)
{
    if (x->lines.err || (!all && x->lines.len < STEP))
        return x->lines.err;
    int r = fd_write_full(x->fd, x->lines.data, x->lines.len);
    x->written += x->lines.len;
    buf_reset(&x->lines);
    return r;
}

static int end_segment(struct extract *x)
{
    int r = flush(x, true);
    if (r == 0 && fsync(x->fd) != 0)
        r = -errno;
    clean_close(&x->fd);
    x->fd = -1;
    return r;
}

static int next_segment(struct extract *x)
{
    char name[SEGMENT_NAME_CAP];
    int r = x->fd >= 0 ? end_segment(x) : 0;
    segment_name(x->segment++, SEGMENT_PLAIN, name);
    x->written = 0;
    if (r == 0)
        x->fd = openat(x->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    return r != 0 ? r : x->fd < 0 ? -errno : 0;
}

/* A record with what is left out before it; a segment is no longer than one may be. */
static int put_record(struct extract *x, const struct ledger_line *line)
{
    int r = x->written + x->lines.len > SEGMENT_BYTES - MORE ? next_segment(x) : 0;
    if (r == 0)
        r = elide_flush(&x->run, &x->lines);
    buf_put(&x->lines, line->text, line->len);
    buf_putc(&x->lines, '\n');
    return r == 0 ? flush(x, false) : r;
}

static int take_line(struct extract *x, const struct ledger_line *line)
{
    uint8_t leaf[DIGEST_LEN];
    int r = 0;
    for (size_t i = 0; line->elided && r == 0 && i < line->elided->count; i++)
        r = elide_add_block(&x->run, x->hash, &line->elided->blocks[i]);
    if (line->elided)
        return r;
    if (belongs(x, line))
        return put_record(x, line);
    r = tree_leaf(x->hash, line->text, line->len, leaf);
    return r == 0 ? elide_add(&x->run, x->hash, line->seq, leaf) : r;
}

static int write_records(struct extract *x, const struct verdict *v)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    int r = next_segment(x);
    if (r == 0)
        r = ledger_reader_open(v->folder, 0, &reader);
    if (r != 0)
        return r;
    ledger_reader_show_elided(reader);
    for (uint64_t next = 0; r == 0 && next < v->report->sealed;) {
        r = ledger_reader_next(reader, &line);
        r = r == 1 ? take_line(x, &line) : r == 0 ? SK_ERR_STATE : r;
        next = line.elided ? line.elided->next : line.seq + 1;
    }
    return r == 0 ? end_segment(x) : r;
}

static int write_file(int to, const char *name, const void *data, size_t len, mode_t mode)
{
    autoclose int fd = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    int r = fd_write_full(fd, data, len);
    return r == 0 && fsync(fd) != 0 ? -errno : r;
}

/* The checkpoints that were verified, however many they are. */
static int copy_notes(const struct verdict *v, int to)
{
    autofree char *some = malloc(STEP);
    autoclose int dir = open(v->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int from = dir < 0 ? -errno : file_open_plain(dir, LEDGER_CHECKPOINTS);
    autoclose int fd = openat(to, LEDGER_CHECKPOINTS, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    int r = !some ? -ENOMEM : fd < 0 ? -errno : from < 0 && from != -ENOENT ? from : 0;
    for (uint64_t at = 0; r == 0 && at < v->report->notes_end;) {
        uint64_t left = v->report->notes_end - at;
        ssize_t n = fd_pread_full(from, some, left < STEP ? (size_t)left : STEP, at);
        r = n > 0 ? fd_write_full(fd, some, (size_t)n) : n < 0 ? (int)n : SK_ERR_STATE;
        at += n > 0 ? (uint64_t)n : 0;
    }
    return r == 0 && fsync(fd) != 0 ? -errno : r;
}

/* Enrolment line, what it is an extract of, the verifier, how to check. */
static int write_beside(const struct extract *x, const struct verdict *v, int to)
{
    autobuf struct buf head = {0};
    char vkey[NOTE_VKEY_CAP];
    buf_printf(&head, "sekisho-extract: 1\ncontract: %s\n", x->contract);
    int r = note_vkey_format(&v->key, vkey);
    if (r != 0)
        return r;
    vkey[NOTE_VKEY_LEN] = '\n';
    const struct {
        const char *name;
        const void *data;
        size_t len;
        mode_t mode;
    } files[] = {{LEDGER_ENROLMENT, vkey, NOTE_VKEY_CAP, 0640},
                 {PROOF_EXTRACT, head.data, head.len, 0640},
                 {"CHECK.txt", embedded_check, embedded_check_len, 0640},
                 {"verify.py", embedded_verifier, embedded_verifier_len, 0750}};
    for (size_t i = 0; r == 0 && i < array_count(files); i++)
        r = write_file(to, files[i].name, files[i].data, files[i].len, files[i].mode);
    return r == 0 && fsync(to) != 0 ? -errno : r;
}

static int make(struct extract *x, const struct verdict *v, const char *out)
{
    if (mkdir(out, 0750) != 0)
        return cli_error(CLI_FAILED, "%s: %s", out, cli_strerror(-errno));
    autoclose int to = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = to < 0 ? -errno : digest_new(&x->hash);
    x->to = to;
    if (r == 0)
        r = write_records(x, v);
    if (r == 0)
        r = copy_notes(v, to);
    if (r == 0)
        r = write_beside(x, v, to);
    return r == 0 ? CLI_OK : cli_error(CLI_FAILED, "%s: %s", out, cli_strerror(r));
}

static int report(struct cli *cli, const struct extract *x, const char *out)
{
    autoverdict struct verdict v = {0};
    int code = verdict_enrolment(&v, out, NULL);
    if (code == CLI_OK)
        code = verdict_check(&v, NULL);
    if (code != CLI_OK)
        return code;
    if (cli->json) {
        autojson json_t *json = verdict_json(&v);
        cli_json(json);
    } else {
        verdict_print(&v);
    }
    if (x->left_out > 0)
        cli_error(CLI_NO, ngettext("%llu record of the contract names another contract and is left out",
                                   "%llu records of the contract name another contract and are left out",
                                   (unsigned long)x->left_out), (unsigned long long)x->left_out);
    return v.report->bad || x->left_out > 0 ? CLI_NO : CLI_OK;
}

int ledger_run_extract(struct cli *cli, const struct cli_args *args)
{
    struct extract x __attribute__((cleanup(extract_clear))) = {
        .contract = cli_value(args, "contract"), .own = json_object(), .foreign = json_object(),
        .fd = -1};
    autoverdict struct verdict v = {0};
    const char *out = cli_value(args, "out");
    if (!x.contract || !out)
        return cli_error(CLI_USAGE, _("give --contract ID and --out DIR"));
    if (strlen(x.contract) > SK_ID_MAX || !x.own || !x.foreign)
        return cli_error(CLI_USAGE, _("\"%s\" is no contract's id"), x.contract);
    const struct proof_options options = {.each = learn, .context = &x};
    int code = verdict_good(&v, ledger_folder(args), &options);
    if (code != CLI_OK)
        return code;
    if (v.report->extract)
        return cli_error(CLI_USAGE, _("%s is an extract already"), v.folder);
    settle_ids(&x);
    const struct series_row *row = series_row(v.series, x.contract);
    if (!row && json_object_size(x.own) == 0)
        return cli_error(CLI_NO, _("no record names the contract %s"), x.contract);
    if (v.report->counts && (!row || !row->blind[0]))
        return cli_error(CLI_NO, _("the records of contract %s have no running numbers, so nobody could see "
                                   "that none is left out: no extract is made. A policy that names the "
                                   "contract gives it numbers"), x.contract);
    code = make(&x, &v, out);
    return code == CLI_OK ? report(cli, &x, out) : code;
}
