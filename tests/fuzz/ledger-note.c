/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-note.c: checkpoints and enrolment lines from anywhere. A key that parses is written again
 * as it was; nothing unsigned is accepted as a checkpoint of a key that signed nothing. */
#include <string.h>
#include "proof/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char enrolment[] = "skyczvlr+38f75371+AUagkwMcy5qC28YWi6f6/E46YqE4kcCjHYbkobjEnWdp";
    struct note_key key, any;
    struct checkpoint c;
    struct cursor at;
    char vkey[NOTE_VKEY_CAP];
    if (note_vkey_parse(enrolment, NOTE_VKEY_LEN, &key) != 0)
        abort();
    if (note_vkey_parse((const char *)data, size, &any) == 0 &&
        (note_vkey_format(&any, vkey) != 0 || memcmp(vkey, data, size) != 0))
        abort();
    cursor_init(&at, data, size);
    while (checkpoint_read(&at, &key, &c) == 0)
        ;
    return 0;
}
