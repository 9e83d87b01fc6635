/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch_follow.c owns the following of events. It must never hold one back: whoever reads them reads them as they happen. */
#include "cli/watch_follow.h"
#include <errno.h>
#include <sekisho/ops.h>
#include "cli/ask.h"

static int show_one(const struct cli *cli, json_t *message, watch_show *show)
{
    show(cli, json_object_get(message, "event"));
    return fflush(stdout) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("the output can't be written: %s"), cli_strerror(-errno));
}

int watch_follow(struct cli *cli, json_t *question, watch_show *show)
{
    autoclose int sock = -1;
    int code = ask_begin(cli, SK_OP_WATCH, question, NULL, 0, &sock);
    while (code == CLI_OK) {
        autojson json_t *message = NULL;
        enum talk_step step = TALK_ANSWER;
        int r = talk_next(sock, -1, &message, &step);
        if (r != 0)
            return ask_lost(cli, r);
        if (step != TALK_PROGRESS)
            return step == TALK_REFUSED ? ask_refused(cli, message) : CLI_OK;
        code = show_one(cli, message, show);
    }
    return code;
}
