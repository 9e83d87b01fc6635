# shellcheck shell=bash
# What the tests of sekishod share: one instance, one guarded ext4 filesystem, a signed policy, people.
# Source it after lib.sh.

tests=$build/tests
client=$tests/guard-client
socket=$instance/run/guard.sock
area=$scratch/area
tools= # root's own folder, where listed programs lie (folders below /tmp are not root's alone)
guard_pid=

people=(skt-allowed skt-stranger skt-untrained skt-unpledged skt-suspended)

guard_clean_up() {
    local status=$?
    trap - EXIT INT TERM
    end_jobs
    umount "$area" 2>/dev/null || umount -l "$area" 2>/dev/null
    stop_guard
    [ -n "$tools" ] && rm -rf "$tools"
    [ "$failed" = 0 ] || { say "-- sekishod"; tail -30 "$scratch/guard.log"; }
    (exit "$status")
    clean_up
}
trap guard_clean_up EXIT

# The pid that leads now: the holder may have become the keeper.
keeper() { cat "$instance/run/lock"; }
status() { "$client" status "$socket"; }
field() { status | tr ' ' '\n' | sed -n "s/^$1=//p"; }
# is_field FIELD VALUE: read anew each time that it is asked
is_field() { [ "$(field "$1")" = "$2" ]; }

stop_guard() {
    [ -n "$guard_pid" ] || return 0
    kill -TERM "$(keeper)" 2>/dev/null
    until_true 8 flock -n "$instance/run/lock" true && pass "sekishod stops in order" || {
        fail "sekishod stops in order"
        local pid
        for pid in $(field holder) $(keeper) "$guard_pid"; do kill -KILL "$pid" 2>/dev/null; done
    }
    wait "$guard_pid" 2>/dev/null
    guard_pid=
}

# limit=N start_guard: with so many descriptors at most
start_guard() {
    prlimit ${limit:+--nofile="$limit:$limit"} "$bin/sekishod" --instance "$instance" >>"$scratch/guard.log" 2>&1 </dev/null &
    guard_pid=$!
    until_true 10 status || { cat "$scratch/guard.log"; die "sekishod did not start"; }
}

start_ledger() {
    "$client" ledger "$instance/run/ledger/ledger.sock" "$@" >>"$scratch/events" 2>&1 &
    ledger_pid=$!
    until_true 10 is_field ledger 1 || die "the ledger got no ring"
}

# push FILE: sign and send it as control would
push() {
    minisign -S -s "$scratch/key" -m "$1" </dev/null >/dev/null 2>&1 || die "minisign"
    chmod 644 "$1" "$1.minisig"
    (cd / && setpriv --reuid sk-control --regid "$(id -g sk-control)" --clear-groups \
        "$client" policy "$socket" "$1" "$1.minisig")
}

write_policy() { # VERSION FILE
    cat >"$2" <<EOF
[policy]
version = $1
title = test of the guard
issued = 2026-01-01
expires = 2099-12-31
[contract c]
title = test
client = client
start = 2026-01-01
end = 2099-12-31
retention = 1 year
[area shared]
label = shared
mount = $area
contract = c
backing = filesystem
gate = open
level = 1
applications = reader
[application reader]
exe.1 = /usr/bin/cat
exe.2 = $tools/bin/open*
exe.3 = $tools/free/cat
EOF
    local who extra
    for who in allowed untrained unpledged suspended; do
        extra=$'trained = 2026-01-02\npledge = 2026-01-02'
        [ $who = untrained ] && extra='pledge = 2026-01-02'
        [ $who = unpledged ] && extra='trained = 2026-01-02'
        [ $who = suspended ] && extra+=$'\nsuspended = yes'
        printf '[person %s]\nuser = skt-%s\nname = %s\nrole = handler\nareas = shared\n%s\n' \
            "$who" "$who" "$who" "$extra" >>"$2"
    done
}

prepare_guard() {
    make_agent_logins
    install -d "$scratch/home"
    local who
    for who in "${people[@]}"; do make_user "$who"; done
    tools=$(mktemp -d /opt/sekisho-test.XXXXXX) && chmod 755 "$tools"
    install -d "$tools/bin" && install -m 755 "$tests/guard-opener" "$tools/bin/opener"
    install -d "$instance"/{etc,etc/keys.d,lib,run}
    install -d -o sk-ledger "$instance/run/ledger"
    minisign -G -W -f -p "$instance/etc/keys.d/admin.pub" -s "$scratch/key" >/dev/null 2>&1 || die "minisign -G"
    loop_disk "$scratch/disk" 32 "$area"
    chmod 777 "$area"
    local i
    for i in 0 1 2 3 4 5 6 7; do echo "protected $i" >"$area/f$i"; done
    chmod 666 "$area"/f*
    write_policy 5 "$scratch/policy.ini"
}

# private_mount: a second mount of the area's filesystem that only the agent would have
private_mount() {
    install -d "$scratch/private"
    mount "${made_loops[0]}" "$scratch/private" || die "no private mount"
    made_mounts+=("$scratch/private")
}
