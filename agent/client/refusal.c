/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusal.c owns the words in which a refusal is told to a person, and what that person can do
 * next. It must never decide anything, and never leave out what control said. */
#include "client/refusal.h"
#include <inttypes.h>
#include <sekisho/err.h>
#include <sekisho/reason.h>
#include <stdarg.h>
#include <string.h>
#include "base/str.h"
#include "client/language.h"
#include "client/screen.h"
#include "record/record.h"

#define ERRNO_LAST 133 /* EHWPOISON, the highest of Linux */

/* What to do next, by the reason of a refusal or by the error's code. */
static const struct {
    const char *name;
    const char *hint;
} hints[] = {
    {"no-policy",
     N_("have the administrator install a signed policy: sekisho policy install FILE")},
    {"policy-expired",
     N_("ask the administrator for a newer policy; sekisho policy show tells the dates")},
    {"no-area", N_("sekisho area list shows the areas of the policy")},
    {"contract-ended",
     N_("the client may prolong it: then have the administrator install a policy that says so")},
    {"contract-not-begun", N_("sekisho contract list shows when it begins")},
    {"contract-closed", N_("sekisho contract list shows the contracts that go on")},
    {"incident-open", N_("report and close the incident first; sekisho contract show names it")},
    {"no-plan", N_("make the plan and have a manager confirm it: sekisho report return-plan, "
                   "sekisho confirm")},
    {"room-open", N_("sekisho room list shows who works there; sekisho room end ends it")},
    {"not-on-roster",
     N_("ask the information manager to be put on the roster (a [person] of the policy)")},
    {"not-for-area", N_("ask the information manager to be assigned to the area")},
    {"not-trained", N_("take the training, then have its date put into the policy")},
    {"not-pledged", N_("hand in the pledge, then have its date put into the policy")},
    {"suspended", N_("ask the information manager")},
    {"no-consent",
     N_("ask the client for a consent; the manager puts it into the policy as a [consent]")},
    {"consent-ended", N_("ask the client for a new consent")},
    {"consent-used", N_("ask the client for a new consent")},
    {"consent-area", N_("name another consent with --consent, or ask the client for one")},
    {"consent-destination", N_("name another consent with --consent, or ask the client for one")},
    {"consent-purpose", N_("state a purpose that the consent names (sekisho destinations), or ask "
                           "the client for another consent")},
    {"no-destination", N_("sekisho destinations lists them")},
    {"destination-kind",
     N_("plain copies (request --copy) go to directories, take-outs to media, colleagues' areas "
        "and backups, paper to destinations of kind hand: sekisho handover")},
    {"no-standing-permit",
     N_("request each export by itself (sekisho request), or have the client's consent say for how "
        "long: standing-permit of its [consent]")},
    {"no-recipient", N_("have a recipient with its age key put into the policy")},
    {"top-secret",
     N_("hand it over in person, to a destination of kind hand: sekisho handover ID")},
    {"not-approver", N_("sekisho case CASE shows who may approve")},
    {"own-request", N_("ask another approver; sekisho case CASE shows who may approve")},
    {"locked-out", N_("wait until the lock ends, or ask another approver")},
    {"permit-used",
     N_("a case that failed is approved again with sekisho approve CASE; else make a new request")},
    {"permit-expired", N_("make a new request")},
    {"permit-mismatch", N_("have this very case approved: sekisho approve CASE")},
    {"content-changed", N_("ask again for the files as they are now: sekisho request --again CASE")},
    {"mixed-identity", N_("start the program without sudo, su or setuid")},
    {"not-listed",
     N_("open it with a program that the policy lists, or have this one put on the list")},
    {"not-root-owned",
     N_("use the program as Debian installs it, not a copy or an extension of one's own")},
    {"code-made", N_("start the program anew; if it is refused again, tell the administrator")},
    {"not-in-room", N_("sekisho room AREA opens the room: start the program in there")},
    {"unidentified", N_("try again; a program that ends at once can't be recognised")},
    {"medium-revoked", N_("use another medium; a manager can approve this one again, with another identity")},
    {"medium-expired",
     N_("a manager approves the medium anew (sekisho device approve), the administrator signs it")},
    {"medium-unusable", N_("plug it in again; sekisho device show says why it could not be looked at")},
    {"medium-area",
     N_("use a medium that is approved for this area, or have its areas changed in the policy")},
    {"medium-direction", N_("use a medium with direction = out or both in the policy")},
    {"lost", N_("a found medium needs a manager's word: sekisho incident list; what was lost needs "
                "a new request")},
    {"remote",
     N_("sit down at the PC itself, or have the policy count remote logins ([work] remote = yes)")},
    {"no-room", N_("open its files in its folder; sekisho area list tells where it is")},
    {"no-terminal",
     N_("start it without a terminal: it opens in a window, and its output goes to a file")},
    {"no-contract", N_("sekisho contract list shows them")},
    {"own-entry", N_("ask another manager of the area")},
    {"not-receiver", N_("have it confirmed by whom it was handed to: sekisho handover confirm ID")},
    {"not-recipient", N_("send it to the addresses that sekisho export showed, and to no others; was it sent elsewhere? "
                         "Then sekisho incident open")},
    {"kept-apart",
     N_("name an area with personal-number = yes; sekisho policy show lists the areas")},
    {"device-class", N_("have the administrator let in this kind ([device-class]) or this device "
                        "([device]) by the policy, "
                        "or use another")},
    {"device-unreadable", N_("use another device; this one may be broken, or made to do harm")},
    {"device-composite",
     N_("use another device; tell the information manager where this one comes from")},
    {"device-expired", N_("have the administrator prolong its [device] in the policy")},
    {"device-foreign", N_("only the agent lets devices in; tell the information manager who did")},
    {"device-driver",
     N_("use another device; tell the information manager where this one comes from")},
    {"medium-unknown",
     N_("use a registered medium, or ask the information manager to have this one registered")},
    {"medium-identity", N_("a manager looks at what is on this medium and approves it anew (sekisho device approve); "
                           "until then use another one")},
    {"medium-twice", N_("one of the two is a copy: pull both out and tell the information manager")},
    {"medium-copy", N_("use neither this medium nor another that looks like it; report it (sekisho lost MEDIUM), hand it to the "
                       "information manager, and have another one approved (sekisho device approve)")},
    {"break-glass",
     N_("sekisho-break-glass --end, by root, as soon as the PC can be worked with again")},
    {"permit-void", N_("have it approved again, by another approver: sekisho approve CASE")},
    {"before-end",
     N_("if it is to be closed now, add --before-end TEXT with the reason; it goes on record")},
    {"not-inside", N_("type it in a terminal outside of the room")},
    {"too-many-requests", N_("wait for answers, or take some back: sekisho withdraw CASE")},
    {"other-recipients", N_("the policy has changed since: take the request back (sekisho withdraw CASE) and ask anew")},
    {"ledger-behind", N_("sekisho status shows what is wrong with the ledger")},
    {"SK_ERR_PEER", N_("sekisho whoami shows who you are to the agent and your roles")},
    {"SK_ERR_CLOSED", N_("sekisho cases shows how it ended; try again (a failed take-out or copy "
                         "needs a new approval)")},
    {"SK_ERR_TIMEOUT", N_("sekisho status names the process that does not answer; have the "
                          "administrator restart it")},
    {"ETIMEDOUT", N_("have the administrator see to the drive or server that this place is on, then try again")},
    {"ENOSPC", N_("make room on the disk named, then try again")},
    {"EROFS", N_("have the medium mounted read-write, then try again")},
};

