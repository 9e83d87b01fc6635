/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger_verdict.c owns the verdict's words. It must never call a ledger good on the strength of the
 * ledger's own enrolment line without saying so. */
#include "cli/ledger_verdict.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/fdio.h"
#include "base/str.h"

#define NAME_CAP    512 /* bytes of a path with NUL */
#define SPANS_SHOWN 5   /* of those under an unsynchronised clock */

void verdict_free(struct verdict *v)
{
    free(v->report);
    free(v->series);
    v->report = NULL;
    v->series = NULL;
}

int verdict_enrolment(struct verdict *v, const char *folder, const char *given)
{
    autobuf struct buf own = {0};
    v->folder = folder;
    v->own = !given;
    if (given && proof_enrolment_parse(given, strlen(given), &v->key) == 0)
        return CLI_OK;
    int r = given ? proof_enrolment_read(given, &v->key) : proof_enrolment_of(folder, &v->key);
    buf_printf(&own, "%s/%s", folder, LEDGER_ENROLMENT);
    const char *path = own.data ? own.data : folder;
    bool a_line = r == -ENOENT && given && strchr(given, '+'); /* meant as one, and no file */
    if (r == SK_ERR_FORMAT || a_line)
        return cli_error(given ? CLI_USAGE : CLI_NO,
                         _("%s: this is not an enrolment line (NAME+HASH+KEY, 62 characters)"),
                         given ? given : path);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", given ? given : path, cli_strerror(r));
    return CLI_OK;
}

static int check_once(struct verdict *v, const struct proof_options *options)
{
    struct proof_options with = options ? *options : (struct proof_options){0};
    *v->series = (struct series_seen){0};
    with.series = v->series;
    for (size_t i = 0; i < with.anchor_count; i++)
        with.anchors[i].state = PROOF_ANCHOR_BEYOND;
    return proof_verify(v->folder, &v->key, &with, v->report);
}

int verdict_check(struct verdict *v, const struct proof_options *options)
{
    if (!v->report)
        v->report = calloc(1, sizeof *v->report);
    if (!v->series)
        v->series = calloc(1, sizeof *v->series);
    if (!v->report || !v->series)
        return cli_error(CLI_FAILED, _("out of memory"));
    int r = check_once(v, options);
    if (r == 0 && v->report->bad && !v->report->extract)
        /* once more: a ledger that is being written may be seen between two steps of a seal */
        r = check_once(v, options);
    if (r != 0)
        return cli_error(CLI_FAILED, _("the ledger in %s can't be read: %s"), v->folder,
                         cli_strerror(r));
    return CLI_OK;
}

int verdict_good(struct verdict *v, const char *folder, const struct proof_options *options)
{
    int code = verdict_enrolment(v, folder, NULL);
    if (code == CLI_OK)
        code = verdict_check(v, options);
    if (code != CLI_OK || !v->report->bad)
        return code;
    verdict_print(v);
    return CLI_NO;
}

static json_t *spans_json(const struct proof_report *p)
{
    json_t *spans = json_array();
    for (uint64_t i = 0; i < p->span_count && i < PROOF_SPANS_MAX; i++)
        json_array_append_new(spans, json_pack("{s:I,s:I}", "from", (json_int_t)p->spans[i].from,
                                               "to", (json_int_t)p->spans[i].to));
    return spans;
}

static json_t *extract_json(const struct verdict *v)
{
    const struct series_row *row = series_row(v->series, v->report->contract);
    return json_pack("{s:s,s:I,s:I,s:I,s:b}", "contract", v->report->contract, "records",
                     (json_int_t)(row ? row->seen : 0), "last-number",
                     (json_int_t)(row ? row->last.n : 0), "missing",
                     (json_int_t)(row ? row->missing : 0), "complete",
                     v->report->counts && !v->report->bad && row && row->missing == 0);
}

