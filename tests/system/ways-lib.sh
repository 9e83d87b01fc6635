# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What ways-out does with a row of its table: runs it, looks for the text, tells. Source it after lib.sh.

tools=    # root's own folder in /opt, where the helpers lie: rooms show /opt
got=$scratch/got
own=$scratch/own
port=$((40000 + $$ % 9000))
core_pattern=
rows=0
tried=0
verdicts=() # "NAME<tab>verdict" of the second phase
unproved=()
ran=() # tags of rows that leave a mark in the area when their command starts in the room
declare -A result_open

ways_clean_up() {
    local status=$?
    trap - EXIT INT TERM
    [ -z "${core_pattern-}" ] || printf '%s' "$core_pattern" >/proc/sys/kernel/core_pattern
    kill -CONT "${stopped[@]}" 2>/dev/null
    end_jobs
    exec 6>&-
    umount "$got/fuse" 2>/dev/null
    umount -l "$tools/own/served" 2>/dev/null
    rm -f /tmp/sekisho-way-* /var/tmp/sekisho-way-* /dev/shm/sekisho-way-*
    [ -z "$tools" ] || rm -rf "$tools"
    (exit "$status")
    clean_up
}

helper() { "$@" >>"$scratch/helpers.log" 2>&1 & }

prepare() {
    one_at_a_time
    umount /proc/locks $crashes 2>/dev/null # the machine's own, not this world's
    locks_before=$(stat -c %a /proc/locks)
    crashes_before=$(cat $crashes 2>&1)
    trap ways_clean_up EXIT
    make_agent_logins
    make_user skt-hana
    make_user skt-taro
    install -d -m 700 "$own"
    install -d -m 1777 /tmp/.X11-unix
    tools=$(mktemp -d /opt/sekisho-test.XXXXXX) && chmod 755 "$tools"
    install -m 755 "$build"/tests/ways-{copy,peek} "$here/ways-spy" "$bin/sekisho" "$tools"
    install -d -o skt-hana -m 755 "$tools/own" # a folder of the person's among the system's
    install -m 755 "$build/tests/ways-preload.so" "$tools"
    install -m 4755 "$build/tests/ways-copy" "$tools/ways-root"
    [ -x "$build/tests/ways-32" ] && install -m 755 "$build/tests/ways-32" "$tools"
    "$tools/ways-32" /etc/hostname "$own/32" 2>/dev/null || no_32="this kernel runs no 32-bit programs"
    [ -e /dev/fuse ] && command -v bindfs >/dev/null || no_fuse="no FUSE on this machine"
    grep -q : /proc/net/if_inet6 2>/dev/null || no_ipv6="no IPv6 on this machine"
    [[ $(cat /proc/sys/kernel/core_pattern) == core* ]] || no_core="core files go to a collector here"
    [[ $proc_before != *hidepid=* ]] || no_ps="this machine hides processes already"
    [ "$locks_before" = 444 ] || no_locks="this machine hides locks already"
    setpriv --reuid skt-hana --regid "$(id -g skt-hana)" --clear-groups /usr/bin/python3 -c 'import socket; socket.socket(16, 2, 11).bind((0, 1))' 2>/dev/null ||
        no_connector="before Linux 6.6 it is told to root alone"
    collect_on '@/sekisho' 2>/dev/null || no_core_socket="before Linux 6.16 no socket collects core files"
    collect_off
    address=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
    loop_disk "$scratch/stick.img" 16 "$scratch/stick"
    chmod 777 "$scratch/stick"
    truncate -s 1M "$scratch/disk.img"
    disk=$(losetup --find --show "$scratch/disk.img") && made_loops+=("$disk") && chmod 666 "$disk"
    show_and_look
    virtual_screen skt-hana
    display=$screen_number
    collector
}

