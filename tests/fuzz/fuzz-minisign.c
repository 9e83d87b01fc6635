/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz-minisign.c owns the fuzzing of minisign's three formats. The first byte picks the format. A
 * fuzzer can't make a signature: one that verifies over other data is a bug. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "crypto/minisign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_public(const char *text, size_t len)
{
    struct minisign_public key, again;
    char line[MINISIGN_PUBLIC_TEXT_CAP];
    if (minisign_public_parse(text, len, &key) != 0)
        return;
    minisign_public_format(&key, line);
    if (minisign_public_parse(line, strlen(line), &again) != 0 ||
        memcmp(&key, &again, sizeof key) != 0)
        abort();
}

static void check_signature(const char *text, size_t len)
{
    static const char key_text[] = "RWQ5fapRRXxFVLDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ";
    struct minisign_public key;
    struct minisign_signature s;
    if (minisign_public_parse(key_text, strlen(key_text), &key) != 0 ||
        minisign_verify("never signed by this key", 24, text, len, &key, 1, &s, NULL) == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct minisign_secret secret;
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    switch (data[0] & 3) {
    case 0:
        check_public(text, size - 1);
        break;
    case 1:
        check_signature(text, size - 1);
        break;
    default: /* without a passphrase: scrypt's own work is not ours to fuzz */
        if (minisign_secret_parse(text, size - 1, NULL, &secret) == 0)
            minisign_secret_wipe(&secret);
    }
    return 0;
}