json_t *verdict_json(const struct verdict *v)
{
    const struct proof_report *p = v->report;
    json_t *report = json_pack(
        "{s:b,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:b,s:b,s:I,s:I}", "good", !p->bad,
        "class", proof_class_name(p->bad_class), "records", (json_int_t)p->records, "sealed",
        (json_int_t)p->sealed, "unsealed", (json_int_t)(p->records - p->sealed), "epochs",
        (json_int_t)p->epochs, "gaps", (json_int_t)p->gaps, "last-gap", (json_int_t)p->last_gap,
        "torn-bytes", (json_int_t)p->torn_bytes, "leftover-bytes", (json_int_t)p->leftover_bytes,
        "unsynchronised", (json_int_t)p->unsynchronised, "unsynchronised-spans", spans_json(p),
        "seal-unfinished", p->seal_unfinished, "own-enrolment", v->own, "elided",
        (json_int_t)p->elided, "removed", (json_int_t)p->removed);
    if (report)
        json_object_set_new(report, "archived", json_integer((json_int_t)p->archived));
    if (report && p->extract)
        json_object_set_new(report, "extract", extract_json(v));
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

static const char *class_text(enum proof_class c)
{
    static const char *const texts[PROOF_CLASS_COUNT] = {
        [PROOF_GOOD] = "",
        [PROOF_FORM] = N_("something stands there that is no record or no checkpoint"),
        [PROOF_ORDER] = N_("records are missing, added, doubled or moved"),
        [PROOF_ALTERED] = N_("records are not those that were sealed"),
        [PROOF_SIGNATURE] = N_("a checkpoint was altered or not signed by its key"),
        [PROOF_KEY] = N_("a checkpoint is from another key or another ledger"),
        [PROOF_CHECKPOINT] = N_("a checkpoint is missing, or more was sealed than is there"),
        [PROOF_LEFTOVER] = N_("bytes stand between the records that no record explains"),
        [PROOF_WITHHELD] = N_("records are withheld"),
        [PROOF_SERIES] = N_("a contract's running numbers do not fit each other"),
    };
    return _(texts[c]);
}

static const char *in_own_language(const char *text)
{
    return _(text);
}

void verdict_say(const struct proof_report *p, char ret[static PROOF_WHAT_CAP])
{
    proof_say(p, in_own_language, ret);
}

static void print_bad(const struct proof_report *p)
{
    char place[NAME_CAP], what[PROOF_WHAT_CAP], name[SEGMENT_NAME_CAP] = LEDGER_CHECKPOINTS;
    verdict_say(p, what);
    if (!p->bad_in_checkpoints)
        segment_name(p->bad_segment, SEGMENT_PLAIN, name);
    snprintf(place, sizeof place, _("file %s, byte %llu"), name, (unsigned long long)p->bad_offset);
    if (p->bad_last_seq > p->bad_seq)
        printf(_("BAD: records %llu to %llu, %s: %s\n"), (unsigned long long)p->bad_seq,
               (unsigned long long)p->bad_last_seq, place, what);
    else
        printf(_("BAD: record %llu, %s: %s\n"), (unsigned long long)p->bad_seq, place, what);
    printf("  %s\n", class_text(p->bad_class));
    if (p->sealed == 0)
        printf("  %s\n", _("nothing is sound: no checkpoint could be verified"));
    else
        printf(_("  sound: up to record %llu; checkpoints: %llu\n"),
               (unsigned long long)(p->sealed - 1), (unsigned long long)p->epochs);
}

static void print_spans(const struct proof_report *p)
{
    printf(_("  clock not synchronised: records: %llu, spans: %llu:"),
           (unsigned long long)p->unsynchronised, (unsigned long long)p->span_count);
    for (uint64_t i = 0; i < p->span_count && i < SPANS_SHOWN; i++)
        printf(" %llu–%llu", (unsigned long long)p->spans[i].from,
               (unsigned long long)p->spans[i].to);
    printf("%s\n", p->span_count > SPANS_SHOWN ? " …" : "");
}

static void print_extract(const struct verdict *v)
{
    const struct proof_report *p = v->report;
    const struct series_row *row = series_row(v->series, p->contract);
    printf(_("  extract of contract %s: records that are shown: %llu, with their hashes only: %llu\n"),
           p->contract, (unsigned long long)(p->records - p->elided), (unsigned long long)p->elided);
    if (p->bad)
        return;
    if (!p->counts || !row)
        printf("  %s\n", _("an older ledger: it can't be shown that the contract's records are all "
                           "there"));
    else if (row->missing)
        printf(_("  numbers 1 to %llu of the contract; %llu of them were removed, as is on record\n"),
               (unsigned long long)row->last.n, (unsigned long long)row->missing);
    else
        printf(_("  numbers 1 to %llu of the contract: all are there, as the last seal states\n"),
               (unsigned long long)row->last.n);
}

static void print_facts(const struct verdict *v)
{
    const struct proof_report *p = v->report;
    unsigned long long open = p->records - p->sealed;
    if (p->records > p->sealed)
        printf(ngettext("  not sealed yet: the last %llu record\n", "  not sealed yet: the last %llu records\n",
                        (unsigned long)open), open);
    if (p->seal_unfinished)
        printf("  %s\n", _("the last seal was not finished: its checkpoint is missing"));
    if (p->torn_bytes)
        printf(ngettext("  %llu byte of an unfinished record stands at the end\n",
                        "  %llu bytes of an unfinished record stand at the end\n", (unsigned long)p->torn_bytes),
               (unsigned long long)p->torn_bytes);
    printf(_("  epochs: %llu\n"), (unsigned long long)p->epochs);
    if (p->gaps)
        printf(_("  gaps: %llu recorded, the last in record %llu (sekisho ledger search --kind "
                 "agent)\n"), (unsigned long long)p->gaps, (unsigned long long)p->last_gap);
    if (p->unsynchronised)
        print_spans(p);
    if (p->removed)
        printf(ngettext("  removed: %llu record, as is on record; its hash is there\n",
                        "  removed: %llu records, as is on record; their hashes are there\n",
                        (unsigned long)p->removed), (unsigned long long)p->removed);
    if (p->extract)
        print_extract(v);
}

void verdict_print(const struct verdict *v)
{
    const struct proof_report *p = v->report;
    if (p->bad)
        print_bad(p);
    else
        printf(ngettext("GOOD: %llu record; sealed: %llu, checkpoints: %llu\n",
                        "GOOD: %llu records; sealed: %llu, checkpoints: %llu\n",
                        (unsigned long)p->records),
               (unsigned long long)p->records, (unsigned long long)p->sealed,
               (unsigned long long)p->epochs);
    print_facts(v);
}

int verdict_last_note(const struct verdict *v, struct buf *ret)
{
    char text[NOTE_MAX];
    uint64_t end = v->report->notes_end, from = end > NOTE_MAX ? end - NOTE_MAX : 0;
    autoclose int dir = open(v->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int fd = dir < 0 ? -errno : file_open_plain(dir, LEDGER_CHECKPOINTS);
    ssize_t n = fd < 0 ? fd : fd_pread_full(fd, text, (size_t)(end - from), from);
    if (fd == -ENOENT || n == 0)
        return cli_error(CLI_NO, _("the ledger has no checkpoint yet"));
    if (n < 0)
        return cli_error(CLI_FAILED, "%s/%s: %s", v->folder, LEDGER_CHECKPOINTS,
                         cli_strerror((int)n));
    unsigned lines = 0;
    size_t at = (size_t)n;
    while (at > 0 && (text[at - 1] != '\n' || ++lines <= 6)) /* the lines of a checkpoint */
        at--;
    buf_put(ret, text + at, (size_t)n - at);
    return ret->err ? cli_error(CLI_FAILED, "%s", cli_strerror(ret->err)) : CLI_OK;
}
