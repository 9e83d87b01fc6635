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
 *               "enrolment","state" ("ok"|"failing"),"why","clock"}
 *   SEAL        {"why":TEXT} → HEAD_IS
 *
 * guard.sock    sekishod (watch) listens. Peers: uid 0 (device) and sk-control.
 *   GUARD_POLICY    sk-control. fds [policy bytes, signature bytes]: sealed memfds. payload: u8 0.
 *                   watch verifies them itself against keys.d as read at its start.
 *                   → OK, or ERROR
 *   GUARD_AREA_ADD  uid 0. str area id; str mount path; fds [directory of the private mount opened
 *                   O_RDONLY]. The whole filesystem is marked and the private mount ignored before
 *                   → OK (only then does device attach the area), or ERROR
 *   GUARD_AREA_DROP uid 0. str area id → OK
 *   GUARD_ROOMS     uid 0 (room). All rooms there are, replacing the list before: u32 count, then each:
 *                   str area id; u32 uid of the person's login; u32 uid in the room; fds [each room's
 *                   mount namespace (nsfs), in the same order] → OK, or ERROR and the old list stays.
 *                   An opener is in the area's room if its mount namespace, its uid and the area are
 *                   one row's. Refused (the old list stays): a uid that is not SK_ROOM_UID_BASE plus
 *                   the login's, a namespace twice, the machine's own, more rows than SK_ROOMS_MAX.
 *   GUARD_STATUS    → GUARD_STATUS_IS: u64 uptime_ns, u64 worker_uptime_ns, u32 worker_restarts,
 *                   u64 answered, u64 allowed, u64 refused, u64 ring_lost, u32 policy_version,
 *                   bytes[32] policy digest, u8 ledger connected, u8 connector active,
 *                   i32 keeper pid, i32 watch pid, i32 holder pid, u32 rooms, u32 areas, then each:
 *                   str id, u8 marked
 *   str = u32 length and bytes, integers little-endian (base/buf.h).
 *
 * device.sock   sekisho-device listens. Peers: sk-control and uid 0 (room).
 *   AREA_CREATE {"area","label","mount","backing","filesystem":"ext4|xfs","bytes":N,"device":PATH or ""}
 *               fds: [passphrase memfd] for LUKS → OK {"detail":TEXT}. May add "overwrite":true: what
 *               a block device holds may go. Takes as long as mkfs does.
 *   AREA_OPEN   {"area","mount","backing","gate"} fds: [passphrase] for LUKS → OK {"encrypted":bool}
 *   AREA_CLOSE  {"area"} → OK
 *   AREA_LIST   {} → AREAS {"areas":[{"area","exists","open","mount","encrypted","backing",
 *               "filesystem","bytes","free","why"}]}
 *   JOB_START   {"job":"freeze|receive|export|copy","case","area","requester":{"uid","gid","groups":[…]},
 *                "paths":[relative to the area],            freeze
 *                "names":[…],"into":PATH,                   receive (names in the area), copy
 *                "destination":{"path","uuid","kind"},      export, copy
 *                "files":[{"name","bytes","sha256"}],       export, copy: what the permit binds
 *                "recipients":["age1…"],"archive-digests":TEXT,"manifest-name":…}
 *               fds: [socket for the exporter's answers, then for receive the opened sources]
 *               → JOB_STARTED {"files":[{"name","bytes"}]} or ERROR. device opens every source and
 *               output as the requester (or in the destination), connects export.sock and hands
 *               over the descriptors; content descriptors never pass through control.
 *   JOB_FINISH  {"case","commit":bool,"manifest":TEXT,"signature":TEXT} → OK. commit: final names by
 *               rename, folder fsync; otherwise everything temporary is unlinked. Any ERROR means that it
 *               was aborted. OK {"left":N}: N temporary names could not be removed.
 *   STAGE_DROP  {"case","area"} → OK: the frozen snapshot goes.
 *   DESTINATION {"path","uuid","kind"} → OK {"present":bool,"writable":bool,"free":N,"why":…}. May add
 *               "sweep":true: what interrupted jobs left there goes; answers "swept":bool, false as
 *               long as it can't be reached or a job runs there
 *   STATUS      {} → OK {"uptime-ns":N,"pid":N,"areas":N,"jobs":N,"luks":bool,"luks-why":TEXT}
 *   PLACES      {"paths":[…]} → OK: all places that sekisho-index is to search for copies, replacing the
 *               list before; device hands them over as it does areas
 *   AREA_MOUNT  uid 0 (room). {"area"} → OK {"mount":PATH where the policy wants it}, fds [a new
 *               detached mount of the open area: nosuid, nodev, noexec, watched]. Only for an area
 *               with gate = room, which is attached nowhere.
 *
 * room.sock     sekisho-room listens. Peers: sk-control and uid 0.
 *   ROOM_START  {"area","mount":path of the area in the room (the policy's, so that paths are the same for
 *               everybody),"gate-label":label of the area,"person":{"id","name"},"login","uid","gid",
 *               "groups":[…],"pid" (of the asker, to judge where it sits),"remote":bool (the policy
 *               counts remote logins as a place of work),"display":"shared|nested","gpu":bool,
 *               "x-display":":0" or "","x-cookie":HEX or "","command":[words, escaped; [] = file
 *               manager, or the shell when there is a terminal],"folder" (working folder, relative to
 *               the area, "" = top),"locale":{"LANG","LANGUAGE","LC_ALL","TZ"},"wait":bool}
 *               fds: [slave of a pty] when the policy allows a terminal and one is wanted
 *               → ROOM_STARTED {"room":ID,"pid" (the room's first process),"first":bool (the room was made
 *               for this),"output":file in HOME/room-output that gets what it prints, "" = a terminal
 *               does} then, when
 *               "wait", ROOM_ENDED {"status":0|1} when the command has ended. One room for each pair
 *               of person and area: a second start runs its command in the room that is there.
 *   ROOM_LIST   {} → ROOMS {"rooms":[{"room","area","login","uid","since" (boot ns),"processes":N,
 *               "display":"shared|nested|none","remote":bool}]}
 *   ROOM_END    {"room":ID} or {"area":ID} or {"login":NAME} or {} (all) → OK {"ended":N}: every
 *               process in them is gone, their mounts too
 *   STATUS      {} → OK {"uptime-ns","pid","rooms":N,"why":TEXT of what rooms lack on this PC, "" = nothing}
 *   A room has one socket of the agent: the folder SK_PATH_RUN_INSIDE/AREA is bound read-only at
 *   SK_ROOM_CONTROL (paths.h), where control.sock answers what may be asked from inside.
 *   When a room ends by itself each connection of sk-control is told ROOM_GONE {"room","area","login",
 *   "why"}.
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
 * export.sock   the starter listens and starts one sekisho-export for each connection. Peer: uid 0.
 *   JOB         {"mode":"copy|seal","files":[{"name","bytes","sha256" or ""}],"recipients":[…],
 *               "digests-name":TEXT} fds: batches of at most SK_MESSAGE_FDS_MAX; the first descriptor
 *               of the first batch is the answer socket, then sources in order, then outputs (copy:
 *               one for each file; seal: one). MORE_FDS carries the following batches.
 *               Names are str_escape'd; seal wants all of name, bytes and sha256, unique relative
 *               names other than digests-name, and always makes an archive (tar), also of one file.
 *               Sources are regular files; outputs are empty regular files opened O_RDWR, because
 *               they are read back.
 *   On the answer socket, to control:
 *   JOB_PROGRESS {"bytes":N,"total":N} at most 10 a second
 *   JOB_DONE    {"files":[{"bytes","sha256"}],"sealed":{"bytes","sha256"} (seal)} after fsync and
 *               reading back
 *   ERROR       {"code":NAME,"why":TEXT,"file":INDEX or -1}
 *
 * control.sock  sekisho-control listens. Peers: everybody; what one may ask hangs on SO_PEERCRED. In
 *               SK_PATH_RUN_INSIDE/AREA: rooms of that area, peers have uid SK_ROOM_UID_BASE + login's uid
 *               and count as that login; only the ops that ops.h marks "inside" are answered.
 *   ASK         {"op":NAME,…} with descriptors where the op says so; ops in control's table
 *               → ANSWER {…} or ERROR; PROGRESS {"bytes","total","what"} may come before it.
 *
 * ERROR everywhere: {"code":NAME of sk_errname or of a reason,"why":English sentence,
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

    SK_MSG_GUARD_POLICY = 20,
    SK_MSG_GUARD_AREA_ADD = 21,
    SK_MSG_GUARD_AREA_DROP = 22,
    SK_MSG_GUARD_STATUS = 23,
    SK_MSG_GUARD_STATUS_IS = 24,
    SK_MSG_GUARD_ROOMS = 25,

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

    SK_MSG_INDEX_AREA = 80,
    SK_MSG_INDEX_DROP = 81,
    SK_MSG_INDEX_PLACE = 82,
    SK_MSG_INDEX_NEXT = 83,
    SK_MSG_INDEX_FOUND = 84,
};

#endif