# show FILE: the text as colours of a picture in a window; look: the colours of a screenshot as text
show_and_look() {
    cat >"$tools/show" <<'S'
#!/bin/sh
n=$(($(wc -c <"$1") / 3))
{ printf 'P6 %d 1 255\n' "$n"; head -c $((n * 3)) "$1"; } | convert ppm:- -scale 4000%x4000% png:- |
    timeout 20 display -title picture -geometry +20+20 png:-
S
    cat >"$tools/look" <<'S'
#!/bin/sh
import -window root -depth 8 rgb:- | /usr/bin/python3 -c '
import sys
d=sys.stdin.buffer.read(); last=b""; out=b""
for i in range(0,len(d),3):
    if d[i:i+3]!=last: last=d[i:i+3]; out+=last
sys.stdout.buffer.write(out)'
S
    chmod 755 "$tools/show" "$tools/look"
}

# What a PC with a collector of core files does (systemd-coredump): the kernel starts it outside of any room.
collector() {
    printf '#!/bin/sh\ncat >"%s/got-core"\n' "$got" >"$tools/collect"
    chmod 755 "$tools/collect"
}

begin_phase() {
    marker=$own/marker-$phase
    printf 'SK%s' "$(od -An -N11 -tx1 /dev/urandom | tr -d ' \n')" >"$marker"
    started=$(date +%s)
    install -d "$scratch/ways" && install -d -m 755 "$scratch/ways/$phase"
    rm -rf "$got"
    install -d -o skt-hana -m 777 "$got"
    exec 6> >(exec 8>&-; cd / && exec setpriv --reuid skt-hana --regid "$(id -g skt-hana)" --init-groups \
        "$here/ways-receive" "$got" "$port" >>"$scratch/helpers.log" 2>&1)
    until_true 10 test -e "$got/ready" || { cat "$scratch/helpers.log"; die "no receiver"; }
    helper setpriv --reuid skt-hana --regid "$(id -g skt-hana)" --clear-groups \
        dbus-daemon --session --nofork --address="unix:path=$got/bus" 6>&- 8>&-
    until_true 5 test -S "$got/bus"
    rm -f "$own/cores"
    "$tools/ways-spy" hear-cores "$own/cores" >"$got/got-cores" 2>>"$scratch/helpers.log" 6>&- 8>&- &
    DBUS_SESSION_BUS_ADDRESS="unix:path=$got/bus" setpriv --reuid skt-hana --regid "$(id -g skt-hana)" \
        --clear-groups dbus-monitor --session >"$got/got-dbus" 2>/dev/null 6>&- 8>&- &
    truncate -s 1M "$got/image" && mkfs.ext4 -q -F "$got/image" && chown skt-hana "$got/image"
    if [ -z "${no_fuse-}" ]; then
        install -d -m 777 "$got/back" "$got/fuse"
        bindfs -o allow_other "$got/back" "$got/fuse" 6>&- 8>&- || no_fuse="bindfs fails here"
        install -d -o skt-hana "$tools/own/served"
        /usr/bin/python3 "$tools/ways-spy" hear-lookups "$tools/own/served" "$(id -u skt-hana)" >"$got/got-lookups" 2>>"$scratch/helpers.log" 6>&- 8>&- &
        until_true 10 mountpoint -q "$tools/own/served" || no_fuse="nothing is mounted by hand here"
    fi
}

end_phase() {
    end_victim
    umount "$got/fuse" 2>/dev/null
    umount -l "$tools/own/served" 2>/dev/null
    exec 6>&-
    end_jobs "$screen_pid"
}

begin_open() {
    begin_phase
    area=$scratch/open
    install -d -o skt-hana -m 755 "$area"
    install -o skt-hana -g skt-hana -m 644 "$marker" "$area/secret.txt"
    call='env'
    device_of_area=$disk
    victim=
    image_of_area=$area/secret.txt
}

