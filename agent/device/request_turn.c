/* SPDX-License-Identifier: GPL-3.0-or-later */
/* request_turn.c owns the reading of the turn that an export is to write onto its medium. It must never let a text through
 * that is none. */
#include <string.h>
#include <sekisho/err.h>
#include "base/str.h"
#include "device/request.h"
#include "record/record.h"

static int refuse(struct fault *f)
{
    return fault_set(f, SK_ERR_FORMAT, "the message's member \"%s\" is not as it must be", "turn");
}

static int read_awaited(const json_t *list, struct request_turn *ret, struct fault *f)
{
    if (!json_is_array(list) || json_array_size(list) > REQUEST_TURNS_AWAITED_MAX)
        return refuse(f);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *hex = json_string_value(json_array_get(list, i));
        if (!hex || str_unhex(hex, strlen(hex), ret->awaited[i], DIGEST_LEN) != 0)
            return refuse(f);
    }
    ret->awaited_count = json_array_size(list);
    return 0;
}

int request_turn(const json_t *value, struct request_turn *ret, struct fault *f)
{
    const char *tag = record_text(value, "tag"), *text = record_text(value, "text");
    *ret = (struct request_turn){0};
    if (!value)
        return 0;
    if (json_object_size(value) != 4 || !turn_is_tag(tag) || !turn_is(text, strlen(text)) ||
        !json_is_integer(json_object_get(value, "number")) || record_number(value, "number") <= 0)
        return refuse(f);
    ret->given = true;
    ret->number = (uint64_t)record_number(value, "number");
    memcpy(ret->tag, tag, sizeof ret->tag);
    memcpy(ret->text, text, sizeof ret->text);
    return read_awaited(json_object_get(value, "awaited"), ret, f);
}
