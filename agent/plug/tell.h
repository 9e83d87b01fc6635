/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices as records and answers show them. */
#ifndef PLUG_TELL_H
#define PLUG_TELL_H

#include <jansson.h>
#include "plug/glass.h"
#include "plug/plug.h"

/* "port","vendor","product","serial","maker","name","classes":[…],"interfaces":["080650",…]; NULL = no memory */
json_t *tell_device(const struct plugged *p);

/* The record (kind device) of one phase: "present" (it was there at the start), "plugged", "judged" (anew),
 * "removed", "cut" (a driver that does not fit, or somebody else let it in), "in-use", "failed". (And "again", made of the last of these: repeats.h.) */
json_t *tell_record(const struct plugged *p, const char *phase, const struct policy *policy);

/* The record of the glass, broken or whole again. */
json_t *tell_glass(const struct glass *g, const struct policy *policy);

/* As `sekisho device list` gets it. */
json_t *tell_entry(const struct plugged *p);

#endif
