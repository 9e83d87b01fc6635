/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What desk.c, desk_turn.c and stick.c share; nobody else includes it. */
#ifndef PLUG_DESK_PARTS_H
#define PLUG_DESK_PARTS_H

#include "plug/desk.h"
#include "plug/media.h"
#include "plug/repeats.h"
#include "plug/revoked.h"

/* Whoever works at the PC needs these: they come in before they are on record. */
#define DESK_INPUT PLUGGED_INPUT

struct desk {
    struct sysfs *sysfs;
    struct ledger_line *ledger;
    struct repeats *repeats;      /* what devices do again and again is counted */
    struct media_line *media;
    struct revoked revoked;       /* media that are refused whatever the policy says */
    bool media_there;             /* it was connected when stick_turn looked last */
    struct policy *own;           /* NULL: the built-in one */
    const struct policy *policy;
    struct plugged_list devices;
    size_t count;
    struct glass glass;
    bool keeps;                   /* what was let in before stays as long as there is no policy */
    bool begun;                   /* what there was at the start is known */
    desk_marked *marked;          /* whom to tell that an identity was written, or not */
    void *marked_context;
};

/* desk.c */
void desk_after(struct desk *d, const struct plugged *p, const char *phase);
void desk_shut(struct desk *d, struct plugged *p, const char *phase);
void desk_let_in(struct desk *d, struct plugged *p);
void desk_judge(struct desk *d, struct plugged *p, const char *phase);
void desk_failed(struct desk *d, struct plugged *p, const char *what, int r);
/* Its switch is being used for so long that people are told. */
void desk_silent(struct desk *d, struct plugged *p);
/* What is decided about a USB device now, and is what comes in by p's decision only what one works with? */
void desk_decide(const struct desk *d, const struct plugged *p, struct plugged_decision *ret);
bool desk_is_input(const struct plugged *p);
void desk_check_drivers(struct desk *d, struct plugged *p);
enum plug_state desk_let_in_state(const struct plugged *p);
bool desk_is_in(const struct plugged *p);
/* The phase of its coming. */
const char *desk_arrival(const struct plugged *p);
void desk_readers(struct desk *d);
/* What was counted goes on record: what is due, or all. */
void desk_tell_counted(struct desk *d, bool all);

/* stick.c: is it one that its identity is to be looked at of? */
bool stick_is(const struct plugged *p);
/* What a device is for commands of SCSI came. */
void stick_lun(struct desk *d, const char *path);
/* A block device came. */
void stick_block(struct desk *d, const char *path, const char *number);
/* It is in, and is judged anew. */
void stick_again(struct desk *d, struct plugged *p);
/* The registration of the one that it turned out to be is over. */
bool stick_ended(const struct desk *d, const struct plugged *p);
/* Nothing of it stays mounted; it was pulled out. */
void stick_close(struct desk *d, struct plugged *p);
void stick_gone(struct desk *d, struct plugged *p);
/* Does one wait for the next list of turns? */
bool stick_in_doubt(const struct desk *d);
/* What is due; true as long as something waits. */
bool stick_turn(struct desk *d);
/* media.h */
void stick_answered(void *context, enum media_ask what, const char *number, const json_t *body, const char *why);

#endif
