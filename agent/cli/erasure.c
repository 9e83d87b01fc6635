/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erasure.c owns the words about erasures. It must never say more than the class and the statements that
 * the agent gave. */
#include "cli/erasure.h"
#include <sekisho/erasure.h>
#include <sekisho/ops.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/screen.h"
#include "record/record.h"

/* Classes and what contracts ask for. */
static const struct {
    const char *name, *text;
} classes[] = {
    {"not-reached", N_("not reached: what was erased may still be found")},
    {"level-1", N_("level 1: common recovery tools find nothing")},
    {"level-2", N_("level 2: a laboratory finds nothing")},
    {"physical", N_("physical destruction of the storage")},
};

static const char *class_text(const char *name)
{
    for (size_t i = 0; i < array_count(classes); i++)
        if (str_eq(classes[i].name, name))
            return gettext(classes[i].text);
    return name;
}

static const char *statement_text(const char *name)
{
    for (unsigned i = 0; i < SK_STATEMENT_COUNT; i++)
        if (str_eq(sk_statement_name(i), name))
            return gettext(sk_statement_text(i));
    return name;
}

void erasure_object(const json_t *object)
{
    static const struct {
        const char *kind, *text;
    } kinds[] = {{"area", N_("area")}, {"medium", N_("medium")}, {"file", N_("file")}};
    const char *id = record_text(object, "id"), *name = record_text(object, "name");
    for (size_t i = 0; i < array_count(kinds); i++)
        if (str_eq(kinds[i].kind, record_text(object, "kind")))
            printf("%s ", gettext(kinds[i].text));
    screen_put(stdout, *id ? id : name);
    if (!*id || str_eq(id, name))
        return;
    fputs(" (", stdout);
    screen_put(stdout, name);
    putchar(')');
}

void erasure_claims(const json_t *answer)
{
    size_t i;
    const json_t *one;
    screen_line(_("Reaches"), class_text(record_text(answer, "class")));
    screen_line(_("Asked for"), class_text(record_text(answer, "wanted")));
    json_array_foreach(record_member(answer, "statements"), i, one) {
        const char *name = json_string_value(one);
        printf("  - %s [", statement_text(name ? name : ""));
        screen_put(stdout, name ? name : "");
        puts("]");
    }
}

int erasure_run(struct cli *cli, json_t *request)
{
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_ERASE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    bool enough = record_flag(answer, "enough");
    if (cli->json) {
        cli_json(answer);
        return enough ? CLI_OK : CLI_NO;
    }
    fputs(_("Erased: "), stdout);
    erasure_object(record_member(answer, "object"));
    printf(" (%s)\n", record_text(answer, "erasure"));
    erasure_claims(answer);
    const char *digest = record_text(answer, "proof.sha256");
    if (*digest)
        screen_line(_("Read back"), digest);
    if (record_flag(answer, "changed"))
        ask_hint(cli, _("its content was not compared with what is on record, so %s does not end by this; if what it wrote "
                        "is gone, record that: sekisho destroy %s"),
                 *record_text(answer, "case") ? record_text(answer, "case") : _("the copy"),
                 *record_text(answer, "case") ? record_text(answer, "case") : "ID");
    if (enough)
        return CLI_OK;
    ask_hint(cli, "%s", _("the contract asks for more: agree with the client on what is done to the storage"));
    return CLI_NO;
}
