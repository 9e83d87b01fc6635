/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has somebody broken the glass: sekisho-break-glass(8), or the boot parameter sekisho.usb=open? Then every device is
 * let in, and that is written down. */
#ifndef PLUG_GLASS_H
#define PLUG_GLASS_H

#include <stdbool.h>
#include "base/clean.h"

#define GLASS_NAME     "break-glass" /* in SK_PATH_RUN */
#define GLASS_TEXT_CAP 256           /* bytes of one text with its NUL */

/* Texts as whoever did it gave them, escaped. */
struct glass {
    bool broken;
    bool at_boot; /* by the boot parameter */
    char at[GLASS_TEXT_CAP], login[GLASS_TEXT_CAP], terminal[GLASS_TEXT_CAP], why[GLASS_TEXT_CAP];
};

/* path: of the file that sekisho-break-glass leaves, cmdline: /proc/cmdline. What can't be read is not broken; a
 * file that is not root's neither. */
void glass_look(const char *path, const char *cmdline, struct glass *ret);

#endif
