# shellcheck shell=bash
# For the tests of sekisho-control: an instance with a policy, the fakes, control itself, questions.
# Source it after lib.sh.

here_folder=$scratch/fakes
fakes_pid=
control_pid=
made_logins=(skt-hana skt-taro skt-boss skt-boss2 skt-out)

make_tree() {
    mkdir -p "$here_folder/area" "$here_folder/stage" "$scratch/stick" "$scratch/plain"
    : >"$here_folder/mode"
    install -d "$instance"/etc/keys.d "$instance"/lib "$instance"/run "$instance"/run/ledger
    install -d -o sk-control "$instance/lib/policy" "$instance/run/control" "$instance/run/inside" "$instance/lib/desktop" "$instance/run/index"
    install -d -o sk-control -m 700 "$instance/lib/control"
    install -d -g sk-audit -m 2750 "$instance/lib/ledger"
    minisign -G -W -f -p "$instance/etc/keys.d/office.pub" -s "$scratch/office.key" >/dev/null
    local who
    for who in boss boss2 foreign; do
        minisign -G -W -f -p "$scratch/$who.pub" -s "$scratch/$who.key" >/dev/null
    done
}

# write_policy VERSION [sed expression]: $scratch/policy.ini and its signature
write_policy() {
    local boss boss2
    boss=$(tail -1 "$scratch/boss.pub")
    boss2=$(tail -1 "$scratch/boss2.pub")
    cat >"$scratch/policy.ini" <<P
[policy]
version = $1
title = test
issued = 2026-01-01
expires = 2099-03-31

[contract city]
title = 住民台帳整備
client = 海辺市
contractor = 山川システム
contact = 情報課 03-0000-0000
start = 2026-01-01
end = 2099-03-31
retention = 5 years
chapter-5 = no
equipment = no

[consent letter-12]
contract = city
document = 第12号
date = 2026-01-10
sha256 = $(printf letter | sha256sum | cut -c1-64)
areas = shared
destinations = stick, paper
purposes = 納品
until = 2099-03-31
uses = 5

[consent letter-old]
contract = city
document = 第1号
date = 2026-01-10
sha256 = $(printf old | sha256sum | cut -c1-64)
areas = shared
destinations = stick
purposes = old work
until = 2026-02-01
uses = 9

[consent letter-once]
contract = city
document = 第3号
date = 2026-01-10
sha256 = $(printf once | sha256sum | cut -c1-64)
areas = shared
destinations = stick
purposes = once
until = 2099-03-31
uses = 1

[person hana]
user = skt-hana
name = 髙﨑 花
role = handler
areas = shared, other
trained = 2026-01-05
pledge = 2026-01-05

[person taro]
user = skt-taro
name = 山田 太郎
role = handler
areas = shared
pledge = 2026-01-05

[person boss]
user = skt-boss
name = 管理 責子
role = manager, handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
key = $boss

[person boss2]
user = skt-boss2
name = 代理 管男
role = manager
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
key = $boss2

[application tools]
exe = /usr/bin/cat

[area shared]
label = 住民台帳
mount = $here_folder/area
contract = city
backing = filesystem
gate = open
level = 1
applications = tools

[area other]
label = 別業務
mount = $scratch/other
contract = city
backing = filesystem
gate = open
level = 1
handlers = hana
applications = tools

[destination stick]
contract = city
label = 納品用USB
kind = medium
path = $scratch/stick
recipients = office
approvers = boss, boss2
return-within = 14 days

[destination unlisted]
contract = city
label = 別のUSB
kind = medium
path = $scratch/stick2
recipients = office
approvers = boss

[destination paper]
contract = city
label = 控え
kind = directory
path = $scratch/plain
approvers = boss

[recipient office]
name = 情報課
organisation = 海辺市
contract = city
age = age12kw9tuypexetxdmsxe2870ua3c9qj6hep8t5539lwdmaww7ka52q6g0t5p

[approval]
lockout = 3
lockout-period = 30 minutes
permit-lifetime = 8 hours
passphrase-minimum = 12
P
    [ $# -lt 2 ] || sed -i "$2" "$scratch/policy.ini"
    sign_policy "$1" "$scratch/office.key"
}
sign_policy() {
    rm -f "$scratch/policy.ini.minisig"
    minisign -S -s "$2" -m "$scratch/policy.ini" -t "version $1" >/dev/null
}

start_fakes() {
    "$build/tests/control-fakes" "$instance" "$here_folder" >>"$scratch/agent.log" 2>&1 </dev/null &
    fakes_pid=$!
    until_true 10 test -S "$instance/run/guard.sock" || die "the fakes did not start"
}
stop_fakes() {
    [ -n "$fakes_pid" ] && kill -KILL "$fakes_pid" 2>/dev/null && wait "$fakes_pid" 2>/dev/null
    rm -f "$instance"/run/*.sock "$instance"/run/ledger/*.sock "$instance"/run/index/*.sock
    fakes_pid=
}
start_control() {
    "$bin/sekisho-control" --instance "$instance" >>"$scratch/agent.log" 2>&1 </dev/null &
    control_pid=$!
    until_true 20 ask root '{"op":"whoami"}' || die "control does not answer"
}
stop_control() {
    [ -n "$control_pid" ] && kill "${1:--TERM}" "$control_pid" 2>/dev/null && wait "$control_pid" 2>/dev/null
    control_pid=
}
# lib.sh calls this at the end, whatever happens
stop_agent() {
    stop_control -TERM
    stop_fakes
}

# ask LOGIN JSON [FILE…]
ask() {
    local login=$1
    shift
    as "$login" "$build/tests/control-client" "$instance" "$@"
}
field() { jq -r "$1" "$out"; }
# is WHAT JQ-EXPRESSION VALUE: a field of the last answer
is() {
    local got
    got=$(jq -r "$2" "$out" 2>&1)
    if [ "$got" = "$3" ]; then pass "$1"; else fail "$1: $2 is $got, not $3"; fi
}
set_mode() { printf '%s\n' "$*" >"$here_folder/mode"; }
records() { cat "$instance"/lib/ledger/segment-*.jsonl; }
# recorded WHAT JQ-CONDITION: some record fulfils it
recorded() {
    if records | jq -es "map(select($2)) | length > 0" >/dev/null; then pass "recorded: $1"; else
        fail "recorded: $1"
        records | tail -3
    fi
}
install_policy() { ask root '{"op":"policy.install"}' "$scratch/policy.ini" "$scratch/policy.ini.minisig"; }
request_json() { # DESTINATION PURPOSE TYPE CONSENT FILE…
    local to=$1 purpose=$2 type=$3 consent=$4
    shift 4
    printf '%s\n' "$@" | jq -Rnc --arg to "$to" --arg p "$purpose" --arg t "$type" --arg c "$consent" \
        '{op:"request",type:$t,files:[inputs],destination:$to,purpose:$p,kept:"金庫",consent:$c}'
}
sign() { # PERMIT-FILE KEY-NAME
    rm -f "$1.minisig"
    minisign -S -s "$scratch/$2.key" -m "$1" >/dev/null
}
submit_json() { # CASE PERMIT-FILE
    jq -nc --arg c "$1" --rawfile p "$2" --rawfile s "$2.minisig" \
        '{op:"permit.submit",case:$c,permit:$p,signature:$s}'
}
case_json() { printf '{"op":"%s","case":"%s"}' "$1" "$2"; }
# prepare LOGIN CASE FILE: the permit text as handed out
prepare() {
    ask "$1" "$(case_json permit.prepare "$2")" | jq -j .permit >"$3"
    [ -s "$3" ]
}
# grant CASE [APPROVER]: asked, signed by boss or that approver with stock minisign, handed in
grant() {
    local who=${2:-boss}
    prepare "skt-$who" "$1" "$scratch/permit.$1.$who" && sign "$scratch/permit.$1.$who" "$who" &&
        ask skt-out "$(submit_json "$1" "$scratch/permit.$1.$who")"
}
new_case() { # [PURPOSE]: a take-out of one file → $case
    ask skt-hana "$(request_json stick "${1:-納品}" takeout "" "$here_folder/area/list.txt")" >"$out" 2>/dev/null
    case=$(field .case)
}
# told RECORD…: as if control had written them before it was killed; it starts again and reads them
told() { told_lines < <(printf '%s\n' "$@"); }
told_lines() { # the same of the lines of stdin (not behind a pipe: a subshell's processes are nobody's to end)
    local segment
    segment=$(ls "$instance"/lib/ledger/segment-*.jsonl)
    stop_control -KILL
    stop_fakes
    jq -nSc --slurpfile all "$segment" '($all[-1] | {at, boot, boottime, host, clock, policy}) as $last | ($all | length) as $n
        | [inputs] | to_entries[] | $last + {seq: ($n + .key)} + .value' >>"$segment"
    start_fakes
    start_control
}
