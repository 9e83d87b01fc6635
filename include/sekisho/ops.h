/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may be asked on control.sock: ASK {"op":NAME,…} → ANSWER {…} (or ERROR, see proto.h).
 * Who asks is the kernel's word (SO_PEERCRED); "root" below is uid 0 of the initial user namespace,
 * other words are roles of the person whose login the peer has. Texts are UTF-8 of one line, at
 * most SK_TEXT_MAX bytes. File names and paths are str_escape'd (base/str.h) in every question and
 * answer, because JSON can't carry all bytes: they may be shown as they are and are unescaped for
 * use. Paths are absolute and resolved by the asker (realpath). A field not named here is an error.
 * One question at a time on a connection; the next is read when the answer has been sent.
 * Inside a room (SK_PATH_RUN_INSIDE, proto.h) only these are answered: whoami, status, area.list,
 * room.list, watch, why, request, requests, request.text, case, cases, copies, export.
 * What people may not see outside of the room: names of files, purpose and kept are "" (files: [])
 * for an asker outside who is neither root, manager nor auditor nor may approve the case, as long as
 * they come from an area with gate = room and no permit has let them out. VIEW then has "kept-in":true.
 *
 * whoami         anyone    {} → {"login","person":{"id","name","roles":[…]} or null,"policy":P}
 * status         anyone    {} → {"ok":bool,"policy":P,"areas":[{"area","label","contract","open","covered",
 *                          "encrypted","mount","why",…}],"ledger":{…HEAD_IS},"processes":[{"name","pid",
 *                          "uptime-ns","state","why"}],"clock":{…},"cases":{"open":N,"overdue":N},"rooms":{"open":N},
 *                          "gaps":[{"code","text"}],"enrolment":LINE,"manifest-key":"RW…"}
 *                          ok = all that the policy asks is in force; every reason why not is in gaps
 * policy.install root or administrator   fds [policy, signature], {"check":bool} → {"version","digest",
 *                          "findings":[{"severity","line","code","found","allowed","nearest","text"}]}
 *                          Refused (ERROR code SK_ERR_FORMAT|SIGNATURE|ROLLBACK|…, same findings in
 *                          detail); a refusal is recorded and changes nothing.
 * policy.show    anyone    {} → P + {"text"}
 *     P = {"version","digest","state":"in-force"|"expired"|"built-in","expires","title","key"}
 * area.create    root      {"area","bytes","filesystem","device"} fds [passphrase]* → {"detail"}
 * area.open      root      {"area"} fds [passphrase]* → {"mount","gate","encrypted"}
 * area.close     root      {"area"} → {}   also one that the policy no longer has
 * area.list      anyone    {} → {"areas":[…]} as device's AREAS, with label, contract, level, gate,
 *                          "display":"nested|shared","terminal":bool,"mine":bool (the asker may start a
 *                          room of it now), "elsewhere" (not mounted where the policy says), "stray"
 *                          (open, and not in the policy)
 * room.start     handler   {"area","command":[words, escaped],"folder","display":":0" or "","cookie":HEX
 *                          or "","wait":bool,"locale":{"LANG","LANGUAGE","LC_ALL","TZ"}} fds [slave of a
 *                          pty] or none → PROGRESS {"room","first"} once it runs, then {"room",
 *                          "status":0|1}: at once without "wait", else when the command has ended
 * room.list      anyone    {} → {"rooms":[{"room","area","label","person":{"id","name",
 *                          "login"},"since" (boot ns),"uptime-ns","processes","display","mine":bool}]}
 *                          one's own; manager, auditor, root: all
 * room.end       whose it is, manager, root {"room"} → {}
 * watch          anyone    {"scope":"mine"|"all","after":SEQ or -1 (from now on),"refusals":bool (only what was
 *                          refused or had no permission)} → PROGRESS {"event":
 *                          {"seq","at","kind","decision","reason","text","area","file","exe",
 *                          "application","person","login","count","rule","room","phase","what","of"}}… until
 *                          the asker goes. all: manager, auditor, root
 * why            anyone    {"event":SEQ} → {"record":{…},"event":{…} as watch has it,"reason","text",
 *                          "rule":{"line","text"}} (text "" when another policy is in force now)
 *                          one's own; manager, auditor, root: all
 * receive        handler   {"area","from","how","into" (folder in the area, "" = top),"place",
 *                          "personal":bool,"files":[{"name"}]} fds [opened sources], at most
 *                          SK_RECEIVE_FILES_MAX → PROGRESS…, {"receipt":TEXT,"seq","files":[{"name",
 *                          "bytes","sha256"}]}
 * request        handler   {"type":"takeout"|"copy","files":[absolute paths],"destination","purpose",
 *                          "kept","return-by" ("" or date),"consent" ("" = find)} → PROGRESS…,
 *                          {"case","request":TEXT,"digest","consent":{…},"approvers":[{"id","name"}]}
 * requests       anyone on the roster {"scope":"mine"|"waiting"|"all"} → {"requests":[{"case","type",
 *                          "state","person","area","destination","purpose","kept","return-by",
 *                          "files","bytes","at","consent","why"}]}   all: manager, auditor, root;
 *                          no scope: one's own and those that wait for one
 *                          person, destination and consent are objects as in VIEW, area is an id,
 *                          files and bytes are numbers
 * request.text   requester, approver, manager, root {"case"} → {"request":TEXT}
 * permit.prepare approver  {"case"} → {"permit":TEXT (what is to be signed, as shown to the approver),
 *                          "expires","key":"RW…"}
 * permit.submit  anyone    {"case","permit":TEXT,"signature":TEXT} → {"case","expires"}   the signature
 *                          decides, not the asker: an answer may come from another PC by any way
 * permit.reject  approver  {"case","why"} → {}
 * approval.failed approver {"case"} → {"failures":N,"locked-until":TIME or ""}   a wrong passphrase
 * export         requester {"case"} → PROGRESS…, {"path","sealed":{…},"files":[…],"manifest":TEXT,
 *                          "digests":NAME of the SHA256SUMS inside}
 *                          (take-out or copy, by the case's type)
 * case           requester, approver, manager, auditor, root {"case"} → {"case":VIEW}
 * cases          as case   {"open":bool,"overdue":bool} → {"cases":[VIEW…]}
 *     VIEW = {"case","type","state":"requested"|"permitted"|"rejected"|"running"|"out"|"failed"|
 *             "unknown"|"returned"|"disposed"|"expired","contract":{"id","title","client"},"at",
 *             "person":{…},"permission":{"granted":bool or null,"approver":{…},"permit","consent":{…},
 *             "at","expires","why"},"content":{"files":[…],"count","bytes","area","level"},"purpose",
 *             "kept":{"where","how"},"destination":{…},"return-by","overdue":bool,
 *             "return":{"at","method","proof":{…}} or null,"disposal":{…} or null,"sealed":{…},
 *             "events":[{"seq","at","kind","phase","why"}]}
 * copies         roster, root {"area" ("" = all),"unpermitted":bool} → {"copies":[COPY…] (the latest, oldest
 *                          first),"more":N (older ones, see the ledger)}   one's own; manager (of their
 *                          areas), auditor, root: all
 *     COPY = {"seq","at","contract":{"id","title","client"},"person":{…},"permission":{"granted":bool,
 *             "reason","why","consent":{…}},"content":{"files":[…],"count","bytes","area","level"},"area",
 *             "purpose","kept":{"where","how"},"of-area","of","found":"copy"|"hard-link"|"outside",
 *             "by-process":bool,"late":bool,"disposal":null}
 * copies.confirm manager   {"area" ("" = all that they manage),"through":SEQ (0 = all)} → {"confirmed":N}
 *                          the manager has looked at those without permission; status counts them no more
 * return         requester, manager {"case","method","proof":{"text","file","sha256"}} → {}
 * dispose        requester, manager {"case","method","proof":{…}} → {}
 *
 * Objects in VIEW and requests: person and approver {"id","name"(,"login")}, destination {"id",
 * "label","kind"}, consent {"id","document","date","sha256"}, kept {"where" (destination's label),
 * "how" (what the requester said)}, proof {"text","file","sha256"}, sealed {"name","bytes","sha256"}.
 * Every gap of status is {"code","text","warning":bool}; a warning does not clear ok.
 *
 * States of a case: requested → permitted | rejected | expired; permitted → running → out | failed |
 * unknown (agent died in between); out → returned, disposed (both possible, in this order or
 * disposed alone). A failed case may be exported again only under a new permit.
 */
#ifndef SEKISHO_OPS_H
#define SEKISHO_OPS_H

#include <sekisho/limits.h>

/* Sources of one receive: the exporter's answer socket travels with them (files). */
#define SK_RECEIVE_FILES_MAX (SK_MESSAGE_FDS_MAX - 1)

#define SK_OP_WHOAMI          "whoami"
#define SK_OP_STATUS          "status"
#define SK_OP_POLICY_INSTALL  "policy.install"
#define SK_OP_POLICY_SHOW     "policy.show"
#define SK_OP_AREA_CREATE     "area.create"
#define SK_OP_AREA_OPEN       "area.open"
#define SK_OP_AREA_CLOSE      "area.close"
#define SK_OP_AREA_LIST       "area.list"
#define SK_OP_ROOM_START      "room.start"
#define SK_OP_ROOM_LIST       "room.list"
#define SK_OP_ROOM_END        "room.end"
#define SK_OP_WATCH           "watch"
#define SK_OP_WHY             "why"
#define SK_OP_RECEIVE         "receive"
#define SK_OP_REQUEST         "request"
#define SK_OP_REQUESTS        "requests"
#define SK_OP_REQUEST_TEXT    "request.text"
#define SK_OP_PERMIT_PREPARE  "permit.prepare"
#define SK_OP_PERMIT_SUBMIT   "permit.submit"
#define SK_OP_PERMIT_REJECT   "permit.reject"
#define SK_OP_APPROVAL_FAILED "approval.failed"
#define SK_OP_EXPORT          "export"
#define SK_OP_CASE            "case"
#define SK_OP_CASES           "cases"
#define SK_OP_COPIES          "copies"
#define SK_OP_COPIES_CONFIRM  "copies.confirm"
#define SK_OP_RETURN          "return"
#define SK_OP_DISPOSE         "dispose"

#endif
