/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmocka and the headers that it wants before itself. */
#ifndef UNIT_CMOCKA_HEAD_H
#define UNIT_CMOCKA_HEAD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
