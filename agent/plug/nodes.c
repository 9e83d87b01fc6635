/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nodes.c owns the word to udev about devices' nodes. It must never open one itself, nor say "open" of a device that is not in. */
#include "plug/nodes.h"
#include "base/str.h"

/* A "change" that is told to udev as if the kernel had seen one, with a word of ours (Documentation/ABI/testing/sysfs-uevent).
 * The number is nobody's: udev hands it on. */
#define CHANGE "change 2a0d8f36-5b0c-4f5e-9c7c-6c1f6b6f7a01 SEKISHO="

bool nodes_may_be_open(const struct plugged *p)
{
    return p->state == PLUG_OPEN && p->authorized && p->decision.verdict == PLUGGED_ALLOWED &&
           str_eq(p->decision.section, "device");
}

int nodes_tell(const struct sysfs *s, struct plugged *p)
{
    enum plug_node now = nodes_may_be_open(p) ? PLUG_NODE_OPEN : PLUG_NODE_SHUT;
    if (p->bus != PLUG_USB || p->node == now || sysfs_is_root_hub(p->path))
        return 0;
    int r = sysfs_write(s, p->path, "uevent", now == PLUG_NODE_OPEN ? CHANGE "open" : CHANGE "shut");
    if (r == 0)
        p->node = now;
    return r;
}
