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
    X(CONTRACT_ENDED, "contract-ended", "the contract is over")                                    \
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
    X(NO_TERMINAL, "no-terminal", "the policy shows this area in windows only, not in a terminal") \
    X(LOST, "lost", "it was reported as lost")                                                     \
    X(GUARD_REPLACED, "guard-replaced", "the guard was being replaced; open it again")            \
    X(NO_CONTRACT, "no-contract", "this contract is not in the policy")                            \
    X(OWN_ENTRY, "own-entry", "nobody checks what they entered, hold or ended themselves")         \
    X(NOT_RECEIVER, "not-receiver", "only the receiver confirms that it was received")             \
    X(NOT_RECIPIENT, "not-recipient", "this address is not that of a recipient of the destination")    \
    X(KEPT_APART, "kept-apart", "specific personal information goes to an area of its own only") \
    X(CONTRACT_NOT_BEGUN, "contract-not-begun", "the contract has not begun yet")                  \
    X(CONTRACT_CLOSED, "contract-closed", "the contract was closed")                               \
    X(INCIDENT_OPEN, "incident-open", "an incident is open: nothing is removed or erased now") \
    X(NO_PLAN, "no-plan", "no plan for the return or erasure has been confirmed")                  \
    X(ROOM_OPEN, "room-open", "somebody works in the area's room")                                 \
    X(DEVICE_CLASS, "device-class", "the policy does not allow this kind of device")               \
    X(DEVICE_UNREADABLE, "device-unreadable", "the device does not say clearly what it is")        \
    X(DEVICE_COMPOSITE, "device-composite", "a device that types and stores at once is always refused") \
    X(DEVICE_EXPIRED, "device-expired", "the approval of this device has expired")                 \
    X(MEDIUM_UNKNOWN, "medium-unknown", "this medium is not registered")                           \
    X(MEDIUM_EXPIRED, "medium-expired", "the registration of this medium has expired")             \
    X(MEDIUM_IDENTITY, "medium-identity", "the medium does not carry the identity that was written on it") \
    X(MEDIUM_UNUSABLE, "medium-unusable", "the medium could not be looked at")                    \
    X(MEDIUM_TWICE, "medium-twice", "another medium with the same identity is plugged in")         \
    X(MEDIUM_COPY, "medium-copy", "the medium is not as this PC left it: it is a copy, or a copy of it was used") \
    X(MEDIUM_REVOKED, "medium-revoked", "the medium was revoked")                                  \
    X(DEVICE_FOREIGN, "device-foreign", "somebody else let this device in")                        \
    X(DEVICE_PRESENT, "device-present", "it worked here before the agent knew a policy, and goes on until there is one") \
    X(BREAK_GLASS, "break-glass", "the glass was broken: every device is let in")                  \
    X(DEVICE_DRIVER, "device-driver", "the device works as something else than it says it is")     \
    X(MEDIUM_AREA, "medium-area", "the medium is not approved for the data of this area")          \
    X(MEDIUM_DIRECTION, "medium-direction", "the medium is for bringing in only")                  \
    X(PERMIT_VOID, "permit-void", "who signed the permit may not give it any more")                \
    X(BEFORE_END, "before-end", "the contract goes on: closing it before its last day takes a reason") \
    X(NOT_INSIDE, "not-inside", "this is done outside of the room")                                \
    X(TOO_MANY, "too-many-requests", "too many requests of this person wait for an answer")        \
    X(NO_STANDING, "no-standing-permit", "the client's consent allows no standing permit for this") \
    X(OTHER_RECIPIENTS, "other-recipients", "others could open it now than when it was asked for")

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

/* The same as a phrase (base/phrase.h); never NULL. */
const char *sk_reason_phrase(enum sk_reason reason);

#endif
