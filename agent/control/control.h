/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of sekisho-control and what its parts offer each other. One thread, one struct. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <jansson.h>
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include <sekisho/proto.h>
#include <sekisho/reason.h>
#include <sekisho/record.h>
#include "control/field.h"
#include "control/fold.h"
#include "control/incidents.h"
#include "control/inside.h"
#include "control/link.h"
#include "control/register.h"
#include "control/rooms.h"
#include "control/rules.h"
#include "control/watcher.h"
#include "crypto/age.h"
#include "crypto/minisign.h"
#include "record/record.h"
#include "wire/guard_status.h"

#define PLUGS_MS                6000  /* milliseconds of an answer: it may wait for the ledger itself */
#define CONTROL_JOBS_MAX        16    /* transfers at a time */
#define CONTROL_PEERS_OF_USER   12    /* connections of one user at a time */
#define CONTROL_CLOSING_OF_USER 1024  /* descriptors of one user that are still being closed */
#define CONTROL_PEERS_OF_OTHERS 16    /* of all users together who are not on the roster */
#define CONTROL_JOBS_OF_USER    4     /* transfers of one user at a time */
#define CONTROL_WAITING_OF_USER 200   /* requests of one person that wait for an answer */
#define CONTROL_ASK_VALUES      16384 /* values in one question; the largest has SK_CASE_FILES_MAX paths */
#define CONTROL_GROUPS_MAX      256   /* supplementary groups of a requester */
#define CONTROL_IDLE_NS         (60ull * 1000000000)  /* an idle connection is closed after */
#define CONTROL_SWEEP_NS        (5ull * 1000000000)   /* between looks at guard, ledger and expiry */
#define CONTROL_REREAD_NS       (500ull * 1000000)    /* from the loss of an answer of the ledger to such a look */
#define CONTROL_BEGIN_NS        (60ull * 1000000000)  /* a transfer that does not begin for so long fails */
#define CONTROL_STALL_NS        (600ull * 1000000000) /* a transfer that says nothing for so long fails */
#define CONTROL_REQUEST_LIFE_S  ((int64_t)30 * 86400) /* an unanswered request expires after */
#define CONTROL_RECORD_FILES    ((size_t)24 * 1024)   /* bytes of content.files in one record */
#define CONTROL_LOGIN_CAP       256   /* bytes with NUL of a login name */
#define REFUSAL_PERIOD_NS       (60ull * 1000000000)
#define REFUSAL_RECORDS_MAX     20    /* refusals of a user in a period with records of their own */
#define REFUSAL_USERS_MAX       64    /* users told apart in a period; the others share one row */

struct job;

/* One connection to control.sock. */
struct peer {
    int fd;
    uint64_t id;            /* never used twice, so that a late answer finds nobody */
    struct wire_peer who;
    uint64_t last_ns;       /* boot clock of the last message */
    bool other;             /* neither root nor on the roster when it connected */
    bool busy;              /* a job works on its question */
    char area[SK_ID_MAX + 1]; /* it sits in a room of this area, "" = outside of rooms */
    struct watcher *watcher;  /* it watches (watcher.h), NULL = not */
};

/* Facts of the machine, opened before the sandbox closes. */
struct machine {
    int swaps_fd;           /* /proc/swaps, -1 = not readable */
    int userns_fd;          /* kernel.unprivileged_userns_clone, -1 = the kernel has no such switch */
    int userns_max_fd;      /* user.max_user_namespaces */
    int landlock_abi;       /* 0 = none */
    int ledger_fd;          /* inotify(7) of the ledger's folder, -1 = can't be had */
};

/* Refusals of one user in the present period. */
struct refusal_row {
    uid_t uid;
    uint64_t since_ns;          /* boot clock of the first, 0 = unused */
    uint64_t recorded, folded;  /* with a record of their own, counted only */
    json_t *last;               /* the last that was counted */
};

struct refusals {
    struct refusal_row rows[REFUSAL_USERS_MAX];
};

/* The connection on which index is asked for what it found, and what of it is in hand. */
struct index_feed {
    int fd;                 /* -1 = not connected */
    bool asked;             /* INDEX_NEXT is out */
    uint64_t after;         /* number of the last that needs nothing any more */
    uint64_t retry_ns;      /* boot clock: no new connection before */
    json_t *found;          /* taken, its record is not durable yet; NULL = none */
    json_t *places;         /* as device was last told */
    pid_t device_pid;       /* of the device process that was told */
};

