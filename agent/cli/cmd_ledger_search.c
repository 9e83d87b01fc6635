/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_search.c owns finding records and showing them. It must never show what the reader has
 * not accepted as part of the ledger. */
#include <errno.h>
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <sekisho/record.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include "base/str.h"
#include "cli/csv.h"
#include "client/language.h"
#include "cli/ledger_lines.h"
#include "cli/ledger_verdict.h"
#include "cli/screen.h"
#include "proof/verify.h"
#include "record/record.h"

#define LOOK_AGAIN_MS 2000 /* milliseconds after which follow looks again without being told */

const char *ledger_folder(const struct cli_args *args)
{
    const char *folder = cli_value(args, "dir");
    return folder ? folder : sk_path(SK_PATH_LEDGER);
}

int ledger_lines_open(const struct cli_args *args, uint64_t from, struct ledger_reader **ret)
{
    const char *folder = ledger_folder(args);
    int r = ledger_reader_open(folder, from, ret);
    if (r != 0)
        return cli_error(CLI_FAILED, _("the ledger in %s can't be read: %s"), folder,
                         cli_strerror(r));
    return CLI_OK;
}

int ledger_lines_error(const struct ledger_reader *reader, int code)
{
    struct ledger_place place;
    ledger_reader_place(reader, &place, NULL);
    if (code != SK_ERR_TAMPERED)
        return cli_error(CLI_FAILED, _("the ledger can't be read: %s"), cli_strerror(code));
    return cli_error(CLI_NO, _("record %llu (segment %u, byte %llu): %s"),
                     (unsigned long long)place.seq, (unsigned)place.segment,
                     (unsigned long long)place.offset, _(place.what));
}

/* What matters most of a record of any kind, in a few words. */
static void put_detail(struct buf *b, const json_t *record)
{
    static const char *const members[] = {"case", "decision", "reason", "application", "file",
                                          "purpose", "destination.id", "process", "why"};
    for (size_t i = 0; i < array_count(members); i++) {
        const char *text = record_text(record, members[i]);
        if (!*text || (str_eq(members[i], "reason") && str_eq(text, "allowed")))
            continue;
        buf_puts(b, b->len ? "  " : "");
        screen_safe(b, text);
    }
    if (record_number(record, "count") > 1)
        buf_printf(b, "  ×%lld", (long long)record_number(record, "count"));
    if (str_eq(record_text(record, "kind"), SK_KIND_SEAL))
        buf_printf(b, _("epoch %lld"), (long long)record_number(record, "epoch"));
}

#define KIND_COLUMNS   20
#define PERSON_COLUMNS 18
#define AREA_COLUMNS   12

void ledger_line_print(const struct ledger_line *line, const json_t *record, bool json)
{
    if (json) {
        fwrite(line->text, 1, line->len, stdout);
        putchar('\n');
        return;
    }
    autobuf struct buf b = {0};
    autobuf struct buf detail = {0};
    buf_printf(&b, "%8llu  ", (unsigned long long)line->seq);
    screen_time(&b, record_text(record, "at"), false);
    buf_puts(&b, "  ");
    size_t from = b.len;
    screen_safe(&b, record_text(record, "kind"));
    if (record_text(record, "phase")[0])
        buf_putc(&b, ' ');
    screen_safe(&b, record_text(record, "phase"));
    screen_pad(&b, from, KIND_COLUMNS);
    from = b.len;
    screen_person(&b, record_member(record, "person"));
    if (b.len == from && record_member(record, "uid"))
        buf_printf(&b, "uid %lld", (long long)record_number(record, "uid"));
    screen_pad(&b, from, PERSON_COLUMNS);
    from = b.len;
    screen_safe(&b, record_text(record, "area"));
    screen_pad(&b, from, AREA_COLUMNS);
    put_detail(&detail, record);
    printf("%s %s\n", b.data ? b.data : "", detail.data ? detail.data : "");
}

/* What is done with records that are found. */
struct sink {
    bool json, csv;
    uint64_t found;
    uint64_t next; /* records before this one were given out already, or were found not to fit */
};

/* For a screen with its sentences in the reader's language; a table has them as they were written. */
static int read_record(const char *text, size_t len, bool table, json_t **ret)
{
    if (table)
        return record_parse(text, len, SK_RECORD_MAX, ret);
    int r = phrases_read(text, len, ret);
    return r == 0 ? language_say(*ret) : r;
}

