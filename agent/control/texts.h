/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts that people sign and check: request, hand-over, standing permit, permit, manifest. Plain UTF-8 lines
 * "key: value" in a fixed order, values escaped with str_escape, so that each content has exactly one form. */
#ifndef CONTROL_TEXTS_H
#define CONTROL_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "base/buf.h"
#include "base/digest.h"

#define TEXT_REQUEST_MAX ((size_t)4 * 1024 * 1024) /* bytes of a request text */
#define TEXT_PERMIT_MAX  (TEXT_REQUEST_MAX + 8192) /* bytes of a permit text */
#define TEXT_RECEIPT_MAX ((size_t)1024 * 1024)    /* bytes of a receipt */
#define TEXT_NONCE_LEN   16                        /* bytes of a permit's nonce */

struct text_file {
    char *name; /* escaped */
    uint64_t bytes;
    char sha256[DIGEST_HEX_CAP];
};

/* Every single-line value of a request, in the order of its text. */
#define TEXT_REQUEST_KEYS(X)                                                                       \
    X(case_id, "case")                                                                             \
    X(type, "type")                                                                                \
    X(at, "at")                                                                                    \
    X(host, "host")                                                                                \
    X(origin, "ledger-origin")                                                                     \
    X(head, "ledger-head")                                                                         \
    X(policy, "policy")                                                                            \
    X(contract, "contract")                                                                        \
    X(contract_title, "contract-title")                                                            \
    X(area, "area")                                                                                \
    X(level, "level")                                                                              \
    X(person, "person")                                                                            \
    X(person_name, "person-name")                                                                  \
    X(destination, "destination")                                                                  \
    X(destination_label, "destination-label")                                                      \
    X(recipients, "recipients")                                                                    \
    X(purpose, "purpose")                                                                          \
    X(kept, "kept")                                                                                \
    X(return_by, "return-by")                                                                      \
    X(consent, "consent")                                                                          \
    X(consent_document, "consent-document")                                                        \
    X(consent_date, "consent-date")                                                                \
    X(consent_sha256, "consent-sha256")

struct text_request {
#define TEXT_MEMBER(name, key) char *name;
    TEXT_REQUEST_KEYS(TEXT_MEMBER)
    struct text_file *files;
    size_t file_count;
    uint64_t bytes; /* of all files */
};

/* What is asked for when an item of the register is to change hands, in the order of its text. */
#define TEXT_HANDOVER_KEYS(X)                                                                      \
    X(handover, "hand-over")                                                                       \
    X(item, "item")                                                                                \
    X(name, "name")                                                                                \
    X(form, "form")                                                                                \
    X(count, "count")                                                                              \
    X(at, "at")                                                                                    \
    X(host, "host")                                                                                \
    X(origin, "ledger-origin")                                                                     \
    X(head, "ledger-head")                                                                         \
    X(policy, "policy")                                                                            \
    X(contract, "contract")                                                                        \
    X(contract_title, "contract-title")                                                            \
    X(area, "area")                                                                                \
    X(top_secret, "top-secret")                                                                    \
    X(personal, "specific-personal")                                                               \
    X(person, "person")                                                                            \
    X(person_name, "person-name")                                                                  \
    X(from, "from")                                                                                \
    X(from_name, "from-name")                                                                      \
    X(to, "to")                                                                                    \
    X(to_name, "to-name")                                                                          \
    X(to_organisation, "to-organisation")                                                          \
    X(to_client, "to-client")                                                                      \
    X(destination, "destination")                                                                  \
    X(destination_label, "destination-label")                                                      \
    X(purpose, "purpose")                                                                          \
    X(kept, "kept")                                                                                \
    X(return_by, "return-by")                                                                      \
    X(consent, "consent")                                                                          \
    X(consent_document, "consent-document")                                                        \
    X(consent_date, "consent-date")                                                                \
    X(consent_sha256, "consent-sha256")

