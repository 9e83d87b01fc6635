/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits that more than one process relies on. Units are in the names or the comments. */
#ifndef SEKISHO_LIMITS_H
#define SEKISHO_LIMITS_H

#define SK_ID_MAX           63              /* bytes of an id: person, area, case, … ([A-Za-z0-9._-]) */
#define SK_POLICY_MAX       (1024 * 1024)   /* bytes of a policy file */
#define SK_SIGNATURE_MAX    4096            /* bytes of a .minisig file */
#define SK_TEXT_MAX         1000            /* bytes of a purpose, a reason, a place, a name */
#define SK_FILE_NAME_MAX    4095            /* bytes of a path, as PATH_MAX without its NUL */
#define SK_WORD_MAX         131071          /* bytes of a word of a command: what execve(2) takes without its NUL */
#define SK_CASE_FILES_MAX   4096            /* files of one case */
#define SK_RECORD_MAX       (48 * 1024)     /* bytes of one ledger line with its newline */
#define SK_MESSAGE_MAX      (16 * 1024 * 1024) /* bytes of one message between processes */
#define SK_MESSAGE_FDS_MAX  200             /* descriptors with one message (SCM_RIGHTS allows 253) */
#define SK_AREAS_MAX        64              /* areas that are guarded at a time */
#define SK_PLACES_MAX       16              /* places that are searched for copies ([index] places) */
#define SK_NOTICES_MAX      16              /* who is told of an incident ([incident] notify) */
#define SK_ROOMS_MAX        64              /* rooms at a time */
#define SK_ROOM_UID_BASE    0x70000000u     /* a person with login uid U works in rooms as BASE + U */
#define SK_ROOM_UID_COUNT   0x0fff0000u     /* logins with a higher uid have no room */
#define SK_PEERS_MAX        64              /* connections to one socket at a time */
#define SK_ANSWER_MS        10000           /* milliseconds a daemon waits for another's answer */

#endif