/* What is being told of an incident (notices.c). */
struct notice_feed {
    int fd;                 /* to the one sekisho-notify that runs, -1 = none */
    uint64_t began_ns;
    char incident[SK_ID_MAX + 1], notice[64]; /* "opened", "added:SEQ" (of the record), "late:WHICH" */
    json_t *waits;          /* "INCIDENT NOTICE" → {"next" (boot seconds),"wait" (seconds)} after a failure */
    json_t *runs;           /* ["INCIDENT NOTICE"]: begun, and no answer is on record; NULL = not read yet */
};

struct control {
    char host[256];
    char boot_id[37];
    uint64_t started_ns;
    struct rules rules;
    struct fold *fold;
    struct shelf *shelf;    /* read with the fold */
    bool folded;            /* the table holds all that the ledger holds */
    bool started;           /* the first fold is done: what is open from now on is our own */
    char fold_why[512];
    struct link ledger, device, guard, room, index, plug;
    struct index_feed feed;
    struct incident_watch incident_watch;
    struct notice_feed notices;
    bool start_recorded;    /* the record of this start is with the ledger, or waits for it */
    int listener;
    struct inside inside;   /* listeners for rooms */
    struct room_job *room_jobs[CONTROL_ROOM_JOBS_MAX];
    struct room_end *room_ends[CONTROL_ROOM_ENDS_MAX];
    struct peer *peers[SK_PEERS_MAX];
    struct job *jobs[CONTROL_JOBS_MAX];
    uint64_t last_peer_id;
    uint64_t swept_ns;
    struct refusals refusals;
    json_t *closings;       /* records of what has happened that the ledger has not taken yet */
    bool ends_due;          /* what was erased may still have to end in the register (erase.h) */
    bool has_doubt;         /* an answer of the ledger was lost: it may hold some of them already, */
    uint64_t doubt_seq;     /* from this number on */
    json_t *drops;          /* case id → area: snapshots to be dropped */
    json_t *looked;         /* medium → since-ns of device's list, when it was looked at last */
    uint64_t last_look;     /* number of that job */
    json_t *sweeps;         /* destination ids where a broken transfer may have left something */
    struct minisign_secret manifest_key;
    bool has_manifest_key;
    char origin[64], enrolment[128]; /* of the ledger, from its last HEAD_IS */
    uint8_t guard_digest[32];        /* policy that the guard said it has */
    bool guard_known;
    struct machine machine;
};

/* ---- records.c: the ledger's one client ---- */

/* A record of this kind with the policy's version and digest; NULL when memory is short. */
json_t *control_record(const struct control *c, const char *kind);
json_t *control_person(const char *login, uid_t uid, const struct policy_person *p);

/* Make a record durable (and sealed), then fold it. 0, or a negative code with a sentence in *why;
 * the act must then not happen. Takes the record. */
int ledger_append(struct control *c, json_t *record, bool seal, uint64_t *ret_seq,
                  struct buf *why) SK_MUST_CHECK;

/* Write down what has happened already: kept and tried again when the ledger can't take it now. */
void ledger_close_act(struct control *c, json_t *record);
/* Put into an act's answer whether all that was done is on record, or waits for the ledger. 0 or -1. */
int ledger_say_recorded(const struct control *c, json_t *answer);

/* HEAD_IS, a new reference. */
int ledger_head(struct control *c, json_t **ret, struct buf *why) SK_MUST_CHECK;

/* 0 when acts can be recorded now, else why not. */
int ledger_ready(struct control *c, struct buf *why) SK_MUST_CHECK;

/* Bring the fold up to the ledger, close what nobody works on any more, write waiting closings. */
void ledger_catch_up(struct control *c);

/* Append a record whose content.files may be too long for one line: what does not fit goes before
 * it, in records of phase "content". Takes both references. */
int ledger_append_content(struct control *c, json_t *record, json_t *files, uint64_t bytes,
                          bool seal, uint64_t *ret_seq, struct buf *why) SK_MUST_CHECK;

int64_t control_now(const struct control *c); /* trusted time, seconds since 1970 */
/* The time by which what a period protects may go (trusted_least). */
int64_t control_least(const struct control *c);

/* ---- guard.c ---- */

