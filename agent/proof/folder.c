/* SPDX-License-Identifier: GPL-3.0-or-later */
/* folder.c owns the two small files beside a ledger's segments: its enrolment line, and whose extract it is.
 * It must never open what is no regular file of the folder's own, and never give out a name that could
 * steer a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/fdio.h"
#include "base/str.h"
#include "proof/verify.h"

#define ENROLMENT_MAX ((size_t)256) /* bytes of a file that holds an enrolment line */

int proof_extract_read(int dir, char ret_contract[static SK_ID_MAX + 1])
{
    static const char head[] = "sekisho-extract: 1\ncontract: ";
    autobuf struct buf b = {0};
    int r = file_read_plain(dir, PROOF_EXTRACT, sizeof head + SK_ID_MAX, &b);
    if (r != 0)
        return r == -ENOENT ? 0 : r == SK_ERR_LIMIT ? SK_ERR_FORMAT : r;
    size_t len = b.len < sizeof head ? 0 : b.len - sizeof head; /* without the newline */
    if (len == 0 || memcmp(b.data, head, sizeof head - 1) != 0 || b.data[b.len - 1] != '\n' ||
        str_span_id(b.data + sizeof head - 1, len) != len)
        return SK_ERR_FORMAT;
    memcpy(ret_contract, b.data + sizeof head - 1, len);
    ret_contract[len] = '\0';
    return 1;
}

int proof_enrolment_parse(const char *text, size_t len, struct note_key *ret)
{
    static const char blanks[] = " \t\n\v\f\r";
    while (len > 0 && text[len - 1] && strchr(blanks, text[len - 1]))
        len--;
    for (; len > 0 && *text && strchr(blanks, *text); len--)
        text++;
    return note_vkey_parse(text, len, ret);
}

static int enrolment_in(const struct buf *b, int r, struct note_key *ret)
{
    if (r == 0)
        r = proof_enrolment_parse(b->data ? b->data : "", b->len, ret);
    return r == SK_ERR_LIMIT ? SK_ERR_FORMAT : r;
}

int proof_enrolment_read(const char *path, struct note_key *ret)
{
    autobuf struct buf b = {0};
    int r = file_read(AT_FDCWD, path, ENROLMENT_MAX, &b);
    return enrolment_in(&b, r, ret);
}

int proof_enrolment_of(const char *folder, struct note_key *ret)
{
    autobuf struct buf b = {0};
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    int r = file_read_plain(dir, LEDGER_ENROLMENT, ENROLMENT_MAX, &b);
    return enrolment_in(&b, r, ret);
}
