# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole agent without its starter: each process by itself, so that a test can end one and start it again when it
# likes. An area, a stick and a desk to take out to, a handler and an approver. Source it after lib.sh.

area=$scratch/area
stick=$scratch/stick
desk=$scratch/desk
for login in skt-hana skt-boss; do make_user $login; done
make_agent_logins
loop_disk "$scratch/stick.img" 256 "$stick"
install -d -o skt-hana -m 755 "$desk"
preload=(env) # what each process is started by
declare -A pid_of=([ledger]='' [guard]='' [device]='' [control]='' [starter]='')

install -d "$instance/etc/keys.d"
minisign -G -W -p "$instance/etc/keys.d/office.pub" -s "$scratch/office.key" >/dev/null
minisign -G -W -p "$scratch/boss.pub" -s "$scratch/boss.key" >/dev/null
age-keygen -o "$scratch/recipient.txt" 2>/dev/null
cat >"$scratch/policy.ini" <<P
[policy]
version = 1
issued = 2026-01-01
expires = 2099-03-31
[contract city]
title = register
client = city
contractor = yamakawa
start = 2026-01-01
end = 2099-03-31
retention = 5 years
[consent letter]
contract = city
document = letter of consent
date = 2026-01-10
sha256 = $(printf letter | sha256sum | cut -c1-64)
areas = first
destinations = stick, desk
purposes = delivery
until = 2099-03-31
uses = 100000
[person hana]
user = skt-hana
name = Hana
role = handler
areas = first
trained = 2026-01-05
pledge = 2026-01-05
[person boss]
user = skt-boss
name = Boss
role = manager
areas = first
trained = 2026-01-05
pledge = 2026-01-05
key = $(tail -1 "$scratch/boss.pub")
[application tools]
exe = /usr/bin/cat, /usr/bin/cp
[area first]
label = register
mount = $area
contract = city
backing = filesystem
gate = open
level = 1
applications = tools
[destination stick]
contract = city
kind = medium
path = $stick
recipients = office
approvers = boss
return-within = 14 days
[destination desk]
contract = city
kind = directory
path = $desk
approvers = boss
[recipient office]
name = office
organisation = city
contract = city
age = $(age-keygen -y "$scratch/recipient.txt")
[approval]
permit-lifetime = 48 hours
P
minisign -S -s "$scratch/office.key" -m "$scratch/policy.ini" -t v1 >/dev/null

# ---- the processes, each by itself: one that is killed is started again when its case has been looked at ----

# An exporter, or one that is ended at its step.
cat >"$scratch/exporter" <<X
#!/bin/sh
[ -s "$scratch/exporter-step" ] || exec "$bin/sekisho-export"
read -r step others <"$scratch/exporter-step"
exec "$build/tests/kill-step" -o "$scratch/struck" \$others run "\$step" "$bin/sekisho-export"
X
chmod 755 "$scratch/exporter"
ledger_answers() { "$bin/ledger-client" "$instance/run/ledger/ledger.sock" head; }
device_answers() { "$build/tests/device-client" call "$instance/run/device.sock" STATUS '{}'; }
guard_answers() { "$build/tests/guard-client" status "$instance/run/guard.sock"; }
control_answers() { as skt-hana sekisho whoami; }
starter_answers() { [ -S "$instance/run/export.sock" ]; }
run_process() { # NAME
    local command=("$bin/sekisho-$1" --instance "$instance")
    [ $1 != guard ] || command[0]=$bin/sekishod
    [ $1 != starter ] || command=("$build/tests/device-client" starter "$instance/run/export.sock" "$scratch/exporter")
    "${preload[@]}" "${command[@]}" >>"$scratch/agent.log" 2>&1 8>&- </dev/null &
    pid_of[$1]=$!
    disown $! # bash would tell of each that is killed
}
start_process() {
    [ $1 != starter ] || rm -f "$instance/run/export.sock"
    run_process "$1"
    until_true 20 "$1_answers" || die "$1 does not answer"
}
reopen() { root sekisho area open first >"$out" 2>&1; }
is_dead() { ! kill -0 "${pid_of[$1]}" 2>/dev/null; }
start_again() { # what was killed, in the order of a start
    local name closed=
    for name in ledger device control; do
        is_dead $name || continue
        start_process $name
        [ $name != device ] || closed=yes
    done
    until_true 20 control_answers || die "control does not answer"
    [ -z "$closed" ] || until_true 60 reopen || { cat "$out"; die "the area does not open again"; }
    until_true 20 has_read || die "control does not read the ledger"
}
has_read() { # what was lost with the ledger has been read anew
    root sekisho status --json >"$scratch/status"
    grep -q enrolment "$scratch/status" && ! grep -qE 'ledger-unread|records-waiting' "$scratch/status"
}
stop_agent() { # called by lib.sh's clean_up
    if [ -n "$agent_pid" ]; then kill -TERM "$agent_pid"; wait "$agent_pid"; agent_pid=; return; fi
    local name
    for name in control device guard ledger starter; do
        [ -n "${pid_of[$name]}" ] || continue
        kill -TERM "${pid_of[$name]}" 2>/dev/null
        until_true 10 is_dead $name || kill -KILL "${pid_of[$name]}"
        pid_of[$name]=
    done
}

# the folders, by the one who makes them
start_agent
expect "a policy" 0 root sekisho policy install "$scratch/policy.ini"
expect "an area" 0 root sekisho area create first --size 512M
stop_agent
for name in ledger guard starter device control; do start_process $name; done
expect "is open" 0 root sekisho area open first
head -c 200000 /dev/urandom >"$scratch/list.bin"
printf 'resident list\n' >"$scratch/note.txt"
for name in list.bin note.txt; do expect "it takes $name" 0 as skt-hana cp "$scratch/$name" "$area/$name"; done
enrolment=$(root sekisho status --json | jq -r .enrolment)

permit() { # a case with a permit → $case; `copy` or not
    local option=()
    [ "$1" != copy ] || option=(--copy)
    as skt-hana sekisho request "$area/list.bin" "$area/note.txt" "${option[@]}" --to "$2" --purpose delivery --kept safe >"$out" 2>&1
    case=$(grep -Eo '[TC]-[0-9]{8}-[0-9]+' "$out" | head -1)
    [ -n "$case" ] || { cat "$out"; return 1; }
    as skt-boss sekisho approve "$case" --out "$scratch/home/skt-boss/$case" >"$out" 2>&1 || { cat "$out"; return 1; }
    minisign -S -s "$scratch/boss.key" -m "$scratch/home/skt-boss/$case" >/dev/null &&
        chown skt-boss "$scratch/home/skt-boss/$case".minisig &&
        as skt-boss sekisho approve "$case" --permit "$scratch/home/skt-boss/$case" --signature "$scratch/home/skt-boss/$case.minisig" >"$out" 2>&1 || { cat "$out"; return 1; }
}
