/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_draft.c owns the commands that write a changed policy: who may approve, and new persons, media, consents,
 * recipients. It must never put one into force, sign one, replace a file, or write one that has errors. */
#include <fcntl.h>
#include <limits.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/fdio.h"
#include "cli/ask.h"
#include "cli/draft.h"
#include "cli/files.h"
#include "cli/policy_file.h"
#include "cli/screen.h"

#define DOCUMENT_MAX ((size_t)256 * 1024 * 1024) /* bytes of a consent's document */

/* What is changed, and the policy as it was. */
struct change {
    struct policy_file before;
    struct draft text;
};

static void change_clear(struct change *c)
{
    policy_file_clear(&c->before);
    draft_free(&c->text);
}
#define autochange __attribute__((cleanup(change_clear)))

/* --policy FILE, or the policy in force. */
static int begin(struct cli *cli, const struct cli_args *args, struct change *ret)
{
    const char *file = cli_value(args, "policy");
    if (!cli_value(args, "out"))
        return cli_error(CLI_USAGE, _("--out FILE is missing: where the changed policy goes"));
    int code = file ? policy_file_read(file, clock_wall_s(), NULL, &ret->before)
                    : policy_file_installed(cli, clock_wall_s(), &ret->before);
    if (code != CLI_OK)
        return code;
    if (!ret->before.policy) {
        autojson json_t *findings = policy_file_findings(&ret->before.findings);
        policy_file_print(stderr, file ? file : _("installed policy"), findings);
        return cli_error(CLI_NO, _("a policy that has errors is not changed: correct it first"));
    }
    return draft_read(ret->before.bytes.data, &ret->text) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

/* The next version, issued today. */
static int renew(struct change *c)
{
    char version[32], today[CLOCK_TIME_CAP];
    const struct policy *p = c->before.policy;
    snprintf(version, sizeof version, "%llu", (unsigned long long)p->version + 1);
    clock_format_date(today, clock_wall_s());
    int r = draft_set(&c->text, p->line, "version", version);
    return r == 0 ? draft_set(&c->text, p->line, "issued", today) : r;
}

static int show(struct cli *cli, const char *out, const struct policy_file *after, const struct policy_changes *changes)
{
    autojson json_t *findings = policy_file_findings(&after->findings);
    autojson json_t *list = policy_file_changes(changes);
    if (cli->json) {
        autojson json_t *all = json_pack("{s:s, s:I, s:O, s:O}", "file", out, "version",
                                         (json_int_t)after->policy->version, "findings", findings, "changes", list);
        return cli_json(all);
    }
    policy_file_print(stderr, out, findings);
    policy_file_print_changes(list);
    printf(_("Version %llu is in %s; it is not in force.\n"), (unsigned long long)after->policy->version, out);
    ask_hint(cli, _("sign it: sekisho policy sign %s --key FILE; then: sekisho policy install %s"), out, out);
    return CLI_OK;
}

/* Check the draft, show what it changes, write it. */
static int finish(struct cli *cli, const struct cli_args *args, struct change *c)
{
    const char *out = cli_value(args, "out");
    autopolicy struct policy_file after = {0};
    struct policy_changes changes = {0};
    int r = renew(c);
    if (r == 0)
        r = draft_write(&c->text, &after.bytes);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s", cli_strerror(r));
    int code = policy_file_judge(&after, out, clock_wall_s(), NULL);
    if (code != CLI_OK)
        return code;
    if (!after.policy || after.findings.errors > 0) {
        autojson json_t *findings = policy_file_findings(&after.findings);
        policy_file_print(stderr, out, findings);
        return cli_error(CLI_NO, _("the changed policy would have errors; nothing was written"));
    }
    r = policy_diff(c->before.policy, after.policy, &changes);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s", cli_strerror(r));
    code = files_create(out, after.bytes.data, after.bytes.len, 0644);
    if (code == CLI_OK)
        code = show(cli, out, &after, &changes);
    policy_changes_free(&changes);
    return code;
}

/* ---- who approves ---- */

static int find_person(const struct change *c, const char *id, const struct policy_person **ret)
{
    *ret = policy_person(c->before.policy, id);
    return *ret ? CLI_OK : cli_error(CLI_REFUSED, _("the policy has no [person %s]"), id);
}

/* One line of the file: what a value may not hold would make two lines of one. */
static int check_line(const char *value)
{
    return strpbrk(value, "\n\r") ? cli_error(CLI_USAGE, _("a value is one line of the policy")) : CLI_OK;
}

static int set(struct change *c, size_t head, const char *key, const char *value)
{
    int code = value ? check_line(value) : CLI_OK;
    if (code != CLI_OK)
        return code;
    return draft_set(&c->text, head, key, value) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int set_key(struct cli *cli, const struct cli_args *args, bool anew)
{
    autochange struct change c = {0};
    const struct policy_person *who = NULL;
    const char *key = cli_value(args, "key");
    if (!key)
        return cli_error(CLI_USAGE, _("--key KEY is missing: the line that sekisho approver init has printed"));
    if (strncmp(key, "key = ", 6) == 0)
        key += 6;
    int code = begin(cli, args, &c);
    if (code == CLI_OK)
        code = find_person(&c, args->words[0], &who);
    if (code == CLI_OK && who->has_key != anew)
        code = anew ? cli_error(CLI_REFUSED, _("%s has no key yet: sekisho approver add"), who->head.id)
                    : cli_error(CLI_REFUSED, _("%s has a key already: sekisho approver rotate"), who->head.id);
    if (code == CLI_OK)
        code = set(&c, who->head.line, "key", key);
    return code == CLI_OK ? finish(cli, args, &c) : code;
}

static int run_add(struct cli *cli, const struct cli_args *args)
{
    return set_key(cli, args, false);
}

static int run_rotate(struct cli *cli, const struct cli_args *args)
{
    return set_key(cli, args, true);
}

static int run_suspend(struct cli *cli, const struct cli_args *args)
{
    autochange struct change c = {0};
    const struct policy_person *who = NULL;
    int code = begin(cli, args, &c);
    if (code == CLI_OK)
        code = find_person(&c, args->words[0], &who);
    if (code == CLI_OK && who->suspended)
        code = cli_error(CLI_NO, _("%s is suspended already"), who->head.id);
    if (code == CLI_OK)
        code = set(&c, who->head.line, "suspended", "yes");
    return code == CLI_OK ? finish(cli, args, &c) : code;
}

/* A list without them; one that named nobody else would let in every manager, so somebody has to take the place. */
static int leave_list(struct change *c, const struct policy_destination *d, const char *id)
{
    autobuf struct buf rest = {0};
    if (!policy_list_has(&d->approvers, id))
        return CLI_OK;
    if (d->approvers.count == 1)
        return cli_error(CLI_REFUSED, _("%s is the only approver that destination %s names: name another there first"), id,
                         d->head.id);
    for (size_t i = 0; i < d->approvers.count; i++)
        if (strcmp(d->approvers.items[i], id) != 0)
            buf_printf(&rest, "%s%s", rest.len ? ", " : "", d->approvers.items[i]);
    return rest.err ? cli_error(CLI_FAILED, _("out of memory")) : set(c, d->head.line, "approvers", rest.data);
}

static int leave_person(struct change *c, size_t head)
{
    static const char *const keys[] = {"key", "approves-for", "approves-until"};
    int code = CLI_OK;
    for (size_t i = 0; code == CLI_OK && i < array_count(keys); i++)
        code = set(c, head, keys[i], NULL);
    return code;
}

/* The head of the last section above this line that is the person's or a destination's; 0 = there is none. */
static unsigned section_above(const struct policy *p, const struct policy_person *who, unsigned line,
                              const struct policy_destination **ret)
{
    unsigned head = who->head.line < line ? who->head.line : 0;
    *ret = NULL;
    for (size_t i = 0; i < p->destination_count; i++)
        if (p->destinations[i].head.line < line && p->destinations[i].head.line > head) {
            *ret = &p->destinations[i];
            head = p->destinations[i].head.line;
        }
    return head;
}

/* From the last section to the first: what stands above keeps its place. */
static int run_remove(struct cli *cli, const struct cli_args *args)
{
    autochange struct change c = {0};
    const struct policy_person *who = NULL;
    int code = begin(cli, args, &c);
    if (code == CLI_OK)
        code = find_person(&c, args->words[0], &who);
    if (code == CLI_OK && !who->has_key)
        code = cli_error(CLI_NO, _("%s has no key and approves nothing"), who->head.id);
    const struct policy_destination *d = NULL;
    for (unsigned line = UINT_MAX; code == CLI_OK && c.before.policy &&
                                   (line = section_above(c.before.policy, who, line, &d)) != 0;)
        code = d ? leave_list(&c, d, who->head.id) : leave_person(&c, line);
    return code == CLI_OK ? finish(cli, args, &c) : code;
}

static int run_stand_in(struct cli *cli, const struct cli_args *args)
{
    autochange struct change c = {0};
    const struct policy_person *who = NULL, *other = NULL;
    const char *id = cli_value(args, "for"), *until = cli_value(args, "until");
    int64_t day;
    if (!id || !until)
        return cli_error(CLI_USAGE, _("in whose place, and until when? Add --for PERSON --until DATE"));
    if (clock_parse_date(until, &day) != 0)
        return cli_error(CLI_USAGE, _("--until %s is no date; write it as 2026-12-01"), until);
    int code = begin(cli, args, &c);
    if (code == CLI_OK)
        code = find_person(&c, args->words[0], &who);
    if (code == CLI_OK)
        code = find_person(&c, id, &other);
    if (code == CLI_OK)
        code = set(&c, who->head.line, "approves-for", other->head.id);
    if (code == CLI_OK)
        code = set(&c, who->head.line, "approves-until", until);
    return code == CLI_OK ? finish(cli, args, &c) : code;
}

/* ---- new sections ---- */

/* The digest of the client's letter, which the consent states. */
static int put_document(struct change *c, size_t head, const char *file)
{
    autobuf struct buf bytes = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    int r = file_read(AT_FDCWD, file, DOCUMENT_MAX, &bytes);
    if (r == 0)
        r = digest_of(bytes.data ? bytes.data : "", bytes.len, digest);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", file, cli_strerror(r));
    digest_hex(hex, digest);
    return set(c, head, "sha256", hex);
}

/* "key=value" */
static int put_word(struct change *c, size_t head, const char *word)
{
    const char *equals = strchr(word, '=');
    autobuf struct buf key = {0};
    if (!equals || equals == word)
        return cli_error(CLI_USAGE, _("%s: write each key of the section as KEY=VALUE"), word);
    buf_put(&key, word, (size_t)(equals - word));
    if (key.err || strspn(key.data, "abcdefghijklmnopqrstuvwxyz0123456789-.") != key.len)
        return cli_error(CLI_USAGE, _("%s: that is no key of a policy"), word);
    if (draft_value(&c->text, head, key.data))
        return cli_error(CLI_USAGE, _("%s is given twice"), key.data);
    return set(c, head, key.data, equals + 1);
}

static int run_policy_add(struct cli *cli, const struct cli_args *args)
{
    static const char *const kinds[] = {"person", "medium", "consent", "recipient", "destination", "device"};
    autochange struct change c = {0};
    const char *kind = args->words[0], *id = args->words[1], *file = cli_value(args, "file");
    size_t known = 0, head = 0;
    while (known < array_count(kinds) && strcmp(kinds[known], kind) != 0)
        known++;
    if (known == array_count(kinds))
        return cli_error(CLI_USAGE, _("%s: what can be added is person, medium, consent, recipient, destination or device"),
                         kind);
    if (file && strcmp(kind, "consent") != 0)
        return cli_error(CLI_USAGE, _("--file goes with a consent: the client's letter"));
    if (!*id || strpbrk(id, "[]\n\r \t"))
        return cli_error(CLI_USAGE, _("%s is no id"), id);
    int code = begin(cli, args, &c);
    if (code == CLI_OK && draft_add(&c.text, kind, id, &head) != 0)
        code = cli_error(CLI_FAILED, _("out of memory"));
    for (int i = 2; code == CLI_OK && i < args->count; i++)
        code = put_word(&c, head, args->words[i]);
    if (code == CLI_OK && file)
        code = put_document(&c, head, file);
    return code == CLI_OK ? finish(cli, args, &c) : code;
}

#define DRAFT_OPTIONS                                                                                \
    {"policy", N_("FILE"), N_("the policy to be changed, the one in force unless given")},           \
    {"out", N_("FILE"), N_("the new file for the changed policy")}

static const struct cli_option draft_options[] = {DRAFT_OPTIONS, {NULL, NULL, NULL}};

static const struct cli_option key_options[] = {
    DRAFT_OPTIONS,
    {"key", N_("KEY"), N_("the public key that sekisho approver init has printed")},
    {NULL, NULL, NULL},
};

static const struct cli_option stand_in_options[] = {
    DRAFT_OPTIONS,
    {"for", N_("PERSON"), N_("the approver in whose place this person approves")},
    {"until", N_("DATE"), N_("the last day of that")},
    {NULL, NULL, NULL},
};

static const struct cli_option add_options[] = {
    DRAFT_OPTIONS,
    {"file", N_("FILE"), N_("a consent's document, whose SHA-256 goes into the policy")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_draft_commands[] = {
    {"approver add", N_("PERSON"), N_("Write a policy in which a person has this approver's key"), key_options, 1, 1,
     run_add},
    {"approver rotate", N_("PERSON"), N_("Write a policy with another key of an approver; permits of the old one are void"),
     key_options, 1, 1, run_rotate},
    {"approver suspend", N_("PERSON"), N_("Write a policy in which an approver is suspended"), draft_options, 1, 1,
     run_suspend},
    {"approver remove", N_("PERSON"), N_("Write a policy in which a person approves no more"), draft_options, 1, 1,
     run_remove},
    {"approver stand-in", N_("PERSON"), N_("Write a policy in which a person approves in another's place until a day"),
     stand_in_options, 1, 1, run_stand_in},
    {"policy add", N_("KIND ID KEY=VALUE…"),
     N_("Write a policy with a new person, medium, consent, recipient, destination or device"), add_options, 3, -1,
     run_policy_add},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
