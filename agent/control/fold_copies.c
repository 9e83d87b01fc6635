/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold_copies.c owns the list of the latest copies that were found inside areas and outside; the register
 * (fold_register.c) has all of them. It must never take a word for more copies than it was about. */
#include <sekisho/record.h>
#include <string.h>
#include "control/fold.h"
#include "control/papers.h"
#include "record/record.h"

bool fold_is_found(const json_t *record)
{
    return strcmp(record_text(record, "kind"), SK_KIND_COPY) == 0 && !*record_text(record, "case") &&
           *record_text(record, "found");
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
    /* the register keeps the same record */
    return json_array_append(f->copies, (json_t *)(uintptr_t)record) == 0 ? 0 : -ENOMEM;
}

int fold_confirm(struct fold *f, const json_t *record)
{
    int64_t through = record_number(record, "through");
    const json_t *areas = record_member(record, "areas");
    if (strcmp(record_text(record, "what"), "copies") != 0)
        return fold_paper(f, record);
    for (size_t i = 0; i < json_array_size(areas); i++) {
        const char *area = json_string_value(json_array_get(areas, i));
        fold_copies_seen(f, area ? area : "", through, record_text(record, "person.id"));
    }
    return 0;
}
