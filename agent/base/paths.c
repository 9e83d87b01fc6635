/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paths.c owns the table behind <sekisho/paths.h>. It must never touch the file system. */
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include <string.h>

enum top { TOP_ETC, TOP_LIB, TOP_RUN };

struct path_row {
    enum top top;
    const char *below;
    const char *user; /* NULL: not a folder */
    const char *group;
    mode_t mode;
};

static const struct path_row rows[SK_PATH_COUNT] = {
    [SK_PATH_CONFIG] = {TOP_ETC, "", "root", "root", 0755},
    [SK_PATH_KEYS] = {TOP_ETC, "/keys.d", "root", "root", 0755},
    [SK_PATH_LIB] = {TOP_LIB, "", "root", "root", 0755},
    [SK_PATH_POLICY] = {TOP_LIB, "/policy", SK_USER_CONTROL, "root", 0755},
    [SK_PATH_LEDGER] = {TOP_LIB, "/ledger", SK_USER_LEDGER, SK_GROUP_AUDIT, 02750},
    [SK_PATH_LEDGER_KEY] = {TOP_LIB, "/ledger-key", SK_USER_LEDGER, "root", 0700},
    [SK_PATH_CONTROL] = {TOP_LIB, "/control", SK_USER_CONTROL, "root", 0700},
    [SK_PATH_AREAS] = {TOP_LIB, "/areas", "root", "root", 0700},
    [SK_PATH_RUN] = {TOP_RUN, "", "root", "root", 0755},
    [SK_PATH_LOCK] = {TOP_RUN, "/lock", NULL, NULL, 0},
    [SK_PATH_GUARD_SOCKET] = {TOP_RUN, "/guard.sock", NULL, NULL, 0},
    [SK_PATH_LEDGER_SOCKET] = {TOP_RUN, "/ledger/ledger.sock", NULL, NULL, 0},
    [SK_PATH_DEVICE_SOCKET] = {TOP_RUN, "/device.sock", NULL, NULL, 0},
    [SK_PATH_EXPORT_SOCKET] = {TOP_RUN, "/export.sock", NULL, NULL, 0},
    [SK_PATH_CONTROL_SOCKET] = {TOP_RUN, "/control/control.sock", NULL, NULL, 0},
    [SK_PATH_RUN_LEDGER] = {TOP_RUN, "/ledger", SK_USER_LEDGER, "root", 0755},
    [SK_PATH_RUN_CONTROL] = {TOP_RUN, "/control", SK_USER_CONTROL, "root", 0755},
    [SK_PATH_ROOM_SOCKET] = {TOP_RUN, "/room.sock", NULL, NULL, 0},
    [SK_PATH_RUN_ROOMS] = {TOP_RUN, "/rooms", "root", "root", 0700},
    [SK_PATH_INDEX_SOCKET] = {TOP_RUN, "/index/index.sock", NULL, NULL, 0},
    [SK_PATH_RUN_INDEX] = {TOP_RUN, "/index", SK_USER_INDEX, "root", 0755},
    [SK_PATH_INDEX] = {TOP_LIB, "/index", SK_USER_INDEX, "root", 0700},
    [SK_PATH_RUN_INSIDE] = {TOP_RUN, "/inside", SK_USER_CONTROL, "root", 0700},
    [SK_PATH_NOTIFY_SOCKET] = {TOP_RUN, "/notify.sock", NULL, NULL, 0},
    [SK_PATH_PLUG_SOCKET] = {TOP_RUN, "/plug.sock", NULL, NULL, 0},
    [SK_PATH_MEDIA] = {TOP_RUN, "/media", "root", "root", 0755},
    [SK_PATH_DESKTOP] = {TOP_LIB, "/desktop", SK_USER_CONTROL, "root", 0755},
};

static const char *const default_tops[] = {"/etc/sekisho", "/var/lib/sekisho", "/run/sekisho"};
static const char *const instance_tops[] = {"/etc", "/lib", "/run"};

/* AF_UNIX addresses hold 107 bytes; the longest socket name below a root has 26. */
#define ROOT_MAX 80 /* bytes */

static char chosen_root[ROOT_MAX + 1];
static char texts[SK_PATH_COUNT][SK_PATH_CAP];

const char *sk_path(enum sk_path which)
{
    if (texts[which][0])
        return texts[which];
    const struct path_row *row = &rows[which];
    const char *const *tops = chosen_root[0] ? instance_tops : default_tops;
    snprintf(texts[which], sizeof texts[which], "%s%s%s", chosen_root, tops[row->top], row->below);
    return texts[which];
}

int sk_paths_choose(const char *root)
{
    if (!root)
        root = "";
    size_t len = strlen(root);
    if (len > ROOT_MAX)
        return SK_ERR_LIMIT;
    if (len && (root[0] != '/' || strstr(root, "..")))
        return SK_ERR_FORMAT;
    /* "/" is no instance: it must not be taken for the default one */
    if (len && strspn(root, "/") == len)
        return SK_ERR_FORMAT;
    memcpy(chosen_root, root, len + 1);
    while (len > 0 && chosen_root[len - 1] == '/')
        chosen_root[--len] = '\0';
    memset(texts, 0, sizeof texts);
    return 0;
}

const char *sk_paths_root(void)
{
    return chosen_root;
}

int sk_path_owner(enum sk_path which, const char **ret_user, const char **ret_group,
                  mode_t *ret_mode)
{
    const struct path_row *row = &rows[which];
    if (!row->user)
        return SK_ERR_NOT_FOUND;
    *ret_user = row->user;
    *ret_group = row->group;
    *ret_mode = row->mode;
    return 0;
}