policy() {
    cat <<P
[policy]
version = 1
title = ways out
issued = 2026-01-01
expires = 2099-03-31
[contract city]
title = 住民台帳整備
client = 海辺市
contractor = 山川システム
start = 2026-01-01
end = 2099-03-31
retention = 5 years
[consent letter]
contract = city
document = 承諾書
date = 2026-01-10
sha256 = $(printf letter | sha256sum | cut -c1-64)
areas = shared
destinations = stick
purposes = 納品
until = 2099-03-31
uses = 3
[person hana]
user = skt-hana
name = 髙﨑 花
role = handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
[person boss]
user = skt-boss
name = 管理 責子
role = manager
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
key = $(tail -1 "$instance/etc/keys.d/office.pub")
[area shared]
label = 住民台帳
mount = $area
contract = city
backing = filesystem
gate = room
level = 2
display = nested
[destination stick]
contract = city
kind = medium
path = $scratch/stick
recipients = city-office
approvers = boss
[recipient city-office]
name = 海辺市
contract = city
age = $(age-keygen 2>/dev/null | age-keygen -y)
P
}

start_daemons() {
    start_agent 6>&-
    until_true 10 test -S "$instance/run/room.sock"
}

begin_room() {
    begin_phase
    victim=
    area=/srv/sekisho-test-$$
    install -d "$instance/etc/keys.d"
    minisign -G -W -p "$instance/etc/keys.d/office.pub" -s "$own/office.key" >/dev/null
    policy >"$scratch/policy.ini"
    minisign -S -s "$own/office.key" -m "$scratch/policy.ini" -t "version 1" >/dev/null
    start_daemons
    expect "the policy is installed" 0 root sekisho policy install "$scratch/policy.ini"
    expect "an area is made" 0 root sekisho area create shared --size 256M
    expect "  and opened" 0 root sekisho area open shared
    install -d -o skt-hana -m 700 "$scratch/inbox"
    install -o skt-hana -m 600 "$marker" "$scratch/inbox/secret.txt"
    expect "the protected file is received" 0 as skt-hana sekisho receive "$scratch/inbox/secret.txt" --area shared --from 海辺市 --how 手渡し --remove-source
    [ ! -e "$scratch/inbox/secret.txt" ] || rm "$scratch/inbox/secret.txt"
    call='sekisho room shared --'
    device_of_area=$(losetup -n -O NAME,BACK-FILE | awk -v i="$instance/" 'index($2, i) {print $1; exit}')
    image_of_area=$(losetup -n -O BACK-FILE "$device_of_area")
    # a kernel that takes no programs of root's keeps nothing quiet, and status tells so
    heard=
    root sekisho status --json | jq -e '.gaps | any(.code == "reads-heard")' >/dev/null && heard=open
    expect "work goes on in the room" 0 in_room "grep -q ^SK '$area/secret.txt'"
    expect "how full it is" 0 as skt-hana sekisho area list --json
    lacks "  is nothing that its room could tell the outside" '"free"'
    expect "  root sees it" 0 root sekisho area list --json
    holds "  of course" '"free":[0-9]'
    [ "$failed" = 0 ] || die "nothing to try without a room"
}

# in_room TEXT: as the person, in the room (or, in the first phase, just so)
in_room() {
    # shellcheck disable=SC2086 # words
    as skt-hana env DISPLAY=":$display" timeout "${row_limit:-60}" $call bash -c "$1"
}

# What every command of the table finds set.
prelude() {
    printf '%q ' export S="$area/secret.txt" S2="$area/secret.txt" A="$area" T="$T" G="$got" P="$port" W="$tools" O="$tools/own" I="$instance" \
        STICK="$scratch/stick" DISK="$disk" FUSE="$got/fuse" TAG="$tag" ADDRESS="$address" ROOM="$call" \
        DISK_OF_AREA="$device_of_area" IMAGE_OF_AREA="$image_of_area" PID="${victim-}"\
        DISPLAY=":$display"
    # the mark tells afterwards that the command ran at all
    [ "$phase" = open ] || printf '; mark=%q' "$area/.ran-$tag"
    [ "$2" = inside ] && printf '; [ -z "$mark" ] || : >"$mark"'
    # while_it_lives COMMAND: again and again as long as the last job runs, what it prints into $T/x
    printf '; while_it_lives() { while kill -0 $!; do eval "$1" >>"$T/x"; sleep 0.1; done 2>/dev/null; }'
    printf '; room() { %s bash -c '"'"'[ -z "$0" ] || : >"$0"; exec "$@"'"'"' "$mark" "$@"; }; %s' "$call" "$1"
}

