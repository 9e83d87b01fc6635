/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_key.c feeds arbitrary text to the reading of recipients and identities: what is accepted must
 * be written back as it was read. */
#include <string.h>
#include "crypto/age.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    struct age_recipient recipient;
    struct age_identity identity;
    char back[AGE_IDENTITY_CAP];
    if (!text)
        return 0;
    if (age_recipient_parse(text, &recipient) == 0) {
        age_recipient_format(&recipient, back);
        if (strcmp(back, text) != 0)
            abort();
    }
    if (age_identity_parse(text, &identity) == 0) {
        age_identity_format(&identity, back);
        if (strcmp(back, text) != 0)
            abort();
    }
    return 0;
}
