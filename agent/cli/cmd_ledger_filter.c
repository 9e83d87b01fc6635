/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_filter.c owns the options by which records are picked, and where the reader's index lies.
 * It must never find by the index what it would not find by reading. */
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <string.h>
#include <sys/stat.h>
#include "base/str.h"
#include "cli/ledger_lines.h"

#define LIMIT_MAX 1000000u /* records, as --limit */

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

/* The texts as they stand inside a record's strings. */
static int read_texts(const struct cli_args *args, struct ledger_filter *f)
{
    const struct {
        const char *option;
        const char **to;
    } texts[LEDGER_TEXTS] = {{"person", &f->query.person}, {"area", &f->query.area},
                             {"kind", &f->query.kind},     {"contract", &f->query.contract},
                             {"case", &f->query.case_id},  {"file", &f->query.file},
                             {"text", &f->query.text}};
    for (size_t i = 0; i < LEDGER_TEXTS; i++) {
        const char *given = cli_value(args, texts[i].option);
        if (!given)
            continue;
        f->own[i] = facts_escape(given);
        if (!f->own[i])
            return cli_error(CLI_USAGE, _("--%s must be UTF-8"), texts[i].option);
        *texts[i].to = f->own[i];
    }
    return CLI_OK;
}

int ledger_filter_read(const struct cli_args *args, struct ledger_filter *ret)
{
    int code = read_time(cli_value(args, "since"), false, ret->since);
    if (code == CLI_OK)
        code = read_time(cli_value(args, "until"), true, ret->until);
    if (code == CLI_OK)
        code = read_texts(args, ret);
    ret->query.since = ret->since;
    ret->query.until = ret->until;
    return code;
}

int ledger_limit_read(const struct cli_args *args, struct ledger_filter *f)
{
    const char *limit = cli_value(args, "limit");
    if (limit && (str_to_u64(limit, LIMIT_MAX, &f->query.limit) != 0 || f->query.limit == 0))
        return cli_error(CLI_USAGE, _("--limit must be a number from 1 to %u"), LIMIT_MAX);
    return CLI_OK;
}

void ledger_filter_clear(struct ledger_filter *f)
{
    for (size_t i = 0; i < LEDGER_TEXTS; i++)
        free(f->own[i]);
    facts_free(&f->facts);
    *f = (struct ledger_filter){0};
}

bool ledger_filter_fits(struct ledger_filter *f, const struct ledger_line *line)
{
    const char *const parts[] = {f->query.area, f->query.contract, f->query.case_id, f->query.file,
                                 f->query.text};
    /* what the raw line tells first is cheaper */
    if (f->query.kind && !scan_is(&line->kind, f->query.kind))
        return false;
    for (size_t i = 0; i < array_count(parts); i++)
        if (parts[i] && !memmem(line->text, line->len, parts[i], strlen(parts[i])))
            return false;
    return facts_read(line->text, line->len, &f->facts) == 0 && search_fits(&f->query, &f->facts);
}

/* $XDG_CACHE_HOME/sekisho or ~/.cache/sekisho; the folder above it is made when it is missing. */
int ledger_cache_folder(char ret[static SK_PATH_CAP])
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char above[SK_PATH_CAP];
    int n;
    if (cache && cache[0] == '/')
        n = snprintf(above, sizeof above, "%s", cache);
    else if (home && home[0] == '/')
        n = snprintf(above, sizeof above, "%s/.cache", home);
    else
        return SK_ERR_NOT_FOUND;
    if (n >= (int)(sizeof above - sizeof "/sekisho"))
        return SK_ERR_LIMIT;
    (void)!mkdir(above, 0700);
    snprintf(ret, SK_PATH_CAP, "%s", above);
    memcpy(ret + n, "/sekisho", sizeof "/sekisho");
    return 0;
}
