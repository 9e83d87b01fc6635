/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_policy_file.c owns how a policy file is read and how findings about it are shown. It must
 * never print a byte of the file unescaped. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "cli/policy_file.h"
#include "cli/screen.h"
#include "record/record.h"

#define READ_MAX ((size_t)32 * 1024 * 1024) /* bytes; over a policy's limit, so that its size is told */

/* What each code means, in a few words, for readers of other languages than the sentences'. */
static const struct {
    const char *code, *words;
} headings[] = {
    {"too-large", N_("the file is too large")},
    {"byte-order-mark", N_("the file begins with a byte order mark")},
    {"nul-byte", N_("a NUL byte stands in the line")},
    {"not-utf-8", N_("the line is not UTF-8")},
    {"line-too-long", N_("the line is too long; use numbered keys for long lists")},
    {"control-character", N_("a control character stands in the line")},
    {"indented-line", N_("the line begins with blanks")},
    {"bad-line", N_("the line can't be read")},
    {"inline-comment", N_("a comment can't stand behind a value")},
    {"bad-head", N_("the section's head can't be read")},
    {"missing-id", N_("the section needs an id")},
    {"bad-id", N_("this can't be an id")},
    {"too-many-sections", N_("the file has too many sections")},
    {"duplicate-section", N_("the section stands here a second time")},
    {"unknown-section", N_("there is no such kind of section")},
    {"unsupported-section", N_("this version does not support the section")},
    {"missing-section", N_("a section is missing")},
    {"no-section", N_("a key stands before any section")},
    {"missing-key", N_("a key is missing in the section")},
    {"unknown-key", N_("the section has no such key")},
    {"unsupported-key", N_("this version does not support the key")},
    {"unsupported-value", N_("this version does not support the value")},
    {"duplicate-key", N_("the key stands here a second time")},
    {"bad-number", N_("this is no numbered key")},
    {"empty-value", N_("the key has no value")},
    {"bad-value", N_("the value is not allowed")},
    {"unknown-reference", N_("the id names no section of this file")},
    {"dates-reversed", N_("the end comes before the beginning")},
    {"policy-expired", N_("the policy has expired")},
    {"policy-early", N_("the policy's day of issue is still to come")},
    {"other-host", N_("the policy is not for this host")},
    {"no-area", N_("the policy protects no area")},
    {"quorum-unsupported", N_("this version knows one approval only")},
    {"weak-lockout", N_("the lock-out is weak")},
    {"weak-passphrase", N_("the passphrase may be too short")},
    {"long-permit", N_("permits live very long")},
    {"seldom-sealed", N_("the ledger is sealed seldom")},
    {"contract-ended", N_("the contract is over")},
    {"contract-unused", N_("no area belongs to the contract")},
    {"no-retention", N_("it is not said how long records are kept")},
    {"other-contract", N_("this belongs to another contract")},
    {"never-matches", N_("this can never apply")},
    {"consent-ended", N_("the consent has ended")},
    {"consent-outside-contract", N_("the consent reaches outside the contract's time")},
    {"login-twice", N_("two persons share a login")},
    {"key-twice", N_("two persons share a key")},
    {"person-without-area", N_("the handler has no area")},
    {"manager-without-key", N_("the manager has no key and can't approve")},
    {"key-without-role", N_("the person has a key, but is no manager")},
    {"root-login", N_("the person works as root")},
    {"not-trained", N_("no training is on record")},
    {"not-pledged", N_("no pledge is on record")},
    {"mount-twice", N_("two areas have one mount point")},
    {"mount-inside", N_("the area is mounted inside another one")},
    {"handler-role", N_("a person listed has not the role handler")},
    {"not-in-handlers", N_("the area's list of handlers leaves the person out")},
    {"area-without-handlers", N_("nobody is a handler of the area")},
    {"no-room", N_("the area has no room, so display, terminal and gpu say nothing")},
    {"never-in-room", N_("the application can't be seen in a room")},
    {"display-shared", N_("other programs on the desktop can copy what the room shows")},
    {"terminal", N_("a terminal's window keeps what the area shows in it")},
    {"area-without-applications", N_("no program can open the area's files")},
    {"open-gate", N_("without a room an application can pass on what it reads; only level 1 may")},
    {"not-encrypted", N_("the area is not encrypted at rest")},
    {"no-copy-purpose", N_("the purpose of copies is missing")},
    {"application-unused", N_("no area lists the application")},
    {"interpreter", N_("the program runs any script that a user writes")},
    {"writable-path", N_("the program lies where users write")},
    {"too-wide", N_("this stands for every program in the folder")},
    {"destination-without-consent", N_("no consent names the destination")},
    {"medium-without-recipients", N_("the medium has no recipients to encrypt to")},
    {"destination-in-area", N_("the destination lies inside an area")},
    {"destination-without-approver", N_("nobody can approve for the destination")},
    {"approver-only-himself", N_("the only approver is the only one who can ask")},
    {"approver-role", N_("an approver listed can't approve")},
    {"recipient-unused", N_("no destination names the recipient")},
};

