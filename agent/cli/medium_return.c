/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium_return.c owns the view of what lies on a medium that came back, and asks for its wiping. It must never call one
 * clean of which not all was looked at. */
#include "cli/medium_return.h"
#include <ctype.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/erasure.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

#define SHOWN_MAX 50 /* unknown files on the screen */

bool medium_return_is(const char *word)
{
    return !(word[0] != '\0' && strchr("TCRDHE", word[0]) && word[1] == '-' && isdigit((unsigned char)word[2]));
}

static const char *found_text(const json_t *row)
{
    static const struct {
        const char *found, *text;
    } words[] = {
        {"unchanged", N_("still there, unchanged")},
        {"changed", N_("CHANGED: it holds something else")},
        {"gone", N_("gone")},
        {"unreadable", N_("can't be read")},
        {"uncertain", N_("there; what it should hold is not on record")},
    };
    for (size_t i = 0; i < array_count(words); i++)
        if (str_eq(words[i].found, record_text(row, "found")))
            return gettext(words[i].text);
    return record_text(row, "found");
}

static const char *kind_text(const json_t *row)
{
    static const struct {
        const char *kind, *text;
    } words[] = {
        {"file", N_("file")}, {"folder", N_("folder")},          {"link", N_("symbolic link")},
        {"other", N_("no file")}, {"unreadable", N_("unreadable")},
    };
    for (size_t i = 0; i < array_count(words); i++)
        if (str_eq(words[i].kind, record_text(row, "kind")))
            return gettext(words[i].text);
    return record_text(row, "kind");
}

static int print_cases(const json_t *cases)
{
    const char *headings[] = {_("Case"), _("On the medium"), _("State")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    if (json_array_size(cases) == 0) {
        puts(_("No case is out on it."));
        return 0;
    }
    json_array_foreach(cases, i, row) {
        const char *cells[] = {record_text(row, "case"), found_text(row), view_state_here(record_text(row, "state"))};
        screen_table_add(t, cells);
    }
    return screen_table_print(t);
}

static int print_unknown(const json_t *answer)
{
    const json_t *unknown = record_member(answer, "unknown"), *row;
    const char *headings[] = {_("Unknown"), _("Kind"), _("Size"), "SHA-256"};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i, count = json_array_size(unknown);
    if (count > 0) {
        putchar('\n');
        printf(ngettext("%zu file that no case explains:", "%zu files that no case explains:", count), count);
        putchar('\n');
    }
    json_array_foreach(unknown, i, row) {
        autobuf struct buf size = {0};
        if (i == SHOWN_MAX)
            break;
        screen_short_size(&size, (uint64_t)record_number(row, "bytes"));
        const char *cells[] = {record_text(row, "name"), kind_text(row), size.data ? size.data : "",
                               record_text(row, "sha256")};
        screen_table_add(t, cells);
    }
    int r = count > 0 ? screen_table_print(t) : 0;
    if (count > SHOWN_MAX)
        puts(_("… and more: --json shows all"));
    if (record_flag(answer, "more"))
        puts(_("There is more on it than is looked at: not all is listed, or hashed."));
    return r;
}

/* Is anything else there than what is on record? */
static bool is_strange(const json_t *answer)
{
    size_t i;
    const json_t *row;
    bool strange = *record_text(answer, "incident") || record_flag(answer, "more");
    json_array_foreach(record_member(answer, "cases"), i, row)
        strange = strange || !(str_eq(record_text(row, "found"), "unchanged") || str_eq(record_text(row, "found"), "gone"));
    return strange;
}

static void print_hints(struct cli *cli, const json_t *answer)
{
    size_t i;
    const json_t *row;
    if (*record_text(answer, "incident"))
        ask_hint(cli, _("an incident is open over them: sekisho incident show %s"), record_text(answer, "incident"));
    json_array_foreach(record_member(answer, "cases"), i, row)
        if (str_eq(record_text(row, "found"), "gone") && str_eq(record_text(row, "state"), "out"))
            ask_hint(cli, _("what became of %s? Where it was destroyed: sekisho destroy %s; where nobody knows: sekisho lost %s"),
                     record_text(row, "case"), record_text(row, "case"), record_text(row, "case"));
}

/* Each export that is there as it was written, overwritten and read back; each is an erasure with a record of its own. */
static int wipe(struct cli *cli, const json_t *answer, const char *witness)
{
    size_t i;
    const json_t *row;
    int code = CLI_OK;
    json_array_foreach(record_member(answer, "cases"), i, row) {
        if (!str_eq(record_text(row, "found"), "unchanged"))
            continue;
        autojson json_t *request = json_pack("{ss ss ss}", "medium", record_text(answer, "medium"), "for-case",
                                             record_text(row, "case"), "witness", witness);
        int one = request ? erasure_run(cli, request) : cli_error(CLI_FAILED, _("out of memory"));
        if (one != CLI_OK && one != CLI_NO)
            return one;
        code = one == CLI_OK ? code : one;
    }
    return code;
}

int medium_return(struct cli *cli, const char *medium, bool wiped, const char *witness)
{
    autojson json_t *request = json_pack("{ss}", "medium", medium), *answer = NULL;
    int code = cli_ask(cli, SK_OP_MEDIUM_RETURN, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        code = cli_json(answer);
    else if (print_cases(record_member(answer, "cases")) != 0 || print_unknown(answer) != 0)
        code = cli_error(CLI_FAILED, _("out of memory"));
    if (code != CLI_OK)
        return code;
    if (!cli->json)
        print_hints(cli, answer);
    if (wiped)
        code = wipe(cli, answer, witness ? witness : "");
    return code == CLI_OK && is_strange(answer) ? CLI_NO : code;
}