# The text in a process, in the room or (first phase) in a user namespace of the same person; $victim is
# its number out here.
begin_victim() {
    [ -z "$victim" ] || ! find_victim || return 0
    if [ "$phase" = open ]; then
        (cd / && exec setpriv --reuid skt-hana --regid "$(id -g skt-hana)" --init-groups env -i PATH=/usr/bin:/bin \
            unshare -Urm sh -c "cd '$area' && exec '$tools/ways-peek' hold '$area/secret.txt'") 6>&- 8>&- &
    else
        (as skt-hana sekisho room shared -- sh -c "cd '$area' && exec '$tools/ways-peek' hold '$area/secret.txt'" >/dev/null 2>&1) 6>&- 8>&- &
    fi
    victim_job=$!
    until_true 10 find_victim || fail "nobody holds the text"
    find_victim
    sleep 0.1
}
find_victim() {
    local p
    for p in /proc/[0-9]*; do
        [ "$(readlink "$p/exe")" = "$tools/ways-peek" ] && grep -qa HELD= "$p/environ" && victim=${p#/proc/} && return
    done 2>/dev/null
    return 1
}
end_victim() {
    [ "$victim" ] || return 0
    kill -KILL "$victim" 2>/dev/null
    kill "$victim_job" 2>/dev/null
    wait "$victim_job" 2>/dev/null
    victim=
}

# found: prints where the text lies that should not
found() {
    local log=
    [ "$phase" = open ] || log=$scratch/row.log
    "$here/ways-find" "$marker" 0 $log "$T" "$got" "$scratch/stick" "$scratch/home/skt-hana" /tmp/sekisho-way-* /var/tmp/sekisho-way-* \
        /dev/shm/sekisho-way-*
}
forget() {
    local path
    while read -r path; do
        case $path in "$got/image") ;; "$got"/got-*) : >"$path" ;; *) rm -rf "$path" ;; esac
    done
    rm -rf "$scratch/home/skt-hana/.bash_profile" "$scratch/home/skt-hana/.config/autostart"
}

chosen() {
    local name
    [ ${#picked[@]} -gt 0 ] || return 0
    for name in "${picked[@]}"; do [ "$name" = "$1" ] && return; done
    return 1
}

# patient COMMAND: with the limits that it sets itself as many times as long
times=1
patient() { perl -pe 's/(timeout(?: -s [A-Z]+)?|curl -s -m) (\d+) /"$1 " . $2 * '$times' . " "/ge' <<<"$1"; }

run_row() { # WHO COMMAND
    local text
    local row_limit=$((60 * times)) # seconds
    text=$(prelude "$(patient "$2")" "$1")
    case $1 in
    inside) in_room "$text" ;;
    caller | outside) as skt-hana timeout $row_limit bash -c "$text" ;;
    stranger) as skt-taro timeout $row_limit bash -c "$text" ;;
    esac >"$scratch/row.log" 2>&1 </dev/null 6>&- 8>&-
}

try_row() { # NAME WHO COMMAND: leaves in $places where the text came out
    case $1 in
    *"the system's collector") collect_on "|$tools/collect" ;;
    *"a collector's socket") collect_on "@$own/cores" ;;
    esac
    run_row "$2" "$3"
    collect_off
    places=$(found)
    [ -z "$places" ] || forget <<<"$places"
}