void policy_file_clear(struct policy_file *file)
{
    buf_free(&file->bytes);
    policy_free(&file->policy);
    policy_findings_free(&file->findings);
}

int policy_file_judge(struct policy_file *file, const char *name, int64_t now, const char *host)
{
    int r = policy_parse(file->bytes.data ? file->bytes.data : "", file->bytes.len, &file->policy,
                         &file->findings);
    if (r == 0)
        r = policy_lint(file->policy, now, host, &file->findings);
    if (r == 0 || r == SK_ERR_FORMAT || r == SK_ERR_LIMIT)
        return CLI_OK;
    return cli_error(CLI_FAILED, "%s: %s", name, gettext(sk_strerror(r)));
}

int policy_file_read(const char *path, int64_t now, const char *host, struct policy_file *ret)
{
    int r = file_read(AT_FDCWD, path, READ_MAX, &ret->bytes);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", path, gettext(sk_strerror(r)));
    return policy_file_judge(ret, path, now, host);
}

json_t *policy_file_findings(const struct policy_findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < findings->count; i++) {
        const struct policy_finding *f = &findings->items[i];
        json_t *one = json_pack(
            "{s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "severity",
            f->severity == POLICY_ERROR ? "error" : "warning", "line", (int)f->line, "code",
            f->code, "found", f->found, "allowed", f->allowed, "nearest", f->nearest, "text",
            f->text);
        if (!one || json_array_append_new(list, one) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static const char *heading_of(const char *code)
{
    for (size_t i = 0; i < array_count(headings); i++)
        if (str_eq(headings[i].code, code))
            return headings[i].words;
    return NULL;
}

/* One finding's own text; the library's sentences are English, so another language's heading goes
 * before them. */
static void print_sentence(FILE *out, const json_t *finding)
{
    const char *heading = heading_of(record_text(finding, "code"));
    const char *translated = heading ? gettext(heading) : NULL;
    if (heading && translated != heading)
        fprintf(out, "%s\n    ", translated);
    screen_put(out, record_text(finding, "text"));
    fputc('\n', out);
}

void policy_file_print(FILE *out, const char *name, const json_t *findings)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)findings, i, one)
    {
        const char *allowed = record_text(one, "allowed"), *nearest = record_text(one, "nearest");
        bool error = str_eq(record_text(one, "severity"), "error");
        screen_put(out, name);
        if (record_number(one, "line") > 0)
            fprintf(out, ":%lld", (long long)record_number(one, "line"));
        fprintf(out, ": %s: ", error ? _("error") : _("warning"));
        print_sentence(out, one);
        if (*nearest) {
            fprintf(out, "    %s ", _("did you mean:"));
            screen_put(out, nearest);
            fputc('\n', out);
        }
        if (*allowed && !strstr(record_text(one, "text"), allowed)) {
            fprintf(out, "    %s ", _("allowed:"));
            screen_put(out, allowed);
            fputc('\n', out);
        }
    }
}

int policy_file_time(const struct cli_args *args, int64_t *ret)
{
    const char *at = cli_value(args, "at");
    if (!at)
        *ret = clock_wall_s();
    else if (clock_parse_time(at, ret) != 0)
        return cli_error(CLI_USAGE,
                         _("%s is no time; write 2026-11-20 or 2026-11-20T08:15:00+09:00"), at);
    return CLI_OK;
}