int guard_status(struct control *c, struct guard_status *ret, struct buf *why) SK_MUST_CHECK;
/* Hand the policy in force to the guard. */
int guard_push(struct control *c, struct buf *why) SK_MUST_CHECK;
/* Push when the guard runs another policy than ours. */
void guard_watch(struct control *c);

/* ---- plugs.c: devices that are plugged in ---- */

/* Is somebody missed when sekisho-plug does not answer? */
bool plugs_needed(const struct control *c);
int plugs_status(struct control *c, json_t **ret, struct buf *why) SK_MUST_CHECK;
/* Have it judge by the policy in force, when it judges by another. */
void plugs_watch(struct control *c);
/* Would this policy shut what the PC is worked with? 0 no, or nobody is there to shut it; SK_ERR_REFUSED with a
 * sentence; a negative code: it can't be known. */
int plugs_try(struct control *c, const char *text, size_t len, struct buf *why) SK_MUST_CHECK;

/* ---- index.c: copies that sekisho-index found ---- */

/* Record what is in hand and ask for the next; nothing when that is out already. */
void index_ask(struct control *c);
void index_ready(struct control *c); /* its connection has something */
void index_close(struct control *c);
/* Its answer to STATUS, a new reference. */
int index_status(struct control *c, json_t **ret, struct buf *why) SK_MUST_CHECK;
/* Tell device which places the policy names, unless it knows. */
void index_places(struct control *c);

/* ---- store.c: files in SK_PATH_CONTROL ---- */

#define STORE_REQUEST  "requests"
#define STORE_PREPARED "prepared"
#define STORE_PERMIT   "permits"
#define STORE_STAGED   "staged"
#define STORE_AREA_KEY "area-keys" /* an area's own key for what is sealed to it */
int store_open(void) SK_MUST_CHECK; /* make the folders */
int store_write(const char *folder, const char *name, const void *data, size_t len) SK_MUST_CHECK;
int store_read(const char *folder, const char *name, size_t max, struct buf *b) SK_MUST_CHECK;
void store_remove(const char *folder, const char *name);
bool store_has(const char *folder, const char *name);
/* Call each(context, name) for every file in the folder. */
void store_each(const char *folder, void (*each)(void *, const char *), void *context);
/* An area's own age key, "AGE-SECRET-KEY-1…", for what colleagues' PCs seal to it: -ENOENT without one.
 * The caller wipes it. The recipient that goes with it; made when there is none. */
int area_key_read(const char *area, struct buf *ret) SK_MUST_CHECK;
int area_key_recipient(const char *area, bool *ret_new,
                       char ret[static AGE_RECIPIENT_CAP]) SK_MUST_CHECK;
/* The agent's own key for manifests; made at the first start (*ret_new). */
int store_manifest_key(struct minisign_secret *ret, bool *ret_new) SK_MUST_CHECK;

/* ---- drop.c: snapshots that are not needed any more, leftovers of broken transfers ---- */

void drop_later(struct control *c, const char *case_id, const char *area);
void sweep_later(struct control *c, const struct case_entry *e); /* its destination */
void drop_find(struct control *c); /* at the start: what an earlier run left behind */
void drop_run(struct control *c);
#define PREPARED_EARLIER ".earlier"
/* The name in STORE_PREPARED of the text that was handed out before the present one. */
void prepared_earlier(char ret[static SK_ID_MAX + sizeof PREPARED_EARLIER], const char *id);
void drop_prepared(const char *id); /* permit texts that were handed out for this case or hand-over */
void drop_all_prepared(void); /* they end by a time that was no time */
void drop_area(struct control *c, const char *area); /* it is destroyed, and they with it */

/* ---- ask.c: one question ---- */

enum may {
    MAY_ANYONE = 1,
    MAY_ROOT = 2,
    MAY_ROSTER = 4,         /* any person of the policy */
    MAY_HANDLER = 8,
    MAY_MANAGER = 16,       /* of the case's area, where the question names a case */
    MAY_ADMINISTRATOR = 32,
    MAY_AUDITOR = 64,
    MAY_REQUESTER = 128,    /* of the case that the question names; of a thing: who has it */
    MAY_APPROVER = 256,     /* of the case that the question names */
};

enum { ASK_ANSWERED = 0, ASK_LATER = 1 }; /* what a handler gives back, or a negative code */