# way NAME WHO EXPECTED COMMAND [why it can't be tried without a room]
way() {
    local name=$1 who=$2 expected=$3 command=$4 excuse=${5-} places=
    chosen "$name" || return 0
    [ "$phase" = open ] || rows=$((rows + 1))
    tag=way-$phase-$((++tried))
    T=$scratch/ways/$phase/$tag
    install -d -o skt-hana -m 777 "$T"
    if [ "$phase" = open ] && [ "$excuse" ]; then
        unproved+=("$name: $excuse")
        return
    fi
    case $who in outside | stranger) begin_victim ;; esac
    try_row "$name" "$who" "$command"
    # what others do on the machine at that moment may spoil a try
    for times in 3 10; do
        [ "$phase" = open ] && [ -z "$places" ] || break
        try_row "$name" "$who" "$command"
    done
    times=1
    if [ "$phase" = open ]; then
        if [ "$places" ]; then pass "found: $name"; else
            fail "not found, though nothing protects: $name"
            sed 's/^/        /' "$scratch/row.log" | head -5
        fi
    else
        [[ $who = outside || $who = stranger || $command == *'$ROOM'* ]] || ran+=("$tag")
        local verdict=${places:+open}
        [ "$expected" != recorded ] || [ "$verdict" ] || ! until_true 15 in_ledger "$tag" || verdict=recorded
        told "$name" "$expected" "$verdict" "$places"
    fi
}

# in_ledger NAME: the ledger's own lines, as they lie on the disk, tell of a copy with this name
in_ledger() {
    ledger_lines |
        jq -es --arg name "$1" 'any(.[]; .kind == "copy" and (tostring | contains($name)))'
}

all_ran() {
    expect "each command was started in the room" 0 in_room "cd '$area' && for t in ${ran[*]}; do [ -e .ran-\$t ] || { touch missing; echo \$t; }; done; [ ! -e missing ]"
}

told() { # NAME EXPECTED VERDICT-OR-EMPTY PLACES
    local verdict=${3:-prevented}
    verdicts+=("$1	$verdict")
    if [ "$verdict" = "$2" ]; then
        pass "$(printf '%-10s %s' "$verdict" "$1")"
    else
        fail "$(printf '%-10s %s (expected: %s)' "$verdict" "$1" "$2")"
        [ -z "${4-}" ] || sed 's/^/        /' <<<"$4" | head -3
        sed 's/^/        /' "$scratch/row.log" | head -5
    fi
}

collect_on() { # PATTERN
    core_pattern=$(cat /proc/sys/kernel/core_pattern)
    printf '%s' "$1" >/proc/sys/kernel/core_pattern
}
collect_off() {
    [ "$core_pattern" ] || return 0
    printf '%s' "$core_pattern" >/proc/sys/kernel/core_pattern
    core_pattern=
}

