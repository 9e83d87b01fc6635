/* SPDX-License-Identifier: GPL-3.0-or-later */
/* texts.c owns the form of request, hand-over, standing permit, permit and manifest. It must never
 * accept two texts for one content: what it reads is written again and must come out byte for byte
 * the same. */
#include "control/texts.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"

#define REQUEST_HEAD  "sekisho-request: 1"
#define HANDOVER_HEAD "sekisho-handover: 1"
#define STANDING_HEAD "sekisho-standing-permit: 1"
#define PERMIT_HEAD   "sekisho-permit: 2"
#define MANIFEST_HEAD "sekisho-manifest: 1"

struct text_key {
    const char *key;
    size_t offset; /* of the char * in the struct */
};

#define REQUEST_ROW(name, key) {key, offsetof(struct text_request, name)},
#define HANDOVER_ROW(name, key) {key, offsetof(struct text_handover, name)},
#define STANDING_ROW(name, key) {key, offsetof(struct text_standing, name)},
#define PERMIT_ROW(name, key)   {key, offsetof(struct text_permit, name)},
static const struct text_key request_keys[] = {TEXT_REQUEST_KEYS(REQUEST_ROW)};
static const struct text_key handover_keys[] = {TEXT_HANDOVER_KEYS(HANDOVER_ROW)};
static const struct text_key standing_keys[] = {TEXT_STANDING_KEYS(STANDING_ROW)};
static const struct text_key permit_keys[] = {TEXT_PERMIT_KEYS(PERMIT_ROW)};

static char **member(void *object, const struct text_key *row)
{
    return (char **)(void *)((char *)object + row->offset);
}

static const char *value_of(const void *object, const struct text_key *row)
{
    const char *value = *(char *const *)(const void *)((const char *)object + row->offset);
    return value ? value : "";
}

static void put_line(struct buf *out, const char *key, const char *value)
{
    buf_puts(out, key);
    buf_putc(out, ':');
    if (*value)
        buf_putc(out, ' ');
    str_escape(out, value, strlen(value));
    buf_putc(out, '\n');
}

static void put_rows(struct buf *out, const void *object, const struct text_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_line(out, keys[i].key, value_of(object, &keys[i]));
}

int text_request_write(const struct text_request *r, struct buf *out)
{
    size_t had = out->len;
    buf_puts(out, REQUEST_HEAD "\n");
    put_rows(out, r, request_keys, array_count(request_keys));
    buf_printf(out, "files: %zu\nbytes: %llu\n", r->file_count, (unsigned long long)r->bytes);
    for (size_t i = 0; i < r->file_count; i++)
        buf_printf(out, "file: %s %llu %s\n", r->files[i].sha256,
                   (unsigned long long)r->files[i].bytes, r->files[i].name);
    return out->err ? out->err : out->len - had > TEXT_REQUEST_MAX ? SK_ERR_LIMIT : 0;
}

/* A text of lines alone: its first one, and the rows that follow. */
struct plain_form {
    const char *head;
    const struct text_key *keys;
    size_t count;
};
static const struct plain_form handover_form = {HANDOVER_HEAD, handover_keys,
                                                array_count(handover_keys)};
static const struct plain_form standing_form = {STANDING_HEAD, standing_keys,
                                                array_count(standing_keys)};

static int plain_write(const struct plain_form *form, const void *object, struct buf *out)
{
    buf_printf(out, "%s\n", form->head);
    put_rows(out, object, form->keys, form->count);
    return out->err;
}

static void plain_free(const struct plain_form *form, void *object)
{
    for (size_t i = 0; i < form->count; i++) {
        free(*member(object, &form->keys[i]));
        *member(object, &form->keys[i]) = NULL;
    }
}

int text_handover_write(const struct text_handover *h, struct buf *out)
{
    return plain_write(&handover_form, h, out);
}

int text_standing_write(const struct text_standing *s, struct buf *out)
{
    return plain_write(&standing_form, s, out);
}

int text_permit_write(const struct text_permit *p, struct buf *out)
{
    buf_puts(out, PERMIT_HEAD "\n");
    put_rows(out, p, permit_keys, array_count(permit_keys));
    buf_puts(out, "\n");
    buf_puts(out, p->request_text ? p->request_text : "");
    return out->err;
}

int text_manifest_write(const struct text_manifest *m, struct buf *out)
{
    buf_puts(out, MANIFEST_HEAD "\n");
    put_line(out, "case", m->case_id);
    put_line(out, "at", m->at);
    buf_printf(out, "sealed: %s %llu %s\n", m->sealed_sha256, (unsigned long long)m->sealed_bytes,
               m->sealed_name);
    buf_printf(out, "cover: %s %s\n", m->cover_sha256, m->cover_name);
    put_line(out, "permit", m->permit);
    put_line(out, "ledger-origin", m->origin);
    put_line(out, "ledger-head", m->head);
    return out->err;
}

