/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of records, their fields, and how a case is joined from them. The names are the ledger's
 * words: they never change their meaning.
 *
 * The ledger stamps every record: seq, at (RFC 3339 UTC), boot (id), boottime (ns), clock
 * ("synchronised" or "unsynchronised"), host. Producers give the rest: "kind", and
 * "policy":{"digest":HEX,"version":N} in all but the ledger's own records (seal, clock, and agent
 * where process is sekisho-ledger or phase is "overflow"), for the ledger knows no policy.
 *
 * File names are escaped with str_escape. Digests are lower-case hex. Sizes are bytes. A person is
 * {"id","name","login","uid"}, with an id and name of "" when not on the roster; who asked over a
 * socket is taken from the kernel, never from the message.
 *
 * Cases. A copy or take-out is a case from request to disposal. Its id is
 *   C-YYYYMMDD-NNNN (copy) or T-YYYYMMDD-NNNN (take-out), unique per ledger.
 *
 *   request   case, type ("copy"|"takeout"), person, contract, area, level, consent{id,document,date,
 *             sha256}, destination{id,label,kind}, purpose, kept, return-by (date or ""),
 *             content{files[{name,bytes,sha256}], count, bytes}, ledger{size,root}, digest (SHA-256 of
 *             the request text)
 *             A list of files too long for one record comes in records of phase "content" before it
 *             (case, content.files); content.count and content.bytes are of all files.
 *   permit    case, phase ("granted"|"rejected"|"expired"), person (approver; not when expired); when
 *             granted: consent, expires, permit (SHA-256 of the permit text), key (minisign key id),
 *             handed-in-by; else: why
 *   copy,     case, phase ("intent"|"done"|"failed"|"unknown"), person, contract, area, level, content,
 *   takeout   purpose, kept, permission{granted,approver{id,name},permit,consent{…}}, destination,
 *             why and reason (failed, unknown); takeout done: sealed{name,bytes,sha256}, recipients[],
 *             manifest (SHA-256 of the manifest)
 *   return,   case, phase ("done"), person, method, proof{text,file,sha256}
 *   disposal
 *   receive   receipt (R-YYYYMMDD-NNNN), phase ("intent"|"content"|"done"|"failed"|"unknown"), person,
 *             contract, area, from, how, place, specific-personal (bool), content (content, done), why
 *             (failed, unknown)
 *   access    person{id} (absent when the uid's login is not on the roster), uid, area, file, inode,
 *             dev, exe, application (absent when not listed), pid, decision ("allowed"|"refused"),
 *             reason, rule (line of the policy, 0 = none), count, until (boottime of the last folded
 *             one), ring{id,from,to,slot} (where it came from, so that none is written twice)
 *   policy    phase ("installed"|"refused"|"in-force"), person, version, digest, key, why, findings[]
 *   area      phase ("created"|"opened"|"closed"|"failed"), area, backing, encrypted, person, why
 *   agent     phase, process, and with "start": of the ledger version and after ("installation"|"stop"|
 *             "crash"), of control pid and manifest-key; "stop"; "gap": why and what is known of it
 *             (error, leftover, cut, counts); "overflow": why, counts{lost,unsound}, ring{id,lost}
 *   clock     wall-before, wall-after
 *   lockout   person, case, failures, until ("" = not locked)
 *   refusal   a request, permit or command refused: person, what, reason, consent, case, why,
 *             area (in whose room it was asked; absent outside). With
 *             count: that many more of this user within a minute, of which this is the last
 *   room      phase ("started"|"failed"|"ended"), room (id, "" while it is not known), area, person, why,
 *             display ("nested"|"shared"|"none"); started: before each start of something in it, also in
 *             one that is there already, with terminal (bool); failed: that start did not happen; ended:
 *             remote (bool)
 *   copy      without a case, phase "done": a copy that sekisho-index found: person, area (outside: of the
 *             file that was copied), contract, level, content (name: path in the area; outside: absolute),
 *             purpose, kept, permission{granted,reason,why,consent}, of-area and of (the file that was
 *             copied), found ("copy"|"hard-link"|"outside"), made-at (wall time), by-process (the person
 *             is the process'; false: the file's owner), late (found by a scan: made before made-at), pid,
 *             exe (the process' own name), number (of the finding, so that none is recorded twice),
 *             decision ("allowed"|"refused": was it permitted), reason
 *   confirm   what ("copies"), person (a manager), areas, through (seq): those without permission up to
 *             there were looked at
 *   seal      epoch, next (the next epoch's verification key)
 */
#ifndef SEKISHO_RECORD_H
#define SEKISHO_RECORD_H

#define SK_KIND_ACCESS   "access"
#define SK_KIND_RECEIVE  "receive"
#define SK_KIND_REQUEST  "request"
#define SK_KIND_PERMIT   "permit"
#define SK_KIND_COPY     "copy"
#define SK_KIND_TAKEOUT  "takeout"
#define SK_KIND_RETURN   "return"
#define SK_KIND_DISPOSAL "disposal"
#define SK_KIND_POLICY   "policy"
#define SK_KIND_AREA     "area"
#define SK_KIND_AGENT    "agent"
#define SK_KIND_CLOCK    "clock"
#define SK_KIND_LOCKOUT  "lockout"
#define SK_KIND_REFUSAL  "refusal"
#define SK_KIND_SEAL     "seal"
#define SK_KIND_ROOM     "room"
#define SK_KIND_CONFIRM  "confirm"

#endif
