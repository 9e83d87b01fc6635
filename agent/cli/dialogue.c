/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dialogue.c owns the questions that a request is made of, on a terminal. It must never offer what
 * the policy does not, and never take silence for an answer: an empty line is no yes. */
#include "cli/dialogue.h"
#include <sekisho/ops.h>
#include <string.h>
#include "base/clock.h"
#include "cli/ask.h"
#include "cli/files.h"
#include "cli/policy_file.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "client/offers.h"
#include "record/record.h"

#define CHOICES_MAX 256

void dialogue_free(struct dialogue *d)
{
    json_decref(d->files);
    free(d->destination);
    free(d->purpose);
    free(d->kept);
    free(d->return_by);
    *d = (struct dialogue){0};
}

/* One line, blanks around it cut. CLI_OK, or CLI_NO after a message when nobody types any more. */
static int ask_line(const char *question, char **ret)
{
    autofree char *line = NULL;
    size_t cap = 0;
    printf("%s ", question);
    fflush(stdout);
    if (getline(&line, &cap, stdin) < 0)
        return cli_error(CLI_NO, _("nothing was requested"));
    char *from = line + strspn(line, " \t");
    size_t len = strlen(from);
    while (len > 0 && strchr(" \t\r\n", from[len - 1]))
        len--;
    *ret = strndup(from, len);
    return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

/* The same until something is typed. */
static int ask_something(const char *question, char **ret)
{
    int code;
    while ((code = ask_line(question, ret)) == CLI_OK && !**ret)
        free(steal_ptr(ret));
    return code;
}

/* A number of a list that was printed; the only one is not asked for. */
static int ask_choice(const char *question, const char *const *texts, size_t count, size_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        printf("  %zu  ", i + 1);
        screen_put(stdout, texts[i]);
        putchar('\n');
    }
    *ret = 0;
    while (count > 1) {
        autofree char *answer = NULL;
        uint64_t number;
        int code = ask_line(question, &answer);
        if (code != CLI_OK)
            return code;
        if (str_to_u64(answer, count, &number) == 0 && number > 0) {
            *ret = number - 1;
            return CLI_OK;
        }
    }
    return CLI_OK;
}

static int ask_files(struct cli *cli, json_t *files)
{
    autojson json_t *nothing = json_object();
    autojson json_t *areas = NULL;
    int code = cli_ask(cli, SK_OP_AREA_LIST, nothing, NULL, 0, &areas);
    while (code == CLI_OK) {
        autofree char *word = NULL;
        bool first = json_array_size(files) == 0;
        code = ask_line(first ? _("File or folder:") : _("One more (an empty line: that is all):"),
                        &word);
        if (code == CLI_OK && word && !*word && !first)
            return CLI_OK;
        if (code == CLI_OK && word && *word)
            (void)!files_walk(
                files, word,
                record_member(areas, "areas")); /* what was wrong is told; asked again */
    }
    return code;
}

static const struct policy_area *area_of(const struct policy *p, const json_t *files)
{
    autobuf struct buf raw = {0};
    const char *first = json_string_value(json_array_get(files, 0));
    return first && str_unescape(&raw, first, strlen(first)) == 0 && raw.data
               ? policy_area_of_path(p, raw.data)
               : NULL;
}

