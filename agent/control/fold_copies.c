/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold_copies.c owns the table of copies that were found inside areas and outside. It must never
 * forget that one without permission was not looked at yet, however many there are. */
#include <sekisho/record.h>
#include <string.h>
#include "control/fold.h"
#include "record/record.h"

#define UNSEEN_MAX 100000 /* of one area that are told apart; more are one */

bool fold_is_found(const json_t *record)
{
    return strcmp(record_text(record, "kind"), SK_KIND_COPY) == 0 && !*record_text(record, "case") &&
           *record_text(record, "found");
}

static int count_unseen(struct fold *f, const json_t *record)
{
    const char *area = record_text(record, "area");
    json_t *list = json_object_get(f->unseen, area);
    if (record_flag(record, "permission.granted"))
        return 0;
    if (!list) {
        list = json_array();
        if (json_object_set_new(f->unseen, area, list) != 0)
            return -ENOMEM;
    }
    if (json_array_size(list) >= UNSEEN_MAX)
        json_array_remove(list, 0);
    return json_array_append_new(list, json_integer((json_int_t)record_number(record, "seq"))) == 0
               ? 0
               : -ENOMEM;
}

int fold_found(struct fold *f, const json_t *record)
{
    uint64_t number = (uint64_t)record_number(record, "number");
    if (number > f->found_number)
        f->found_number = number;
    if (json_array_size(f->copies) >= FOLD_COPIES_MAX) {
        json_array_remove(f->copies, 0);
        f->copies_left_out++;
    }
    json_t *copy = json_deep_copy(record);
    if (!copy || json_array_append_new(f->copies, copy) != 0)
        return -ENOMEM;
    return count_unseen(f, record);
}

int fold_confirm(struct fold *f, const json_t *record)
{
    int64_t through = record_number(record, "through");
    const json_t *areas = record_member(record, "areas");
    if (strcmp(record_text(record, "what"), "copies") != 0)
        return 0;
    for (size_t i = 0; i < json_array_size(areas); i++) {
        json_t *list = json_object_get(f->unseen, json_string_value(json_array_get(areas, i)));
        while (json_array_size(list) > 0 && json_integer_value(json_array_get(list, 0)) <= through)
            json_array_remove(list, 0);
    }
    return 0;
}

size_t fold_unseen(const struct fold *f, const char *area)
{
    return json_array_size(json_object_get(f->unseen, area));
}
