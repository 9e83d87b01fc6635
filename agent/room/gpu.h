/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graphics cards that rooms get where the policy says so: render nodes, which draw and compute but show
 * nothing on a screen, and what Mesa reads of them in /sys. */
#ifndef ROOM_GPU_H
#define ROOM_GPU_H

#include <stddef.h>
#include <sys/types.h>

#define GPU_NODES_MAX 4
#define GPU_PATH_CAP  512 /* bytes of a path in /sys with NUL */

struct gpu_node {
    char node[64];          /* /dev/dri/renderD128 */
    char number[96];        /* /sys/dev/char/226:128 */
    char target[GPU_PATH_CAP]; /* where that link leads, as it is written there */
    char device[GPU_PATH_CAP]; /* /sys/devices/…: of the card */
    gid_t gid;              /* whose members may open it */
};
struct gpu {
    struct gpu_node nodes[GPU_NODES_MAX];
    size_t count;
};

/* Those of this PC; root "" (tests: a folder that has such a /dev and /sys). */
void gpu_look(const char *root, struct gpu *ret);

#endif