#define BY_ITSELF                                                                                  \
    N_("make a request without --under, which an approver permits by itself, or ask for a new "     \
       "standing permit: sekisho standing")

/* The same of a standing permit, where that was to permit it: there is no case that could be approved. */
static const struct {
    enum sk_reason reason;
    const char *text, *hint;
} standing[] = {
    {SK_REASON_PERMIT_MISMATCH, N_("the standing permit does not permit this"),
     N_("leave out --under, and one that does is found, or an approver is asked; sekisho permits "
        "shows what each of them is for")},
    {SK_REASON_PERMIT_USED, N_("the standing permit has been used up"), BY_ITSELF},
    {SK_REASON_PERMIT_EXPIRED, N_("the standing permit is not in force today"), BY_ITSELF},
    {SK_REASON_PERMIT_VOID, N_("the standing permit does not hold"), BY_ITSELF},
};

/* Codes of errors that mean a refusal rather than something broken. */
static const int refusals[] = {
    SK_ERR_FORMAT,     SK_ERR_LIMIT,     SK_ERR_SIGNATURE, SK_ERR_KEY_UNKNOWN, SK_ERR_DIGEST,
    SK_ERR_ROLLBACK,   SK_ERR_EXPIRED,   SK_ERR_REFUSED,   SK_ERR_STATE,       SK_ERR_PEER,
    SK_ERR_PASSPHRASE, SK_ERR_NOT_FOUND, SK_ERR_EXISTS,    SK_ERR_UNSUPPORTED, SK_ERR_TAMPERED,
};

