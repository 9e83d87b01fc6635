/* SPDX-License-Identifier: GPL-3.0-or-later */
/* egress_dns.c feeds bytes to the reading of DNS messages. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "egress/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

static void is_normal(const char *name)
{
    char normal[NAME_CAP];
    MUST(name_normal(name, strlen(name), normal) == 0 && strcmp(normal, name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dns_answer a;
    if (size > DNS_MESSAGE_MAX)
        return 0;
    if (dns_question(data, size, &a) == 0) {
        is_normal(a.name);
        MUST(a.count == 0);
    }
    if (dns_answer(data, size, &a) == 0) {
        is_normal(a.name);
        MUST(a.count <= DNS_ADDRESSES_MAX);
    }
    return 0;
}
