/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The messages between processes: who may send what to whom, and the payload of each. Payloads are
 * one JSON object (record/record.h) but on guard.sock, whose listener parses as little as it can.
 * File names and paths may hold any byte but NUL: in JSON they are str_escape'd (base/str.h), the
 * receiver unescapes them.
 *
 * ledger.sock   sekisho-ledger listens. Peers: uid 0 (sekishod, device) and sk-control.
 *   APPEND      {"record":{…},"durable":bool,"seal":bool}
 *               → APPENDED {"seq":N,"size":N,"root":HEX} once durable (fsync) and sealed if asked;
 *               durable=false is answered at once, before the group commit.
 *   RING        uid 0 only. no payload, fds [ring memfd, eventfd "look at the ring"] → OK {}
 *               A new ring replaces the old one of that connection.
 *   HEAD        {} → HEAD_IS {"size","root","epoch","sealed-size","sealed-at" (RFC 3339),"origin",
 *               "enrolment","state" ("ok"|"failing"),"why","clock","retiring" (segments that are
 *               being archived or emptied)}
 *   SEAL        {"why":TEXT} → HEAD_IS
 *   ARCHIVE     {"segments":[N,…]} → OK: these segments, to which nothing more is written, will be
 *               compressed, one after the other; a record says when they are (kind agent, archived)
 *   REMOVE      {"segments":[N,…],"record":{…}} → APPENDED once the record of the intent is sealed
 *               (kind removal; the ledger adds ranges and count); then the segments' records are
 *               replaced by their hashes, and a second record says so. Whoever asks has seen to it that
 *               nothing keeps them any longer.
 *
 * guard.sock    sekishod (watch) listens. Peers: uid 0 (device) and sk-control.
 *   GUARD_POLICY    sk-control. fds [policy bytes, signature bytes]: sealed memfds. payload: u8 0.
 *                   watch verifies them itself against keys.d as read at its start.
 *                   → OK, or ERROR
 *   GUARD_AREA_ADD  uid 0. str area id; str mount path; fds [directory of the private mount opened
 *                   O_RDONLY]. The whole filesystem is marked and the private mount ignored before
 *                   → OK (only then does device attach the area), or ERROR
 *   GUARD_AREA_DROP uid 0. str area id; u8 shut: its filesystem is held by others and was shut down, so
 *                   its mark, which stays, keeps no stop waiting → OK
 *   GUARD_ROOMS     uid 0 (room). All rooms there are, replacing the list before: u32 count, then each:
 *                   str area id; u32 uid of the person's login; u32 uid in the room; fds [each room's
 *                   mount namespace (nsfs), in the same order] → OK, or ERROR and the old list stays.
 *                   An opener is in the area's room if its mount namespace, its uid and the area are
 *                   one row's. Refused (the old list stays): a uid that is not SK_ROOM_UID_BASE plus
 *                   the login's, a namespace twice, the machine's own, more rows than SK_ROOMS_MAX.
 *   GUARD_TIME      sk-control. i64 seconds since 1970: the ledger's time, below which no decision's time
 *                   falls while the machine runs; u8 exact: what was seen later came from a clock that was
 *                   set ahead and has been corrected → OK
 *   GUARD_STATUS    → GUARD_STATUS_IS: u64 uptime_ns, u64 worker_uptime_ns, u32 worker_restarts,
 *                   u64 answered, u64 allowed, u64 refused, u64 ring_lost, u32 policy_version,
 *                   bytes[32] policy digest, u8 ledger connected, u8 connector active,
 *                   i32 keeper pid, i32 watch pid, i32 holder pid, i32 filesystems that are
 *                   marked and can be read (areas dropped included; -1 unknown), u32 rooms, u32 areas,
 *                   then each: str id, u8 marked
 *   str = u32 length and bytes, integers little-endian (base/buf.h).
 *
 * device.sock   sekisho-device listens. Peers: sk-control and uid 0 (room).
 *   AREA_CREATE {"area","label","mount","backing","filesystem":"ext4|xfs","bytes":N,"device":PATH or ""}
 *               fds: [passphrase memfd] for LUKS → OK {"detail":TEXT}. May add "overwrite":true: what
 *               a block device holds may go. Takes as long as mkfs does.
 *   AREA_OPEN   {"area","mount","backing","gate"} fds: [passphrase] for LUKS → OK {"encrypted":bool}
 *   AREA_CLOSE  {"area"} → OK {"held":TEXT}: "", or why its device is still held; it is shut down then
 *   AREA_LIST   {} → AREAS {"areas":[{"area","exists","open","held","mount","encrypted","backing",
 *               "filesystem","bytes","free","why"}]}
 *   JOB_START   {"job":"freeze|receive|export|copy","case","area","requester":{"uid","gid","groups":[…]},
 *                "paths":[relative to the area],            freeze
 *                "names":[…],"into":PATH,                   receive (names in the area), copy
 *                "destination":{"path","uuid","kind","folder" (kind outbox: in the requester's own, by their login)}, export, copy
 *                "files":[{"name","bytes","sha256"}],       export, copy: what the permit binds
 *                "recipients":["age1…"],"archive-digests":TEXT,"manifest-name":…,
 *                "identity":"AGE-SECRET-KEY-1…",            receive: the one file is opened with it
 *                "turn":{"tag","number","text","awaited":[SHA-256]}} export onto a medium: this turn is written first
 *                                                           (record/turn.h), if it has one that is awaited
 *               fds: [socket for the exporter's answers, then for receive the opened sources]
 *               → JOB_STARTED {"files":[{"name","bytes"}]} or ERROR. device opens every source and
 *               output as the requester (or in the destination), connects export.sock and hands
 *               over the descriptors; content descriptors never pass through control.
 *   JOB_FINISH  {"case","commit":bool,"manifest":TEXT,"signature":TEXT,"cover":TEXT} → OK. commit: final names by
 *               rename, folder fsync; otherwise everything temporary is unlinked. Any ERROR means that it
 *               was aborted. OK {"left":N}: N temporary names could not be removed.
 *   STAGE_DROP  {"case","area"} → OK: the frozen snapshot goes.
 *   DESTINATION {"path","uuid","kind"} or {"medium":ID} (one that is approved and plugged in; also in JOB_START) → OK
 *               {"present":bool,"writable":bool,"free":N,"path" (where it is),"why":…}. May add
 *               "sweep":true: what interrupted jobs left there goes; answers "swept":bool, false as
 *               long as it can't be reached or a job runs there
 *   ERASE       {"case":ID of the erasure,"object":"area|file|medium","area" (of area and of a file in
 *               one),"medium" (of a file on a registered one; path is its name there),"path" (file: in the area or absolute; medium: where it is mounted, or its block
 *               device when its erasure had begun),"uuid" (medium),"all-names":bool,"plan":bool,"sha256" (file: what it
 *               must hold, else ERROR SK_ERR_REFUSED and nothing was overwritten),"tags":[earlier erasures of the same object]} fds: [socket for the answers] but for a plan
 *               → JOB_STARTED {"files":[],"bytes" (to be overwritten),"size","keys":bool,"device","uuid",
 *               "class","statements":[codes of sekisho/erasure.h]}. Not for a plan: then as a job.
 *               JOB_PROGRESS, JOB_DONE {"bytes","sha256" (of what was read back),"seed","class",
 *               "statements"} or ERROR on the socket, and JOB_FINISH: commit removes the names, else it is
 *               stopped where it is. An area is closed for it, and not opened again when it is half erased
 *   STATUS      {} → OK {"uptime-ns":N,"pid":N,"areas":N,"jobs":N,"luks":bool,"luks-why":TEXT}
 *   PLACES      {"paths":[…]} → OK: all places that sekisho-index is to search for copies, replacing the
 *               list before; device hands them over as it does areas
 *   MEDIUM_LOOK uid 0 (plug). {"number":"8:0" (of a disk that was let in)} → MEDIUM_IS {"number","identity":SHA-256 of
 *               the identity file or "" (it has none),"medium" (what that file calls it),"filesystem","uuid",
 *               "writable":bool,"turns":[SHA-256 of each turn on it (record/turn.h)],"kept":bool (it was approved before,
 *               and has been there since: its turns may be others by now),"why" ("" = it could be looked at)} when it has been mounted where nobody sees it
 *   MEDIUM_MARK uid 0 (plug). {"number","medium","owner" (a person's id),"areas":"a,b","until":DATE,"tag" (of the ledger's
 *               turns; may be absent)} → MEDIUM_IS: with the identity that was written onto it, "turns":[the ledger's first
 *               one, which was written too]
 *   MEDIUM_OPEN uid 0 (plug). {"number","medium","identity" (as MEDIUM_IS told it, which it must be still),"login" (who may read it, "" = root alone),"direction":"out|in|both"}
 *               → OK {"mount":PATH}: it is the registered one and is mounted for reading
 *   MEDIUM_CLOSE uid 0 (plug). {"number"} → OK {}: nothing of it stays mounted; "": of all whose disk is gone
 *   MEDIUM_REVOKE sk-control. {"medium"} → OK {}: the same of the one with this id, if it is plugged in; what writes to it
 *               ends failed
 *   MEDIUM_FILES {"case" (any id of its own),"medium","first":[{"name","bytes" (as recorded; may be absent)} at its top:
 *               listed in any case, and read first if it is as long as that]} fds: [socket for the answers] → JOB_STARTED
 *               {"files":[]}, then as a job: JOB_PROGRESS (one has "listed": as JOB_DONE before anything is read), JOB_DONE {"files":[{"name","kind":"file|
 *               folder|link|other|unreadable","bytes","sha256"}],"count","more":bool,"state"} (device/medium_files.h) or ERROR on the
 *               socket, and JOB_FINISH: OK only if the medium is still there
 *   MEDIUM_LIST {} → MEDIA {"media":[{"medium","number","mount","filesystem","direction","free","writing":bool,
 *               "since-ns" (when it was looked at: another number, another plug),"turns" (as they were then)}]}
 *   AREA_MOUNT  uid 0 (room). {"area"} → OK {"mount":PATH where the policy wants it}, fds [a new
 *               detached mount of the open area: nosuid, nodev, noexec, watched]. Only for an area
 *               with gate = room, which is attached nowhere.
 *
 * room.sock     sekisho-room listens. Peers: sk-control and uid 0.
 *   ROOM_PLACE  {"area","login","uid","pid" (of the asker)} → OK {"room":ID of that person's room of the area,
 *               or for a new one,"first":bool (it would be new),"remote":bool (the asker sits elsewhere)}:
 *               what the record of a start says before it. After the end of one that is leaving.
 *   ROOM_START  {"area","mount":path of the area in the room (the policy's, so that paths are the same for
 *               everybody),"gate-label":label of the area,"person":{"id","name"},"login","uid","gid",
 *               "groups":[…],"pid" (of the asker, to judge where it sits),"remote":bool (the policy
 *               counts remote logins as a place of work),"display":"shared|nested","gpu":bool,
 *               "scratch":"temporary|keep|all" (what goes of HOME when the room ends),"x-display":":0" or "","x-cookie":HEX or "","room":ID for a new room (of ROOM_PLACE; absent: any),"command":[words, escaped; [] = file
 *               manager, or the shell when there is a terminal],"folder" (working folder, relative to
 *               the area, "" = top),"locale":{"LANG","LANGUAGE","LC_ALL","TZ","IM"},"wait":bool}
 *               fds: [slave of a pty] when the policy allows a terminal and one is wanted
 *               → ROOM_STARTED {"room":ID,"pid" (the room's first process),"first":bool (the room was made
 *               for this),"lacks":"gpu" (the policy gives a graphics card, this PC has none) or "","output":file in HOME/room-output that gets what it prints, "" = a terminal
 *               does} then, when
 *               "wait", ROOM_ENDED {"status":0|1} when the command has ended. One room for each pair
 *               of person and area: a second start runs its command in the room that is there.
 *   ROOM_LIST   {} → ROOMS {"rooms":[{"room","area","login","uid","since" (boot ns),"processes":N,
 *               "display":"shared|nested|none","remote":bool,"ending":bool}]}
 *   ROOM_END    {"room":ID} or {"area":ID} or {"login":NAME} or {} (all), and "why":TEXT → OK {"ended":N}
 *               when every process in them is gone, their mounts too. Others are answered meanwhile; a
 *               ROOM_START of the same person and area is answered after the end, with a new room
 *   STATUS      {} → OK {"uptime-ns","pid","rooms":N,"gpus":N (graphics cards for rooms),"why":TEXT of what rooms lack on this PC, "" = nothing,
 *               "heard":TEXT of why others are told what rooms read of this PC's files, "" = they are not}
 *   A room has one socket of the agent: the folder SK_PATH_RUN_INSIDE/AREA is bound read-only at
 *   SK_ROOM_CONTROL (paths.h), where control.sock answers what may be asked from inside.
 *   When a room has ended each connection of sk-control is told ROOM_GONE {"room","area","login","why",
 *   "scratch":{"files","bytes","complete"} (what was removed; absent: not known)}:
 *   why is ROOM_END's, sekisho-room's own, or "" when the last program had ended.
 *
 * A room's own socket: sekisho-room-init, the room's first process, listens; sekisho-room alone can reach
 * it (a folder of root's, SK_PATH_RUN_ROOMS). What comes from there comes from inside and is not trusted.
 *   ROOM_RUN    u8 flags; str output file; str folder; words of the command, then of the environment: u32
 *               count and str each (room/run.h); fds [slave of a pty] or none → ROOM_RAN (no payload) or
 *               ERROR, then ROOM_ENDED: u8 0|1 when the command has ended
 *
 * index.sock    sekisho-index listens. Peers: uid 0 (device) and sk-control.
 *   INDEX_AREA  uid 0. {"area","events":"names|opens|none"} fds [fanotify group that marks the area's
 *               file system, top folder of a private mount]; "names": the group has FID, names, targets
 *               and pidfds; "opens": events without names (the file system knows no FID), so index
 *               scans after them and at intervals; "none": no group, the folder only → OK. Again:
 *               replaced.
 *   INDEX_PLACE uid 0. {"path","events"} fds likewise, the top folder is the place itself → OK: copies of
 *               protected files that appear there are found by size and digest
 *   INDEX_DROP  uid 0. {"area"} or {"path"} → OK: both descriptors are closed
 *   INDEX_NEXT  sk-control. {"after":N} → INDEX_FOUND {"n":N,"what":"copy|hard-link|outside","area"
 *               (where it lies; outside: whose file it is a copy of),"file" (relative to the area;
 *               outside: absolute),"of-area","of" (area and path of what it is a copy of, "" = gone
 *               since),"bytes","sha256","uid","by-process":bool (uid of the process that did it; false:
 *               that process had ended, the file's owner),"pid","exe" (the process' own name, comm),"at"
 *               (boot ns),"late":bool (found by a scan, so the copy is older than "at")} as soon as there
 *               is one above N; N and all before are then forgotten by index. N only ever grows.
 *   STATUS      {} → OK {"uptime-ns","pid","areas":[{"area","files","behind","events","why"}],"places":
 *               [{"path","files","behind","events","why"}],"waiting":N}   why "" = nothing is missing
 *
 * notify.sock   the starter listens and starts one sekisho-notify for each connection. Peer: sk-control.
 *   NOTICE      {"incident","notice":"opened|added|late","which" (report that is late, ""),"type","trigger" (words
 *               of incident.h),"again":bool (it may have come through before),"opened-at","due" (RFC 3339 or ""),
 *               "skip":[numbers of those who were told before]} → NOTICED {"sent":[N…],"failed":[N…],"why"}. Whom
 *               to tell, and how, it reads from the signed policy itself; its text is made of these words, so no
 *               other can get out.
 *
 * plug.sock     sekisho-plug listens. Peers: sk-control and uid 0.
 *   PLUG_LIST   {} → PLUGGED {"devices":[{"bus":"usb|mmc","port","vendor","product","serial","maker","name","classes":[…],
 *               "interfaces":["080650",…],"decision":"allowed|partly|refused","reason","section","id","rule",
 *               "state":"shut|waiting|partly|open|in-use|failed","present":bool (it was there at the start),
 *               "since-ns","why"}]}
 *   PLUG_POLICY sk-control. {} → OK {"version"}: the installed policy is read anew (and verified here), all that
 *               is plugged in is judged by it. ERROR: the one before goes on
 *   PLUG_TRY    sk-control. {} fds [policy bytes, sealed memfd] → PLUGGED {"devices":[…]}: what is let in now and
 *               would be shut by that policy
 *   PLUG_APPROVE sk-control. {"port","medium","owner","areas":"a,b","until":DATE,"tag"} → PLUG_APPROVED {"identity":SHA-256,
 *               "vendor","product","serial","filesystem","turn":SHA-256 of its first turn, "" = it has none}: the storage at this port, which stays shut otherwise, was let
 *               in for as long as sekisho-device took to write this identity onto it
 *   PLUG_REVOKED sk-control. {"identities":[SHA-256 of identity files],"turns":[{"identity","awaited":[SHA-256 of turns]}],"mark":
 *               SHA-256 of both lists} → OK {}: all media that were revoked, which are shut if they are in; and which turns
 *               media have that exports went onto (record/turn.h). Until it has come no medium is opened
 *   STATUS      {} → OK {"uptime-ns","pid","devices":N,"version","waiting":N (records and devices that wait for
 *               the ledger),"uncovered":[ways to the PC beside USB that are not closed: plug/beyond.h],"revoked" (mark of
 *               PLUG_REVOKED, "" = none came yet, or a medium waits for the next one)}
 *
 * export.sock   the starter listens and starts one sekisho-export for each connection. Peer: uid 0.
 *   JOB         {"mode":"copy|seal|open","files":[{"name","bytes","sha256" or ""}],"recipients":[…],
 *               "digests-name":TEXT,"identity":TEXT (open)} fds: batches of at most SK_MESSAGE_FDS_MAX; the first descriptor
 *               of the first batch is the answer socket, then sources in order, then outputs (copy:
 *               one for each file; seal, open: one; open takes one source). MORE_FDS carries the following batches.
 *               Names are str_escape'd; seal wants all of name, bytes and sha256, unique relative
 *               names other than digests-name, and always makes an archive (tar), also of one file.
 *               Sources are regular files; outputs are empty regular files opened O_RDWR, because
 *               they are read back.
 *   On the answer socket, to control:
 *   JOB_PROGRESS {"bytes":N,"total":N} at most 10 a second
 *   JOB_DONE    {"files":[{"bytes","sha256"}],"sealed":{"bytes","sha256"} (seal: of the output; open: of
 *               the source, while files has what was written)} after fsync and reading back
 *   ERROR       {"code":NAME,"why":TEXT,"file":INDEX or -1}
 *
 * control.sock  sekisho-control listens. Peers: everybody; what one may ask hangs on SO_PEERCRED. In
 *               SK_PATH_RUN_INSIDE/AREA: rooms of that area, peers have uid SK_ROOM_UID_BASE + login's uid
 *               and count as that login; only the ops that ops.h marks "inside" are answered.
 *   ASK         {"op":NAME,…} with descriptors where the op says so; ops in control's table
 *               → ANSWER {…} or ERROR; PROGRESS {"bytes","total","what"} may come before it.
 *
 * Sentences ("why", "text", "detail") are phrases (base/phrase.h): English with marks.
 *
 * ERROR everywhere: {"code":NAME of sk_errname or of a reason,"why":sentence,
 *                    "reason":sk_reason_name or absent,"detail":{…} or absent}
 */
#ifndef SEKISHO_PROTO_H
#define SEKISHO_PROTO_H

enum sk_message {
    SK_MSG_OK = 1,
    SK_MSG_ERROR = 2,

    SK_MSG_APPEND = 10,
    SK_MSG_APPENDED = 11,
    SK_MSG_RING = 12,
    SK_MSG_HEAD = 13,
    SK_MSG_HEAD_IS = 14,
    SK_MSG_SEAL = 15,
    SK_MSG_ARCHIVE = 16,
    SK_MSG_REMOVE = 17,

    SK_MSG_GUARD_POLICY = 20,
    SK_MSG_GUARD_AREA_ADD = 21,
    SK_MSG_GUARD_AREA_DROP = 22,
    SK_MSG_GUARD_STATUS = 23,
    SK_MSG_GUARD_STATUS_IS = 24,
    SK_MSG_GUARD_ROOMS = 25,
    SK_MSG_GUARD_TIME = 26,

    SK_MSG_AREA_CREATE = 30,
    SK_MSG_AREA_OPEN = 31,
    SK_MSG_AREA_CLOSE = 32,
    SK_MSG_AREA_LIST = 33,
    SK_MSG_AREAS = 34,
    SK_MSG_JOB_START = 35,
    SK_MSG_JOB_STARTED = 36,
    SK_MSG_JOB_FINISH = 37,
    SK_MSG_STAGE_DROP = 38,
    SK_MSG_DESTINATION = 39,
    SK_MSG_STATUS = 40,
    SK_MSG_AREA_MOUNT = 41,
    SK_MSG_PLACES = 42,
    SK_MSG_ERASE = 43,

    SK_MSG_JOB = 50,
    SK_MSG_MORE_FDS = 51,
    SK_MSG_JOB_PROGRESS = 52,
    SK_MSG_JOB_DONE = 53,

    SK_MSG_ASK = 60,
    SK_MSG_ANSWER = 61,
    SK_MSG_PROGRESS = 62,

    SK_MSG_ROOM_START = 70,
    SK_MSG_ROOM_STARTED = 71,
    SK_MSG_ROOM_ENDED = 72,
    SK_MSG_ROOM_LIST = 73,
    SK_MSG_ROOMS = 74,
    SK_MSG_ROOM_END = 75,
    SK_MSG_ROOM_GONE = 76,
    SK_MSG_ROOM_RUN = 77,
    SK_MSG_ROOM_RAN = 78,
    SK_MSG_ROOM_PLACE = 79,

    SK_MSG_INDEX_AREA = 80,
    SK_MSG_INDEX_DROP = 81,
    SK_MSG_INDEX_PLACE = 82,
    SK_MSG_INDEX_NEXT = 83,
    SK_MSG_INDEX_FOUND = 84,

    SK_MSG_NOTICE = 90,
    SK_MSG_NOTICED = 91,

    SK_MSG_PLUG_LIST = 100,
    SK_MSG_PLUGGED = 101,
    SK_MSG_PLUG_POLICY = 102,
    SK_MSG_PLUG_TRY = 103,
    SK_MSG_PLUG_APPROVE = 104,
    SK_MSG_PLUG_APPROVED = 105,
    SK_MSG_PLUG_REVOKED = 106,

    SK_MSG_MEDIUM_LOOK = 110,
    SK_MSG_MEDIUM_IS = 111,
    SK_MSG_MEDIUM_MARK = 112,
    SK_MSG_MEDIUM_OPEN = 113,
    SK_MSG_MEDIUM_CLOSE = 114,
    SK_MSG_MEDIUM_LIST = 115,
    SK_MSG_MEDIA = 116,
    SK_MSG_MEDIUM_REVOKE = 117,
    SK_MSG_MEDIUM_FILES = 118,
};

#endif