static int put_found(void *context, const struct search_hit *hit)
{
    struct sink *sink = context;
    const struct ledger_line line = {.text = hit->line, .len = hit->len, .seq = hit->seq};
    autojson json_t *record = NULL;
    if (hit->seq < sink->next)
        return 0;
    sink->next = hit->seq + 1;
    sink->found++;
    if (!sink->json && read_record(hit->line, hit->len, sink->csv, &record) != 0)
        return SK_ERR_FORMAT;
    if (sink->csv)
        csv_record(hit->seq, record);
    else
        ledger_line_print(&line, record, sink->json);
    return ferror(stdout) ? -EPIPE : 0;
}

/* Read every record. Of more than the limit the last ones are given out, so they are kept until the
 * end. */
static int scan(const struct cli_args *args, struct ledger_filter *filter, struct sink *sink)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    uint64_t limit = filter->query.limit, found = 0;
    struct kept {
        char *text;
        size_t len;
        uint64_t seq;
    } *kept = limit ? calloc(limit, sizeof *kept) : NULL;
    int r = limit && !kept ? -ENOMEM : 0, code = ledger_lines_open(args, 0, &reader);
    while (code == CLI_OK && r == 0 && (r = ledger_reader_next(reader, &line)) == 1) {
        r = 0;
        if (!ledger_filter_fits(filter, &line))
            continue;
        if (!limit) {
            r = put_found(sink, &(struct search_hit){line.text, line.len, line.seq});
            continue;
        }
        struct kept *k = &kept[found++ % limit];
        free(k->text);
        *k = (struct kept){strndup(line.text, line.len), line.len, line.seq};
        r = k->text ? 0 : -ENOMEM;
    }
    for (uint64_t i = found > limit ? found - limit : 0; code == CLI_OK && r == 0 && i < found; i++) {
        const struct kept *k = &kept[i % limit];
        r = put_found(sink, &(struct search_hit){k->text, k->len, k->seq});
    }
    for (uint64_t i = 0; kept && i < limit; i++)
        free(kept[i].text);
    free(kept);
    return r < 0 ? ledger_lines_error(reader, r) : code;
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    cli_progress_count(context, _("Reading new records"), done, total);
}

/* Why there is no index: in words for people, and nothing for programs. */
static void say_no_index(const struct cli *cli, const struct sink *sink, const char *folder, int code)
{
    if (!cli->quiet && !sink->json && !sink->csv)
        fprintf(stderr, _("No index can be kept in %s (%s): every record is read.\n"), folder,
                cli_strerror(code));
}

static void say_bad(const struct proof_report *report)
{
    char what[PROOF_WHAT_CAP];
    verdict_say(report, what);
    fprintf(stderr, _("The ledger does not verify at record %llu: %s. Its records are shown as "
                      "they stand there (sekisho ledger verify).\n"),
            (unsigned long long)report->bad_seq, what);
}

static void say_unverified(int code)
{
    fprintf(stderr, _("The ledger can't be verified (%s). Its records are shown as they stand "
                      "there.\n"), cli_strerror(code));
}

/* The index up to date; *ret stays NULL where there can be none. A ledger that does not verify is said to
 * be so, and *ret_bad is set: then the records are read as they are. */
static void open_index(struct cli *cli, const struct cli_args *args, bool rebuild,
                       const struct sink *sink, struct search **ret, bool *ret_bad)
{
    char folder[SK_PATH_CAP];
    struct note_key key;
    autofree struct search_news *news = calloc(1, sizeof *news);
    struct search_config config = {.ledger = ledger_folder(args), .cache = folder,
                                   .enrolment = &key, .rebuild = rebuild,
                                   .progress = show_progress, .context = cli};
    int r = news ? proof_enrolment_of(config.ledger, &key) : -ENOMEM;
    if (r == 0)
        r = ledger_cache_folder(folder);
    if (r != 0)
        return; /* the scan says what is wrong */
    r = search_open(&config, ret, news);
    if (r == SK_ERR_TAMPERED) {
        say_bad(&news->report);
        *ret_bad = true;
    } else if (r != 0) {
        say_no_index(cli, sink, folder, r);
    } else if (news->built && news->why[0] && !cli->quiet) {
        fprintf(stderr, _("The index was made anew: %s.\n"), _(news->why));
    }
}

