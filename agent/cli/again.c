/* SPDX-License-Identifier: GPL-3.0-or-later */
/* again.c owns the carrying over of an earlier request, and the table of what has changed. It must never carry over what
 * the person has said otherwise. */
#include "cli/again.h"
#include <sekisho/ops.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/screen.h"
#include "client/view.h"
#include "record/record.h"

#define SHORT_DIGEST 8 /* digits of a digest, for the eye */

static const char *mount_of(const json_t *areas, const char *id)
{
    size_t i;
    const json_t *row;
    json_array_foreach(areas, i, row)
        if (str_eq(record_text(row, "area"), id))
            return record_text(row, "mount");
    return "";
}

/* Can it be seen from here that there is no such file any more? In a room's area it can't. */
static bool is_gone(const char *mount, const char *escaped)
{
    autobuf struct buf path = {0}, folder = {0};
    if (str_unescape(&path, escaped, strlen(escaped)) != 0 || path.err || !path.data ||
        str_unescape(&folder, mount, strlen(mount)) != 0 || folder.err || !folder.data)
        return false;
    return access(folder.data, R_OK | X_OK) == 0 && access(path.data, F_OK) != 0;
}

static int carry_files(const json_t *view, const json_t *areas, json_t *files)
{
    const char *mount = mount_of(areas, record_text(view, "content.area"));
    size_t i;
    const json_t *file;
    json_array_foreach(record_member(view, "content.files"), i, file) {
        autobuf struct buf path = {0};
        buf_printf(&path, "%s/%s", mount, record_text(file, "name"));
        if (path.err || !path.data)
            return cli_error(CLI_FAILED, _("out of memory"));
        if (!is_gone(mount, path.data) && json_array_append_new(files, json_string(path.data)) != 0)
            return cli_error(CLI_FAILED, _("out of memory"));
    }
    return json_array_size(files) > 0 ? CLI_OK : cli_error(CLI_REFUSED, _("there is no file in what was named"));
}

static const char *either(const char *said, const char *before)
{
    return said ? said : before;
}

int again_fill(struct cli *cli, const char *id, struct asking *asking, json_t *files, json_t **ret_view)
{
    autojson json_t *question = json_pack("{s:s}", "case", id);
    autojson json_t *nothing = json_object();
    autojson json_t *answer = NULL;
    autojson json_t *areas = NULL;
    int64_t day;
    int code = cli_ask(cli, SK_OP_CASE, question, NULL, 0, &answer);
    if (code == CLI_OK && json_array_size(files) == 0)
        code = cli_ask(cli, SK_OP_AREA_LIST, nothing, NULL, 0, &areas);
    if (code != CLI_OK)
        return code;
    const json_t *view = record_member(answer, "case");
    bool copy = str_eq(record_text(view, "type"), "copy");
    if (record_flag(view, "kept-in"))
        return cli_error(CLI_REFUSED, _("%s is seen in its room only: ask again there"), id);
    if (asking->copy && !copy)
        return cli_error(CLI_USAGE, _("%s is a take-out: ask for a plain copy without --again"), id);
    if (areas)
        code = carry_files(view, record_member(areas, "areas"), files);
    const char *back = record_text(view, "return-by");
    bool is_over = clock_parse_date(back, &day) != 0 || day + CLOCK_DAY_S <= clock_wall_s();
    asking->destination = either(asking->destination, view_id(view, "destination"));
    asking->purpose = either(asking->purpose, record_text(view, "purpose"));
    asking->kept = either(asking->kept, record_text(view, "kept.how"));
    asking->return_by = either(asking->return_by, is_over ? NULL : back);
    asking->copy = copy;
    asking->again = id;
    *ret_view = json_incref((json_t *)(uintptr_t)view);
    return code;
}

static void put_state(struct buf *b, const json_t *state)
{
    if (!json_is_object(state))
        return;
    screen_short_size(b, (uint64_t)record_number(state, "bytes"));
    buf_printf(b, ", %.*s", SHORT_DIGEST, record_text(state, "sha256"));
}

/* What is said otherwise than in the request that it is compared with. */
static int print_differences(const json_t *differs)
{
    size_t i;
    const json_t *row;
    const char *headings[] = {_("Said otherwise"), _("Before"), _("Now")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    json_array_foreach(differs, i, row) {
        const char *cells[] = {view_said_here(record_text(row, "what")), record_text(row, "before"), record_text(row, "after")};
        screen_table_add(t, cells);
    }
    return json_array_size(differs) > 0 ? screen_table_print(t) : 0;
}

static int print_files(const json_t *files)
{
    size_t i;
    const json_t *row;
    const char *headings[] = {_("File"), _("Since then"), _("Before"), _("Now")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    json_array_foreach(files, i, row) {
        autobuf struct buf was = {0}, is = {0};
        put_state(&was, record_member(row, "before"));
        put_state(&is, record_member(row, "after"));
        const char *cells[] = {record_text(row, "name"), view_change_here(record_text(row, "change")),
                               was.data ? was.data : "", is.data ? is.data : ""};
        screen_table_add(t, cells);
    }
    return screen_table_print(t);
}

void again_print(const json_t *view)
{
    const json_t *again = record_member(view, "again");
    autobuf struct buf before = {0}, base = {0};
    const char *at = record_text(again, "at");
    if (!again)
        return;
    buf_printf(&before, "%s%s", record_text(again, "case"), *at ? ", " : "");
    screen_time(&before, at, false);
    view_base_here(&base, again);
    screen_line(_("Asked again"), before.data ? before.data : "");
    screen_line(_("Compared with"), base.data ? base.data : "");
    if (record_flag(again, "hidden"))
        return;
    if (print_differences(record_member(again, "differs")) != 0 || print_files(record_member(again, "files")) != 0)
        cli_error(CLI_FAILED, _("out of memory"));
}
