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
#include "control/inside.h"
#include "control/link.h"
#include "control/rooms.h"
#include "control/rules.h"
#include "control/watcher.h"
#include "crypto/minisign.h"
#include "record/record.h"
#include "wire/guard_status.h"

#define CONTROL_JOBS_MAX        16    /* transfers at a time */
#define CONTROL_PEERS_OF_USER   12    /* connections of one user at a time */
#define CONTROL_PEERS_OF_OTHERS 16    /* of all users together who are not on the roster */
#define CONTROL_JOBS_OF_USER    4     /* transfers of one user at a time */
#define CONTROL_ASK_VALUES      16384 /* values in one question; the largest has SK_CASE_FILES_MAX paths */
#define CONTROL_GROUPS_MAX      256   /* supplementary groups of a requester */
#define CONTROL_IDLE_NS         (60ull * 1000000000)  /* an idle connection is closed after */
#define CONTROL_SWEEP_NS        (5ull * 1000000000)   /* between looks at guard, ledger and expiry */
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

struct control {
    char host[256];
    char boot_id[37];
    uint64_t started_ns;
    struct rules rules;
    struct fold *fold;
    bool folded;            /* the table holds all that the ledger holds */
    bool started;           /* the first fold is done: what is open from now on is our own */
    char fold_why[256];
    struct link ledger, device, guard, room, index;
    struct index_feed feed;
    int listener;
    struct inside inside;   /* listeners for rooms */
    struct room_job *room_jobs[CONTROL_ROOM_JOBS_MAX];
    struct peer *peers[SK_PEERS_MAX];
    struct job *jobs[CONTROL_JOBS_MAX];
    uint64_t last_peer_id;
    uint64_t swept_ns;
    struct refusals refusals;
    json_t *closings;       /* records of what has happened that the ledger has not taken yet */
    json_t *drops;          /* case id → area: snapshots to be dropped */
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

/* ---- guard.c ---- */

int guard_status(struct control *c, struct guard_status *ret, struct buf *why) SK_MUST_CHECK;
/* Hand the policy in force to the guard. */
int guard_push(struct control *c, struct buf *why) SK_MUST_CHECK;
/* Push when the guard runs another policy than ours. */
void guard_watch(struct control *c);

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
int store_open(void) SK_MUST_CHECK; /* make the folders */
int store_write(const char *folder, const char *name, const void *data, size_t len) SK_MUST_CHECK;
int store_read(const char *folder, const char *name, size_t max, struct buf *b) SK_MUST_CHECK;
void store_remove(const char *folder, const char *name);
bool store_has(const char *folder, const char *name);
/* Call each(context, name) for every file in the folder. */
void store_each(const char *folder, void (*each)(void *, const char *), void *context);
/* The agent's own key for manifests; made at the first start (*ret_new). */
int store_manifest_key(struct minisign_secret *ret, bool *ret_new) SK_MUST_CHECK;

/* ---- drop.c: snapshots that are not needed any more, leftovers of broken transfers ---- */

void drop_later(struct control *c, const char *case_id, const char *area);
void sweep_later(struct control *c, const struct case_entry *e); /* its destination */
void drop_find(struct control *c); /* at the start: what an earlier run left behind */
void drop_run(struct control *c);

/* ---- ask.c: one question ---- */

enum may {
    MAY_ANYONE = 1,
    MAY_ROOT = 2,
    MAY_ROSTER = 4,         /* any person of the policy */
    MAY_HANDLER = 8,
    MAY_MANAGER = 16,       /* of the case's area, where the question names a case */
    MAY_ADMINISTRATOR = 32,
    MAY_AUDITOR = 64,
    MAY_REQUESTER = 128,    /* of the case that the question names */
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
    char login[CONTROL_LOGIN_CAP];      /* "" = no such login */
    const struct policy_person *person; /* NULL = not on the roster */
    struct case_entry *entry;           /* the case that "case" names, NULL = none */
    enum sk_reason approval;            /* may the asker approve it? */
    json_t *answer;                     /* the handler's; {} when NULL */
    /* on refusal */
    struct buf why;
    int reason;                         /* enum sk_reason, or -1 */
    const char *consent;                /* that came nearest; lives as long as the policy */
    json_t *detail;
};

struct op_row {
    const char *op;
    unsigned may;           /* enum may bits; one of them is enough */
    bool recorded;          /* a refusal of this is a record */
    bool of_case;           /* "case" must name one */
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

/* For handlers: set the refusal and give back its code. */
int ask_fail(struct ask *a, int code, const char *format, ...) SK_PRINTF(3, 4);
int ask_refuse(struct ask *a, enum sk_reason reason, const char *format, ...) SK_PRINTF(3, 4);
json_t *ask_person(const struct ask *a); /* control_person of the asker */
/* Is it the asker's business what others do in this area ("": in none)? Root's, auditors', and the
 * managers' of that area. */
bool ask_oversees(const struct ask *a, const char *area);
/* Is what lies in rooms of this area to be kept from the asker, who sits outside (ops.h)? */
bool ask_is_kept_out(const struct ask *a, const char *area);
/* Names that people give to files in a room, and what they write beside, are no way out of it: they
 * are shown outside when a permit has let them out, or to whom it falls to judge them (op_case.c). */
bool ask_case_is_kept_in(const struct ask *a, const struct case_entry *e);

/* ---- refusals.c: what was refused, without letting anybody fill the ledger with it ---- */

/* Record a refusal, or count it; area: whose room it was asked in, "" = none. Takes person. */
void refusal_record(struct control *c, uid_t uid, const char *area, json_t *person,
                    const char *op, int reason,
                    const char *consent, const char *case_id, const char *why);
/* Write what was counted in the periods that are over, or in all of them. */
void refusals_close(struct control *c, bool all);

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

enum job_kind { JOB_FREEZE, JOB_RECEIVE, JOB_EXPORT, JOB_AREA, JOB_KIND_COUNT };

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
    int code, reason;         /* of the failure, when not committed */
    struct buf why;
};

/* Start: send the question with these descriptors to the device process. For transfers an answer
 * socket goes first. Takes about; the asker is answered when it ends. 0 = ASK_LATER to be given
 * back, or a negative code with a->why set. */
int job_start(struct ask *a, enum job_kind kind, uint16_t type, const json_t *question,
              const int *fds, size_t fd_count, const char *id, json_t *about) SK_MUST_CHECK;

/* For the kinds' handlers: go on to JOB_FINISH. Failure keeps code, reason and why. */
void job_commit(struct control *c, struct job *j, const char *manifest, const char *signature);
void job_fail(struct control *c, struct job *j, int code, int reason, const char *why);

void job_ready(struct control *c, struct job *j, short device_events, short answer_events);
void jobs_stalled(struct control *c);
bool job_of(const struct control *c, const char *id); /* is one at work on this case? */
void jobs_abort(struct control *c);

/* What each kind does at each turn. Any may be NULL. */
struct job_actions {
    /* the exporter (or for areas the device process) is done */
    void (*done)(struct control *c, struct job *j, const json_t *message);
    /* committed: record, set j->answer */
    void (*committed)(struct control *c, struct job *j);
    /* failed, everything temporary gone: record */
    void (*failed)(struct control *c, struct job *j);
};
extern const struct job_actions job_freeze, job_receive, job_export, job_area;

/* ---- shared by the handlers ---- */

/* {"uid","gid","groups":[…]} of the asker. */
json_t *requester_json(const struct ask *a);
/* {"path","uuid","kind"} as the device process wants it; NULL when memory is short. */
json_t *destination_json(const struct policy_destination *d);
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
int op_area_list(struct ask *a);
int op_room_start(struct ask *a);
int op_room_list(struct ask *a);
int op_room_end(struct ask *a);
int op_watch(struct ask *a);
int op_why(struct ask *a);
int op_receive(struct ask *a);
int op_request(struct ask *a);
int op_requests(struct ask *a);
int op_request_text(struct ask *a);
int op_permit_prepare(struct ask *a);
int op_permit_submit(struct ask *a);
int op_permit_reject(struct ask *a);
int op_approval_failed(struct ask *a);
int op_export(struct ask *a);
int op_case(struct ask *a);
int op_cases(struct ask *a);
int op_copies(struct ask *a);
int op_copies_confirm(struct ask *a);
int op_return(struct ask *a);
int op_dispose(struct ask *a);

/* The areas as the device process and the guard know them, joined with the policy. A missing peer
 * leaves what it would have said out and says why. */
json_t *areas_list(struct control *c, const struct guard_status *guard, struct buf *why);

#endif
