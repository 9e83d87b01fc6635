/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usb-descriptors.c feeds bytes to what sekisho-plug reads of a device, and what comes out to the decision.
 * Whatever a device says, storage is never let in by it alone, and nothing is taken that lies outside the bytes. */
#include <stdint.h>
#include <stdlib.h>
#include "plug/descriptors.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct descriptors d;
    struct plugged_decision decision;
    if (descriptors_parse(data, size, &d) != 0)
        return 0;
    MUST(size >= 18 && d.vendor == (data[8] | data[9] << 8) && d.product == (data[10] | data[11] << 8));
    MUST(d.count * 9 <= size);
    const struct plugged_question q = {.readable = true, .vendor = d.vendor, .product = d.product, .serial = "",
                                       .port = "a/1", .interfaces = d.interfaces, .count = d.count};
    decide_plugged(policy_builtin(), &q, &decision);
    bool storage = d.count == 0;
    for (size_t i = 0; i < d.count; i++)
        storage = storage || d.interfaces[i].class == 0x08;
    MUST(!storage || decision.verdict == PLUGGED_REFUSED);
    return 0;
}