/* The next line must be the literal. */
static int expect_line(struct cursor *c, const char *literal)
{
    const char *line;
    size_t len;
    if (!cursor_line(c, &line, &len) || len != strlen(literal) || memcmp(line, literal, len) != 0)
        return SK_ERR_FORMAT;
    return 0;
}

/* The next line must be "key: value" or "key:"; *ret is the escaped value within the text. */
static int next_value(struct cursor *c, const char *key, const char **ret, size_t *ret_len)
{
    const char *line;
    size_t len, key_len = strlen(key);
    if (!cursor_line(c, &line, &len) || len <= key_len || memcmp(line, key, key_len) != 0 ||
        line[key_len] != ':')
        return SK_ERR_FORMAT;
    line += key_len + 1;
    len -= key_len + 1;
    if (len > 0 && (*line != ' ' || len == 1))
        return SK_ERR_FORMAT;
    *ret = len > 0 ? line + 1 : line;
    *ret_len = len > 0 ? len - 1 : 0;
    return 0;
}

static int unescaped(const char *text, size_t len, char **ret)
{
    autobuf struct buf b = {0};
    buf_puts(&b, "");
    int r = str_unescape(&b, text, len);
    if (r != 0)
        return r;
    if (b.err)
        return b.err;
    if (memchr(b.data, '\0', b.len))
        return SK_ERR_FORMAT;
    char *value = strndup(b.data, b.len);
    if (!value)
        return -ENOMEM;
    *ret = value;
    return 0;
}

static int parse_rows(struct cursor *c, void *object, const struct text_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value;
        size_t len;
        int r = next_value(c, keys[i].key, &value, &len);
        if (r == 0)
            r = unescaped(value, len, member(object, &keys[i]));
        if (r != 0)
            return r;
    }
    return 0;
}

static int parse_number(struct cursor *c, const char *key, uint64_t max, uint64_t *ret)
{
    const char *value;
    size_t len;
    char digits[24];
    int r = next_value(c, key, &value, &len);
    if (r != 0)
        return r;
    if (len >= sizeof digits)
        return SK_ERR_FORMAT;
    memcpy(digits, value, len);
    digits[len] = '\0';
    return str_to_u64(digits, max, ret);
}

/* "SHA256 SIZE NAME", the name escaped and kept so */
static int parse_file(const char *text, size_t len, struct text_file *ret)
{
    uint8_t digest[DIGEST_LEN];
    const size_t hex_len = DIGEST_HEX_CAP - 1;
    if (len < hex_len + 4 || text[hex_len] != ' ' ||
        str_unhex(text, hex_len, digest, sizeof digest) != 0)
        return SK_ERR_FORMAT;
    digest_hex(ret->sha256, digest);
    const char *size = text + hex_len + 1, *end = memchr(size, ' ', len - hex_len - 1);
    char digits[24];
    if (!end || (size_t)(end - size) >= sizeof digits)
        return SK_ERR_FORMAT;
    memcpy(digits, size, (size_t)(end - size));
    digits[end - size] = '\0';
    int r = str_to_u64(digits, INT64_MAX, &ret->bytes);
    if (r != 0)
        return r;
    const char *name = end + 1;
    size_t name_len = len - (size_t)(name - text);
    autofree char *raw = NULL;
    r = unescaped(name, name_len, &raw);
    if (r != 0)
        return r;
    autobuf struct buf again = {0};
    str_escape(&again, raw, strlen(raw));
    if (again.err || name_len == 0 || again.len != name_len ||
        memcmp(again.data, name, name_len) != 0)
        return again.err ? again.err : SK_ERR_FORMAT;
    ret->name = strndup(name, name_len);
    return ret->name ? 0 : -ENOMEM;
}

static int parse_files(struct cursor *c, struct text_request *r)
{
    uint64_t count, sum = 0;
    int err = parse_number(c, "files", SK_CASE_FILES_MAX, &count);
    if (err == 0)
        err = parse_number(c, "bytes", INT64_MAX, &r->bytes);
    if (err != 0)
        return err;
    r->files = calloc(count ? count : 1, sizeof *r->files);
    if (!r->files)
        return -ENOMEM;
    for (uint64_t i = 0; i < count; i++) {
        const char *value;
        size_t len;
        err = next_value(c, "file", &value, &len);
        if (err == 0)
            err = parse_file(value, len, &r->files[i]);
        if (err != 0)
            return err;
        r->file_count = (size_t)i + 1;
        sum += r->files[i].bytes;
        if (sum > INT64_MAX)
            return SK_ERR_FORMAT;
    }
    return sum == r->bytes ? 0 : SK_ERR_FORMAT;
}

