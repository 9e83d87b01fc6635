/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_attest.c owns the answer to an auditor who is present: their number goes into the ledger and under
 * a seal while they wait, which only who holds the present key can do. It must never answer before that,
 * nor put into the record who asked: every contract's extract shows it. */
#include "control/control.h"

int op_attest(struct ask *a)
{
    struct control *c = a->control;
    autojson json_t *head = NULL;
    uint64_t seq;
    int r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    autojson json_t *fields = json_pack("{ss}", "nonce", record_text(a->body, "nonce"));
    json_t *record = control_record(c, SK_KIND_ATTEST);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    r = ledger_append(c, record, true, &seq, &a->why);
    if (r == 0)
        r = ledger_head(c, &head, &a->why);
    if (r != 0)
        return r;
    a->answer = json_pack("{sIsIss}", "seq", (json_int_t)seq, "size",
                          (json_int_t)record_number(head, "size"), "root", record_text(head, "root"));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