struct text_handover {
    TEXT_HANDOVER_KEYS(TEXT_MEMBER)
};

/* What is asked for when exports of one kind are to be permitted in advance, in the order of its text. */
#define TEXT_STANDING_KEYS(X)                                                                      \
    X(standing, "standing-permit")                                                                 \
    X(type, "type")                                                                                \
    X(at, "at")                                                                                    \
    X(host, "host")                                                                                \
    X(origin, "ledger-origin")                                                                     \
    X(head, "ledger-head")                                                                         \
    X(policy, "policy")                                                                            \
    X(contract, "contract")                                                                        \
    X(contract_title, "contract-title")                                                            \
    X(area, "area")                                                                                \
    X(level, "level")                                                                              \
    X(person, "person")                                                                            \
    X(person_name, "person-name")                                                                  \
    X(destination, "destination")                                                                  \
    X(destination_label, "destination-label")                                                      \
    X(destination_kind, "destination-kind")                                                        \
    X(destination_path, "destination-path")                                                        \
    X(recipients, "recipients")                                                                    \
    X(recipient_keys, "recipient-keys")                                                            \
    X(bound, "bound-to")                                                                           \
    X(purpose, "purpose")                                                                          \
    X(from, "from")                                                                                \
    X(until, "until")                                                                              \
    X(uses, "uses")                                                                                \
    X(consent, "consent")                                                                          \
    X(consent_document, "consent-document")                                                        \
    X(consent_date, "consent-date")                                                                \
    X(consent_sha256, "consent-sha256")

struct text_standing {
    TEXT_STANDING_KEYS(TEXT_MEMBER)
};

#define TEXT_PERMIT_KEYS(X)                                                                        \
    X(case_id, "case")                                                                             \
    X(request, "request")                                                                          \
    X(approvals, "approvals")                                                                      \
    X(consent, "consent")                                                                          \
    X(expires, "expires")                                                                          \
    X(nonce, "nonce")

struct text_permit {
    /* request: SHA-256 of the text that follows, hex; approvals: how many persons must sign this very text, each
     * known by their key */
    TEXT_PERMIT_KEYS(TEXT_MEMBER)
    char *request_text;           /* a request's, a hand-over's, or a standing permit's */
};
#undef TEXT_MEMBER

/* Append the text. NULL members count as "". The buffer's error, or SK_ERR_LIMIT. */
int text_request_write(const struct text_request *r, struct buf *out) SK_MUST_CHECK;
int text_handover_write(const struct text_handover *h, struct buf *out) SK_MUST_CHECK;
int text_standing_write(const struct text_standing *s, struct buf *out) SK_MUST_CHECK;
int text_permit_write(const struct text_permit *p, struct buf *out) SK_MUST_CHECK;

/* Accepts exactly what the writer makes. 0, SK_ERR_FORMAT, SK_ERR_LIMIT, -ENOMEM; on 0 *ret is the
 * caller's to free with text_…_free. */
int text_request_parse(const char *text, size_t len, struct text_request *ret) SK_MUST_CHECK;
int text_handover_parse(const char *text, size_t len, struct text_handover *ret) SK_MUST_CHECK;
int text_standing_parse(const char *text, size_t len, struct text_standing *ret) SK_MUST_CHECK;
int text_permit_parse(const char *text, size_t len, struct text_permit *ret) SK_MUST_CHECK;

void text_request_free(struct text_request *r);
void text_handover_free(struct text_handover *h);
void text_standing_free(struct text_standing *s);
void text_permit_free(struct text_permit *p);

/* What lies beside an export in the clear: digests and the case's id, no name of a file or person. */
struct text_manifest {
    const char *case_id, *at, *sealed_name, *sealed_sha256, *cover_name, *cover_sha256, *permit, *origin, *head;
    uint64_t sealed_bytes;
};
int text_manifest_write(const struct text_manifest *m, struct buf *out) SK_MUST_CHECK;

#endif
