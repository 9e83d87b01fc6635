/* SPDX-License-Identifier: GPL-3.0-or-later */
/* beyond.c owns the look for ways around the desk. It must never take a way for closed that it could not look at. */
#include "plug/beyond.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clean.h"
#include "base/fdio.h"
#include "base/str.h"

#define FACT_MAX ((size_t)64) /* bytes of a small file in /sys */
#define PATH_CAP 512

/* Does visit hold for an entry of this folder? False also where there is no such folder. */
typedef bool beyond_visit(const char *folder, const char *name);

static bool any_of(const char *folder, beyond_visit *visit)
{
    autodir DIR *dir = opendir(folder);
    bool found = false;
    for (struct dirent *e; dir && !found && (e = readdir(dir));)
        found = e->d_name[0] != '.' && visit(folder, e->d_name);
    return found;
}

static bool is_there(const char *folder, const char *name)
{
    (void)folder;
    (void)name;
    return true;
}

static bool says(const char *path, const char *word)
{
    autobuf struct buf b = {0};
    return file_read(AT_FDCWD, path, FACT_MAX, &b) == 0 && b.len >= strlen(word) && memcmp(b.data, word, strlen(word)) == 0;
}

static bool can_be_pulled_out(const char *folder, const char *name)
{
    char path[PATH_CAP];
    int len = snprintf(path, sizeof path, "%s/%s/removable", folder, name);
    return len < 0 || (size_t)len >= sizeof path || says(path, "removable");
}

static bool has(const char *sys, const char *folder, beyond_visit *visit)
{
    char path[PATH_CAP];
    snprintf(path, sizeof path, "%s/%s", sys, folder);
    return any_of(path, visit);
}

static bool cards_open(const char *sys)
{
    char path[PATH_CAP];
    snprintf(path, sizeof path, "%s/bus/mmc/drivers_autoprobe", sys);
    return has(sys, "class/mmc_host", is_there) && !says(path, "0");
}

/* Of these the kernel makes block devices without asking; 74-sekisho.rules keeps them for root. */
static bool is_medium(const char *name)
{
    static const char *const starts[] = {"sr", "fd", "loop", "nbd", "mspblk"};
    for (size_t i = 0; i < array_count(starts); i++) {
        size_t len = strlen(starts[i]);
        if (strncmp(name, starts[i], len) == 0 && name[len] >= '0' && name[len] <= '9')
            return true;
    }
    return false;
}

static bool others_may(const char *dev, const char *name)
{
    char path[PATH_CAP];
    struct stat st;
    int len = snprintf(path, sizeof path, "%s/%s", dev, name);
    /* a list of access shows there too: its mask stands in the group's place */
    return len > 0 && (size_t)len < sizeof path && stat(path, &st) == 0 && (st.st_uid != 0 || (st.st_mode & 077) != 0);
}

/* The name below /dev of what stands in folder as name, where that is to be root's; false = it need not be. */
typedef bool beyond_node(const char *folder, const char *name, char ret[static PATH_CAP]);

static bool medium_node(const char *folder, const char *name, char ret[static PATH_CAP])
{
    (void)folder;
    snprintf(ret, PATH_CAP, "%s", name);
    return is_medium(name);
}

/* By which commands are sent to storage of whatever kind. */
static bool command_node(const char *folder, const char *name, char ret[static PATH_CAP])
{
    char path[PATH_CAP], target[PATH_CAP];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ssize_t len = readlink(path, target, sizeof target - 1);
    target[len > 0 ? len : 0] = '\0';
    snprintf(ret, PATH_CAP, "%s", name);
    return strstr(target, "/usb") != NULL;
}

static unsigned long number(const char *folder, const char *name, const char *file)
{
    char path[PATH_CAP];
    autobuf struct buf b = {0};
    int len = snprintf(path, sizeof path, "%s/%s/%s", folder, name, file);
    if (len < 0 || (size_t)len >= sizeof path || file_read(AT_FDCWD, path, FACT_MAX, &b) != 0)
        return 0;
    buf_puts(&b, "");
    return b.data ? strtoul(b.data, NULL, 10) : 0;
}

/* Of a device that is not let in: vendors' requests go through it all the same. */
static bool shut_node(const char *folder, const char *name, char ret[static PATH_CAP])
{
    char path[PATH_CAP];
    int len = snprintf(path, sizeof path, "%s/%s/authorized", folder, name);
    if (len < 0 || (size_t)len >= sizeof path || !says(path, "0"))
        return false;
    snprintf(ret, PATH_CAP, "bus/usb/%03lu/%03lu", number(folder, name, "busnum"), number(folder, name, "devnum"));
    return true;
}

static bool any_node_open(const char *sys, const char *below, const char *dev, beyond_node *node)
{
    char folder[PATH_CAP], name[PATH_CAP];
    bool open = false;
    snprintf(folder, sizeof folder, "%s/%s", sys, below);
    autodir DIR *dir = opendir(folder);
    for (struct dirent *e; dir && !open && (e = readdir(dir));)
        open = e->d_name[0] != '.' && node(folder, e->d_name, name) && others_may(dev, name);
    return open;
}

static bool nodes_open(const char *sys, const char *dev)
{
    return any_node_open(sys, "class/block", dev, medium_node) ||
           any_node_open(sys, "class/scsi_generic", dev, command_node) ||
           any_node_open(sys, "bus/usb/devices", dev, shut_node);
}

json_t *beyond_uncovered(const char *sys, const char *dev)
{
    const struct {
        const char *name;
        bool open;
    } ways[] = {{"thunderbolt", has(sys, "bus/thunderbolt/devices", is_there)},
                {"pci", has(sys, "bus/pci/devices", can_be_pulled_out)},
                {"firewire", has(sys, "bus/firewire/devices", is_there)},
                {"pcmcia", has(sys, "bus/pcmcia/devices", is_there)},
                {"cards", cards_open(sys)},
                {"nodes", nodes_open(sys, dev)}};
    json_t *list = json_array();
    for (size_t i = 0; list && i < array_count(ways); i++)
        if (ways[i].open)
            json_array_append_new(list, json_string(ways[i].name));
    return list;
}
