/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phrase.c owns the form in which a sentence stays translatable. It must never translate, abort, or lose
 * a character of what it is given but the marks. */
#include "base/phrase.h"
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"

#define PHRASE_CAP  4096 /* bytes of a phrase with its NUL that is put into a buf */
#define DEPTH_MAX   8    /* phrases within each other */
#define CONVERSIONS "diuxcs"

/* --- making ----------------------------------------------------------------------------------- */

struct writer {
    char *at;
    size_t left; /* the NUL's byte included */
    bool failed; /* full, or a conversion that is not taken */
    va_list ap;
};

static void put(struct writer *w, const char *text, size_t len)
{
    if (len >= w->left) {
        w->failed = true;
        return;
    }
    memcpy(w->at, text, len);
    w->at += len;
    w->left -= len;
}

static void put_mark(struct writer *w, char mark)
{
    put(w, &mark, 1);
}

/* One conversion: "%", precision, length, letter. */
struct conversion {
    size_t len;      /* bytes in the format */
    bool star;       /* the precision is an argument */
    int precision;   /* -1 = none */
    char size;       /* 'l', 'q' (ll), 'z', 'j' or 0 */
    char letter;
};

/* False for what is not taken. */
static bool read_conversion(const char *format, struct conversion *ret)
{
    const char *at = format + 1;
    *ret = (struct conversion){.precision = -1};
    if (*at == '.') {
        at++;
        ret->star = *at == '*';
        ret->precision = 0;
        for (; !ret->star && *at >= '0' && *at <= '9' && ret->precision < PHRASE_CAP; at++)
            ret->precision = ret->precision * 10 + (*at - '0');
        at += ret->star;
    }
    if (*at == 'l' && at[1] == 'l') {
        ret->size = 'q';
        at += 2;
    } else if (*at == 'l' || *at == 'z' || *at == 'j') {
        ret->size = *at++;
    }
    ret->letter = *at;
    ret->len = (size_t)(at - format) + 1;
    return *at && strchr(CONVERSIONS, *at);
}

static intmax_t take_signed(struct writer *w, char size)
{
    return size == 'l'   ? va_arg(w->ap, long)
           : size == 'q' ? va_arg(w->ap, long long)
           : size == 'z' ? va_arg(w->ap, ssize_t)
           : size == 'j' ? va_arg(w->ap, intmax_t)
                         : va_arg(w->ap, int);
}

static uintmax_t take_unsigned(struct writer *w, char size)
{
    return size == 'l'   ? va_arg(w->ap, unsigned long)
           : size == 'q' ? va_arg(w->ap, unsigned long long)
           : size == 'z' ? va_arg(w->ap, size_t)
           : size == 'j' ? va_arg(w->ap, uintmax_t)
                         : va_arg(w->ap, unsigned);
}

static void put_value(struct writer *w, const struct conversion *c)
{
    char number[32] = "";
    if (c->letter == 's') {
        int most = c->star ? va_arg(w->ap, int) : c->precision;
        const char *text = va_arg(w->ap, const char *);
        if (!text)
            text = "";
        put(w, text, most < 0 ? strlen(text) : strnlen(text, (size_t)most));
        return;
    }
    if (c->precision >= 0)
        w->failed = true;
    else if (c->letter == 'c')
        number[0] = (char)va_arg(w->ap, int);
    else if (c->letter == 'd' || c->letter == 'i')
        snprintf(number, sizeof number, "%" PRIdMAX, take_signed(w, c->size));
    else
        snprintf(number, sizeof number, c->letter == 'x' ? "%" PRIxMAX : "%" PRIuMAX,
                 take_unsigned(w, c->size));
    put(w, number, strlen(number));
}

static void write_phrase(struct writer *w, const char *format)
{
    put_mark(w, MARK_PHRASE);
    while (*format && !w->failed) {
        struct conversion c;
        size_t plain = strcspn(format, "%");
        put(w, format, plain);
        format += plain;
        if (*format == '%' && format[1] == '%') {
            put(w, format, 1);
            format += 2;
        } else if (*format && read_conversion(format, &c)) {
            put_mark(w, MARK_ARGUMENT);
            put(w, format, c.len);
            put_mark(w, MARK_VALUE);
            put_value(w, &c);
            put_mark(w, MARK_END);
            format += c.len;
        } else {
            w->failed |= *format != '\0';
        }
    }
    put_mark(w, MARK_END);
}

void phrase_vprint(char *out, size_t cap, const char *format, va_list ap)
{
    struct writer w = {.at = out, .left = cap};
    if (cap == 0)
        return;
    va_copy(w.ap, ap);
    write_phrase(&w, format);
    va_end(w.ap);
    *w.at = '\0';
    if (!w.failed)
        return;
    if (vsnprintf(out, cap, format, ap) < 0)
        out[0] = '\0';
    phrase_plain(out);
}

void phrase_print(char *out, size_t cap, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    phrase_vprint(out, cap, format, ap);
    va_end(ap);
}

void phrase_vput(struct buf *b, const char *format, va_list ap)
{
    char phrase[PHRASE_CAP];
    phrase_vprint(phrase, sizeof phrase, format, ap);
    buf_puts(b, phrase);
}

void phrase_put(struct buf *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    phrase_vput(b, format, ap);
    va_end(ap);
}

