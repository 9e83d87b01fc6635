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
#include "cli/ledger_lines.h"
#include "cli/screen.h"
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
                         sk_strerror(r));
    return CLI_OK;
}

int ledger_lines_error(const struct ledger_reader *reader, int code)
{
    struct ledger_place place;
    ledger_reader_place(reader, &place, NULL);
    if (code != SK_ERR_TAMPERED)
        return cli_error(CLI_FAILED, _("the ledger can't be read: %s"), sk_strerror(code));
    return cli_error(CLI_NO, _("record %llu (segment %u, byte %llu): %s"),
                     (unsigned long long)place.seq, (unsigned)place.segment,
                     (unsigned long long)place.offset, _(place.what));
}

/* A day or a time, as "at" is written. A day as the end of a span means its last moment. */
static int read_time(const char *text, bool end, char ret[static CLOCK_TIME_CAP])
{
    int64_t s;
    if (!text)
        return CLI_OK;
    if (clock_parse_time(text, &s) != 0)
        return cli_error(CLI_USAGE, _("\"%s\" is no day (2026-11-20) and no time "
                                      "(2026-11-20T09:00:00+09:00)"), text);
    if (end && strlen(text) == strlen("2026-11-20"))
        s += CLOCK_DAY_S - 1;
    clock_format(ret, s, end ? 999999999 : 0);
    return CLI_OK;
}

int ledger_filter_read(const struct cli_args *args, struct ledger_filter *ret)
{
    struct ledger_filter f = {.person = cli_value(args, "person"),
                              .area = cli_value(args, "area"),
                              .kind = cli_value(args, "kind"),
                              .case_id = cli_value(args, "case")};
    int code = read_time(cli_value(args, "since"), false, f.since);
    if (code == CLI_OK)
        code = read_time(cli_value(args, "until"), true, f.until);
    const char *text = cli_value(args, "text");
    if (code == CLI_OK && text) {
        autojson json_t *string = json_string(text);
        f.text = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
        if (!f.text)
            return cli_error(CLI_USAGE, _("--text must be UTF-8"));
    }
    if (code == CLI_OK)
        *ret = f;
    return code;
}

void ledger_filter_clear(struct ledger_filter *f)
{
    free(f->text);
    f->text = NULL;
}

static bool is_person(const json_t *record, const char *who)
{
    static const char *const members[] = {"person.id", "person.login", "person.name"};
    uint64_t uid;
    for (size_t i = 0; i < array_count(members); i++)
        if (str_eq(record_text(record, members[i]), who))
            return true;
    return str_to_u64(who, UINT32_MAX, &uid) == 0 && record_member(record, "uid") &&
           (uint64_t)record_number(record, "uid") == uid;
}

static bool in_time(const struct ledger_filter *f, const struct scan_field *at)
{
    if (!f->since[0] && !f->until[0])
        return true;
    size_t len = strlen("2026-11-20T08:15:30.123Z");
    if (!at->value || at->len != len + 2)
        return false;
    return (!f->since[0] || memcmp(at->value + 1, f->since, len) >= 0) &&
           (!f->until[0] || memcmp(at->value + 1, f->until, len) <= 0);
}

/* Whether the raw line may hold the text; one that JSON writes with escapes needs a closer look. */
static bool may_hold(const struct ledger_line *line, const char *text)
{
    if (!text)
        return true;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == '"' || *c == '\\')
            return true;
    return memmem(line->text, line->len, text, strlen(text)) != NULL;
}