struct ask {
    struct control *control;
    struct peer *peer;
    const struct op_row *row;
    json_t *body;
    int *fds;
    size_t fd_count;
    bool again;                         /* what was in its way is done (ask_again) */
    char login[CONTROL_LOGIN_CAP];      /* "" = no such login */
    const struct policy_person *person; /* NULL = not on the roster */
    struct case_entry *entry;           /* the case that "case" names, NULL = none */
    struct handover *handover;          /* of NAMES_REQUEST: the hand-over of an item, NULL = none */
    struct thing thing;                 /* the same of ops that take any id of the register */
    enum sk_reason approval;            /* may the asker approve it? */
    json_t *answer;                     /* the handler's; {} when NULL */
    /* on refusal */
    struct buf why;
    int reason;                         /* enum sk_reason, or -1 */
    const char *consent;                /* that came nearest; lives as long as the policy */
    json_t *detail;
    const char *wrong;                  /* the field whose form is, or whose word is none; NULL = none */
};

struct op_row {
    const char *op;
    unsigned may;           /* enum may bits; one of them is enough */
    bool recorded;          /* a refusal of this is a record */
    /* what "case" must be the id of; NAMES_REQUEST: a case, or a hand-over that was asked for */
    enum op_names { NAMES_NOTHING, NAMES_CASE, NAMES_REQUEST, NAMES_THING } names;
    bool inside;            /* is also answered inside a room */
    size_t fds_least, fds_most;
    const struct field *fields;
    int (*run)(struct ask *a);
};
extern const struct op_row op_rows[];
const struct op_row *op_find(const char *name);

/* Pure: does one of the row's bits fit? On no, *ret_reason is the reason to give, or -1. */
struct asker {
    bool root, on_roster, suspended, requester, manages;
    unsigned roles;
    enum sk_reason approval;
};
bool op_may(const struct op_row *row, const struct asker *who, int *ret_reason);

/* The login of a uid; "" when the user database has none or can't be read. */
void login_of(uid_t uid, char ret[static CONTROL_LOGIN_CAP]);

/* Take one ASK of a peer, answer it or let a job do so. Negative: drop the peer. */
int ask_run(struct control *c, struct peer *p, struct wire_message *m) SK_MUST_CHECK;

/* Ask once more what a peer that waits has asked, judged anew and without descriptors. */
void ask_again(struct control *c, struct peer *p, json_t *body);

/* For handlers: set the refusal and give back its code. */
int ask_fail(struct ask *a, int code, const char *format, ...) SK_PRINTF(3, 4);
int ask_refuse(struct ask *a, enum sk_reason reason, const char *format, ...) SK_PRINTF(3, 4);
/* A refusal with this code goes on record where that matters; an incident that comes of it, into a->detail. */
void ask_refused(struct ask *a, int code);
json_t *ask_person(const struct ask *a); /* control_person of the asker */
/* The record by which the case or hand-over was asked for that "case" names; NULL = none. */
const json_t *ask_request(const struct ask *a);
/* Is the permit of this case or hand-over still its approver's word (permit_stands)? 0, or the refusal. */
int ask_permit_stands(struct ask *a, const char *id, const json_t *asked, const json_t *permit) SK_MUST_CHECK;
/* Is it the asker's business what others do in this area ("": in none)? Root's, auditors', and the
 * managers' of that area. */
bool ask_oversees(const struct ask *a, const char *area);
/* Is what lies in rooms of this area to be kept from the asker, who sits outside (ops.h)? */
bool ask_is_kept_out(const struct ask *a, const char *area);
/* Take out of what is shown how many, how much and until when (count, bytes: null; return-by: ""): who
 * works in a room chooses these, and could say anything to a program outside by them. */
void ask_hide_numbers(json_t *row);
/* May the asker look at this case, by role or as a party to it? (op_case.c) */
bool ask_may_view(const struct ask *a, const struct case_entry *e);
/* Names that people give to files in a room, and what they write beside, are no way out of it: they
 * are shown outside when a permit has let them out, or to whom it falls to judge them (op_case.c). */
bool ask_case_is_kept_in(const struct ask *a, const struct case_entry *e);

/* ---- contracts.c: what the ledger is told of contracts ---- */

/* A record for each contract of the policy whose areas or title the ledger does not know so. */
int contracts_announce(struct control *c, const struct policy *p, struct buf *why) SK_MUST_CHECK;
/* A record of kind contract. Each says the contract's secret, by which seals are checked from there on.
 * NULL when memory is short. */