/* Whom the words are for. */
struct listener {
    refusal_put *put;
    void *to;
};

static void say(const struct listener *l, enum refusal_part part, const char *format, ...)
    SK_PRINTF(3, 4);
static void say(const struct listener *l, enum refusal_part part, const char *format, ...)
{
    autobuf struct buf b = {0};
    va_list ap;
    va_start(ap, format);
    buf_vprintf(&b, format, ap);
    va_end(ap);
    l->put(l->to, part, b.err || !b.data ? format : b.data);
}

const char *refusal_advice(const char *name)
{
    for (size_t i = 0; i < array_count(hints); i++)
        if (str_eq(hints[i].name, name))
            return hints[i].hint;
    return NULL;
}

/* The number behind "SK_ERR_STATE" or "ENOSPC"; 0 for no known name. */
static int code_of(const char *name)
{
    for (int code = SK_ERR_FIRST + 1; code < SK_ERR_LAST; code++)
        if (str_eq(sk_errname(code), name))
            return code;
    for (int code = 1; code <= ERRNO_LAST; code++)
        if (str_eq(sk_errname(-code), name))
            return -code;
    return 0;
}

/* The row of reason.h with that name, or SK_REASON_COUNT. */
static enum sk_reason reason_of(const char *name)
{
    for (unsigned i = 0; i < SK_REASON_COUNT; i++)
        if (str_eq(sk_reason_name((enum sk_reason)i), name))
            return (enum sk_reason)i;
    return SK_REASON_COUNT;
}

/* Control's sentence without the general one, which it may begin or end with. */
static void special_part(struct buf *b, const char *why, const char *general)
{
    size_t why_len = strlen(why), len = strlen(general);
    size_t from = 0;
    if (len && str_starts(why, general)) {
        from = len;
        while (from < why_len && (why[from] == ':' || why[from] == ' '))
            from++;
    } else if (len && why_len > len + 2 && str_eq(why + why_len - len, general) &&
               memcmp(why + why_len - len - 2, ": ", 2) == 0) {
        why_len -= len + 2;
    }
    buf_put(b, why + from, why_len - from);
}

