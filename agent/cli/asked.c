/* SPDX-License-Identifier: GPL-3.0-or-later */
/* asked.c owns what follows a request on the screen: consent, approvers, the text for another PC.
 * It must never call something permitted. */
#include "cli/asked.h"
#include "cli/away.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

static void print_approvers(const json_t *approvers)
{
    autobuf struct buf b = {0};
    size_t i;
    const json_t *person;
    json_array_foreach(approvers, i, person)
    {
        buf_puts(&b, i ? ", " : "");
        screen_person(&b, person);
    }
    screen_line(_("Approvers"), b.data ? b.data : "");
}

void asked_print(const json_t *answer)
{
    autobuf struct buf b = {0};
    view_consent(&b, record_member(answer, "consent"), false);
    screen_line(_("Consent"), b.data ? b.data : "");
    if (!record_member(answer, "permitted"))
        print_approvers(record_member(answer, "approvers"));
}

int asked_take_along(struct cli *cli, const struct cli_args *args, json_t *answer)
{
    const char *id = record_text(answer, "case"), *out = cli_value(args, "out");
    bool qr = cli_flag(args, "qr");
    autojson json_t *permit = NULL;
    if ((!out && !qr) || record_member(answer, "permitted"))
        return CLI_OK;
    int code = away_write(cli, id, out, qr, &permit);
    if (code != CLI_OK)
        return code;
    if (json_object_set(answer, "permit", json_object_get(permit, "permit")) != 0 ||
        json_object_set(answer, "expires", json_object_get(permit, "expires")) != 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    away_hint(cli, id, out);
    return CLI_OK;
}
