/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cards.c owns what is done with memory cards. It must never touch what is soldered into the PC. */
#include "plug/cards.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"

#define BUS    "bus/mmc"
#define DRIVER BUS "/drivers/mmcblk"

/* The reader's module may have come after this process had shed the right to write here: then udev's rule has done
 * it, and there is nothing to be done. */
int cards_close(const struct sysfs *s, bool closed)
{
    bool whole = true;
    autofree char *now = sysfs_text(s, BUS, "drivers_autoprobe", &whole);
    if (now && str_eq(now, closed ? "0" : "1"))
        return 0;
    return sysfs_write(s, BUS, "drivers_autoprobe", closed ? "0" : "1");
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A number that the kernel writes as "0x000003". */
static uint16_t number(const struct sysfs *s, const char *path, const char *name)
{
    bool whole = true;
    autofree char *text = sysfs_text(s, path, name, &whole);
    return text ? (uint16_t)strtoul(text, NULL, 16) : 0;
}

static bool is_slot_card(const struct sysfs *s, const char *path)
{
    bool whole = true;
    autofree char *type = sysfs_text(s, path, "type", &whole);
    return type && str_eq(type, "SD"); /* "MMC" is soldered in, "SDIO" is no memory */
}

void cards_judge(struct plugged *p)
{
    p->decision = (struct plugged_decision){.verdict = PLUGGED_REFUSED, .reason = SK_REASON_MEDIUM_UNKNOWN,
                                            .classes = POLICY_CLASS_STORAGE, .refused = POLICY_CLASS_STORAGE,
                                            .section = "", .id = ""};
}

int cards_read(const struct sysfs *s, const char *path, struct plugged **ret)
{
    bool whole = true;
    if (strlen(path) >= PLUG_PATH_CAP)
        return SK_ERR_LIMIT;
    if (!is_slot_card(s, path))
        return SK_ERR_UNSUPPORTED;
    struct plugged *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    memcpy(p->path, path, strlen(path) + 1);
    p->folder = sysfs_folder(s, path);
    p->bus = PLUG_CARD;
    p->said.vendor = number(s, path, "manfid");
    p->said.product = number(s, path, "oemid");
    p->serial = sysfs_text(s, path, "serial", &whole);
    p->name = sysfs_text(s, path, "name", &whole);
    p->maker = strdup("");
    p->port = strdup(name_of(path));
    p->since_ns = clock_boot_ns();
    cards_judge(p);
    if (p->folder == 0 || !p->serial || !p->maker || !p->name || !p->port) {
        int r = p->folder == 0 ? -ENOENT : -ENOMEM;
        plugged_free(p);
        return r;
    }
    p->authorized = cards_bound(s, p);
    *ret = p;
    return 0;
}

bool cards_is_there(const struct sysfs *s, const struct plugged *p)
{
    return is_slot_card(s, p->path);
}

bool cards_bound(const struct sysfs *s, const struct plugged *p)
{
    char driver[64];
    sysfs_driver(s, p->path, driver);
    return driver[0] != '\0';
}

int cards_set(const struct sysfs *s, const struct plugged *p, bool in)
{
    if (cards_bound(s, p) == in)
        return 0;
    return in ? sysfs_write(s, BUS, "drivers_probe", name_of(p->path)) : sysfs_write(s, DRIVER, "unbind", name_of(p->path));
}
