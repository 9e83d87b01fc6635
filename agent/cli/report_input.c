/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_input.c owns where papers take their records and names from. It must never go on with a
 * ledger that does not verify. */
#include "cli/report_input.h"
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <sekisho/paths.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/files.h"
#include "client/language.h"
#include "cli/qr.h"
#include "record/record.h"
#include "report/paper.h"

#define ENROLMENT_MAX (REPORT_LEDGERS_MAX * (NOTE_VKEY_LEN + 2)) /* bytes of the file */
#define ENTRIES_MAX   ((size_t)1024 * 1024)

void report_input_free(struct report_input *in)
{
    report_source_free(&in->source);
    policy_free(&in->policy);
    json_decref(in->entries);
    in->entries = NULL;
    free(in->enrolment);
    in->enrolment = NULL;
}

static int parse_policy(const char *text, const char *name, struct policy **ret)
{
    struct policy_findings findings = {0};
    int r = policy_parse(text, strlen(text), ret, &findings);
    int code = CLI_OK;
    if (r != 0)
        code = cli_error(CLI_NO, _("%s is no policy: %s"), name,
                         findings.count ? findings.items[0].text : cli_strerror(r));
    policy_findings_free(&findings);
    return code;
}

/* The file's, or the one in force here; none when nobody can be asked and none was given. */
static int find_policy(struct cli *cli, const struct cli_args *args, struct report_input *in)
{
    const char *file = cli_value(args, "policy");
    if (file) {
        autofree char *text = NULL;
        int code = files_read(file, SK_POLICY_MAX, &text);
        return code == CLI_OK ? parse_policy(text, file, &in->policy) : code;
    }
    if (cli_value(args, "from-ledger") || access(sk_path(SK_PATH_CONTROL_SOCKET), F_OK) != 0)
        return CLI_OK;
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_POLICY_SHOW, request, NULL, 0, &answer);
    const char *text = record_text(answer, "text");
    return code == CLI_OK && *text ? parse_policy(text, _("the agent's answer"), &in->policy) : code;
}

/* The folder's own line must be among those that were given. */
static int key_of(const struct report_input *in, const char *folder, const char *file,
                  struct note_key *ret)
{
    char path[SK_PATH_CAP];
    struct note_key given;
    struct cursor c;
    const char *line;
    size_t len;
    snprintf(path, sizeof path, "%s/" LEDGER_ENROLMENT, folder);
    int r = proof_enrolment_read(path, ret);
    if (r != 0)
        return cli_error(CLI_NO, "%s: %s", path, cli_strerror(r));
    cursor_init(&c, in->enrolment, strlen(in->enrolment));
    while (cursor_line(&c, &line, &len)) {
        if (len > 0 && line[len - 1] == '\r')
            len--;
        if (note_vkey_parse(line, len, &given) == 0 && str_eq(given.name, ret->name) &&
            memcmp(given.key, ret->key, sizeof given.key) == 0)
            return CLI_OK;
    }
    return cli_error(CLI_NO, _("the enrolment line of %s is not in %s"), folder, file);
}

static int say_unreadable(const struct report_source *s, const char *folder, int r)
{
    if (r == SK_ERR_TAMPERED) {
        const struct proof_report *p = s->ledgers[s->ledger_count].proof;
        return cli_error(CLI_NO,
                         _("the ledger in %s does not verify at record %llu: %s. No paper is made of it "
                           "(sekisho ledger verify)"),
                         folder, (unsigned long long)p->bad_seq, p->bad_what);
    }
    if (r == SK_ERR_EXISTS)
        return cli_error(CLI_USAGE, _("%s is a ledger that was named already"), folder);
    if (r == SK_ERR_REFUSED)
        return cli_error(CLI_USAGE, _("%s is another contract's extract"), folder);
    if (r == SK_ERR_STATE)
        return cli_error(CLI_NO, _("the ledger in %s is not one that the paper was made of, or an earlier state "
                                   "of it"), folder);
    return cli_error(CLI_FAILED, _("the ledger in %s can't be read: %s"), folder,
                     cli_strerror(r));
}

static int read_folder(struct report_input *in, const struct cli_args *args, const char *folder)
{
    struct note_key key;
    const char *file = cli_value(args, "enrolment");
    int code = file ? key_of(in, folder, file, &key) : CLI_OK;
    if (code != CLI_OK)
        return code;
    int r = report_source_read(&in->source, folder, file ? &key : NULL);
    return r == 0 ? CLI_OK : say_unreadable(&in->source, folder, r);
}

