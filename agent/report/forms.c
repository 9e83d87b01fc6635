/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forms.c owns where templates come from: those of the program, and a contractor's in their place. It
 * must never take half of a file. */
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>
#include "base/fdio.h"
#include "base/str.h"
#include "report/forms.h"
#include "report/html.h"

/* Made of report/templates by embed.cmake. */
struct embedded_form {
    const char *name;
    const unsigned char *text;
    const size_t *len;
};
#define FORM(member, file) {file, form_##member, &form_##member##_len},
static const struct embedded_form embedded[] = {
#include "report/forms.def"
};
#undef FORM

/* "style.css" is the part "style". */
static void part_name(char *ret, size_t cap, const char *file)
{
    snprintf(ret, cap, "%.*s", (int)strcspn(file, "."), file);
}

/* The contractor's file of that name: 1, 0 when there is none, or a negative code. */
static int read_own(int folder, const char *file, struct report_forms *f, char **ret, size_t *ret_len)
{
    autobuf struct buf text = {0};
    if (folder < 0)
        return 0;
    int r = file_read_plain(folder, file, TEMPLATE_MAX, &text);
    if (r == -ENOENT)
        return 0;
    if (r == 0 && !str_is_utf8(text.data ? text.data : "", text.len))
        r = SK_ERR_FORMAT;
    if (r != 0) {
        snprintf(f->failed, sizeof f->failed, "%s", file);
        return r;
    }
    *ret_len = text.len;
    *ret = text.len ? buf_steal(&text) : strdup("");
    return *ret ? 1 : -ENOMEM;
}

static int add_part(struct report_forms *f, int folder, const char *file, const char *text,
                    size_t len)
{
    struct template_part *part = &f->parts[f->count];
    int r = read_own(folder, file, f, &f->own[f->count], &part->len);
    if (r < 0)
        return r;
    part->text = r == 1 ? f->own[f->count] : text;
    if (r == 0)
        part->len = len;
    if (!part->text)
        return 0;
    part_name(f->names[f->count], sizeof f->names[0], file);
    part->name = f->names[f->count];
    f->count++;
    return 0;
}

static bool choose(struct report_forms *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (str_eq(f->names[i], name)) {
            f->form = f->parts[i].text;
            f->form_len = f->parts[i].len;
            return true;
        }
    return false;
}

int report_forms_read(const struct report_row *row, const char *folder, struct report_forms *ret)
{
    char own[48];
    int r = 0;
    autoclose int dir = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder && dir < 0 && errno != ENOENT)
        return -errno;
    for (size_t i = 0; r == 0 && i < array_count(embedded); i++)
        r = add_part(ret, dir, embedded[i].name, (const char *)embedded[i].text, *embedded[i].len);
    snprintf(own, sizeof own, "%s.html", row->name);
    if (r == 0 && ret->count + 1 < REPORT_FORMS_MAX)
        r = add_part(ret, dir, own, NULL, 0);
    if (r != 0)
        return r;
    return choose(ret, row->name) || choose(ret, row->form) ? 0 : SK_ERR_NOT_FOUND;
}

void report_forms_free(struct report_forms *f)
{
    for (size_t i = 0; i < REPORT_FORMS_MAX; i++)
        free(f->own[i]);
    *f = (struct report_forms){0};
}
