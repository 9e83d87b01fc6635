# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of rooms share: one instance with the real sekishod, device and room, a signed policy,
# areas with gate = room, and clients in the places of control and ledger. Source it after lib.sh.

tests=$build/tests
guard_socket=$instance/run/guard.sock
device_socket=$instance/run/device.sock
room_socket=$instance/run/room.sock
guard_pid='' device_pid='' room_pid='' ledger_pid=''
worker=skt-worker
colleague=skt-colleague
stranger=skt-stranger # on no roster
room_base=$((0x70000000))
declare -A askers

stop_agent() { # called by lib.sh's clean_up
    if [ -S "$room_socket" ]; then "$tests/room-client" call "$room_socket" ROOM_END '{}' >/dev/null 2>&1; fi
    end room_pid TERM
    local asker
    for asker in "${askers[@]}"; do kill "$asker" 2>/dev/null; wait "$asker" 2>/dev/null; done
    end device_pid TERM
    if [ -n "$guard_pid" ]; then
        kill -TERM "$(cat "$instance/run/lock")" 2>/dev/null
        until_true 8 flock -n "$instance/run/lock" true || kill -KILL "$guard_pid"
        wait "$guard_pid" 2>/dev/null
    fi
    end ledger_pid TERM
}

write_policy() { # VERSION FILE
    local area who
    cat >"$2" <<P
[policy]
version = $1
title = test of rooms
issued = 2026-01-01
expires = 2099-12-31
[contract c]
title = test
client = client
start = 2026-01-01
end = 2099-12-31
retention = 1 year
P
    for area in alpha beta; do
        printf '[area %s]\nlabel = %s\nmount = /srv/%s\ncontract = c\nbacking = filesystem\ngate = room\nlevel = 1\n' $area $area $area >>"$2"
    done
    for who in worker colleague; do
        printf '[person %s]\nuser = skt-%s\nname = %s\nrole = handler\nareas = alpha, beta\ntrained = 2026-01-02\npledge = 2026-01-02\n' \
            $who $who $who >>"$2"
    done
}

push() { # FILE: sign it and send it as control would
    minisign -S -s "$scratch/key" -m "$1" </dev/null >/dev/null 2>&1 || die "minisign"
    chmod 644 "$1" "$1.minisig"
    (cd / && setpriv --reuid sk-control --regid "$(id -g sk-control)" --clear-groups \
        "$tests/guard-client" policy "$guard_socket" "$1" "$1.minisig") || die "the policy is refused"
}

start_guard() {
    "$bin/sekishod" --instance "$instance" >>"$scratch/agent.log" 2>&1 </dev/null 8>&- &
    guard_pid=$!
    until_true 60 "$tests/guard-client" status "$guard_socket" || die "sekishod did not start"
}
start_device() {
    "$bin/sekisho-device" --instance "$instance" >>"$scratch/agent.log" 2>&1 </dev/null 8>&- &
    device_pid=$!
    until_true 60 "$tests/device-client" call "$device_socket" STATUS '{}' || die "sekisho-device did not start"
}
start_room() {
    "$bin/sekisho-room" --instance "$instance" >>"$scratch/agent.log" 2>&1 </dev/null 8>&- &
    room_pid=$!
    until_true 60 "$tests/room-client" call "$room_socket" STATUS '{}' || die "sekisho-room did not start"
}

device() { "$tests/device-client" call "$device_socket" "$@"; }
room() { "$tests/room-client" call "$room_socket" "$@"; }
open_area() { # AREA
    device AREA_OPEN "{\"area\":\"$1\",\"mount\":\"/srv/$1\",\"backing\":\"filesystem\",\"gate\":\"room\"}"
}

# request LOGIN AREA EXTRA WORD…: a ROOM_START as control would make it; EXTRA replaces members
request() {
    local login=$1 area=$2 extra=$3
    shift 3
    jq -cn --arg area "$area" --arg login "$login" --argjson uid "$(id -u "$login")" \
        --argjson gid "$(id -g "$login")" --argjson pid "${askers[$login]}" \
        --argjson command "$(for word in "$@"; do printf '%s' "$word" | jq -R -s 'gsub("\\\\"; "\\\\")|gsub("\n"; "\\n")'; done | jq -cs .)" \
        --argjson extra "${extra:-{\}}" \
        '{area:$area,mount:("/srv/"+$area),"gate-label":$area,person:{id:$login,name:$login},login:$login,
          uid:$uid,gid:$gid,groups:[$gid],pid:$pid,remote:false,display:"nested","x-display":"",
          "x-cookie":"",command:$command,folder:"",locale:{LANG:"C.UTF-8"},wait:true} + $extra'
}

# inside LOGIN AREA SCRIPT [EXTRA]: a shell script in the room; exit 0 or 1, 4 when the room refuses
inside() { "$tests/room-client" start "$room_socket" "$(request "$1" "$2" "${4-}" sh -c "$3")"; }
# seen LOGIN AREA SCRIPT: the same on a terminal, so that its output is seen here
seen() { "$tests/room-client" terminal "$room_socket" "$(request "$1" "$2" '{}' sh -c "$3")" "$(id -u "$1")" </dev/null; }
no_rooms() { room ROOM_LIST '{}' | grep -q '"rooms":\[\]'; }
cgroups=$(awk '$5 ~ "^/" && / - cgroup2 / { print $5; exit }' /proc/self/mountinfo)/sekisho-rooms-$(printf %s "$instance" | sha256sum | cut -c 1-16)

prepare_rooms() {
    make_agent_logins
    install -d "$scratch/home"
    make_user $worker
    make_user $colleague
    make_user $stranger
    install -d "$instance"/{etc,etc/keys.d,lib,run}
    install -d -m 700 "$instance/lib/areas" "$instance/run/rooms"
    install -d -o sk-ledger "$instance/run/ledger"
    # who asks: a process of each person that lives as long as the test
    local who
    for who in $worker $colleague $stranger; do
        (enter_session $who && exec setpriv --reuid $who --regid "$(id -g $who)" --clear-groups sleep infinity) 8>&- &
        askers[$who]=$!
    done
    minisign -G -W -f -p "$instance/etc/keys.d/admin.pub" -s "$scratch/key" >/dev/null 2>&1 || die "minisign -G"
    start_guard
    "$tests/guard-client" ledger "$instance/run/ledger/ledger.sock" >>"$scratch/events" 2>&1 8>&- &
    ledger_pid=$!
    write_policy 1 "$scratch/policy.ini"
    push "$scratch/policy.ini"
    start_device
    local area
    for area in alpha beta; do
        device AREA_CREATE "{\"area\":\"$area\",\"backing\":\"filesystem\",\"filesystem\":\"$([ $area = alpha ] && echo ext4 || echo xfs)\",\"bytes\":$((320 << 20)),\"device\":\"\",\"label\":\"x\",\"mount\":\"/srv/$area\"}" >"$out" || { cat "$out"; die "no area $area"; }
        open_area $area >"$out" || { cat "$out"; die "area $area is not opened"; }
    done
    start_room
}
