/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every path of the agent, with owner and mode. An instance is one installation: the default one
 * lives in /etc/sekisho, /var/lib/sekisho and /run/sekisho; one with a root DIR lives in DIR/etc,
 * DIR/lib and DIR/run (quickstart and tests). Daemons take it from --instance DIR, the command-line
 * tool from --instance DIR or the environment's SEKISHO_INSTANCE. */
#ifndef SEKISHO_PATHS_H
#define SEKISHO_PATHS_H

#include <stddef.h>
#include <sys/types.h>

#define SK_PATH_CAP 512 /* bytes with NUL, any path below */

/* Logins of the processes that hold no privilege, and the group that may read the ledger. */
#define SK_USER_LEDGER  "sk-ledger"
#define SK_USER_CONTROL "sk-control"
#define SK_USER_EXPORT  "sk-export"
#define SK_USER_INDEX   "sk-index"
#define SK_USER_NOTIFY  "sk-notify"
#define SK_GROUP_AUDIT  "sk-audit"

enum sk_path {
    SK_PATH_CONFIG,         /* /etc/sekisho             root 0755 */
    SK_PATH_KEYS,           /* …/keys.d                 root 0755: *.pub, keys trusted for policies */
    SK_PATH_LIB,            /* /var/lib/sekisho         root 0755 */
    SK_PATH_POLICY,         /* …/policy                 sk-control 0755: the policy in force */
    SK_PATH_LEDGER,         /* …/ledger                 sk-ledger:sk-audit 2750 */
    SK_PATH_LEDGER_KEY,     /* …/ledger-key             sk-ledger 0700: the epoch key */
    SK_PATH_CONTROL,        /* …/control                sk-control 0700: requests, permits, manifest key */
    SK_PATH_AREAS,          /* …/areas                  root 0700: image files */
    SK_PATH_RUN,            /* /run/sekisho             root 0755 */
    SK_PATH_LOCK,           /* …/lock                   root 0600: held by the one running sekishod */
    SK_PATH_GUARD_SOCKET,   /* …/guard.sock             root:sk-control 0660, sekishod listens */
    SK_PATH_LEDGER_SOCKET,  /* …/ledger/ledger.sock     in a folder of sk-ledger, ledger listens */
    SK_PATH_DEVICE_SOCKET,  /* …/device.sock            root:sk-control 0660, device listens */
    SK_PATH_EXPORT_SOCKET,  /* …/export.sock            root 0600, the starter listens for device */
    SK_PATH_CONTROL_SOCKET, /* …/control/control.sock   in a folder of sk-control, control listens */
    SK_PATH_RUN_LEDGER,     /* …/ledger                 sk-ledger 0755 */
    SK_PATH_RUN_CONTROL,    /* …/control                sk-control 0755 */
    SK_PATH_ROOM_SOCKET,    /* …/room.sock              root:sk-control 0660, room listens */
    SK_PATH_RUN_ROOMS,      /* …/rooms                  root 0700: what room keeps of each room */
    SK_PATH_INDEX_SOCKET,   /* …/index/index.sock       in a folder of sk-index, index listens */
    SK_PATH_RUN_INDEX,      /* …/index                  sk-index 0755 */
    SK_PATH_INDEX,          /* …/index (in lib)         sk-index 0700: digests known so far */
    SK_PATH_RUN_INSIDE,     /* …/inside                 sk-control 0700: AREA/control.sock for that area's rooms */
    SK_PATH_DESKTOP,        /* …/desktop (in lib)       sk-control 0755: entries "Protected workspace (AREA)" */
    SK_PATH_NOTIFY_SOCKET,  /* …/notify.sock            root:sk-control 0660, the starter listens for control */
    SK_PATH_MEDIA,          /* …/media                  root 0755: LOGIN/ID, approved media for reading */
    SK_PATH_PLUG_SOCKET,    /* …/plug.sock              root:sk-control 0660, plug listens */
    SK_PATH_COUNT
};

/* Inside a room, in whatever instance: the folder SK_PATH_RUN_INSIDE/AREA, bound in read-only (the
 * folder and not its control.sock, which is a new one after each start of control). It is where the
 * default instance has SK_PATH_RUN_CONTROL, so that the command-line tool finds it unasked. */
#define SK_ROOM_CONTROL "/run/sekisho/control"

/* At the top of an area: the folder of people's home folders in rooms. */
#define SK_ROOM_HOMES ".rooms"

/* The text of a path in the chosen instance; valid until the next sk_paths_choose. Never NULL. */
const char *sk_path(enum sk_path which);

/* Choose the instance with this root ("" or NULL: the default one). The root must be an absolute
 * path without "..". 0, or SK_ERR_FORMAT / SK_ERR_LIMIT. */
int sk_paths_choose(const char *root);

/* The root of the chosen instance, "" for the default one: tells instances apart. */
const char *sk_paths_root(void);

/* Folders only: owner and group names and mode for the one that makes them (starter, tmpfiles).
 * 0, or SK_ERR_NOT_FOUND when `which` is no folder. */
int sk_path_owner(enum sk_path which, const char **ret_user, const char **ret_group,
                  mode_t *ret_mode);

#endif
