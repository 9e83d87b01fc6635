/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The messages of room.sock as structures: every member checked, words unescaped
 * (<sekisho/proto.h> says what they mean). */
#ifndef ROOM_REQUEST_H
#define ROOM_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sekisho/limits.h>
#include "base/fault.h"
#include "room/scratch.h"

#define REQUEST_LOGIN_MAX   64   /* bytes of a login's name */
#define REQUEST_GROUPS_MAX  256  /* groups of a person */
#define REQUEST_WORDS_MAX   256  /* words of a command */
#define REQUEST_LOCALE_MAX  64   /* bytes of one locale variable */
#define REQUEST_COOKIE_LEN  16   /* bytes of an X cookie (MIT-MAGIC-COOKIE-1) */
#define REQUEST_DISPLAY_MAX 9999 /* X display numbers */

enum request_display { REQUEST_NESTED, REQUEST_SHARED };
enum { REQUEST_LANG, REQUEST_LANGUAGE, REQUEST_LC_ALL, REQUEST_TZ, REQUEST_IM, REQUEST_LOCALES };

/* ROOM_START. Zero-initialise, clear with request_start_clear. Texts are NUL-terminated. */
struct request_start {
    char room[SK_ID_MAX + 1]; /* for a new room, "" = any */
    char area[SK_ID_MAX + 1];
    char mount[SK_FILE_NAME_MAX + 1]; /* raw absolute path of the area in the room, "" = not said */
    char label[SK_TEXT_MAX + 1];
    char login[REQUEST_LOGIN_MAX + 1];
    uid_t uid; /* of the login: 1000 … SK_ROOM_UID_COUNT - 1 */
    gid_t gid;
    gid_t groups[REQUEST_GROUPS_MAX];
    size_t group_count;
    pid_t pid;
    bool remote, wait;
    enum scratch scratch;
    bool gpu; /* the policy gives the area's rooms the graphics card */
    enum request_display display;
    int x_display; /* number, -1 = none */
    uint8_t x_cookie[REQUEST_COOKIE_LEN];
    bool has_cookie;
    char *command[REQUEST_WORDS_MAX + 1]; /* raw words, ends with NULL; the first is not empty */
    size_t word_count;
    char folder[SK_FILE_NAME_MAX + 1]; /* raw, relative to the area, "" = top */
    char locale[REQUEST_LOCALES][REQUEST_LOCALE_MAX + 1]; /* "" = not given */
};

/* ROOM_PLACE. */
struct request_place {
    char area[SK_ID_MAX + 1];
    char login[REQUEST_LOGIN_MAX + 1];
    uid_t uid;
    pid_t pid;
};

/* Which rooms ROOM_END is about; "" = any. */
struct request_end {
    char room[SK_ID_MAX + 1];
    char area[SK_ID_MAX + 1];
    char login[REQUEST_LOGIN_MAX + 1];
    char why[SK_TEXT_MAX + 1]; /* for whoever is told of their end */
};

/* 0 or f->code (SK_ERR_FORMAT, SK_ERR_LIMIT, -ENOMEM); on failure *ret is cleared. */
int request_start(const json_t *body, struct request_start *ret, struct fault *f) SK_MUST_CHECK;
void request_start_clear(struct request_start *r);
#define autostart __attribute__((cleanup(request_start_clear)))

int request_place(const json_t *body, struct request_place *ret, struct fault *f) SK_MUST_CHECK;

int request_end(const json_t *body, struct request_end *ret, struct fault *f) SK_MUST_CHECK;

/* The form of an id ([A-Za-z0-9._-], not beginning with '.' or '-', at most SK_ID_MAX bytes), and of a
 * login's name (no '/', blank or control character, not beginning with '-' or '.'). */
bool request_is_id(const char *text);
bool request_is_login(const char *text);

/* An absolute path without empty, "." or ".." components; not "/" itself. */
bool request_is_absolute(const char *path);

#endif