int text_request_parse(const char *text, size_t len, struct text_request *ret)
{
    if (len > TEXT_REQUEST_MAX)
        return SK_ERR_LIMIT;
    struct text_request parsed __attribute__((cleanup(text_request_free))) = {0};
    struct cursor c;
    cursor_init(&c, text, len);
    int r = expect_line(&c, REQUEST_HEAD);
    if (r == 0)
        r = parse_rows(&c, &parsed, request_keys, array_count(request_keys));
    if (r == 0)
        r = parse_files(&c, &parsed);
    if (r == 0)
        r = cursor_done(&c);
    if (r != 0)
        return r;
    autobuf struct buf again = {0};
    r = text_request_write(&parsed, &again);
    if (r != 0)
        return r;
    if (again.len != len || memcmp(again.data, text, len) != 0)
        return SK_ERR_FORMAT;
    *ret = parsed;
    parsed = (struct text_request){0};
    return 0;
}

/* What was read stays in the object, whatever comes of it. */
static int plain_parse(const struct plain_form *form, const char *text, size_t len, void *object)
{
    if (len > TEXT_REQUEST_MAX)
        return SK_ERR_LIMIT;
    struct cursor c;
    cursor_init(&c, text, len);
    int r = expect_line(&c, form->head);
    if (r == 0)
        r = parse_rows(&c, object, form->keys, form->count);
    if (r == 0)
        r = cursor_done(&c);
    if (r != 0)
        return r;
    autobuf struct buf again = {0};
    r = plain_write(form, object, &again);
    if (r != 0)
        return r;
    return again.len == len && memcmp(again.data, text, len) == 0 ? 0 : SK_ERR_FORMAT;
}

int text_handover_parse(const char *text, size_t len, struct text_handover *ret)
{
    struct text_handover parsed = {0};
    int r = plain_parse(&handover_form, text, len, &parsed);
    if (r == 0)
        *ret = parsed;
    else
        text_handover_free(&parsed);
    return r;
}

int text_standing_parse(const char *text, size_t len, struct text_standing *ret)
{
    struct text_standing parsed = {0};
    int r = plain_parse(&standing_form, text, len, &parsed);
    if (r == 0)
        *ret = parsed;
    else
        text_standing_free(&parsed);
    return r;
}

static bool begins(const char *text, size_t len, const char *head)
{
    size_t head_len = strlen(head);
    return len > head_len && memcmp(text, head, head_len) == 0 && text[head_len] == '\n';
}

/* What a permit permits: a request's text, a hand-over's or a standing permit's, and nothing else.
 */
static int check_body(const char *body, size_t len)
{
    struct text_request request __attribute__((cleanup(text_request_free))) = {0};
    struct text_handover handover __attribute__((cleanup(text_handover_free))) = {0};
    struct text_standing standing __attribute__((cleanup(text_standing_free))) = {0};
    if (begins(body, len, HANDOVER_HEAD))
        return text_handover_parse(body, len, &handover);
    return begins(body, len, STANDING_HEAD) ? text_standing_parse(body, len, &standing)
                                            : text_request_parse(body, len, &request);
}

/* The digest that the head names must be the digest of what follows it. */
static int check_request_digest(const struct text_permit *p, size_t len)
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    int r = digest_of(p->request_text, len, digest);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    return strcmp(hex, p->request) == 0 ? 0 : SK_ERR_FORMAT;
}

int text_permit_parse(const char *text, size_t len, struct text_permit *ret)
{
    if (len > TEXT_PERMIT_MAX)
        return SK_ERR_LIMIT;
    struct text_permit parsed __attribute__((cleanup(text_permit_free))) = {0};
    struct cursor c;
    cursor_init(&c, text, len);
    int r = expect_line(&c, PERMIT_HEAD);
    if (r == 0)
        r = parse_rows(&c, &parsed, permit_keys, array_count(permit_keys));
    if (r == 0)
        r = expect_line(&c, "");
    if (r != 0)
        return r;
    size_t rest = c.left;
    const char *body = cursor_bytes(&c, rest);
    if (!body || rest == 0 || memchr(body, '\0', rest))
        return SK_ERR_FORMAT;
    r = check_body(body, rest);
    if (r != 0)
        return r;
    parsed.request_text = strndup(body, rest);
    if (!parsed.request_text)
        return -ENOMEM;
    r = check_request_digest(&parsed, rest);
    if (r != 0)
        return r;
    autobuf struct buf again = {0};
    r = text_permit_write(&parsed, &again);
    if (r != 0)
        return r;
    if (again.len != len || memcmp(again.data, text, len) != 0)
        return SK_ERR_FORMAT;
    *ret = parsed;
    parsed = (struct text_permit){0};
    return 0;
}

void text_request_free(struct text_request *r)
{
    for (size_t i = 0; i < array_count(request_keys); i++)
        free(*member(r, &request_keys[i]));
    for (size_t i = 0; i < r->file_count; i++)
        free(r->files[i].name);
    free(r->files);
    *r = (struct text_request){0};
}

void text_handover_free(struct text_handover *h)
{
    plain_free(&handover_form, h);
}

void text_standing_free(struct text_standing *s)
{
    plain_free(&standing_form, s);
}

void text_permit_free(struct text_permit *p)
{
    for (size_t i = 0; i < array_count(permit_keys); i++)
        free(*member(p, &permit_keys[i]));
    free(p->request_text);
    *p = (struct text_permit){0};
}