const char *phrase_of(char ret[static PHRASE_OF_CAP], const char *english)
{
    snprintf(ret, PHRASE_OF_CAP, "%c%s%c", MARK_PHRASE, english, MARK_END);
    return ret;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_mark(char c)
{
    return c == MARK_PHRASE || c == MARK_END || c == MARK_ARGUMENT || c == MARK_VALUE;
}

bool phrase_is(const char *text)
{
    while (*text && !is_mark(*text))
        text++;
    return *text != '\0';
}

void phrase_plain(char *text)
{
    char *to = text;
    while (*text) {
        if (*text == MARK_ARGUMENT)
            while (*text && *text != MARK_VALUE)
                text++;
        else if (!is_mark(*text))
            *to++ = *text;
        text += *text != '\0';
    }
    *to = '\0';
}

void phrase_escape(struct buf *b, const char *text)
{
    while (*text) {
        size_t len = 0;
        while (text[len] && !is_mark(text[len]))
            len++;
        str_escape(b, text, len);
        text += len;
        if (*text)
            buf_putc(b, *text++);
    }
}

/* Bytes up to the end mark that belongs to what was begun before text; len when there is none. */
static size_t span(const char *text, size_t len)
{
    size_t open = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == MARK_PHRASE || text[i] == MARK_ARGUMENT)
            open++;
        else if (text[i] == MARK_END && open-- == 0)
            return i;
    }
    return len;
}

/* The literals of a phrase that takes nothing are no format: a "%" stands in them once. False: not a literal. */
static bool put_literal(struct buf *id, const char *text, size_t len, bool format)
{
    for (size_t i = 0; i < len; i++) {
        if (is_mark(text[i]))
            return false;
        if (format && text[i] == '%')
            buf_putc(id, '%');
        buf_putc(id, text[i]);
    }
    return true;
}

int phrase_split(const char *text, size_t len, struct phrase_parts *ret)
{
    *ret = (struct phrase_parts){0};
    if (len == 0 || text[0] != MARK_PHRASE)
        return SK_ERR_FORMAT;
    size_t end = 1 + span(text + 1, len - 1), at = 1;
    bool format = memchr(text + 1, MARK_ARGUMENT, end - 1) != NULL;
    while (at < end) {
        const char *mark = memchr(text + at, MARK_ARGUMENT, end - at);
        size_t plain = mark ? (size_t)(mark - text) - at : end - at;
        if (!put_literal(&ret->id, text + at, plain, format))
            return SK_ERR_FORMAT;
        at += plain;
        if (!mark)
            break;
        const char *value = memchr(mark, MARK_VALUE, end - at);
        if (!value || ret->count == PHRASE_ARGUMENTS_MAX)
            return SK_ERR_FORMAT;
        buf_put(&ret->id, mark + 1, (size_t)(value - mark) - 1);
        size_t from = (size_t)(value - text) + 1, size = span(text + from, end - from);
        ret->argument[ret->count++] = (struct phrase_part){text + from, size};
        at = from + size + (from + size < end);
    }
    ret->used = end + (end < len);
    buf_puts(&ret->id, "");
    return ret->id.err;
}

typedef const char *phrase_lookup(const char *id);

static void show(struct buf *b, const char *text, size_t len, phrase_lookup *lookup, unsigned depth);

/* What is translated, with the arguments in the places of its conversions ("%s", "%2$s"). */
static void fill(struct buf *b, const char *format, const struct phrase_parts *p, phrase_lookup *lookup,
                 unsigned depth)
{
    size_t next = 0;
    while (*format) {
        size_t plain = p->count ? strcspn(format, "%") : strlen(format);
        buf_put(b, format, plain);
        format += plain;
        if (!*format++)
            return;
        if (*format == '%') {
            buf_putc(b, *format++);
            continue;
        }
        size_t digits = strspn(format, "0123456789"), which = next;
        if (digits && format[digits] == '$') {
            which = (size_t)(format[0] - '1');
            format += digits + 1;
        } else {
            next++;
        }
        format += strcspn(format, CONVERSIONS);
        format += *format != '\0';
        if (which < p->count)
            show(b, p->argument[which].at, p->argument[which].len, lookup, depth + 1);
    }
}

static size_t show_phrase(struct buf *b, const char *text, size_t len, phrase_lookup *lookup, unsigned depth)
{
    struct phrase_parts p = {0};
    size_t used = 1;
    if (depth < DEPTH_MAX && phrase_split(text, len, &p) == 0) {
        used = p.used;
        fill(b, p.id.len ? lookup(p.id.data) : "", &p, lookup, depth);
    }
    buf_free(&p.id);
    return used;
}

static void show(struct buf *b, const char *text, size_t len, phrase_lookup *lookup, unsigned depth)
{
    for (size_t at = 0; at < len;) {
        if (text[at] == MARK_PHRASE) {
            at += show_phrase(b, text + at, len - at, lookup, depth);
            continue;
        }
        if (text[at] == MARK_ARGUMENT)
            while (at < len && text[at] != MARK_VALUE)
                at++;
        else if (!is_mark(text[at]))
            buf_putc(b, text[at]);
        at++;
    }
}

void phrase_show(struct buf *b, const char *text, const char *(*lookup)(const char *id))
{
    show(b, text, strlen(text), lookup, 0);
    buf_puts(b, "");
}
