/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the policy library: the grammar as tables. parse.c fills struct policy from them, diff.c
 * compares by them, so that a key exists in one place only. */
#ifndef POLICY_TABLE_H
#define POLICY_TABLE_H

#include "policy/policy.h"

#define POLICY_KEYS_MAX     24   /* keys of one kind of section */
#define POLICY_SECTIONS_MAX 4096 /* named sections of one file, all kinds together */
#define POLICY_NUMBER_MAX   9999 /* N of a numbered key "purposes.N" */

/* What a value is and how it lies in its struct. */
enum policy_value {
    VALUE_TEXT,     /* char * */
    VALUE_LOGIN,    /* char * */
    VALUE_ADDRESS,  /* char *: of mail */
    VALUE_PATH,     /* char *: absolute, normal */
    VALUE_UUID,     /* char * */
    VALUE_PORT,     /* char *: where a device is plugged in */
    VALUE_REF,      /* char *: id of a section of kind `refers` */
    VALUE_TEXTS,    /* struct policy_list */
    VALUE_HOSTS,    /* struct policy_list: host name patterns */
    VALUE_PROGRAMS, /* struct policy_list: absolute paths with '*' and '?' */
    VALUE_PATHS,    /* struct policy_list: absolute, normal */
    VALUE_REFS,     /* struct policy_list: ids of sections of kind `refers` */
    VALUE_DAYS,     /* struct policy_list: YYYY-MM-DD */
    VALUE_NOTICES,  /* struct policy_list: mail addresses, absolute paths of programs */
    VALUE_DATE,     /* int64_t: the day's first second */
    VALUE_LAST_DAY, /* int64_t: the first second after the day */
    VALUE_DURATION, /* int64_t: seconds, least…most */
    VALUE_CLOCK,    /* struct policy_clock */
    VALUE_HOURS,    /* struct policy_hours */
    VALUE_YES_NO,   /* bool */
    VALUE_NUMBER,   /* uint64_t, least…most */
    VALUE_COUNT,    /* unsigned, least…most */
    VALUE_USB_ID,   /* unsigned: four hexadecimal digits */
    VALUE_WORD,     /* an enum: one of words */
    VALUE_WORDS,    /* unsigned: bits of words */
    VALUE_FLAG,     /* bool: one of words, as 0 or 1 */
    VALUE_FIXED,    /* nothing is kept: the one word that may stand there */
    VALUE_SHA256,   /* uint8_t[32] */
    VALUE_SIGN_KEY, /* struct minisign_public, and a bool at `has` */
    VALUE_AGE,      /* struct age_recipient, and a bool at `has` when that is not 0 */
};

struct policy_word {
    const char *name;
    int value;
};

/* Which change of a value lets more happen. */
enum policy_looser {
    LOOSER_NOT, /* neither: a label, another contract */
    LOOSER_UP,  /* more items, a larger number, a later day, yes */
    LOOSER_DOWN,
};

struct policy_key {
    const char *name;
    enum policy_value value;
    size_t offset;
    size_t has;                      /* offset of the bool that goes with it, 0 = none */
    const char *refers;              /* kind of section, for VALUE_REF and VALUE_REFS */
    const struct policy_word *words; /* ends with a NULL name */
    uint64_t least, most;
    bool required;
    enum policy_looser looser;
    bool empty_is_all;               /* an empty list or 0 means everything, or no limit */
    bool empty_is_all_in_room;       /* of an area: so, where its gate is a room */
    bool presence;                   /* looser or tighter is only that it is there */
    unsigned preset;                 /* VALUE_WORD, VALUE_DURATION: what holds when the key is absent */
};

/* The parts of struct policy: where the array lies, or where the one section lies. */
struct policy_section {
    const char *name;
    bool named;         /* [name ID], many; else [name], at most one */
    bool required;
    size_t items;       /* offset in struct policy: named: of the array's pointer; else of the part */
    size_t count;       /* named: offset of the array's size_t count */
    size_t size;        /* named: bytes of one item */
    enum policy_looser looser; /* when one is added */
    const struct policy_key *keys;
    size_t key_count;
};