json_t *contract_record(const struct control *c, const char *contract, const char *phase);
/* Name the contract in a record that names only a case, a consent or an area. 0 or -ENOMEM. */
int contract_name(struct control *c, json_t *record) SK_MUST_CHECK;
/* The contract whose area this is in the policy in force, "" = none's. */
const char *contract_of_area(const struct control *c, const char *area);

/* ---- op_erase.c, op_contract.c, contract_open.c, ends.c: a contract's end ---- */

/* Does this person manage the contract: a manager of all areas, or of one of its own? */
bool contract_managed_by(const struct policy *p, const struct policy_person *who, const char *contract);
/* Refuse while an incident is open or no plan is confirmed. 0 or the refusal's code. */
int erasure_allowed(struct ask *a, const char *contract);
bool room_is_open(const struct control *c, const char *area);
/* What is still there of a contract: [{"kind","id","what","state","do","blocks":bool}] (ops.h). NULL with
 * a sentence in *why when it can't be found out. */
json_t *contract_open(struct control *c, const char *contract, struct buf *why);
/* Days that are left of a contract after today in Japan, -1 when it is over; and the warning level that is
 * due: 60, 30, 7, 0, or -1. */
int64_t contract_days(const struct policy_contract *p, int64_t now_s);
int contract_level(const struct policy_contract *p, int64_t now_s);
/* Record the warnings that are due. */
void ends_warn(struct control *c);

/* ---- refusals.c: what was refused, without letting anybody fill the ledger with it ---- */

/* Record a refusal, or count it; area: whose room it was asked in, "" = none. Takes person. True: it has a record
 * of its own. */
bool refusal_record(struct control *c, uid_t uid, const char *area, json_t *person,
                    const char *op, int reason,
                    const char *consent, const char *case_id, const char *why);
/* Write what was counted in the periods that are over, or in all of them. */
void refusals_close(struct control *c, bool all);

/* ---- notices.c: who is told of incidents ---- */

void notices_run(struct control *c);   /* begin with the next one that is due */
void notices_ready(struct control *c); /* the answer of sekisho-notify is there */
void notices_close(struct control *c);

/* ---- peers.c ---- */

/* One that connected to control.sock, or to that of the rooms of an area. */
void peer_accept(struct control *c, int listener, const char *area);
void peer_read(struct control *c, struct peer *p);
void peer_drop(struct control *c, struct peer *p);
void peers_idle(struct control *c);
struct peer *peer_by_id(struct control *c, uint64_t id);
void peer_answer(struct control *c, struct peer *p, const json_t *answer);
void peer_error(struct control *c, struct peer *p, int code, int reason, const char *why,
                const json_t *detail);
void peer_progress(struct control *c, struct peer *p, const json_t *progress);

/* ---- job.c: what takes its time ---- */

enum job_kind { JOB_FREEZE, JOB_RECEIVE, JOB_EXPORT, JOB_AREA, JOB_ERASE, JOB_MEDIUM, JOB_FILES, JOB_KIND_COUNT };

/* A question to the device process on a connection of its own and, for transfers, the exporter's
 * answer socket. Steps: asked → running → finishing → gone. */
struct job {
    enum job_kind kind;
    enum { JOB_ASKED, JOB_RUNNING, JOB_FINISHING } step;
    int device_fd, answer_fd; /* -1 = none */
    uint64_t peer_id;
    uint64_t heard_ns;        /* boot clock when it last said something */
    char id[SK_ID_MAX + 1];   /* case or receipt */
    char login[CONTROL_LOGIN_CAP];
    json_t *person;           /* who asked, for records */
    json_t *about;            /* what the kind needs to know */
    json_t *answer;           /* for the asker, when all went well */
    json_t *started;          /* files of JOB_STARTED */
    bool commit;              /* what was asked for with JOB_FINISH */
    int code, reason;         /* of the failure, when not committed or refused after that */
    json_t *detail;           /* of the refusal, for the asker; NULL = none */
    struct buf why;
};

/* Start: send the question with these descriptors to the device process. For transfers an answer
 * socket goes first. Takes about; the asker is answered when it ends. 0 = ASK_LATER to be given
 * back, or a negative code with a->why set. */
int job_start(struct ask *a, enum job_kind kind, uint16_t type, const json_t *question,
              const int *fds, size_t fd_count, const char *id, json_t *about) SK_MUST_CHECK;

