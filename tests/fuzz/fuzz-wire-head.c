/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz-wire-head.c owns the fuzzing of the packet head: what is accepted is within the limits and is
 * encoded back to the same bytes. */
#include <stdlib.h>
#include <string.h>
#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_head head;
    uint8_t out[WIRE_HEAD_LEN];
    if (wire_head_decode(data, size, &head) != 0)
        return 0;
    wire_head_encode(&head, out);
    size_t follows = head.payload_in_fd ? 0 : head.payload_len;
    if (memcmp(out, data, sizeof out) != 0 || size != WIRE_HEAD_LEN + follows ||
        head.payload_len > SK_MESSAGE_MAX)
        abort();
    return 0;
}