static int read_folders(struct cli *cli, struct report_input *in, const struct cli_args *args, int first)
{
    const char *given = cli_value(args, "from-ledger"), *file = cli_value(args, "enrolment");
    int code = file ? files_read(file, ENROLMENT_MAX, &in->enrolment) : CLI_OK;
    if (code == CLI_OK && !given && args->count > first)
        return cli_error(CLI_USAGE, _("name the first folder with --from-ledger"));
    if (code == CLI_OK)
        code = read_folder(in, args, given ? given : sk_path(SK_PATH_LEDGER));
    for (int i = first; code == CLI_OK && i < args->count; i++)
        code = read_folder(in, args, args->words[i]);
    if (code == CLI_OK && given && !file)
        ask_hint(cli, "%s", _("each ledger was checked against the enrolment line in its own folder; the lines noted at "
                              "installation are given with --enrolment FILE"));
    return code;
}

/* One line "KEY = TEXT"; empty lines and those that begin with # are passed over, and a key without a text is
 * what nobody has filled in yet. */
static int take_entry(struct report_input *in, const char *line, size_t len, const char *file,
                      unsigned number)
{
    static const char blanks[] = " \t\r";
    while (len > 0 && strchr(blanks, line[len - 1]))
        len--;
    while (len > 0 && strchr(blanks, *line)) {
        line++;
        len--;
    }
    if (len == 0 || *line == '#')
        return CLI_OK;
    const char *equals = memchr(line, '=', len), *end = line + len;
    const char *key_end = equals, *value = equals ? equals + 1 : NULL;
    while (equals && key_end > line && strchr(blanks, key_end[-1]))
        key_end--;
    while (equals && value < end && strchr(blanks, *value))
        value++;
    if (equals && key_end > line && value == end)
        return CLI_OK;
    if (!equals || key_end == line)
        return cli_error(CLI_USAGE, _("%s, line %u: a line is KEY = TEXT"), file, number);
    autofree char *key = strndup(line, (size_t)(key_end - line));
    json_t *text = json_stringn(value, (size_t)(end - value));
    if (!key || !text || json_object_set_new(in->entries, key, text) != 0)
        return cli_error(CLI_USAGE, _("%s, line %u: this is not UTF-8"), file, number);
    return CLI_OK;
}

static int read_entries(struct report_input *in, const char *file)
{
    autofree char *text = NULL;
    struct cursor c;
    const char *line;
    size_t len;
    int code = files_read(file, ENTRIES_MAX, &text);
    in->entries = json_object();
    if (code != CLI_OK)
        return code;
    cursor_init(&c, text, strlen(text));
    for (unsigned number = 1; code == CLI_OK && cursor_line(&c, &line, &len); number++)
        code = take_entry(in, line, len, file, number);
    in->source.entries = in->entries;
    return code;
}

static int choose_contract(struct report_input *in, const char *contract)
{
    const struct policy *p = in->policy;
    in->source.contract = contract;
    if (!*contract && p && p->contract_count == 1)
        in->source.contract = p->contracts[0].head.id;
    return *in->source.contract ? CLI_OK : cli_error(CLI_USAGE, _("of which contract? Add --contract ID"));
}

int report_input_read(struct cli *cli, const struct cli_args *args, int first,
                      const struct report_row *row, const char *contract, const char *from,
                      const char *to, struct report_input *ret)
{
    struct report_source *s = &ret->source;
    if (report_source_range(s, from, to) != 0)
        return cli_error(CLI_USAGE, _("--from and --to are days, YYYY-MM-DD, in their order"));
    int code = find_policy(cli, args, ret);
    if (code == CLI_OK)
        code = choose_contract(ret, contract);
    if (code == CLI_OK && cli_value(args, "entries"))
        code = read_entries(ret, cli_value(args, "entries"));
    if (code != CLI_OK)
        return code;
    s->policy = ret->policy;
    s->want_accesses = row->accesses;
    s->photos = cli_value(args, "photos");
    s->draw_qr = qr_svg;
    s->say = language_say;
    if (!cli_value(args, "from-ledger") && system_read("/", clock_wall_s(), ret->system) == 0)
        s->system = ret->system;
    code = read_folders(cli, ret, args, first);
    if (code != CLI_OK)
        return code;
    report_source_sort(s);
    if (!s->announced && !report_contract(s))
        return cli_error(CLI_NO, _("neither ledger nor policy know a contract %s"), s->contract);
    return CLI_OK;
}
