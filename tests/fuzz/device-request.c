/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-request.c feeds bytes to the readers of every message of device.sock: the first byte
 * chooses the message, the rest is its JSON. What a reader accepts must keep its promises. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sekisho/limits.h>
#include "device/destination.h"
#include "device/request.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

static void try_start(const json_t *body)
{
    struct fault f = {0};
    autorequest struct request_job_start job;
    int r = request_start(body, &job, &f);
    MUST(r == f.code);
    if (r != 0) {
        MUST(f.why[0]);
        return;
    }
    MUST(names_is_case(job.case_id) && names_is_area(job.area) && job.count > 0);
    for (size_t i = 0; i < job.count; i++) {
        MUST(names_check_below(job.files[i].name) == 0);
        MUST(!job.names || names_check_one(job.names[i]) == 0);
    }
    MUST(job.job != REQUEST_EXPORT || json_array_size(job.recipients) > 0);
    (void)destination_need(&job);
}

static void try_area(const json_t *body,
                     int (*read)(const json_t *, struct request_area *, struct fault *))
{
    static struct request_area area;
    struct fault f = {0};
    if (read(body, &area, &f) != 0)
        return;
    MUST(names_is_area(area.area));
    MUST(!area.mount[0] || names_check_absolute(area.mount) == 0);
    MUST(!area.device[0] || strncmp(area.device, "/dev/", 5) == 0);
}

static void try_erase(const json_t *body)
{
    static struct request_erase want;
    struct fault f = {0};
    if (request_erase(body, &want, &f) != 0)
        return;
    bool below = want.object == REQUEST_OBJECT_FILE && (want.area[0] || want.medium[0]);
    MUST(!want.medium[0] || (want.object == REQUEST_OBJECT_FILE && !want.area[0] && names_is_area(want.medium)));
    MUST(names_is_case(want.case_id));
    MUST(want.object != REQUEST_OBJECT_AREA || names_is_area(want.area));
    MUST(want.object == REQUEST_OBJECT_AREA ? !want.path[0]
         : below                            ? names_check_below(want.path) == 0
                                            : names_check_absolute(want.path) == 0);
    MUST(want.tag_count <= REQUEST_TAGS_MAX);
}

static void try_survey(const json_t *body)
{
    struct request_survey want;
    struct fault f = {0};
    if (request_survey(body, &want, &f) != 0)
        return;
    MUST(names_is_case(want.case_id) && names_is_area(want.medium) && json_is_array(want.first));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int (*const readers[])(const json_t *, struct request_area *, struct fault *) = {
        request_create, request_open, request_close, request_stage_drop};
    autojson json_t *body = NULL;
    struct fault f = {0};
    static struct request_destination place;
    struct request_finish finish;
    if (size == 0 || record_parse((const char *)data + 1, size - 1, SK_MESSAGE_MAX, &body) != 0)
        return 0;
    size_t which = data[0] % 8;
    if (data[0] == 'e')
        try_erase(body);
    else if (data[0] == 'f')
        try_survey(body);
    else if (which < array_count(readers))
        try_area(body, readers[which]);
    else if (which == 4)
        (void)!request_place(body, &place, &f);
    else if (which == 5)
        (void)!request_finish(body, &finish, &f);
    else
        try_start(body);
    return 0;
}
