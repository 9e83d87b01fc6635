/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may be asked on control.sock: ASK {"op":NAME,…} → ANSWER {…} (or ERROR, see proto.h).
 * Who asks is the kernel's word (SO_PEERCRED); "root" below is uid 0 of the initial user namespace,
 * other words are roles of the person whose login the peer has. Texts are UTF-8 of one line, at
 * most SK_TEXT_MAX bytes. File names and paths are str_escape'd (base/str.h) in every question and
 * answer, because JSON can't carry all bytes: they may be shown as they are and are unescaped for
 * use. Paths are absolute and resolved by the asker (realpath). A field not named here is an error.
 * One question at a time on a connection; the next is read when the answer has been sent.
 * Inside a room (SK_PATH_RUN_INSIDE, proto.h) only these are answered: whoami, status, policy.show,
 * area.list, room.list, watch, why, request, request.withdraw, requests, request.text, case, cases, copies, export.
 * What people may not see outside of the room: names of files, purpose and kept are "" (files: [])
 * for an asker outside who is neither root, manager nor auditor nor may approve the case, as long as
 * they come from an area with gate = room and no permit has let them out. VIEW then has "kept-in":true.
 *
 * whoami         anyone    {} → {"login","person":{"id","name","roles":[…]} or null,"policy":P}
 * status         anyone    {} → {"ok":bool,"policy":P,"areas":[{"area","label","contract","open","covered",
 *                          "encrypted","mount","why",…}],"ledger":{…HEAD_IS},"processes":[{"name","pid",
 *                          "uptime-ns","state","why"}],"clock":{…},"cases":{"open":N,"overdue":N,"standing":N (permits in force)},"rooms":{"open":N},
 *                          "incidents":{"open":N,"late":N,"next":{"incident","which","due","late"} or null},
 *                          "gaps":[{"code","text"}],"due":[{"contract","paper","last","due"}] (papers that
 *                          are to be confirmed),"enrolment":LINE,"manifest-key":"RW…"}
 *                          ok = all that the policy asks is in force; every reason why not is in gaps
 * policy.install root or administrator   fds [policy, signature], {"check":bool} → {"version","digest",
 *                          "findings":[{"severity","line","code","found","allowed","nearest","text"}],
 *                          "expired":bool (it blocks, and permits nothing new),
 *                          "origin","head":"SIZE ROOT" (of the ledger with this on record, to be kept;
 *                          "" when only checked)}
 *                          Refused (ERROR code SK_ERR_FORMAT|SIGNATURE|ROLLBACK|…, same findings in
 *                          detail); a refusal is recorded and changes nothing. detail.standing: of the standing permit
 *                          that was to permit it, its id.
 * policy.show    anyone    {} → P + {"text"}
 *     P = {"version","digest","state":"in-force"|"expired"|"built-in","expires","title","key"}
 * area.create    root      {"area","bytes","filesystem","device"} fds [passphrase]* → {"detail"}
 * area.open      root      {"area"} fds [passphrase]* → {"mount","gate","encrypted"}
 * area.close     root      {"area"} → {"held":TEXT}   also one that the policy no longer has; held: "", or
 *                          that it is only shut down, since somebody's mount holds its device, and whose
 * device.list    anyone    {} → {"devices":[…]} as plug's PLUGGED, "media":[{"medium","label","owner","areas","expires",
 *                          "identity","state":"approved|expired|revoked","revoked":null or {"at","person","why"},"port","mount" (""
 *                          = not plugged in)}]: those of the policy, and identities that were revoked (for the roster
 *                          and root; others: []); "why": sekisho-plug
 *                          does not run (absent: it does)
 * device.approve administrator, manager {"port","medium" (the id that it gets),"owner" (person),"areas":"a,b","until":DATE} →
 *                          the same and {"identity","vendor","product","serial","filesystem"}: an identity was written onto
 *                          the storage at that port; what the policy's section [medium ID] is to say
 * device.revoke  administrator, manager {"medium","why"} → {"medium","identities":[…],"already":bool (it was),"why" ("" = nothing of it is
 *                          mounted any more),"cases":[ids of those that are out on it]}: from now on it is refused
 * medium.return  handler, manager {"medium"} → PROGRESS…, {"medium","cases":[{"case","found","name","sha256","state" (now)}],"unknown":[…],
 *                          "more":bool (as of record.h, kind medium),"incident" (that is open over unknown files, "")}: what lies
 *                          on it is listed and hashed; cases of one's own or one's areas whose export is unchanged are returned
 * area.list      anyone    {} → {"areas":[…]} as device's AREAS, with label, contract, level, gate,
 *                          "display":"nested|shared","terminal":bool,"mine":bool (the asker may start a
 *                          room of it now), "elsewhere" (not mounted where the policy says), "stray"
 *                          (open or held, and not in the policy), "held" (closed and shut down, but a
 *                          mount of somebody's holds its device)
 * room.start     handler   {"area","command":[words, escaped],"folder","display":":0" or "","cookie":HEX
 *                          or "","wait":bool,"locale":{"LANG","LANGUAGE","LC_ALL","TZ","IM"}} fds [slave of a
 *                          pty] or none → PROGRESS {"room","first","lacks"} once it runs, then {"room",
 *                          "status":0|1}: at once without "wait", else when the command has ended
 * room.list      anyone    {} → {"rooms":[{"room","area","label","person":{"id","name",
 *                          "login"},"since" (boot ns),"uptime-ns","processes","display","mine":bool}]}
 *                          one's own; manager, auditor, root: all
 * room.end       whose it is, manager, root {"room"} → {}
 * watch          anyone    {"scope":"mine"|"all","after":SEQ or -1 (from now on),"refusals":bool (only what was
 *                          refused or had no permission; of devices what is more than a keyboard),"devices":bool (only what is
 *                          plugged in),"cases":bool (only {"changed":CASE or HANDOVER} for each record of one that the asker may see)} → PROGRESS {"event":
 *                          {"seq","at","kind","decision","reason","text","area","file","exe",
 *                          "application","person","login","count","rule","room","phase","what","of"; of a device
 *                          also "device":{…},"bus","state","medium","why","since","until" (record.h)}}… until
 *                          the asker goes. all: manager, auditor, root
 * why            anyone    {"event":SEQ} → {"record":{…},"event":{…} as watch has it,"reason","text",
 *                          "rule":{"line","text"}} (text "" when another policy is in force now)
 *                          one's own; manager, auditor, root: all
 * receive        handler   {"area","from","how","into" (folder in the area, "" = top),"place",
 *                          "personal":bool,"name","purpose","return-how","unseal":bool,"files":
 *                          [{"name"}]} fds [opened sources], at most SK_RECEIVE_FILES_MAX → PROGRESS…,
 *                          {"receipt":TEXT,"signature":TEXT (minisign, of the agent's manifest key),"id",
 *                          "seq","files":[{"name","bytes","sha256"}],"recorded":bool as of export}
 *                          unseal: one file, sealed to the area's key (area.key); what is in it goes into
 *                          the area under that name, and the receipt names the sealed file's digest
 * area.key       root, manager {"area"} → {"recipient":"age1…","receipt-key":"RW…"}   made when there is none:
 *                          what the policy of a PC that sends to this area states
 * request        handler   {"type":"takeout"|"copy","files":[absolute paths],"destination","purpose",
 *                          "kept","return-by" ("" or date),"consent" ("" = find),"under" (a standing permit, "" = find),
 *                          "again" (an earlier case of one's own, of this kind and area, which is withdrawn; "" = none)} → PROGRESS…, {"case","request":TEXT,"digest","consent":{…},"recipients" as of VIEW,
 *                          "approvers":[{"id","name"}]},
 *                          and where a standing permit covers it, so that it is permitted already: "permitted":{"under",
 *                          "approver","at" (of the standing permit),"expires" (of this case),"left" (uses after it)};
 *                          where it asks again: "again" as of VIEW, with "withdrawn" (bool: was the earlier one; absent: it had ended)
 * request.standing handler {"type":"takeout"|"copy","area","destination","purpose","from" (day, "" = today),"until"
 *                          (last day),"uses","consent" ("" = find)} → {"case" (S-),"request":TEXT,"digest","consent":{…},
 *                          "approvers":[…]}   a standing permit: once approved it permits so many requests of the asker's
 *                          that say the same. Refused: no-standing-permit, top-secret, destination-kind, consent-used, …
 * request.withdraw requester {"case","why"} → {}   as long as nothing was carried out; a permit that was given is void
 * requests       anyone on the roster {"scope":"mine"|"waiting"|"all"} → {"requests":[{"case","type",
 *                          "state","person","area","destination","purpose","kept","return-by",
 *                          "files","bytes","at","consent","why"}]}   all: manager, auditor, root;
 *                          no scope: one's own and those that wait for one
 *                          person, destination and consent are objects as in VIEW, area is an id,
 *                          files and bytes are numbers
 * request.text   requester, approver, manager, root {"case"} → {"request":TEXT}
 *     In request.text, permit.* and approval.failed "case" is the id of a case, of the hand-over of an item (H-), or of a
 *     standing permit (S-); permit.revoke and request.withdraw take that too, case and cases show it.
 * permit.prepare approver  {"case"} → {"permit":TEXT (what is to be signed, as shown to the approver),
 *                          "expires","key":"RW…"}
 *                          one text for all who approve this case, until it is used or half of its time is over
 * permit.text    requester, approver, manager {"case"} → {"permit":TEXT,"expires"}   the same, to be signed on
 *                          another PC
 * permit.submit  anyone    {"case","permit":TEXT ("" = the one that was handed out last),"signature":TEXT} →
 *                          {"case","expires","approvals":N (with this one),"needed":N}   the signature
 *                          decides, not the asker: an answer may come from another PC by any way. With fewer
 *                          than needed it waits for others', over the same text and in other places
 * permit.reject  approver  {"case","why"} → {}
 * permit.revoke  approver, manager {"case","why"} → {}   of a case that is permitted or running: nothing goes out
 *                          on it any more, a transfer under way ends
 * approval.failed approver {"case"} → {"failures":N,"locked-until":TIME or ""}   a wrong passphrase
 * export         requester {"case"} → PROGRESS…, {"path","sealed":{…},"files":[…],"manifest":TEXT,
 *                          "digests":NAME of the SHA256SUMS inside,"recorded":bool (false: it is done, and its
 *                          record waits for the ledger)}
 *                          (take-out or copy, by the case's type); of kind mail and web also "to":[{"id","name",
 *                          "mail"}] (who may get it),"site"
 * sent           requester {"case","to":[mail addresses]} → {"to":[{"id","name","mail"}]}: an export of kind mail or web
 *                          was sent to these. Refused: not-recipient, no-consent, consent-ended, consent-destination
 * case           requester, approver, manager, auditor, root {"case"} → {"case":VIEW}
 * cases          as case   {"open":bool,"overdue":bool} → {"cases":[VIEW…]}
 *     VIEW = {"case","type" ("takeout"|"copy"|"standing"),"state":"requested"|"permitted"|"rejected"|"running"|"out"|"failed"|
 *             "unknown"|"returned"|"disposed"|"expired"|"given"|"withdrawn"|"revoked","contract":{"id","title","client"},"at",
 *             "person":{…},"permission":{"granted":bool or null,"approver":{…},"permit","consent":{…},
 *             "at","expires","why","approvals":[{"person","at","in-place-of"}] (where it takes several: all of them, or
 *             those given so far),"needed":N,"in-place-of":{"id","name"} (whom the approver stands in for; absent: nobody),"under":{"id","at"} (the
 *             standing permit that permitted it; absent: none)},"standing":{"type","from","until","uses","path","bound","used"} (of one),
 *             "again":{"case","at" (the request that it asks for again),"base":{"case","at","state","permitted-at","approver",
 *             "approvals","in-place-of"} or null (the last request before it that an approver looked at and permitted, with
 *             which it is compared; null: none, then each file is added),"differs":[{"what":"destination"|"recipients"|
 *             "purpose"|"kept"|"return-by","before","after"}],"files":[{"name","change":"unchanged"|"changed"|"added"|
 *             "removed","before","after":{"bytes","sha256"} or null}]; or "hidden":true in place of the last three, for who
 *             may not see that request} (absent: it does not ask again),
 *             "content":{"files":[…],"count","bytes","area","level"},"purpose",
 *             "kept":{"where","how"},"destination":{…},"recipients":[{"id","name","organisation","age"}] (who can open it; id
 *             "escrow": the contractor, by the policy's escrow key),"return-by","overdue":bool,
 *             "return":{"at","method","proof":{…}} or null,"disposal":{…} or null,"sealed":{…},
 *             "events":[{"seq","at","kind","phase","why"}]}
 * copies         roster, root {"area" ("" = all),"unpermitted":bool} → {"copies":[COPY…] (the latest, oldest
 *                          first),"more":N (older ones, see the ledger)}   one's own; manager (of their
 *                          areas), auditor, root: all
 *     COPY = {"seq","at","contract":{"id","title","client"},"person":{…},"permission":{"granted":bool,
 *             "reason","why","consent":{…}},"content":{"files":[…],"count","bytes","area","level"},"area",
 *             "purpose","kept":{"where","how"},"of-area","of","found":"copy"|"hard-link"|"outside",
 *             "by-process":bool,"late":bool,"disposal":null}
 * copies.confirm manager   {"area" ("" = all that they manage),"through":SEQ} → {"confirmed":N,"others":N (that another manager is needed for)}
 *                          the manager has looked at those without permission up to that record, one that
 *                          there is already; status counts them no more
 * paper.prepare  roster    {"paper","contract","from","to" (days or ""),"sha256" (of the printed document),
 *                          "content" (of what it says, report/paper.h),"role"} → {"line":TEXT (what a
 *                          confirmation signs),"key":"RW…" (the person's, "" = none)}
 * paper.confirm  roster, in a role that they have {as before,"missing":N (entries not filled in),
 *                          "signature":TEXT (minisign, over the line; where the person has a key)} → {"seq"}
 * ledger.archives manager, auditor, root {} → {"segments":[SEGMENT…] (all but the one in use),"working":N
 *                          (segments being archived or emptied)}
 *     SEGMENT = {"segment":N,"from":SEQ,"to":SEQ,"form":"plain"|"archived"|"removed","protected":bool (its
 *             archive has the immutable attribute),"last" (time of its latest record),"until" (time until which its records are kept, "" = not known),
 *             "removable":bool,"why":[{"code","about"}…] (what keeps it now)}
 *             code and what about names: "period" (time until which it is kept), "no-period" (contract
 *             without one), "no-contract", "no-area" (not in the policy), "no-common-period" (of records of
 *             no contract), "case-open", "incident-open"
 * ledger.archive manager, root {"dry-run":bool} → {"segments":[SEGMENT…] (which are or would be
 *                          compressed),"all":[SEGMENT…],"seq":-1}: begun, not done, see "working"
 * ledger.prune   manager, root {"dry-run":bool,"why":TEXT} → the same of those whose records are or
 *                          would be removed; "seq" is the record that says so, sealed before it begins
 * return         requester, manager {"case","method","proof":{"text","file","sha256"} or "receipt":TEXT,"signature":
 *                          TEXT (of what left sealed, signed by the receipt-key of a recipient to whom it was sealed
 *                          and who is the client's: recipient.organisation = contract.client),"done-by"} → {}
 * dispose        requester, manager {"case","method","proof":{…},"done-by"} → {}
 *     In return, dispose, give, handover and register.* "case" is any id of the register: a case (T-, C-), a
 *     receipt (R-), an item (D-), a copy that was found (C-); its requester is its handler.
 * give           requester, manager {"case","to":{"person","name","organisation"},"to-client":bool,"method",
 *                          "proof":{…} or "receipt","signature" (to the client as of return; else of any to whom it was
 *                          sealed),"done-by"} → {}   to the client, to keep, or to another handler; never
 *                          what is top secret (handover)
 * register.add   handler or manager of the area {"contract","area" (may be left out where the contract has
 *                          one),"form":"paper"|"medium"|"electronic","name","count","of","handler" (id, ""
 *                          = oneself),"from","how","purpose","place","kept":{"where","how"},"return-how",
 *                          "owner":"client"|"contractor" (of a medium, MED-1),"specific-personal":bool,
 *                          "top-secret":bool} → {"item","seq"}
 * register.list  roster, root {"contract","area","open":bool,"unchecked":bool,"specific-personal":bool,
 *                          "after":N} → {"rows":[ROW…],"next":N (ask on from there; -1 = these are all),
 *                          "totals":{"all","open","unchecked","specific-personal","handovers"}}
 *                          one's own; manager (of their areas), auditor, root: all. Totals are of what one may
 *                          see of the contract and area, in the first answer (after 0), else null; all is
 *                          accounted for when open, unchecked and handovers are 0
 * register.show  requester, manager, auditor, root {"case"} → {"row":ROW,"events":[…]}
 * register.check manager   {"case"} → {"entry":bool,"end":bool (what was checked now),"lacks-entry":bool,
 *                          "lacks-end":bool (what still waits for a second person)}
 * register.move  requester, manager {"case","place","kept":{…},"handler"} → {}
 *     ROW = {"id","kind":"case"|"receipt"|"item"|"copy","form","name","count","contract","area","at","person",
 *            "handler":{"id","name"},"destination":{…} or null,"from","how","purpose","place","kept":{…},
 *            "return-how","owner","return-by","overdue":bool,"specific-personal":bool,"top-secret":bool,
 *            "state":"held"|"given"|"returned"|"destroyed", of cases as in VIEW,"lost":bool,"open":bool,"unchecked":bool,
 *            "check-entry":bool,"check-end":bool (still to be checked),"checks":[{"what","person","at",
 *            "second":bool}],"handover":ID or "","given","return","disposal": null or {"at","method",
 *            "proof","person","done-by","to","erasure"}}
 * handover       requester, manager {"case","to":{…},"to-client":bool,"destination","purpose","kept",
 *                          "return-by","consent"} → {"handover","state":"asked"|"given","approvers":[…]}
 *                          (REC-3) of an item it asks for a permit (permit.prepare), of a case that is out it
 *                          stands at once
 * handover.give  whoever asked, manager {"handover"} → {}   it was put into the receiver's hands
 * handover.confirm the receiver where to.person is set, else who gave or a manager (that it failed: any of them) {"handover" (or the id of a
 *                          case that went to a colleague's area),"failed":bool,"why","proof":{…},
 *                          "receipt":TEXT,"signature":TEXT} → {"handover"}   a colleague's area: receipt and
 *                          signature of that agent, by the destination's receipt-key
 * handover.list  roster, root {} → {"handovers":[H…]}   one's own, those that wait for one; manager, auditor,
 *                          root: all
 *     H = {"handover","of","state":"asked"|"permitted"|"rejected"|"given"|"received"|"failed","at","person",
 *          "from","to","permission":{"granted","approver","consent","why","approvals","in-place-of" (as of VIEW)},"content","purpose","kept","return-by","area","destination",
 *          "received": null or as in ROW,"given","return","disposal" (of the thing),"events"}
 * clock.correct  manager   {"why"} → {"was","now"}   the clock was once set ahead by mistake: periods go by the
 *                          present time again. Refused unless the clock is synchronised now, is behind the ledger's
 *                          time, and no synchronised clock has shown a later one
 * ledger.attest  root, manager, auditor {"nonce"} → {"seq","size","root"}   an auditor who is present names a
 *                          number of their own: it is on record and sealed before the answer comes
 * incident.open  on the roster (suspended or not), root {"what","type" (<sekisho/incident.h>, "" = suspicion),
 *                          "known-at" ("" = now),"contract","area","case" (all "" = the asker's only contract, else
 *                          the machine),"where","cause","effect","response","correction","prevention","occurred-at","concerned" (ids,
 *                          logins or names, with commas)} → {"incident":INCIDENT}
 * incident.add   who opened it, managers who answer for it, administrators, root {"incident", the same texts,
 *                          "final-by" (the client's day)} → the same
 * incident.report the same {"incident","which" (SK_INCIDENT_REPORTS),"at","to","by" ("" = the asker),"oral"} → the same
 * incident.close manager who answers for it {"incident","why" (needed when reports that are due were not made)}
 *                          → the same
 * incident.list  anyone    {"open":bool} → {"incidents":[INCIDENT…] (those that the asker may see; at most the
 *                          latest 200),"more":N}
 * incident.show  who opened it, managers who answer for it, administrators, auditors, root {"incident"}
 *                          → {"incident":INCIDENT}
 * incident.draft the same  {"incident"} → {"incident":INCIDENT,"accesses":{"allowed","refused","from","to"} or null
 *                          (who opened it only is not told),"persons":[{"id","name","login","allowed","refused"}],
 *                          "cases":[CASE…]}
 *     INCIDENT = {"incident","state":"open"|"closed","type","by":"person"|"agent","trigger","contract":{"id","title",
 *             "client","contractor"},"area","known-at","opened-at","what","person":{…} or {},"cases":[ids],
 *             "concerned":[persons],"occurred-at","where","cause","effect","response","correction","prevention","final-by","added":[{"at",
 *             "person",…}],"reports":[{"at","person","report":{…}}],"due":[{"which","due","state":"due"|"late"|"made"|
 *             "made-late","made" (when, ""),"assumed":bool}],"next":{"which","due","late"} or null,"closed":{"at","why",
 *             "person","missing"} or null,"phone":[texts],"contact":[texts]}
 *     CASE = {"case","state","at","person","destination","files":[{"name","bytes","sha256"}] (empty when not shown),
 *             "count","bytes","sealed":bool,"sealed-sha256","recipients":[{"id","name","organisation","age"}],"shown"}
 * lost           as incident.open {"id" (a case, a destination of the policy, an entry),"known-at","occurred-at","where",
 *                          "what","stolen":bool} → {"incident":INCIDENT,"lost":"case"|"medium"|"item","already":bool (it was
 *                          reported, and that incident is open),"revoked":[ids of cases whose permits are void now],
 *                          "cases":[CASE…]}
 *
 * erase          manager of the contract {"area"} or {"medium","device" (where its erasure had begun, "" =
 *                          mounted at its place)} or {"path" (a file of an area, a copy that a case or the
 *                          index knows, or where a medium is mounted)}, "all-names":bool (hard links too),
 *                          "changed":bool (also when the file holds something else than the case or copy on record:
 *                          then nothing ends by it; without, nothing is erased),
 *                          "witness","for-case","item" (of the register; where this lies) → PROGRESS…, {"erasure","object":
 *                          {"kind","name","id","bytes"},"class","statements":[codes of erasure.h],"proof":
 *                          {"sha256","bytes","seed"},"wanted":"level-1|level-2|physical","enough":bool,"changed":bool,"case"}
 *                          Refused: room-open, incident-open, no-plan, other-contract. It ends when the
 *                          asker goes, what is half erased stays so. With "dry-run":true nothing is done →
 *                          {"object":{"kind","id","name"},"contract","area","bytes" (to be overwritten),
 *                          "size","keys":bool (an encrypted area's keys are destroyed),"class" (that can be
 *                          reached),"statements","wanted","enough","confirmed" (digest of the plan, "" =
 *                          none),"incident" (an open one),"room":bool,"compared":bool (its content is compared
 *                          with the record first)}
 * contract.list  roster, root {} → {"contracts":[CONTRACT…]}
 *     CONTRACT = {"id","title","client","contractor","start","end" (last day),"days" (left after today, -1 =
 *             over),"level":60|30|7|0|-1 (the warning that is due),"state":"not-begun|running|ended|closing|
 *             closed","mine":bool (the asker manages it)}
 * contract.show  manager of the contract, auditor, root {"contract"} → {"contract":CONTRACT,"open":[{"kind":
 *                          "case|copy|item|paper|medium|backup|handover|area|key","id","what","state","do",
 *                          "blocks":bool}],"plan":{"paper","sha256","at","person"} or null,"incident",
 *                          "unchecked" (entries of the register that managers are still to check)}
 *     do = "return-or-dispose", "wait", "erase-file", "return-item", "receive-handover", "end-room": somebody
 *             must; "expire", "destroy-area": contract.close does; "key-copies", "copies-unknown": to know
 * contract.close manager of the contract {"contract","final":bool,"dry-run":bool,"before-end":TEXT} → {"phase","seq","open"}
 *                          before-end: why it is closed before its last day; refused without (before-end)
 *                          without final: closing begins, areas may be erased now; final: nothing is left.
 *                          Refused with the same list in detail when something blocks
 *
 * Detail of refusals, where it helps: "valid" {"of":"areas"|"contracts"|"destinations"|"consents"|"persons"|"purposes"|
 * "roles","words":[…]} (what could have been said instead), "incident" {"id","refusals","seconds","managers":[{"id",
 * "name"}]} (this refusal was one too many: an incident is open over the asker's refusals, and whom to tell).
 *
 * Objects in VIEW and requests: person and approver {"id","name"(,"login")}, destination {"id",
 * "label","kind"}, consent {"id","document","date","sha256"}, kept {"where" (destination's label),
 * "how" (what the requester said)}, proof {"text","file","sha256"}, sealed {"name","bytes","sha256"}.
 * Every gap of status is {"code","text","warning":bool}; a warning does not clear ok.
 *
 * States of a case: requested → permitted | rejected | expired | withdrawn (by its requester, as long as nothing
 * was carried out: also permitted, failed); permitted, running → revoked (by an approver or manager); permitted → running → out | failed |
 * unknown (agent died in between); out → returned, disposed (both possible, in this order or
 * disposed alone) | given (to the client, to keep). A failed case may be exported again only under a new permit.
 */
#ifndef SEKISHO_OPS_H
#define SEKISHO_OPS_H

#include <sekisho/limits.h>

/* Sources of one receive: the exporter's answer socket travels with them (files). */
#define SK_RECEIVE_FILES_MAX (SK_MESSAGE_FDS_MAX - 1)
/* Sheets or pieces of one entry of the register. */
#define SK_PIECES_MAX 1000000

#define SK_OP_WHOAMI          "whoami"
#define SK_OP_STATUS          "status"
#define SK_OP_POLICY_INSTALL  "policy.install"
#define SK_OP_POLICY_SHOW     "policy.show"
#define SK_OP_AREA_CREATE     "area.create"
#define SK_OP_AREA_OPEN       "area.open"
#define SK_OP_AREA_CLOSE      "area.close"
#define SK_OP_DEVICE_LIST     "device.list"
#define SK_OP_DEVICE_APPROVE  "device.approve"
#define SK_OP_DEVICE_REVOKE   "device.revoke"
#define SK_OP_MEDIUM_RETURN   "medium.return"
#define SK_OP_AREA_LIST       "area.list"
#define SK_OP_ROOM_START      "room.start"
#define SK_OP_ROOM_LIST       "room.list"
#define SK_OP_ROOM_END        "room.end"
#define SK_OP_WATCH           "watch"
#define SK_OP_WHY             "why"
#define SK_OP_RECEIVE         "receive"
#define SK_OP_REQUEST         "request"
#define SK_OP_REQUEST_STANDING "request.standing"
#define SK_OP_REQUEST_WITHDRAW "request.withdraw"
#define SK_OP_REQUESTS        "requests"
#define SK_OP_REQUEST_TEXT    "request.text"
#define SK_OP_PERMIT_PREPARE  "permit.prepare"
#define SK_OP_PERMIT_SUBMIT   "permit.submit"
#define SK_OP_PERMIT_REJECT   "permit.reject"
#define SK_OP_PERMIT_REVOKE   "permit.revoke"
#define SK_OP_PERMIT_TEXT     "permit.text"
#define SK_OP_APPROVAL_FAILED "approval.failed"
#define SK_OP_EXPORT          "export"
#define SK_OP_SENT            "sent"
#define SK_OP_CASE            "case"
#define SK_OP_CASES           "cases"
#define SK_OP_COPIES          "copies"
#define SK_OP_COPIES_CONFIRM  "copies.confirm"
#define SK_OP_PAPER_PREPARE   "paper.prepare"
#define SK_OP_PAPER_CONFIRM   "paper.confirm"
#define SK_OP_LEDGER_ARCHIVES "ledger.archives"
#define SK_OP_LEDGER_ARCHIVE "ledger.archive"
#define SK_OP_LEDGER_PRUNE   "ledger.prune"
#define SK_OP_REGISTER_ADD   "register.add"
#define SK_OP_REGISTER_LIST  "register.list"
#define SK_OP_REGISTER_SHOW  "register.show"
#define SK_OP_REGISTER_CHECK "register.check"
#define SK_OP_REGISTER_MOVE  "register.move"
#define SK_OP_GIVE           "give"
#define SK_OP_HANDOVER         "handover"
#define SK_OP_HANDOVER_LIST    "handover.list"
#define SK_OP_HANDOVER_GIVE    "handover.give"
#define SK_OP_HANDOVER_CONFIRM "handover.confirm"
#define SK_OP_AREA_KEY       "area.key"
#define SK_OP_RETURN          "return"
#define SK_OP_DISPOSE         "dispose"
#define SK_OP_CLOCK_CORRECT   "clock.correct"
#define SK_OP_ATTEST          "ledger.attest"
#define SK_OP_INCIDENT_OPEN   "incident.open"
#define SK_OP_INCIDENT_ADD    "incident.add"
#define SK_OP_INCIDENT_REPORT "incident.report"
#define SK_OP_INCIDENT_CLOSE  "incident.close"
#define SK_OP_INCIDENT_LIST   "incident.list"
#define SK_OP_INCIDENT_SHOW   "incident.show"
#define SK_OP_INCIDENT_DRAFT  "incident.draft"
#define SK_OP_LOST            "lost"
#define SK_OP_ERASE           "erase"
#define SK_OP_CONTRACT_LIST   "contract.list"
#define SK_OP_CONTRACT_SHOW   "contract.show"
#define SK_OP_CONTRACT_CLOSE  "contract.close"

#endif