/* Before records are shown that no index has verified: do they verify? Says so when not. */
static bool verifies(const struct cli_args *args)
{
    struct note_key key;
    const char *folder = ledger_folder(args);
    autofree struct proof_report *report = calloc(1, sizeof *report);
    int r = report ? proof_enrolment_of(folder, &key) : -ENOMEM;
    if (r == 0)
        r = proof_verify(folder, &key, NULL, report);
    if (r == 0 && report->bad)
        r = proof_verify(folder, &key, NULL, report); /* it may have been between two steps of a seal */
    if (r != 0)
        say_unverified(r);
    else if (report->bad)
        say_bad(report);
    return r == 0 && !report->bad;
}

/* *ret_altered: a hit is not what the index was made from. */
static int ask_index(struct search *index, const struct ledger_filter *filter, struct sink *sink,
                     bool *ret_altered)
{
    int r = search_run(index, &filter->query, put_found, sink);
    *ret_altered = r == SK_ERR_TAMPERED;
    if (r == SK_ERR_TAMPERED) {
        fprintf(stderr, _("Record %llu is not what was verified when the index was made: everything is "
                          "verified again.\n"), (unsigned long long)search_bad(index));
        return CLI_OK;
    }
    if (r == SK_ERR_STATE)
        return cli_error(CLI_FAILED, _("the index can't be read (search --rebuild)"));
    return r == 0 || r == -EPIPE ? CLI_OK
                                 : cli_error(CLI_FAILED, _("the ledger can't be read: %s"),
                                             cli_strerror(r));
}

/* By the index, or record by record where there is none. Where a hit is not what was verified (it was
 * altered since, or retention took it away at this moment) once more from a new index, for what is missing. */
static int find(struct cli *cli, const struct cli_args *args, struct ledger_filter *filter,
                struct sink *sink, bool *ret_bad)
{
    autosearch struct search *index = NULL;
    bool altered = false, use = !cli_flag(args, "scan");
    int code = CLI_OK;
    if (use)
        open_index(cli, args, cli_flag(args, "rebuild"), sink, &index, ret_bad);
    if (index)
        code = ask_index(index, filter, sink, &altered);
    if (altered) {
        search_close(&index);
        open_index(cli, args, true, sink, &index, ret_bad);
        code = index ? ask_index(index, filter, sink, &altered) : CLI_OK;
        *ret_bad = *ret_bad || altered;
    }
    if (index)
        return code;
    if (!*ret_bad)
        *ret_bad = !verifies(args);
    return scan(args, filter, sink);
}

int ledger_run_search(struct cli *cli, const struct cli_args *args)
{
    autofilter struct ledger_filter filter = {0};
    struct sink sink = {.json = cli->json, .csv = cli_flag(args, "csv")};
    bool bad = false;
    int code = ledger_filter_read(args, &filter);
    if (code == CLI_OK)
        code = ledger_limit_read(args, &filter);
    if (sink.json && sink.csv)
        return cli_error(CLI_USAGE, _("give --json or --csv"));
    if (code != CLI_OK)
        return code;
    if (sink.csv)
        csv_head();
    code = find(cli, args, &filter, &sink, &bad);
    if (code != CLI_OK)
        return code;
    if (sink.found == 0 && !sink.json && !sink.csv && !cli->quiet)
        fprintf(stderr, "%s\n", _("No records."));
    return fflush(stdout) != 0 ? CLI_FAILED : bad ? CLI_NO : CLI_OK;
}

int ledger_run_show(struct cli *cli, const struct cli_args *args)
{
    uint64_t seq;
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    if (str_to_u64(args->words[0], INT64_MAX, &seq) != 0)
        return cli_error(CLI_USAGE, _("\"%s\" is no record's number"), args->words[0]);
    int code = ledger_lines_open(args, seq, &reader);
    if (code != CLI_OK)
        return code;
    int told = verifies(args) ? CLI_OK : CLI_NO;
    int r = ledger_reader_next(reader, &line);
    if (r < 0)
        return ledger_lines_error(reader, r);
    if (r == 0)
        return cli_error(CLI_NO, _("there is no record %llu"), (unsigned long long)seq);
    if (line.seq != seq)
        return cli_error(CLI_NO, _("record %llu was removed after its period (sekisho ledger search "
                                   "--kind removal)"), (unsigned long long)seq);
    autojson json_t *record = NULL;
    if (cli->json) {
        ledger_line_print(&line, NULL, true);
        return told;
    }
    if (record_parse(line.text, line.len, SK_RECORD_MAX, &record) != 0)
        return cli_error(CLI_NO, _("record %llu can't be parsed"), (unsigned long long)seq);
    autofree char *text = json_dumps(record, JSON_INDENT(2) | JSON_SORT_KEYS);
    printf(_("record %llu, segment %u, byte %llu\n"), (unsigned long long)seq,
           (unsigned)line.segment, (unsigned long long)line.offset);
    for (char *at = text, *next; at && *at; at = next) {
        size_t len = strcspn(at, "\n");
        next = at[len] ? at + len + 1 : at + len;
        at[len] = '\0';
        screen_put(stdout, at); /* strings may hold what steers a terminal */
        putchar('\n');
    }
    return told;
}

