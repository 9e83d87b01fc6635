/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age-tool.c owns a small program around crypto/age.h for tests against the stock age program:
 *   age-tool seal RECIPIENT… < plain > file       age-tool open IDENTITY < file > plain
 *   age-tool keys N                               N lines "identity recipient"
 * It must use nothing of age but its public functions. */
#include <sekisho/err.h>
#include <string.h>
#include "base/fdio.h"
#include "base/str.h"
#include "crypto/age.h"

#define INPUT_MAX ((size_t)32 * 1024 * 1024) /* bytes */

static int seal_payload(const struct age_stream *stream, const struct buf *plain, struct buf *out)
{
    autobulk struct bulk *bulk = NULL;
    size_t done = 0;
    int r = bulk_new(&bulk);
    if (r != 0)
        return r;
    for (uint64_t index = 0;; index++) {
        bool last = plain->len - done <= AGE_CHUNK_LEN;
        size_t len = last ? plain->len - done : AGE_CHUNK_LEN;
        char *room = buf_room(out, len + AGE_TAG_LEN);
        if (!room)
            return out->err;
        r = age_seal_chunk(stream, bulk, index, last, plain->data + done, len, (uint8_t *)room);
        if (r != 0)
            return r;
        buf_grow(out, len + AGE_TAG_LEN);
        done += len;
        if (last)
            return 0;
    }
}

static int seal(char **texts, size_t count, const struct buf *in, struct buf *out)
{
    struct age_recipient recipients[AGE_RECIPIENTS_MAX];
    struct age_stream stream;
    if (count > AGE_RECIPIENTS_MAX)
        return SK_ERR_LIMIT;
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++)
        r = age_recipient_parse(texts[i], &recipients[i]);
    if (r == 0)
        r = age_write_header(recipients, count, out, &stream);
    return r != 0 ? r : seal_payload(&stream, in, out);
}

static int open_file(const char *text, const struct buf *in, struct buf *out)
{
    struct age_identity identity;
    int r = age_identity_parse(text, &identity);
    return r != 0 ? r : age_decrypt(in->data, in->len, &identity, 1, NULL, out);
}

static int keys(const char *text)
{
    uint64_t count;
    int r = str_to_u64(text, AGE_RECIPIENTS_MAX, &count);
    for (uint64_t i = 0; i < count && r == 0; i++) {
        struct age_identity identity;
        struct age_recipient recipient;
        char secret[AGE_IDENTITY_CAP], open[AGE_RECIPIENT_CAP];
        r = age_identity_generate(&identity);
        if (r == 0)
            r = age_identity_recipient(&identity, &recipient);
        if (r != 0)
            break;
        age_identity_format(&identity, secret);
        age_recipient_format(&recipient, open);
        printf("%s %s\n", secret, open);
    }
    return r;
}

int main(int argc, char **argv)
{
    autobuf struct buf in = {0}, out = {0};
    int r = SK_ERR_FORMAT;
    if (argc == 3 && str_eq(argv[1], "keys"))
        return keys(argv[2]) == 0 ? 0 : 1;
    if (argc >= 3)
        r = fd_read_all(STDIN_FILENO, INPUT_MAX, &in);
    if (r == 0 && str_eq(argv[1], "seal"))
        r = seal(argv + 2, (size_t)argc - 2, &in, &out);
    else if (r == 0 && str_eq(argv[1], "open"))
        r = open_file(argv[2], &in, &out);
    if (out.len > 0 && fd_write_full(STDOUT_FILENO, out.data, out.len) != 0)
        r = SK_ERR_CLOSED;
    if (r != 0)
        fprintf(stderr, "age-tool: %s\n", sk_strerror(r));
    return r == 0 ? 0 : 1;
}