/* For the kinds' handlers: go on to JOB_FINISH. Failure keeps code, reason and why. */
struct job_papers { /* what lies beside an export; NULL = none */
    const char *manifest, *signature, *cover;
};
void job_commit(struct control *c, struct job *j, const struct job_papers *papers); /* NULL: no export */
void job_fail(struct control *c, struct job *j, int code, int reason, const char *why);

void job_ready(struct control *c, struct job *j, short device_events, short answer_events);
void jobs_stalled(struct control *c);
/* Who asked has gone: an erasure ends with that, everything else goes on. */
void jobs_left(struct control *c, uint64_t peer_id);
bool job_of(const struct control *c, const char *id); /* is one at work on this case? */
bool job_is_finishing(const struct control *c, const char *id); /* and has been told to end? */
/* The one at work on this case fails for this reason (enum sk_reason); none: nothing happens. */
void job_end_of(struct control *c, const char *id, int reason, const char *why);
/* Exports end whose permit is over, or its approvers' word no longer. */
void exports_expire(struct control *c);
void jobs_abort(struct control *c);

/* What each kind does at each turn. Any may be NULL. */
struct job_actions {
    /* it said how far it is, before who asked is told that; NULL = nothing is made of it. It may take out of it. */
    void (*heard)(struct job *j, json_t *progress);
    /* the exporter (or for areas the device process) is done */
    void (*done)(struct control *c, struct job *j, const json_t *message);
    /* committed: record, set j->answer */
    void (*committed)(struct control *c, struct job *j);
    /* failed, everything temporary gone: record */
    void (*failed)(struct control *c, struct job *j);
};
extern const struct job_actions job_freeze, job_receive, job_export, job_area, job_erase, job_medium, job_files;

/* ---- shared by the handlers ---- */

/* {"uid","gid","groups":[…]} of the asker. */
json_t *requester_json(const struct ask *a);
/* The person of the roster whom a question's "to" names with the roster's name, or what it says of
 * somebody else: {"person","name","organisation"}. 0, or a refusal. */
int to_json(struct ask *a, json_t **ret) SK_MUST_CHECK;
/* May this person of the roster work with the thing, and so have it? 0, or a refusal. */
int check_colleague(struct ask *a, const char *id) SK_MUST_CHECK;
/* A record of kind item about this thing, by the asker: item, phase, person, contract, area. */
json_t *item_record(struct ask *a, const struct thing *t, const char *phase);
/* {"text","file","sha256"} of the question's proof; NULL after the refusal of one that proves nothing. */
json_t *proof_json(struct ask *a);
/* The question's receipt, signed by who received the case's export, by the client where it is to be the client's now:
 * what it proves, and with which key. 0, or a refusal. */
int receipt_check(struct ask *a, const struct case_entry *e, bool to_client, json_t **ret_proof,
                  char ret_key[static MINISIGN_PUBLIC_TEXT_CAP]) SK_MUST_CHECK;
/* The receipt where the question has one, else its proof; ret_key stays as it is for the latter. */
int proof_or_receipt(struct ask *a, const struct thing *t, bool to_client, json_t **ret_proof,
                     char ret_key[static MINISIGN_PUBLIC_TEXT_CAP]) SK_MUST_CHECK;
/* 0, or a refusal when the contract was closed: nothing comes in any more that its end does not count. */
int check_not_closed(struct ask *a, const char *contract) SK_MUST_CHECK;
/* 0, or a refusal when the question's "return-by" is a day that is over. */
int check_return_by(struct ask *a) SK_MUST_CHECK;

/* ---- handover_text.c ---- */

/* The text that an approver signs, of what the record says that was asked for. */
int handover_text(struct control *c, const json_t *asked, struct buf *out, struct buf *why) SK_MUST_CHECK;

/* ---- op_handover.c, for op_handover_confirm.c and op_permit.c ---- */

/* The hand-over with that id, or the open one of that thing. 0 or a refusal. */
int handover_find(struct ask *a, const char *id, struct handover **ret,
                  struct thing *ret_thing) SK_MUST_CHECK;
json_t *handover_record(struct ask *a, const char *id, const struct thing *t, const char *phase);
bool handover_manages(const struct ask *a, const char *area); /* is the asker a manager of the area? */
/* Did the asker ask for it, or have the thing? */
bool handover_is_mine(const struct ask *a, const struct handover *h, const struct thing *t);
/* ---- op_handover_confirm.c, for watcher.c ---- */
bool handover_may_view(const struct ask *a, const struct handover *h, const struct thing *t);