/* How far what follow shows has been verified. */
struct followed {
    const char *folder;
    struct note_key key;
    struct proof_report good, now; /* good: the last one; it has seals when it is one */
    bool told;                     /* that something is wrong: once is enough */
};

static int verify_on(struct followed *f)
{
    const struct proof_options options = {.resume = f->good.sealed ? &f->good : NULL};
    return proof_verify(f->folder, &f->key, &options, &f->now);
}

/* Before what is new is shown: does the ledger verify, from where that is known to there? */
static void follow_verify(struct followed *f)
{
    if (f->told)
        return;
    int r = verify_on(f);
    if (r == 0 && f->now.bad)
        r = verify_on(f); /* as in verifies() */
    f->told = r != 0 || f->now.bad;
    if (r != 0)
        say_unverified(r);
    else if (f->now.bad)
        say_bad(&f->now);
    else
        f->good = f->now;
}

static struct followed *followed_new(const struct cli_args *args)
{
    struct followed *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->folder = ledger_folder(args);
    int r = proof_enrolment_of(f->folder, &f->key);
    f->told = r != 0;
    if (r != 0)
        say_unverified(r);
    return f;
}

/* Everything new since the last look. 0 or a negative code. */
static int print_new(struct cli *cli, struct ledger_filter *filter,
                     struct ledger_reader *reader, bool print)
{
    struct ledger_line line;
    int r;
    while ((r = ledger_reader_next(reader, &line)) == 1) {
        autojson json_t *record = NULL;
        if (print && ledger_filter_fits(filter, &line) &&
            read_record(line.text, line.len, false, &record) == 0)
            ledger_line_print(&line, record, cli->json);
    }
    if (fflush(stdout) != 0)
        return -EPIPE;
    return r;
}

int ledger_run_follow(struct cli *cli, const struct cli_args *args)
{
    autofilter struct ledger_filter filter = {0};
    autoreader struct ledger_reader *reader = NULL;
    autofree struct followed *f = NULL;
    const char *from = cli_value(args, "from");
    uint64_t seq = INT64_MAX;
    if (from && str_to_u64(from, INT64_MAX - 1, &seq) != 0)
        return cli_error(CLI_USAGE, _("\"%s\" is no record's number"), from);
    int code = ledger_filter_read(args, &filter);
    if (code == CLI_OK)
        code = ledger_lines_open(args, from ? seq : 0, &reader);
    if (code != CLI_OK)
        return code;
    if (!(f = followed_new(args)))
        return cli_error(CLI_FAILED, _("out of memory"));
    follow_verify(f);
    /* what stands there is passed over first: whatever comes once the watch is set is shown */
    int r = print_new(cli, &filter, reader, from != NULL);
    autoclose int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch < 0 || inotify_add_watch(watch, ledger_folder(args), IN_MODIFY | IN_CREATE) < 0)
        return cli_error(CLI_FAILED, _("the ledger's folder can't be watched: %s"),
                         cli_strerror(-errno));
    follow_verify(f);
    if (r == 0)
        r = print_new(cli, &filter, reader, true);
    while (r == 0) {
        char events[4096];
        struct pollfd p = {.fd = watch, .events = POLLIN};
        if (poll(&p, 1, LOOK_AGAIN_MS) < 0 && errno != EINTR)
            return cli_error(CLI_FAILED, "%s", cli_strerror(-errno));
        bool stirred = false;
        while (read(watch, events, sizeof events) > 0)
            stirred = true;
        if (stirred && access(f->folder, F_OK) == 0)
            follow_verify(f);
        r = print_new(cli, &filter, reader, true);
        /* inotify does not tell: the reader holds the folder's inode */
        if (r == 0 && access(ledger_folder(args), F_OK) != 0)
            return cli_error(CLI_FAILED, _("the ledger in %s can't be read: %s"),
                             ledger_folder(args), cli_strerror(-ENOENT));
    }
    return r == -EPIPE ? CLI_OK : ledger_lines_error(reader, r);
}
