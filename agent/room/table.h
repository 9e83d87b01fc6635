/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rooms there are, and what is kept of each on disk so that a new sekisho-room finds them.
 *
 * SK_PATH_RUN_ROOMS/ID/
 *   state       one JSON object (state.c), written when the room's first process lives
 *   socket      where the first process listens for commands
 *   area        folder on which the area is mounted, in the private namespace only
 *   display     socket of the person's display, likewise
 *   x11/        sockets of X servers as the room sees them
 *   cookie      Xauthority file for the person's display */
#ifndef ROOM_TABLE_H
#define ROOM_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "room/request.h"
#include "room/tie.h"

#define ROOM_ID_MAX  31 /* bytes: R-YYYYMMDD-HHMMSS-N */
#define ROOM_NO_FD   (-1)
#define ROOM_WHY_MAX SK_TEXT_MAX /* bytes of the reason for an end */

/* A room is there from the moment that its first process lives until nothing of it is left. */
struct room {
    char id[ROOM_ID_MAX + 1];
    char area[SK_ID_MAX + 1];
    char mount[SK_FILE_NAME_MAX + 1]; /* where the area is, inside */
    char login[REQUEST_LOGIN_MAX + 1];
    uid_t uid; /* of the login */
    gid_t gid;
    gid_t groups[REQUEST_GROUPS_MAX];
    size_t group_count;
    uint64_t since_ns;   /* CLOCK_BOOTTIME */
    enum request_display display;
    int x_display;       /* number inside, -1 = none; the room was made with the person's own when
                            display = shared */
    bool remote;
    bool gpu;            /* it has a graphics card */
    struct ties ties;    /* logins that hold it */
    pid_t init_pid;      /* the first process, in our pid namespace */
    uint64_t init_start; /* its start, clock ticks since boot: tells it from a later one of its number */
    int init_fd;         /* pidfd */
    int namespace_fd;    /* its mount namespace */
    int removed_fd;      /* memory in which it says what it removed at its end, -1 = can't be learned */
    struct scratch_removed removed;
    uint64_t leaving_ns; /* CLOCK_BOOTTIME of the beginning of its end, 0 = it lives */
    uint64_t limit_ns;   /* of the next step of that end (house.c) */
    bool killed;         /* TERM was not enough */
    bool gone;           /* its first process has ended: what is left of the room is being removed */
    char why[ROOM_WHY_MAX + 1]; /* why it was ended, "" = by itself */
};

struct room_table {
    struct room *rooms[SK_ROOMS_MAX];
    size_t count;
    unsigned given; /* ids */
    int folder_fd; /* SK_PATH_RUN_ROOMS */
    int cgroups_fd;
};

struct room *table_find(const struct room_table *t, const char *area, uid_t uid);
struct room *table_find_id(const struct room_table *t, const char *id);

/* Take a room out of the table and free it, its descriptors closed. */
void table_forget(struct room_table *t, struct room *r);
void room_free(struct room **r);
#define autoroom __attribute__((cleanup(room_free)))

/* A new id, which was not given out before: the time and a number. */
void table_new_id(struct room_table *t, char ret[static ROOM_ID_MAX + 1]);

/* Is nothing called so? */
bool table_id_is_free(const struct room_table *t, const char *id);

/* The room's folder, or one of its entries, as a path; PATH bytes with NUL. */
#define TABLE_PATH_CAP 256
void table_path(const char *room, const char *entry, char ret[static TABLE_PATH_CAP]);

/* state.c: what is kept of a room as text, and back: 0, SK_ERR_FORMAT, SK_ERR_LIMIT, -ENOMEM. What
 * descriptors and namespaces it has is found anew by table_recover. */
int state_write(const struct room *r, struct buf *out) SK_MUST_CHECK;
int state_read(const char *text, size_t len, struct room *ret) SK_MUST_CHECK;

/* The 22nd field of /proc/PID/stat: a process's start. False when it can't be read. */
bool process_start(pid_t pid, uint64_t *ret);

/* Write the room's state file. 0 or -errno. */
int table_save(const struct room_table *t, const struct room *r) SK_MUST_CHECK;

/* Make a room's folder with its entries / remove it with all that is in it. */
int table_make_folder(const struct room_table *t, const char *room) SK_MUST_CHECK;
void table_remove_folder(const struct room_table *t, const char *room);

/* Fill in the descriptors of a living room. 0; SK_ERR_NOT_FOUND when its first process is gone. */
int room_attach(const struct room_table *t, struct room *r) SK_MUST_CHECK;

/* At the start: every room that an earlier sekisho-room left is in the table, and what is left of
 * rooms that ended meanwhile is removed. tell is called for each. */
void table_recover(struct room_table *t, void (*tell)(const char *room, const char *what));

/* Kill what is left of a room and remove its cgroup and folder. */
void table_clear(const struct room_table *t, const char *room);

#endif
