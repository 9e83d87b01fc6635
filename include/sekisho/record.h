/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of records, their fields, and how a case is joined from them. The names are the ledger's
 * words: they never change their meaning.
 *
 * The ledger stamps every record: seq, at (RFC 3339 UTC), boot (id), boottime (ns), clock
 * ("synchronised" or "unsynchronised"), host. Producers give the rest, always with
 * "kind" and "policy":{"digest":HEX,"version":N}.
 *
 * File names are escaped with str_escape. Digests are lower-case hex. Sizes are bytes. A person is
 * {"id","name","login"}; who asked over a socket is taken from the kernel, never from the message.
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
 *   permit    case, phase ("granted"|"rejected"|"expired"), person (approver), consent, expires, permit
 *             (SHA-256 of the permit text), key (minisign key id), handed-in-by, why (rejected, expired)
 *   copy,     case, phase ("intent"|"done"|"failed"|"unknown"), person, contract, area, level, content,
 *   takeout   purpose, kept, permission{granted,approver{id,name},permit,consent{…}}, destination,
 *             why (failed), sealed{name,bytes,sha256} and recipients[] (takeout done), manifest
 *             (SHA-256 of the manifest)
 *   return    case, person, method, proof{text,sha256}, files[] (what came back), complete
 *   disposal  case, person, method, proof{text,sha256}
 *   receive   person, contract, area, from, how, content, place, specific-personal (bool), phase
 *   access    person, uid, area, contract, file, inode, dev, exe, application, pid, decision
 *             ("allowed"|"refused"), reason, rule, count, until (boottime of the last folded one)
 *   policy    phase ("installed"|"refused"|"in-force"), version, digest, key, why, findings
 *   area      phase ("created"|"opened"|"closed"|"failed"), area, backing, encrypted, person, why
 *   agent     phase ("start"|"stop"|"gap"|"overflow"|"worker-lost"|…), process, why, counts
 *   clock     wall-before, wall-after, boottime
 *   lockout   person, failures, until
 *   refusal   a request, permit or command refused: person, what, reason, consent, case, why
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

#endif