extern const struct policy_section policy_sections[];
extern const size_t policy_section_count;

/* The section of that name, or NULL. */
const struct policy_section *policy_section_named(const char *name);

/* Is this a section, a key or a word of a later version (media, cloud, rooms…)? */
bool policy_section_planned(const char *name);
bool policy_key_planned(const char *section, const char *key);
bool policy_value_planned(const struct policy_key *key, const char *value);

/* Item number i of a named section, or the part itself (i = 0). */
void *policy_item(const struct policy *p, const struct policy_section *s, size_t i);
size_t policy_item_count(const struct policy *p, const struct policy_section *s);

/* What VALUE_AGE takes. */
#define POLICY_AGE_KEY PHRASE("an age public key, \"age1…\", 62 characters")

/* May the key be written as a list or as numbered keys? */
bool policy_key_is_list(const struct policy_key *key);

/* The defaults of what stands in no file: approval and ledger rules; every string "". 0 or -ENOMEM
 * (policy_free frees what there is). */
int policy_prepare(struct policy *p) SK_MUST_CHECK;
/* Make every NULL string of an item "" and set presets. 0 or -ENOMEM. */
int policy_item_prepare(const struct policy_section *s, void *item) SK_MUST_CHECK;
void policy_item_clear(const struct policy_section *s, void *item);

/* Put the text of one value (not empty) into its place in item; a list grows. `whole` means that
 * commas belong to the text (numbered keys).
 * 0; SK_ERR_FORMAT with what is allowed appended to *allowed, item unchanged; -ENOMEM. */
int policy_value_set(const struct policy_key *key, void *item, const char *text, bool whole,
                     struct buf *allowed) SK_MUST_CHECK;
/* The value as the file would write it, appended; nothing when it is absent. */
void policy_value_print(const struct policy_key *key, const void *item, struct buf *out);
/* [A-Za-z0-9._-], begins with a letter or digit, at most SK_ID_MAX bytes */
bool policy_id_valid(const char *id);

/* A finding to add. text is a phrase's format (base/phrase.h), allowed may hold phrases; found, allowed and
 * nearest may be NULL. */
struct policy_note {
    enum policy_severity severity;
    unsigned line;
    const char *code;
    const char *found, *allowed, *nearest;
};
/* 0 or -ENOMEM. Everything is escaped for screens here. */
int policy_note_add(struct policy_findings *f, const struct policy_note *note, const char *text,
                    ...) SK_PRINTF(3, 4) SK_MUST_CHECK;
int policy_note_vadd(struct policy_findings *f, const struct policy_note *note, const char *text,
                     va_list ap) SK_PRINTF(3, 0) SK_MUST_CHECK;
/* By line, in the order of their making within one. */
void policy_findings_sort(struct policy_findings *f);

/* lint_incident.c: what is to be said about [incident]. 0 or -ENOMEM. */
int policy_lint_incident(const struct policy *p, struct policy_findings *f) SK_MUST_CHECK;

/* lint_device.c: what is to be said about [device-class], [device] and [medium]. 0 or -ENOMEM. */
int policy_lint_devices(const struct policy *p, int64_t now, struct policy_findings *f) SK_MUST_CHECK;

/* lint_recipient.c: who can open what leaves. 0 or -ENOMEM. */
int policy_lint_recipients(const struct policy *p, struct policy_findings *f) SK_MUST_CHECK;

/* lint_approval.c: who can approve what, and in whose place. 0 or -ENOMEM. */
int policy_lint_approval(const struct policy *p, int64_t now, struct policy_findings *f) SK_MUST_CHECK;

/* Is this person a handler of that area, as decide.c will see it? Dates are left out: lint names them separately. */
bool policy_handles(const struct policy_person *person, const struct policy_area *area);

/* One place where a file names a section by its id. */
struct policy_reference {
    const struct policy_key *key;
    char *id;      /* what it names */
    unsigned line;
};
/* Two sections with one id; ids that name nothing. 0 or -ENOMEM. */
int policy_references_check(const struct policy *p, const struct policy_reference *references,
                            size_t count, struct policy_findings *f) SK_MUST_CHECK;

#endif
