/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a decision fell as it did. The names go into records and never change their meaning; the
 * sentences for people are looked up in the command-line tool. */
#ifndef SEKISHO_REASON_H
#define SEKISHO_REASON_H

#define SK_REASONS(X)                                                                              \
    X(ALLOWED, "allowed", "the policy allows this")                                                \
    X(NO_POLICY, "no-policy", "there is no valid policy, so nothing is allowed")                   \
    X(POLICY_EXPIRED, "policy-expired", "the policy has expired")                                  \
    X(NO_AREA, "no-area", "this area is not in the policy")                                        \
    X(CONTRACT_ENDED, "contract-ended", "the contract has not begun or is over")                   \
    X(NOT_ON_ROSTER, "not-on-roster", "this person is not on the roster")                          \
    X(NOT_FOR_AREA, "not-for-area", "this person is not assigned to this area")                    \
    X(NOT_TRAINED, "not-trained", "no training is on record for this person")                      \
    X(NOT_PLEDGED, "not-pledged", "no pledge is on record for this person")                        \
    X(SUSPENDED, "suspended", "this person is suspended")                                          \
    X(MIXED_IDENTITY, "mixed-identity", "the process runs under more than one user id")            \
    X(NOT_LISTED, "not-listed", "this application is not listed for the area")                     \
    X(NOT_ROOT_OWNED, "not-root-owned", "the program, or code loaded into it, is not root's own")  \
    X(NOT_IN_ROOM, "not-in-room", "the area opens only inside its room")                           \
    X(UNIDENTIFIED, "unidentified", "the process could not be identified")                         \
    X(LEDGER_BEHIND, "ledger-behind", "the access could not be recorded")                          \
    X(NO_CONSENT, "no-consent", "no consent of the client covers this")                            \
    X(CONSENT_ENDED, "consent-ended", "the client's consent has ended or not begun")               \
    X(CONSENT_USED, "consent-used", "the client's consent has been used up")                       \
    X(CONSENT_AREA, "consent-area", "the client's consent is for another area")                    \
    X(CONSENT_DESTINATION, "consent-destination", "the client's consent is for another destination") \
    X(CONSENT_PURPOSE, "consent-purpose", "the client's consent is for another purpose")           \
    X(NO_DESTINATION, "no-destination", "this destination is not in the policy")                   \
    X(DESTINATION_KIND, "destination-kind", "this destination does not take that kind of transfer") \
    X(OTHER_CONTRACT, "other-contract", "this belongs to another contract")                        \
    X(NO_RECIPIENT, "no-recipient", "the destination has no recipient to encrypt to")              \
    X(TOP_SECRET, "top-secret", "top secret data changes hands by hand only")                      \
    X(NOT_APPROVER, "not-approver", "this person may not approve for this destination")            \
    X(OWN_REQUEST, "own-request", "nobody approves a request of their own")                        \
    X(LOCKED_OUT, "locked-out", "the approver is locked out after failures")                       \
    X(PERMIT_USED, "permit-used", "the permit has been used")                                      \
    X(PERMIT_EXPIRED, "permit-expired", "the permit's period is over")                             \
    X(PERMIT_MISMATCH, "permit-mismatch", "the permit is for another case or content")             \
    X(CONTENT_CHANGED, "content-changed", "the content is not what was permitted")                 \
    X(CODE_MADE, "code-made", "the program runs code that lies in no file, or changed its own")    \
    X(REMOTE, "remote", "the policy does not count a remote login as a place of work")             \
    X(NO_ROOM, "no-room", "this area has no room: it opens in its folder")                         \
    X(NO_TERMINAL, "no-terminal", "the policy shows this area in windows only, not in a terminal")

enum sk_reason {
#define SK_REASON_ENUM(id, name, text) SK_REASON_##id,
    SK_REASONS(SK_REASON_ENUM)
#undef SK_REASON_ENUM
    SK_REASON_COUNT
};

/* "not-on-roster"; "unknown" for a number outside the table. */
const char *sk_reason_name(enum sk_reason reason);

/* The English sentence (also the gettext message id); never NULL. */
const char *sk_reason_text(enum sk_reason reason);

#endif
