/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_text.c owns age's two text encodings: bech32 and unpadded base64. It must never accept
 * a form that is not canonical, so that one key has one spelling. */
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include "crypto/age_internal.h"

#define BECH32_CHECKSUM_LEN 6 /* characters */
#define BASE64_KIND         sodium_base64_VARIANT_ORIGINAL_NO_PADDING

static const char bech32_letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t checksum_step(uint32_t sum, unsigned value)
{
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        if (top >> i & 1)
            sum ^= generator[i];
    return sum;
}

static uint32_t checksum_of_prefix(const char *prefix)
{
    uint32_t sum = 1;
    for (const char *p = prefix; *p; p++)
        sum = checksum_step(sum, (unsigned char)*p >> 5);
    sum = checksum_step(sum, 0);
    for (const char *p = prefix; *p; p++)
        sum = checksum_step(sum, (unsigned char)*p & 31);
    return sum;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_one_case(const char *text)
{
    bool has_lower = false, has_upper = false;
    for (; *text; text++) {
        has_lower |= *text >= 'a' && *text <= 'z';
        has_upper |= *text >= 'A' && *text <= 'Z';
    }
    return !(has_lower && has_upper);
}

static int letter_value(char c)
{
    const char *at = memchr(bech32_letters, lower(c), sizeof bech32_letters - 1);
    return at ? (int)(at - bech32_letters) : -1;
}

int age_bech32_decode(const char *text, const char *prefix, uint8_t *ret, size_t len)
{
    size_t prefix_len = strlen(prefix);
    size_t letters = (len * 8 + 4) / 5;
    if (strlen(text) != prefix_len + 1 + letters + BECH32_CHECKSUM_LEN || !is_one_case(text))
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < prefix_len; i++)
        if (lower(text[i]) != prefix[i])
            return SK_ERR_FORMAT;
    if (text[prefix_len] != '1')
        return SK_ERR_FORMAT;
    uint32_t sum = checksum_of_prefix(prefix), bits = 0;
    unsigned bit_count = 0;
    size_t done = 0;
    const char *data = text + prefix_len + 1;
    for (size_t i = 0; i < letters + BECH32_CHECKSUM_LEN; i++) {
        int value = letter_value(data[i]);
        if (value < 0)
            return SK_ERR_FORMAT;
        sum = checksum_step(sum, (unsigned)value);
        if (i >= letters)
            continue;
        bits = (bits << 5 | (unsigned)value) & 0xfff;
        bit_count += 5;
        if (bit_count >= 8) {
            bit_count -= 8;
            ret[done++] = (uint8_t)(bits >> bit_count);
        }
    }
    bool tail_is_zero = (bits & ((1u << bit_count) - 1)) == 0;
    return sum == 1 && tail_is_zero ? 0 : SK_ERR_FORMAT;
}

void age_bech32_encode(char *out, const char *prefix, const uint8_t *data, size_t len)
{
    uint32_t sum = checksum_of_prefix(prefix), bits = 0;
    unsigned bit_count = 0;
    out = stpcpy(out, prefix);
    *out++ = '1';
    size_t letters = (len * 8 + 4) / 5;
    for (size_t i = 0, at = 0; i < letters; i++) {
        if (bit_count < 5) {
            bits = (bits << 8 | (at < len ? data[at] : 0u)) & 0xfff;
            bit_count += 8;
            at++;
        }
        bit_count -= 5;
        unsigned value = bits >> bit_count & 31;
        sum = checksum_step(sum, value);
        *out++ = bech32_letters[value];
    }
    for (unsigned i = 0; i < BECH32_CHECKSUM_LEN; i++)
        sum = checksum_step(sum, 0);
    sum ^= 1;
    for (unsigned i = 0; i < BECH32_CHECKSUM_LEN; i++)
        *out++ = bech32_letters[sum >> 5 * (BECH32_CHECKSUM_LEN - 1 - i) & 31];
    *out = '\0';
}

int age_base64_decode_some(const char *text, size_t text_len, uint8_t *ret, size_t cap,
                           size_t *ret_len)
{
    size_t len = 0;
    if (text_len > 0 &&
        sodium_base642bin(ret, cap, text, text_len, NULL, &len, NULL, BASE64_KIND) != 0)
        return SK_ERR_FORMAT;
    *ret_len = len;
    return 0;
}

int age_base64_decode(const char *text, size_t text_len, uint8_t *ret, size_t len)
{
    size_t got;
    int r = age_base64_decode_some(text, text_len, ret, len, &got);
    return r != 0 ? r : got == len ? 0 : SK_ERR_FORMAT;
}

void age_base64_put(struct buf *b, const uint8_t *data, size_t len)
{
    size_t cap = sodium_base64_encoded_len(len, BASE64_KIND); /* with NUL */
    char *room = buf_room(b, cap);
    if (!room)
        return;
    sodium_bin2base64(room, cap, data, len, BASE64_KIND);
    buf_grow(b, cap - 1);
}