/* What is wrong: the reason's own words, and what control said beyond them. */
static void tell(const struct listener *l, const json_t *error, enum sk_reason reason)
{
    const char *code_name = record_text(error, "code"), *why = record_text(error, "why");
    bool known = reason != SK_REASON_COUNT;
    autobuf struct buf special = {0}, message = {0};
    const char *of_standing = NULL, *hint = refusal_advice(known ? sk_reason_name(reason) : code_name);
    for (size_t i = 0; *record_text(error, "detail.standing") && i < array_count(standing); i++)
        if (standing[i].reason == reason) {
            of_standing = standing[i].text;
            hint = standing[i].hint;
        }
    const char *general = known  ? gettext(of_standing ? of_standing : sk_reason_text(reason))
                          : *why ? ""
                                 : language_strerror(code_of(code_name));
    special_part(&special, why, general);
    buf_puts(&message, general);
    buf_puts(&message, *general && special.len ? ": " : "");
    buf_put(&message, special.data ? special.data : "", special.len);
    if (known)
        buf_printf(&message, " [%s]", sk_reason_name(reason));
    say(l, REFUSAL_WHAT, "%s", message.err ? general : message.data);
    if (hint)
        say(l, REFUSAL_ADVICE, "%s", gettext(hint));
}

/* What could have been said instead. */
static void tell_valid(const struct listener *l, const json_t *valid)
{
    static const struct {
        const char *of, *text;
    } lists[] = {
        {"areas", N_("the areas are: %s")},
        {"contracts", N_("the contracts are: %s")},
        {"destinations", N_("the destinations are: %s")},
        {"consents", N_("the consents are: %s")},
        {"persons", N_("the persons of the roster are: %s")},
        {"purposes", N_("the purposes that the client has consented to are, word for word: %s")},
        {"roles", N_("your roles are: %s")},
    };
    autobuf struct buf words = {0};
    size_t i;
    const json_t *word;
    json_array_foreach(record_member(valid, "words"), i, word)
    {
        buf_puts(&words, i ? ", " : "");
        screen_safe(&words, json_string_value(word));
    }
    for (i = 0; i < array_count(lists); i++)
        if (str_eq(lists[i].of, record_text(valid, "of")) && words.len)
            say(l, REFUSAL_ADVICE, gettext(lists[i].text), words.data);
}

/* The refusals themselves have led to an incident: what it is, why, and what to do. */
static void tell_incident(const struct listener *l, const json_t *incident)
{
    autobuf struct buf who = {0};
    size_t i;
    const json_t *one;
    long long minutes = (long long)(record_number(incident, "seconds") + 59) / 60;
    json_array_foreach(record_member(incident, "managers"), i, one)
    {
        buf_puts(&who, i ? ", " : "");
        screen_person(&who, one);
    }
    say(l, REFUSAL_WHAT,
        ngettext("incident %s is open over this: you were refused %lld times within %lld minute",
                 "incident %s is open over this: you were refused %lld times within %lld minutes",
                 (unsigned long)minutes),
        record_text(incident, "id"), (long long)record_number(incident, "refusals"), minutes);
    say(l, REFUSAL_ADVICE,
        _("tell a manager now, with that number, what you were doing: %s. If it was mistyping, say "
          "so: the "
          "manager closes it with that reason"),
        who.len ? who.data : _("the information manager"));
}

static enum sk_reason reason_in(const json_t *error)
{
    const char *name = record_text(error, "reason");
    return reason_of(name[0] ? name : record_text(error, "code"));
}

void refusal_tell(const json_t *error, refusal_put *put, void *to)
{
    const struct listener l = {put, to};
    tell(&l, error, reason_in(error));
    if (json_is_object(record_member(error, "detail.valid")))
        tell_valid(&l, record_member(error, "detail.valid"));
    if (json_is_object(record_member(error, "detail.incident")))
        tell_incident(&l, record_member(error, "detail.incident"));
}

bool refusal_is(const json_t *error)
{
    if (reason_in(error) != SK_REASON_COUNT)
        return true;
    int code = code_of(record_text(error, "code"));
    for (size_t i = 0; i < array_count(refusals); i++)
        if (refusals[i] == code)
            return true;
    return false;
}