/* What is offered for the files, for who asks. */
static int find_offers(struct cli *cli, const struct policy *p, const json_t *files,
                       struct offers *ret)
{
    autojson json_t *nothing = json_object();
    autojson json_t *me = NULL;
    const struct policy_area *area = area_of(p, files);
    if (!area)
        return cli_error(CLI_REFUSED, "%s", _(sk_reason_text(SK_REASON_NO_AREA)));
    int code = cli_ask(cli, SK_OP_WHOAMI, nothing, NULL, 0, &me);
    if (code != CLI_OK)
        return code;
    if (offers_for(p, record_text(me, "login"), area->head.id, clock_wall_s(), ret) != 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    enum sk_reason why = ret->why != SK_REASON_ALLOWED ? ret->why : SK_REASON_NO_CONSENT;
    return ret->count > 0 ? CLI_OK
                          : cli_error(CLI_REFUSED, _("these files may not be taken anywhere: %s"),
                                      _(sk_reason_text(why)));
}

static int choose_destination(const struct offers *o, const struct policy_destination **ret)
{
    const struct policy_destination *found[CHOICES_MAX] = {0};
    char *texts[CHOICES_MAX] = {0};
    size_t count = 0, chosen = 0;
    for (size_t i = 0; i < o->count && count < CHOICES_MAX; i++) {
        const struct policy_destination *d = o->items[i].destination;
        if (count > 0 && found[count - 1] == d)
            continue;
        if (asprintf(&texts[count], "%s: %s (%s)", d->head.id, d->label, _(offers_way(d))) < 0)
            break;
        found[count++] = d;
    }
    int code = ask_choice(_("Where to? Number:"), (const char *const *)texts, count, &chosen);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    if (code == CLI_OK && count > 0)
        *ret = found[chosen];
    return code;
}

static int choose_purpose(const struct offers *o, const struct policy_destination *d,
                          const char **ret)
{
    const char *texts[CHOICES_MAX] = {0};
    size_t count = 0, chosen = 0;
    for (size_t i = 0; i < o->count; i++)
        for (size_t k = 0; o->items[i].destination == d && k < o->items[i].consent->purposes.count;
             k++) {
            const char *text = o->items[i].consent->purposes.items[k];
            bool known = count == CHOICES_MAX;
            for (size_t n = 0; n < count && !known; n++)
                known = str_eq(texts[n], text);
            if (!known)
                texts[count++] = text;
        }
    int code = ask_choice(_("What for? Number:"), texts, count, &chosen);
    if (code == CLI_OK && count > 0)
        *ret = texts[chosen];
    return code;
}

/* The policy's period is what an empty line says. */
static int ask_return(const struct policy_destination *d, char **ret)
{
    char day[CLOCK_TIME_CAP] = "";
    autobuf struct buf question = {0};
    if (d->return_within_s > 0)
        clock_format_date(day, clock_wall_s() + d->return_within_s);
    buf_printf(&question,
               *day ? _("Back by which day (an empty line: %s)?")
                    : _("Back by which day, as 2026-12-01 (an empty line: never)?%s"),
               day);
    for (;;) {
        int64_t at;
        int code = ask_line(question.data ? question.data : "", ret);
        if (code != CLI_OK)
            return code;
        if (!**ret) {
            free(*ret);
            *ret = strdup(day);
            return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
        }
        if (clock_parse_date(*ret, &at) == 0)
            return CLI_OK;
        free(steal_ptr(ret));
    }
}

static int ask_rest(const struct offers *o, struct dialogue *d)
{
    const struct policy_destination *to = NULL;
    const char *purpose = NULL;
    int code = choose_destination(o, &to);
    if (code == CLI_OK && to)
        code = choose_purpose(o, to, &purpose);
    if (code == CLI_OK && to)
        code = ask_something(_("Where and how will it be kept there?"), &d->kept);
    if (code == CLI_OK && to)
        code = ask_return(to, &d->return_by);
    if (code != CLI_OK)
        return code;
    d->destination = to ? strdup(to->head.id) : NULL;
    d->purpose = purpose ? strdup(purpose) : NULL;
    if (!to || !d->destination || !d->purpose)
        return cli_error(CLI_FAILED, _("out of memory"));
    d->asking = (struct asking){.files = d->files,
                                .destination = d->destination,
                                .purpose = d->purpose,
                                .kept = d->kept,
                                .return_by = d->return_by,
                                .copy = offers_is_copy(to)};
    return CLI_OK;
}

static void show(const struct policy *p, const struct dialogue *d)
{
    autobuf struct buf count = {0}, openers = {0};
    const struct policy_destination *to = policy_destination(p, d->destination);
    autojson json_t *recipients = to ? offers_recipients(p, to) : NULL;
    view_openers_here(&openers, recipients);
    buf_printf(&count, "%zu", json_array_size(d->files));
    putchar('\n');
    screen_line(_("Files"), count.data ? count.data : "");
    screen_line(_("Destination"), d->destination);
    if (openers.len)
        screen_line(_("Can be opened by"), !openers.err ? openers.data : "");
    screen_line(_("Purpose"), d->purpose);
    screen_line(_("Kept"), d->kept);
    screen_line(_("Return by"), d->return_by);
}

int dialogue_ask(struct cli *cli, const struct cli_args *args, struct dialogue *ret)
{
    autopolicy struct policy_file file = {0};
    autooffers struct offers offers = {0};
    ret->files = json_array();
    int code = policy_file_installed(cli, clock_wall_s(), &file);
    if (code == CLI_OK && !file.policy)
        code = cli_error(CLI_NO, _("the policy has errors"));
    if (code == CLI_OK)
        code = ask_files(cli, ret->files);
    if (code == CLI_OK)
        code = find_offers(cli, file.policy, ret->files, &offers);
    if (code == CLI_OK)
        code = ask_rest(&offers, ret);
    if (code != CLI_OK)
        return code;
    show(file.policy, ret);
    return ask_yes(cli, args, _("Send this request? Type yes: "), _("nothing was requested"));
}
