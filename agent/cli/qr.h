/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QR codes (ISO/IEC 18004) of short texts, for terminals and for printed pages. */
#ifndef CLI_QR_H
#define CLI_QR_H

#include "base/buf.h"

/* Append the code as an SVG element of that width and height in millimetres, with its quiet zone; it
 * needs no other file. 0, SK_ERR_LIMIT (too long a text), -ENOMEM. */
int qr_svg(const char *text, unsigned millimetres, struct buf *out) SK_MUST_CHECK;

/* Append the code in half blocks, two rows a line, dark on light whatever the terminal's colours. 0 or a
 * code as above. */
int qr_terminal(const char *text, struct buf *out) SK_MUST_CHECK;

#endif