# The text must lie nowhere on the machine's filesystems but in the agent's own state: images of areas,
# which root reads; the ledger, which auditors read, and the index have names of files, and one was named so; control
# keeps the texts of requests, one of which was kept so.
rest_of_the_machine() {
    local places mounts
    [ ${#picked[@]} = 0 ] || return 0
    readarray -t mounts < <(findmnt -rno TARGET -t ext4,xfs,btrfs,tmpfs,vfat,ext3,ext2,overlay | sort -u)
    places=$(nice "$here/ways-find" "$marker" "$started" "${mounts[@]}" 2>/dev/null |
        grep -vE "^($own|$instance/lib/(areas|ledger|index|control))/" | sort -u)
    if [ -z "$places" ]; then pass "the text is nowhere else on this machine"; else
        fail "the text lies elsewhere on this machine"
        sed 's/^/        /' <<<"$places" | head -10
    fi
}

# The kernel logs the bytes around the instruction at which a program ended, for journald and others to keep.
# Whether it does is the whole machine's: agents of other tests set it too, and set it back.
trace=/proc/sys/debug/exception-trace
logged() { dmesg | tail -n 2000 | tr -d ' <>' | grep -qi "$(head -c 24 "$marker" | od -An -v -tx1 | tr -d ' \n')"; }
crash_is_logged() {
    echo 1 >$trace
    in_room "'$tools/ways-peek' fault '$area/secret.txt'" >/dev/null 2>&1
    logged
}
kernel_log() {
    local tries
    [ ${#picked[@]} = 0 ] || chosen "the kernel's log" || return 0
    dmesg >/dev/null 2>&1 && [ -w $trace ] && [ "$(uname -m)" = x86_64 ] || { say "skipped: the kernel's log can't be read here, or tells of no crash"; return; }
    if [ "$phase" = open ]; then
        until_true 30 crash_is_logged && pass "found: the kernel's log, after a crash" || fail "no crash is in the kernel's log"
        return
    fi
    expect "a program in the room crashes" 0 in_room "'$tools/ways-peek' fault '$area/secret.txt'; [ \$? = 139 ]"
    for tries in 1 2 3; do
        logged || break
        [ "$(cat $trace)" = 0 ] && break # it is ours that did not hold
        printf 'SK%s' "$(od -An -N11 -tx1 /dev/urandom | tr -d ' \n')" >"$scratch/another"
        marker=$scratch/another
        in_room "cat >'$area/another'; '$tools/ways-peek' fault '$area/another'; rm '$area/another'" <"$scratch/another" >/dev/null 2>&1
    done
    logged && fail "the kernel's log holds the text of a program in the room" || pass "prevented  the kernel's log, after a crash"
    marker=$own/marker-$phase
}

# What is asked for inside, and how much runs there, is told outside without a number that somebody chose there;
# and the rows about that did ask.
room_is_there() { root sekisho room list --json | jq -e '.rooms[0].processes > 0'; }
asked_inside() {
    [ ${#picked[@]} = 0 ] || chosen "sizes of requests made inside" || return 0
    root sekisho requests --all --json | jq -e '[.requests[] | select(.bytes > 0)] | length >= 24' >/dev/null && pass "requests were made inside" || fail "no requests were made inside"
    root sekisho copies --json | jq -e '[.copies[] | select(.content.bytes > 0)] | length >= 24' >/dev/null && pass "and copies" || fail "no copies were made inside"
    expect "their texts are the agent's alone" 2 as skt-hana ls "$instance/lib/control/requests"
    in_room "until [ -e '$area/.go' ]; do sleep 0.2; done" >/dev/null 2>&1 6>&- 8>&- &
    until_true 30 room_is_there && pass "root sees how many programs run in a room" || fail "no room is listed"
    expect "the person, outside," 0 as skt-hana sekisho room list --json
    holds "  sees the room" '"room":"R-'
    lacks "  but not how many" '"processes":[0-9]'
    expect "  in the room, of course" 0 in_room "'$tools/sekisho' room list --json | grep -q '\"processes\":[0-9]'; r=\$?; touch '$area/.go'; exit \$r"
    wait $!
}

summary() {
    local open=0 prevented=0 recorded=0 by_kernel=0 v
    for v in "${verdicts[@]}"; do
        case $v in *$'\t'open) is_heard "$v" && by_kernel=$((by_kernel + 1)) || open=$((open + 1)) ;; *$'\t'recorded) recorded=$((recorded + 1)) ;; *) prevented=$((prevented + 1)) ;; esac
    done
    for v in "${unproved[@]}"; do say "  not tried without a room: $v"; done
    [ -n "$self_check" ] && return
    say "$rows ways: $prevented prevented, $recorded recorded inside, $open open${heard:+, $by_kernel more on this kernel}"
    [ ${#picked[@]} -gt 0 ] || { [ "$rows" -ge 50 ] && pass "at least 50 ways"; }
    [ "$open" -le 3 ] && pass "at most 3 open" || fail "$open ways are open"
}
# The daemons of this test's own agent (others run beside it from the same build), not the first processes of rooms
# nor people's tools.
daemons() {
    local p exe
    for p in /proc/[0-9]*; do
        exe=$(readlink "$p/exe")
        case $exe in
        "$bin/sekisho" | "$bin/sekisho-room-init") ;;
        "$bin"/sekisho*) ! grep -qzFx -- "$instance" "$p/cmdline" || printf '%s\n' "${p#/proc/}" ;;
        esac
    done 2>/dev/null
}

# A program in the room has the text in memory when the daemons stop or die, and tries all it can then;
# another person's program outside tries at the same time.
try_meanwhile() { # NAME
    # shellcheck disable=SC2016 # for the shell in the room
    local inside='x=$(cat "$S"); sleep 3; for to in "$T/x" "/tmp/sekisho-way-$TAG" "/var/tmp/sekisho-way-$TAG" "/dev/shm/sekisho-way-$TAG" ~/way "$G/fifo"; do timeout 1 sh -c "printf %s \"$x\" >\"$to\""; done
        printf %s "$x" | timeout 1 nc -UN "$G/socket"; printf %s "$x" | timeout 1 nc -N 127.0.0.1 "$P"; mkdir "$A/.ran-$TAG-end"; timeout -s KILL 2 cp "$S" "$T/y"'
    # shellcheck disable=SC2016
    local outside='timeout -s KILL 2 cat "$S" "/proc/$PID/root$S2" "/proc/$PID/fd/9" "/proc/$PID/environ" >"$T/x"; "$W/ways-peek" mem "$PID" >"$T/y"'
    tag=way-$phase-$((++tried))
    T=$scratch/ways/$phase/$tag
    install -d -o skt-hana -m 777 "$T"
    rows=$((rows + 2))
    ran+=("$tag" "$tag-end")
    begin_victim
    in_room "$(prelude "$inside" inside)" >"$scratch/row.log" 2>&1 </dev/null 6>&- 8>&- &
    sleep 1
    readarray -t stopped < <(daemons)
    [ ${#stopped[@]} -ge 6 ] || fail "only ${#stopped[@]} daemons found"
    kill "-$1" "${stopped[@]}"
    run_row outside "$outside"
    told "the daemons $2, from outside" prevented "$([ -z "$(found)" ] || echo open)" "$(found)"
    sleep 4
    told "the daemons $2, in the room" prevented "$([ -z "$(found)" ] || echo open)" "$(found)"
}

walls_without_the_agent() {
    [ ${#picked[@]} = 0 ] || chosen "the daemons" || return 0
    try_meanwhile STOP "stand still (SIGSTOP)"
    kill -CONT "${stopped[@]}" 2>/dev/null
    stopped=()
    until_true 20 root sekisho whoami && pass "the daemons go on" || fail "the daemons do not go on"
    try_meanwhile KILL "are dead (SIGKILL)"
    stopped=()
    wait "$agent_pid" 2>/dev/null
    start_daemons
    # a device process that saw sekishod die before it died itself has closed the area
    expect "the area is opened after a new start" 0 root sekisho area open shared
    expect "after a new start work goes on in the room" 0 until_true 20 in_room "grep -q ^SK '$area/secret.txt'"
    [ "$failed" = 0 ] || how_the_room_looks
}

# For who reads of a failure: what the first process of the room has before it.
how_the_room_looks() {
    local first
    first=$(pgrep -u "$((0x70000000 + $(id -u skt-hana)))" | head -n 1)
    grep -e " $area " -e ' /usr ' "/proc/$first/mountinfo"
    ls -ld "/proc/$first/root/usr/bin/bash" "/proc/$first/root$area" "/proc/$first/root$area/.rooms/"* "/proc/$first/root/dev/null"
}

# What a kernel that takes no programs of root's tells of rooms.
is_heard() {
    [ "${heard-}" ] || return 1
    case ${1%$'\t'*} in "which of the system's"* | "locks on the system's files" | "which devices are opened") ;; *) return 1 ;; esac
}

# What is open is what status names, in words that a person understands.
gaps_named() {
    local v name
    [ ${#picked[@]} = 0 ] || return 0
    root sekisho status --json >"$scratch/status.json"
    for v in "${verdicts[@]}"; do
        [[ $v == *$'\t'open ]] || continue
        name=${v%$'\t'*}
        case $name in
        *screenshot*) jq -e '.gaps | any(.code == "screen-seen")' "$scratch/status.json" >/dev/null ;;
        *) is_heard "$v" && jq -e '.gaps | any(.code == "reads-heard")' "$scratch/status.json" >/dev/null ;;
        esac && pass "status names what is open: $name" || fail "status does not name what is open: $name"
    done
}