/* {"path","uuid","kind"} as the device process wants it; NULL when memory is short. */
json_t *destination_json(const struct policy_destination *d);
/* Its kind, as records and the policy call it. */
const char *destination_kind(const struct policy_destination *d);
/* {"id","document","date","sha256"}; NULL when memory is short. */
json_t *consent_json(const struct policy_consent *consent);
/* The next id "T-20261121-0007" of this letter. */
int next_id(struct control *c, char letter, char ret[static SK_ID_MAX + 1]) SK_MUST_CHECK;
/* Compare what the exporter saw with the files as planned; joins names with sizes and digests when
 * planned has none. 0 or SK_ERR_DIGEST / SK_ERR_FORMAT. *ret is [{"name","bytes","sha256"}]. */
int files_join(const json_t *planned, const json_t *seen, json_t **ret,
               uint64_t *ret_bytes) SK_MUST_CHECK;

int op_whoami(struct ask *a);
int op_status(struct ask *a);
int op_policy_install(struct ask *a);
int op_policy_show(struct ask *a);
int op_area_create(struct ask *a);
int op_area_open(struct ask *a);
int op_area_close(struct ask *a);
int op_device_list(struct ask *a);
int op_device_approve(struct ask *a);
int op_device_revoke(struct ask *a);
int op_medium_return(struct ask *a);
int op_area_list(struct ask *a);
int op_room_start(struct ask *a);
int op_room_list(struct ask *a);
int op_room_end(struct ask *a);
int op_watch(struct ask *a);
int op_why(struct ask *a);
int op_receive(struct ask *a);
int op_request(struct ask *a);
int op_request_standing(struct ask *a);
int op_request_withdraw(struct ask *a);
int op_requests(struct ask *a);
int op_request_text(struct ask *a);
int op_permit_prepare(struct ask *a);
int op_permit_submit(struct ask *a);
int op_permit_reject(struct ask *a);
int op_permit_revoke(struct ask *a);
int op_permit_text(struct ask *a);
int op_approval_failed(struct ask *a);
int op_sent(struct ask *a);
int op_export(struct ask *a);
int op_case(struct ask *a);
int op_cases(struct ask *a);
int op_ledger_archives(struct ask *a);
int op_ledger_archive(struct ask *a);
int op_ledger_prune(struct ask *a);
int op_copies(struct ask *a);
int op_copies_confirm(struct ask *a);
int op_register_add(struct ask *a);
int op_register_list(struct ask *a);
int op_register_show(struct ask *a);
int op_register_check(struct ask *a);
int op_register_move(struct ask *a);
int op_give(struct ask *a);
int op_handover(struct ask *a);
int op_handover_list(struct ask *a);
int op_handover_give(struct ask *a);
int op_handover_confirm(struct ask *a);
int op_area_key(struct ask *a);
int op_return(struct ask *a);
int op_dispose(struct ask *a);
int op_erase(struct ask *a);
int op_contract_list(struct ask *a);
int op_contract_show(struct ask *a);
int op_contract_close(struct ask *a);
int op_attest(struct ask *a);
int op_clock_correct(struct ask *a);
int op_incident_open(struct ask *a);
int op_incident_add(struct ask *a);
int op_incident_report(struct ask *a);
int op_incident_close(struct ask *a);
int op_incident_list(struct ask *a);
int op_incident_show(struct ask *a);
int op_incident_draft(struct ask *a);
int op_lost(struct ask *a);
int op_paper_prepare(struct ask *a);
int op_paper_confirm(struct ask *a);

/* The areas as the device process and the guard know them, joined with the policy. A missing peer
 * leaves what it would have said out and says why. */
json_t *areas_list(struct control *c, const struct guard_status *guard, struct buf *why);
/* What device knows of its areas: AREAS, or NULL when it does not answer; and one row of its list. */
json_t *areas_ask(struct control *c, struct buf *why);
const json_t *areas_row(const json_t *areas, const char *id);
/* Leave out what an asker must not know: outside of rooms, how full a room's area is. A program in a room
 * would have a number there that anybody may read. */
void areas_hide(const struct ask *a, json_t *areas);

#endif
