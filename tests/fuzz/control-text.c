/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-text.c owns the fuzzing of request, hand-over, standing permit and permit texts and of
 * receipts: what is accepted must be exactly what the writer makes of it. */
#include <stdlib.h>
#include <string.h>
#include "control/receipt.h"
#include "control/texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct buf *b, const uint8_t *data, size_t size)
{
    if (b->err || b->len != size || memcmp(b->data, data, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text_request request = {0};
    struct text_handover handover = {0};
    struct text_standing standing = {0};
    struct text_permit permit = {0};
    if (text_request_parse((const char *)data, size, &request) == 0) {
        autobuf struct buf again = {0};
        if (text_request_write(&request, &again) != 0)
            abort();
        same(&again, data, size);
        text_request_free(&request);
    }
    if (text_handover_parse((const char *)data, size, &handover) == 0) {
        autobuf struct buf again = {0};
        if (text_handover_write(&handover, &again) != 0)
            abort();
        same(&again, data, size);
        text_handover_free(&handover);
    }
    if (text_standing_parse((const char *)data, size, &standing) == 0) {
        autobuf struct buf again = {0};
        if (text_standing_write(&standing, &again) != 0)
            abort();
        same(&again, data, size);
        text_standing_free(&standing);
    }
    if (text_permit_parse((const char *)data, size, &permit) == 0) {
        autobuf struct buf again = {0};
        if (text_permit_write(&permit, &again) != 0)
            abort();
        same(&again, data, size);
        text_permit_free(&permit);
    }
    struct receipt receipt;
    if (receipt_read((const char *)data, size, &receipt) == 0 &&
        (!receipt.id[0] || strlen(receipt.sha256) != DIGEST_HEX_CAP - 1))
        abort();
    return 0;
}
