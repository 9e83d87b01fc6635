/* SPDX-License-Identifier: GPL-3.0-or-later */
/* template.c owns the small language of forms. It must never put a value into a page unescaped, and
 * never loop or nest without bound, whatever a template says. */
#include "report/template.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"

#define NAME_CAP 64 /* bytes of a name with NUL */

enum tag_kind { TAG_VALUE, TAG_SECTION, TAG_INVERTED, TAG_END, TAG_REMARK, TAG_PART };

struct tag {
    enum tag_kind kind;
    char name[NAME_CAP];
    const char *begin, *end; /* of {{…}} in the template */
};

struct filler {
    const char *text;                          /* the template, or the part of it that is being filled */
    const struct template_part *parts;
    unsigned steps;
    const json_t *stack[TEMPLATE_DEPTH_MAX + 1];
    size_t depth;
    struct buf *out;
    struct template_fault *fault;
};

static int fail(struct filler *f, const char *at, const char *what)
{
    f->fault->line = 1;
    for (const char *c = f->text; c < at; c++)
        f->fault->line += *c == '\n';
    f->fault->what = what;
    return SK_ERR_FORMAT;
}

void template_escape(struct buf *out, const char *text, size_t len)
{
    static const struct {
        char sign;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    size_t plain = 0;
    for (size_t i = 0, taken; i < len; i += taken) {
        const char *entity = NULL;
        uint32_t c = 0;
        for (size_t e = 0; e < array_count(entities) && !entity; e++)
            if (text[i] == entities[e].sign)
                entity = entities[e].entity;
        size_t hidden = text[i] == '\n' ? 0 : str_deceptive(text + i, len - i, &c);
        taken = hidden ? hidden : 1;
        if (!entity && !hidden)
            continue;
        buf_put(out, text + plain, i - plain);
        if (entity)
            buf_puts(out, entity);
        else
            buf_printf(out, c < 0x80 ? "\\x%02x" : "\\u{%04x}", c);
        plain = i + taken;
    }
    buf_put(out, text + plain, len - plain);
}

static enum tag_kind kind_of(char sign)
{
    return sign == '#' ? TAG_SECTION : sign == '^' ? TAG_INVERTED : sign == '/' ? TAG_END
         : sign == '!' ? TAG_REMARK : sign == '>' ? TAG_PART : TAG_VALUE;
}

/* The next {{…}} in [at, end). 1, 0 when there is none, SK_ERR_FORMAT. */
static int next_tag(struct filler *f, const char *at, const char *end, struct tag *ret)
{
    const char *begin = memmem(at, (size_t)(end - at), "{{", 2);
    if (!begin)
        return 0;
    const char *close = memmem(begin + 2, (size_t)(end - begin - 2), "}}", 2);
    if (!close)
        return fail(f, begin, "{{ without }}");
    const char *name = begin + 2;
    ret->kind = kind_of(name < close ? *name : ' ');
    ret->begin = begin;
    ret->end = close + 2;
    ret->name[0] = '\0';
    if (ret->kind == TAG_REMARK)
        return 1;
    name += ret->kind != TAG_VALUE;
    while (name < close && *name == ' ')
        name++;
    while (close > name && close[-1] == ' ')
        close--;
    size_t len = (size_t)(close - name);
    if (len == 0 || len >= NAME_CAP)
        return fail(f, begin, "{{…}} without a name, or with one that is too long");
    for (size_t i = 0; i < len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", name[i]))
            return fail(f, begin, "a name has small letters, digits, - and . only");
    memcpy(ret->name, name, len);
    ret->name[len] = '\0';
    return 1;
}

/* Behind the {{/name}} that belongs to the section. 0 or SK_ERR_FORMAT. */
static int find_end(struct filler *f, const struct tag *open, const char *end, struct tag *ret)
{
    size_t depth = 1;
    struct tag t;
    const char *at = open->end;
    int r;
    while ((r = next_tag(f, at, end, &t)) == 1) {
        depth += t.kind == TAG_SECTION || t.kind == TAG_INVERTED;
        depth -= t.kind == TAG_END;
        at = t.end;
        if (depth > TEMPLATE_DEPTH_MAX)
            return fail(f, t.begin, "too many sections within each other");
        if (depth > 0)
            continue;
        if (!str_eq(t.name, open->name))
            return fail(f, t.begin, "this ends another section than the one that is open");
        *ret = t;
        return 0;
    }
    return r < 0 ? r : fail(f, open->begin, "a section that does not end");
}

static const json_t *look_up(const struct filler *f, const char *name)
{
    char part[NAME_CAP];
    if (str_eq(name, "."))
        return f->stack[f->depth];
    const char *dot = strchr(name, '.');
    size_t len = dot ? (size_t)(dot - name) : strlen(name);
    memcpy(part, name, len);
    part[len] = '\0';
    const json_t *value = NULL;
    for (size_t i = f->depth + 1; i-- > 0 && !value;)
        value = json_object_get(f->stack[i], part);
    while (value && dot) {
        const char *next = dot + 1;
        dot = strchr(next, '.');
        len = dot ? (size_t)(dot - next) : strlen(next);
        memcpy(part, next, len);
        part[len] = '\0';
        value = json_object_get(value, part);
    }
    return value;
}

static bool is_empty(const json_t *value)
{
    if (!value || json_is_null(value) || json_is_false(value))
        return true;
    if (json_is_string(value))
        return json_string_length(value) == 0;
    if (json_is_integer(value))
        return json_integer_value(value) == 0;
    return json_is_array(value) && json_array_size(value) == 0;
}

static void put_value(struct filler *f, const json_t *value)
{
    if (json_is_string(value))
        template_escape(f->out, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        buf_printf(f->out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

static int fill(struct filler *f, const char *at, const char *end);

static int with(struct filler *f, const json_t *value, const char *at, const char *end)
{
    if (f->depth >= TEMPLATE_DEPTH_MAX)
        return fail(f, at, "too many sections within each other");
    f->stack[++f->depth] = value;
    int r = fill(f, at, end);
    f->depth--;
    return r;
}

static int section(struct filler *f, const struct tag *open, const struct tag *close)
{
    const json_t *value = look_up(f, open->name);
    if (open->kind == TAG_INVERTED)
        return is_empty(value) ? fill(f, open->end, close->begin) : 0;
    if (!json_is_array(value))
        return is_empty(value) ? 0 : with(f, value, open->end, close->begin);
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_array_size(value); i++)
        r = with(f, json_array_get(value, i), open->end, close->begin);
    return r;
}

/* A part's own parts are not filled: it can't name itself. */
static int put_part(struct filler *f, const struct tag *t)
{
    const struct template_part *part = f->parts, *const parts = f->parts;
    while (part && part->name && !str_eq(part->name, t->name))
        part++;
    if (!part || !part->name)
        return fail(f, t->begin, "there is no such part");
    const char *text = f->text;
    f->text = part->text;
    f->parts = NULL;
    int r = fill(f, part->text, part->text + part->len);
    f->text = text;
    f->parts = parts;
    return r;
}

static int fill(struct filler *f, const char *at, const char *end)
{
    struct tag t, close;
    int r;
    while ((r = next_tag(f, at, end, &t)) == 1) {
        if (f->steps++ >= TEMPLATE_STEPS_MAX)
            return SK_ERR_LIMIT;
        buf_put(f->out, at, (size_t)(t.begin - at));
        at = t.end;
        if (t.kind == TAG_END)
            return fail(f, t.begin, "the end of a section that has not begun");
        if (t.kind == TAG_VALUE)
            put_value(f, look_up(f, t.name));
        if (t.kind == TAG_PART && (r = put_part(f, &t)) != 0)
            return r;
        if (t.kind == TAG_SECTION || t.kind == TAG_INVERTED) {
            r = find_end(f, &t, end, &close);
            if (r == 0)
                r = section(f, &t, &close);
            if (r != 0)
                return r;
            at = close.end;
        }
        if (f->out->err)
            return f->out->err;
    }
    if (r == 0)
        buf_put(f->out, at, (size_t)(end - at));
    return r == 0 ? f->out->err : r;
}

int template_fill(const char *text, size_t len, const json_t *values,
                  const struct template_part *parts, struct buf *out,
                  struct template_fault *ret_fault)
{
    struct template_fault fault = {0};
    if (len > TEMPLATE_MAX)
        return SK_ERR_LIMIT;
    struct filler f = {.text = text, .parts = parts, .stack = {values}, .out = out, .fault = &fault};
    int r = fill(&f, text, text + len);
    if (r == SK_ERR_FORMAT)
        *ret_fault = fault;
    return r;
}
