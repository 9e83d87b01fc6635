/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_export.c owns copies of the ledger for an auditor, whole or as a table. It must never
 * copy what does not verify, nor what no checkpoint covers. */
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/str.h"
#include "cli/csv.h"
#include "cli/ledger_lines.h"
#include "cli/ledger_verdict.h"
#include "cli/screen.h"
#include "record/record.h"

#define COPY_STEP ((size_t)256 * 1024) /* bytes */

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

/* A segment in the form that counts; the last one (bytes not UINT64_MAX) is never archived. */
static int copy_segment(int from, int to, uint32_t number, uint64_t bytes)
{
    int r = -ENOENT;
    for (unsigned form = 0; r == -ENOENT && form < SEGMENT_FORM_COUNT; form++) {
        char name[SEGMENT_NAME_CAP];
        segment_name(number, (enum segment_form)form, name);
        r = copy_file(from, to, name, form == SEGMENT_PLAIN ? bytes : UINT64_MAX);
    }
    return r;
}

/* Everything under the last checkpoint, and nothing behind it. */
static int copy_ledger(const char *folder, const char *out, const struct proof_report *p)
{
    autoclose int from = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || mkdir(out, 0750) != 0)
        return -errno;
    autoclose int to = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = to < 0 ? -errno : copy_file(from, to, LEDGER_ENROLMENT, UINT64_MAX);
    if (r == 0)
        r = copy_file(from, to, LEDGER_CHECKPOINTS, p->notes_end);
    for (uint32_t i = 0; r == 0 && i <= p->sealed_segment; i++)
        r = copy_segment(from, to, i, i == p->sealed_segment ? p->sealed_offset : UINT64_MAX);
    if (r == 0 && fsync(to) != 0)
        r = -errno;
    return r;
}

static int export_folder(struct cli *cli, const struct cli_args *args, const char *out)
{
    const char *folder = ledger_folder(args);
    autoverdict struct verdict v = {0};
    autoverdict struct verdict copy = {0};
    int code = verdict_good(&v, folder, NULL);
    if (code == CLI_NO && v.report)
        return cli_error(CLI_NO, _("a ledger that does not verify is not exported; copy its folder "
                                   "as it is"));
    if (code != CLI_OK)
        return code;
    int r = copy_ledger(folder, out, v.report);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", out, cli_strerror(r));
    code = verdict_good(&copy, out, NULL);
    if (code != CLI_OK || copy.report->records != v.report->sealed)
        return cli_error(CLI_FAILED, _("the copy in %s does not verify"), out);
    if (cli->json) {
        autojson json_t *json = verdict_json(&copy);
        return cli_json(json);
    }
    printf(_("Records: %llu, checkpoints: %llu; they are in %s and verify there.\n"),
           (unsigned long long)copy.report->records, (unsigned long long)copy.report->epochs, out);
    return CLI_OK;
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
        csv_head();
    while ((r = ledger_reader_next(reader, &line)) == 1) {
        autojson json_t *record = NULL;
        if (!ledger_filter_fits(&filter, &line) ||
            record_parse(line.text, line.len, SK_RECORD_MAX, &record) != 0)
            continue;
        if (csv)
            csv_record(line.seq, record);
        else
            ledger_line_print(&line, record, true);
    }
    if (r < 0)
        return ledger_lines_error(reader, r);
    return fflush(stdout) == 0 ? CLI_OK : cli_error(CLI_FAILED, "%s", cli_strerror(-errno));
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
