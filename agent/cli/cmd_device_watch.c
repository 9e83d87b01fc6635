/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_device_watch.c owns the look at devices as they come and go. It must never show but what is on record. */
#include "cli/cli.h"
#include "cli/device_event.h"
#include "cli/screen.h"
#include "cli/watch_follow.h"
#include "cli/watch_line.h"
#include "client/refusal.h"
#include "record/record.h"

static void print_more(const char *name, const char *text)
{
    autobuf struct buf line = {0};
    if (!*text)
        return;
    buf_puts(&line, "    ");
    buf_puts(&line, name);
    buf_puts(&line, ": ");
    screen_safe(&line, text);
    if (!line.err)
        puts(line.data);
}

static void print_event(const json_t *event)
{
    autobuf struct buf line = {0};
    const char *advice = device_event_advice(event);
    watch_line(&line, event);
    if (!line.err)
        puts(line.data);
    print_more(_("Detail"), record_text(event, "why"));
    if (advice)
        print_more(_("To do"), advice);
}

/* The advice goes along, so that who reads JSON shows the same. */
static void show(const struct cli *cli, json_t *event)
{
    const char *advice = refusal_advice(record_text(event, "reason"));
    if (!cli->json)
        print_event(event);
    else if (json_object_set_new(event, "advice", json_string(advice ? advice : "")) == 0)
        cli_json(event);
}

static int run(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *question = json_pack("{sssisbsb}", "scope", "mine", "after", -1, "refusals",
                                          cli_flag(args, "refused"), "devices", 1);
    return watch_follow(cli, question, show);
}

static const struct cli_option options[] = {
    {"refused", NULL, N_("only what is refused")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_device_watch_commands[] = {
    {"device watch", "", N_("Show devices as they come and go: what was decided, why, what to do"), options, 0, 0, run},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
