/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of records, their fields, and how a case is joined from them. The names are the ledger's
 * words: they never change their meaning.
 *
 * The ledger stamps every record: seq, at (RFC 3339 UTC), boot (id), boottime (ns), clock
 * ("synchronised" or "unsynchronised"), host. Producers give the rest: "kind", and
 * "policy":{"digest":HEX,"version":N} in all but the ledger's own records (seal, clock, and agent
 * where process is sekisho-ledger or phase is "overflow"), for the ledger knows no policy.
 *
 * The ledger numbers the records of each contract: series {contract, n}, and of the machine: series {n}
 * (proof/series.h). A record is its contract's that it names, else that of its area, as contract records
 * say. So a record names one contract, and nothing of another one.
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
 *             recipients[] (ids of those who could open it, "escrow": by that key; of a copy empty),
 *             specific-personal and top-secret (bool: of the area),
 *             content{files[{name,bytes,sha256}], count, bytes}, ledger{size,root}, digest (SHA-256 of
 *             the request text)
 *             under (id of the standing permit that is to permit it; absent: none), again (id of the earlier case that is
 *             asked for again; absent: none)
 *             Of a standing permit (S-YYYYMMDD-NNNN) type is "standing"; it has no kept, return-by and content, but
 *             standing{type ("copy"|"takeout"),from,until (its days),uses,path (of the destination),bound (SHA-256 of what the
 *             policy says of area, destination and recipients: control/bound.h)} and recipients
 *             A list of files too long for one record comes in records of phase "content" before it
 *             (case, content.files); content.count and content.bytes are of all files.
 *   permit    case, phase ("approved"|"granted"|"rejected"|"expired"|"withdrawn"|"revoked"), person (approver; not
 *             when expired; withdrawn: the requester; revoked: who took it back); when granted, or approved (one of
 *             several that it takes): consent, expires, permit (SHA-256 of the permit text), key (minisign key id),
 *             handed-in-by, in-place-of{id,name} (whom the approver stands in for; absent: nobody); granted by several:
 *             approvals[{person,key,at,in-place-of}] (of all, the last one without at); granted by a standing permit:
 *             under{id,at} (which, and when that was granted; person, permit, key, approvals are its own, and it has one
 *             use less); else: why
 *   copy,     case, phase ("intent"|"done"|"failed"|"unknown"), person, contract, area, level, content,
 *   takeout   purpose, kept, permission{granted,approver{id,name},permit,consent{…},approvals[],under (as of permit)}, destination,
 *             medium (id of the registered one that it goes onto; absent: none), folder (in the outbox: whose; absent: none),
 *             why and reason (failed, unknown); takeout: recipients[] (but failed), done: sealed{name,bytes,sha256},
 *             manifest, manifest-signature and cover (SHA-256 of the manifest, of the file with its signature, of
 *             the sheet that goes with it)
 *   return,   case, phase ("done"), person, method, proof{text,file,sha256}, key (return: of the
 *   disposal  recipient who signed the receipt that is the proof; absent: none)
 *   receive   receipt (R-YYYYMMDD-NNNN), phase ("intent"|"content"|"done"|"failed"|"unknown"), person,
 *             contract, area, into (folder of the area, "" = its top), from, how, name, purpose, place, return-how, specific-personal and
 *             top-secret (bool), content (content, done), sealed{name,bytes,sha256} (done: it came sealed
 *             to the area's key and was opened), why (failed, unknown)
 *   item      the register (REC-6): of what the agent can't touch, and of what it can beside the thing's
 *             own records. item (D-YYYYMMDD-NNNN, or the id of a receipt, a found copy or a case), phase,
 *             person, contract, area, and
 *             received: form ("paper"|"medium"|"electronic"), name, count, of (what it is a copy of, ""),
 *               handler{id,name}, from, how, purpose, place, kept{where,how}, return-how,
 *               owner ("client"|"contractor" of a medium, else ""), specific-personal, top-secret
 *             checked: what ("entry"|"end"), second{id,name} (in the second of two checks)
 *             moved: place, kept{where,how}, handler{id,name}
 *             given: to{person,name,organisation} (person: an id of the roster or ""), to-client (bool:
 *               it is the client's now), handler{id,name} (the new one, of the roster), method, proof, key (as of
 *               return), done-by (whose hands did it, as typed)
 *             sent (of a case): to[{id,name,mail}], destination{…}, consent{…}
 *             returned, destroyed: method, proof{text,file,sha256}, done-by; of cases these are records
 *               of kind return and disposal
 *   handover  handover (H-YYYYMMDD-NNNN), item or case, person, contract, area, top-secret, specific-personal, and
 *             asked, given: from{id,name}, to{person,name,organisation}, to-client, destination{id,label,
 *               kind}, consent{…}, purpose, kept, return-by, content{name,count,form} or the case's;
 *               asked: digest (SHA-256 of the text that is to be permitted)
 *               given: permission{granted,approver{id,name},permit, approvals[], in-place-of{id,name}, under (as of permit)}
 *             approved, permitted, rejected: as of permit (person: the approver), and consent; of a case its own permit
 *               stands
 *             received: to, to-client, handler (when of the roster), proof{…}, key (of the agent that
 *               signed the receipt, "")     failed: why
 *   erasure   what is done ends in the register the item (D-) that it names, of a medium also the case, of an
 *             area all receipts and found copies in it. A receipt, found copy or case whose files were erased
 *             one by one ends by a record of its own (item destroyed, disposal) when none is left
 *   access    person{id} (absent when the uid's login is not on the roster), uid, area, file, inode,
 *             dev, exe, application (absent when not listed), pid, decision ("allowed"|"refused"),
 *             reason, rule (line of the policy, 0 = none), count, until (boottime of the last folded
 *             one), ring{id,from,to,slot} (where it came from, so that none is written twice). With reason
 *             guard-replaced area, file, inode and dev are not known ("", 0)
 *   policy    phase ("installed"|"refused"|"in-force"), person, version, digest, key, why, findings[]
 *   area      phase ("created"|"opened"|"closed"|"failed"), area, backing, encrypted, person, why;
 *             phase "keyed": it got a key for what colleagues' PCs seal to it: recipient
 *   agent     phase, process, and with "start": of the ledger version and after ("installation"|"stop"|
 *             "crash"), of control pid, manifest-key and looked
 *             (all trouble before that record has its incident; policy records in-force say so too); "stop"; "archived", "archive-failed": ranges, bytes; "gap": why and what is known of it
 *             (error, leftover, cut, counts); "overflow": why, counts{lost,unsound}, ring{id,lost}
 *   clock     wall-before, wall-after; phase "corrected": person (a manager), why, was (time that periods went by
 *             until then): times after this record's that records hold came from a clock that was set ahead
 *   lockout   person, case, failures, until ("" = not locked)
 *   refusal   a request, permit or command refused: person, what, reason, consent, case, why,
 *             area (in whose room it was asked; absent outside). With
 *             count: that many more of this user within a minute, of which this is the last
 *   room      phase ("started"|"failed"|"ended"), room (id), area, person, why,
 *             display ("nested"|"shared"|"none"); started: before each start of something in it, also in
 *             one that is there already, with terminal (bool) and remote (bool: its person sits at another
 *             PC); failed: that start did not happen; ended: scratch{files,bytes,complete}: what was removed
 *             of the person's home folder (absent: nothing was to be, or it can't be told)
 *   copy      without a case, phase "done": a copy that sekisho-index found: person, area (outside: of the
 *             file that was copied), contract, level, content (name: path in the area; outside: absolute),
 *             purpose, kept, permission{granted,reason,why,consent}, of-area and of (the file that was
 *             copied), found ("copy"|"hard-link"|"outside"), made-at (wall time), by-process (the person
 *             is the process'; false: the file's owner), late (found by a scan: made before made-at), pid,
 *             exe (the process' own name), number (of the finding, so that none is recorded twice),
 *             decision ("allowed"|"refused": was it permitted), reason, of-other (bool: it is a copy of
 *             another contract's file, so of-area and of are ""), copy (C-YYYYMMDD-NNNN, its id in the
 *             register; older ones have "C-" and their number in the ledger)
 *   confirm   what ("copies"), person (a manager), areas, through (seq): those without permission up to
 *             there were looked at
 *   confirm   what ("paper"), person, role ("handler"|"manager"|"administrator"|"auditor"), paper (its name),
 *             contract, from, to (days of its range, "" = open), sha256 (of the printed document), content
 *             (SHA-256 of what it says, report/paper.h), missing (entries that were not filled in), key (the
 *             person's, "" = none) and signature (minisign over the lines of control/papers.h)
 *   contract  phase ("announced": of a policy, before it is installed; "number": by the ledger, before
 *             records are removed), contract, blind (secret by which seals state its numbers); announced:
 *             title, client, contractor, areas
 *   attest    nonce (an auditor's own number)
 *   removal   phase ("intent"|"done"|"failed"), ranges[{from,to}] (records whose period is over, both
 *             included; those that are nobody's data stay among them), count (intent: of the ranges; else
 *             of removed ones), why (intent; or the ledger ended in the middle of it), kept, failed
 *             (segments that are as they were), bytes{before,after} (not when it was broken off). By the ledger;
 *             who wanted it is a record of kind confirm (what "removal", why) before it. It is in
 *             every extract, so it names no contract, area or person
 *   incident  incident (I-YYYYMMDD-NNNN), phase, person (who said it; {} by the agent), contract, area: as long as
 *             one is open no record is removed; contract "" = the machine, which concerns every contract.
 *             "opened": by ("person"|"agent"), type and trigger (<sekisho/incident.h>; trigger "" by a person),
 *             of (what the agent opened it for, told once: "TRIGGER:WHAT"), what (happened), known-at, case, and
 *             what is known of occurred-at, where, cause, effect, response, correction (plan), prevention (of
 *             another), concerned[] (persons), why;
 *             "added": what became known later, of these members, and final-by (the client's day), of;
 *             "reported": report{which,at,to,by,oral}; "notified": notice ("opened"|"added:SEQ"|"late:WHICH"), sent[],
 *             failed[] (numbers of [incident] notify), why; "closed": why, missing[] (reports that were due and not made)
 *   lost      case, medium (id of a destination or of a registered medium) or item (entry of the register), known-at, incident, person,
 *             contract, area: permits of that case, or for that medium from before, are refused from then on; of a registered
 *             medium also registered (its id), identities[] (revoked from then on) and destinations[] (that are this medium)
 *   erasure   erasure (E-YYYYMMDD-NNNN), phase ("intent"|"done"|"failed"|"unknown"), person, contract, area,
 *             case, item, witness{name}, plan (SHA-256 of the confirmed plan), tool, method ("overwrite"|
 *             "keys"), object{kind ("area"|"file"|"medium"), name, id, bytes}, class (erasure.h, what is
 *             expected or was reached), wanted ("level-1"|"level-2"|"physical"), statements[]; done: verified (bool), proof{sha256 (of what was read
 *             back), bytes, seed (of the pattern)}; else: why, untouched (bool: it ended before the first write);
 *             changed (bool: of a file that held, or may have held, something else than what is on record: nothing
 *             ends by it)
 *   contract  also phase "closing" and "closed": person, contract, blind, plan, before-end (why it is closed
 *             before its last day, ""), open[] (what was still
 *             there); "ends": contract, blind, end (its last day), days (that are left), level (60|30|7|0): the warning
 *   device    what is plugged in: phase ("present": it was there when sekisho-plug started, "plugged", "judged":
 *             anew, by another policy or because an approval has expired, "removed", "cut": it was let in and is not
 *             any more, because its driver did not fit or somebody else had let it in, "in-use": not to be let in, but
 *             this PC runs on it, "failed": why, "not-told": count of records that found no place while the ledger
 *             did not answer; "again": what a device did beyond the first records of a span (plug/repeats.h): count,
 *             phases{NAME: how many of these}, since and until (of the first and last of them), several (bool: it was
 *             not one device only, the last is shown); of a medium "checked": what its identity decided, "marking",
 *             "marked", "not-marked": an identity is written onto it; "approving", "approved", "not-approved": person,
 *             port, medium, owner, areas, until, and then identity; "revoked": person, medium, identities[], why: these are
 *             refused for good, as those of a record of kind lost; "turn": medium, turn{identity, number, sha256, at}: the
 *             medium has this turn (record/turn.h), next{number, sha256}: and perhaps this one; "break-glass", "glass-whole": login, terminal, why
 *             (as they said), done-at, at-boot), bus ("usb"|"mmc": a memory card, port is then the kernel's name of it),
 *             device{port,vendor,product,serial,maker,name (escaped, as it says),classes[],interfaces[]}, decision
 *             ("allowed"|"partly"|"refused"), reason, state, medium (id of what it says it is, ""), rule
 *   medium    what lies on a registered one: medium (its id), area (of a medium of one area, else ""), unknown{count, files[{name,
 *             kind ("file"|"folder"|"link"|"other"|"unreadable"), bytes, sha256, case (whose file's name it has, and not its
 *             content; "" = no case's)}] (the first of them), more (bool: not all were looked at)}; phase "files": of one for exports, once for each state (SHA-256 of
 *             these; "" = there are none any more), names (SHA-256 of their names, ""); "cut-short": the medium went, or did not
 *             answer, before all was read: what was listed by then (digests are missing; a file with a case's name and
 *             length passes for it), names, news (bool: these are not the names that were recorded last); "came-back": person, cases[{case, found ("unchanged"|"changed"|"gone"|
 *             "unreadable"|"uncertain"), name, sha256}]
 *   seal      epoch, next (the next epoch's verification key), counts (proof/series.h)
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
#define SK_KIND_CONTRACT "contract"
#define SK_KIND_ATTEST   "attest"
#define SK_KIND_REMOVAL  "removal"
#define SK_KIND_INCIDENT "incident"
#define SK_KIND_LOST     "lost"
#define SK_KIND_ITEM     "item"
#define SK_KIND_HANDOVER "handover"
#define SK_KIND_ERASURE  "erasure"
#define SK_KIND_DEVICE   "device"
#define SK_KIND_MEDIUM   "medium"

#endif