bool ledger_filter_fits(const struct ledger_filter *f, const struct ledger_line *line,
                        json_t **ret_record)
{
    /* what the raw line tells first: parsing is fifty times slower */
    if ((f->kind && !scan_is(&line->kind, f->kind)) || !in_time(f, &line->at) ||
        !may_hold(line, f->area) || !may_hold(line, f->case_id) || !may_hold(line, f->person))
        return false;
    if (f->text) {
        size_t len = strlen(f->text) - 2; /* without its quotes */
        if (!memmem(line->text, line->len, f->text + 1, len))
            return false;
    }
    autojson json_t *record = NULL;
    if (record_parse(line->text, line->len, SK_RECORD_MAX, &record) != 0 ||
        (f->area && !str_eq(record_text(record, "area"), f->area)) ||
        (f->case_id && !str_eq(record_text(record, "case"), f->case_id)) ||
        (f->person && !is_person(record, f->person)))
        return false;
    *ret_record = steal_ptr(&record);
    return true;
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

int ledger_run_search(struct cli *cli, const struct cli_args *args)
{
    autofilter struct ledger_filter filter = {0};
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    int r, code = ledger_filter_read(args, &filter);
    if (code == CLI_OK)
        code = ledger_lines_open(args, 0, &reader);
    if (code != CLI_OK)
        return code;
    uint64_t found = 0;
    while ((r = ledger_reader_next(reader, &line)) == 1) {
        autojson json_t *record = NULL;
        if (!ledger_filter_fits(&filter, &line, &record))
            continue;
        ledger_line_print(&line, record, cli->json);
        found++;
    }
    if (r < 0)
        return ledger_lines_error(reader, r);
    if (found == 0 && !cli->json && !cli->quiet)
        fprintf(stderr, "%s\n", _("No records."));
    return fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
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
    int r = ledger_reader_next(reader, &line);
    if (r < 0)
        return ledger_lines_error(reader, r);
    if (r == 0)
        return cli_error(CLI_NO, _("there is no record %llu"), (unsigned long long)seq);
    autojson json_t *record = NULL;
    if (cli->json) {
        ledger_line_print(&line, NULL, true);
        return CLI_OK;
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
    return CLI_OK;
}

/* Everything new since the last look. 0 or a negative code. */
static int print_new(struct cli *cli, const struct ledger_filter *filter,
                     struct ledger_reader *reader, bool print)
{
    struct ledger_line line;
    int r;
    while ((r = ledger_reader_next(reader, &line)) == 1) {
        autojson json_t *record = NULL;
        if (print && ledger_filter_fits(filter, &line, &record))
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
    const char *from = cli_value(args, "from");
    uint64_t seq = INT64_MAX;
    if (from && str_to_u64(from, INT64_MAX - 1, &seq) != 0)
        return cli_error(CLI_USAGE, _("\"%s\" is no record's number"), from);
    int code = ledger_filter_read(args, &filter);
    if (code == CLI_OK)
        code = ledger_lines_open(args, from ? seq : 0, &reader);
    if (code != CLI_OK)
        return code;
    /* what stands there is passed over first: whatever comes once the watch is set is shown */
    int r = print_new(cli, &filter, reader, from != NULL);
    autoclose int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch < 0 || inotify_add_watch(watch, ledger_folder(args), IN_MODIFY | IN_CREATE) < 0)
        return cli_error(CLI_FAILED, _("the ledger's folder can't be watched: %s"),
                         sk_strerror(-errno));
    if (r == 0)
        r = print_new(cli, &filter, reader, true);
    while (r == 0) {
        char events[4096];
        struct pollfd p = {.fd = watch, .events = POLLIN};
        if (poll(&p, 1, LOOK_AGAIN_MS) < 0 && errno != EINTR)
            return cli_error(CLI_FAILED, "%s", sk_strerror(-errno));
        while (read(watch, events, sizeof events) > 0)
            ;
        r = print_new(cli, &filter, reader, true);
        /* inotify does not tell: the reader holds the folder's inode */
        if (r == 0 && access(ledger_folder(args), F_OK) != 0)
            return cli_error(CLI_FAILED, _("the ledger in %s can't be read: %s"),
                             ledger_folder(args), sk_strerror(-ENOENT));
    }
    return r == -EPIPE ? CLI_OK : ledger_lines_error(reader, r);
}
