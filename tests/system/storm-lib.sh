# shellcheck shell=bash
# What the tests under load share: the whole agent with one open area, people, listed and unlisted
# openers, and a look at what the ledger holds. Source it after lib.sh.

area=$scratch/shared
tools= # root's own folder, where the listed opener lies (folders below /tmp are not root's alone)
lead=$build/tests/storm-lead
table=$scratch/table
report=$scratch/report
socket=$instance/run/guard.sock

storm_clean_up() {
    local status=$?
    trap - EXIT INT TERM
    [ -n "$tools" ] && rm -rf "$tools"
    (exit "$status")
    clean_up
}
trap storm_clean_up EXIT

write_policy() { # VERSION
    cat >"$scratch/policy.ini" <<P
[policy]
version = $1
title = storm
issued = 2026-01-01
expires = 2099-03-31
[contract c]
title = test
client = client
start = 2026-01-01
end = 2099-03-31
retention = 1 year
[person hana]
user = skt-hana
name = hana
role = handler
areas = shared${more_areas-}
trained = 2026-01-05
pledge = 2026-01-05
[application openers]
exe.1 = $tools/open*
exe.2 = /usr/bin/cat
[area shared]
label = shared
mount = $area
contract = c
backing = filesystem
gate = open
level = 1
applications = openers
${more_policy-}
P
    rm -f "$scratch/policy.ini.minisig"
    minisign -S -s "$scratch/office.key" -m "$scratch/policy.ini" </dev/null >/dev/null || die "minisign"
    chmod 644 "$scratch"/policy.ini*
}

# Everything up to an area with files that only the opener of skt-hana may open.
prepare_storm() {
    local i
    one_at_a_time
    make_agent_logins
    for i in skt-hana skt-outsider; do make_user $i; done
    tools=$(mktemp -d /opt/sekisho-test.XXXXXX) && chmod 755 "$tools"
    # before the policy: the worker looks for listed programs at most once a second
    install -m 755 "$build/tests/storm-opener" "$tools/opener"
    install -m 755 "$build/tests/storm-trouble" "$tools/open-trouble"
    install -m 755 "$build/tests/open-bench" "$tools/open-bench"
    install -m 755 -o skt-hana "$build/tests/storm-opener" "$scratch/home/skt-hana/opener"
    install -d "$instance/etc/keys.d"
    minisign -G -W -p "$instance/etc/keys.d/office.pub" -s "$scratch/office.key" >/dev/null
    write_policy 1
    start_agent
    root sekisho policy install "$scratch/policy.ini" >"$out" 2>&1 || { cat "$out"; die "no policy"; }
    root sekisho area create shared --size 64M >"$out" 2>&1 || { cat "$out"; die "no area"; }
    root sekisho area open shared >"$out" 2>&1 || { cat "$out"; die "the area does not open"; }
    for i in 0 1 2 3 4 5 6 7; do echo "protected $i" >"$scratch/home/skt-hana/f$i"; done
    chown skt-hana "$scratch"/home/skt-hana/f?
    as skt-hana sekisho receive "$scratch"/home/skt-hana/f? --area shared --from test --how test >"$out" 2>&1 ||
        { cat "$out"; die "nothing can be received"; }
    chmod 644 "$area"/f? # the guard alone decides
}

guard_status() { "$build/tests/guard-client" status "$socket"; }
guard_field() { guard_status | tr ' ' '\n' | sed -n "s/^$1=//p"; }

# storm PROCESSES THREADS OPENS <PLAN: runs it; its report goes to $report and the screen
storm() {
    (cd / && exec "$lead" "${storm_folder:-$area}" "$1" "$2" "$3" "$build/tests/guard-client status $socket" "$agent_pid" \
        "$table" "$tools/opener" "$scratch/home/skt-hana/opener" \
        "$(id -u skt-hana)" "$(id -u skt-outsider)") >"$report" 2>"$scratch/storm.err"
    local status=$?
    sed 's/^/    /' "$report"
    [ ! -s "$scratch/storm.err" ] || { sed 's/^/        /' "$scratch/storm.err" | sort | uniq -c | sort -rn | head -20; }
    return $status
}

# sum FIELD: over all lines of the report
sum() { tr ' ' '\n' <"$report" | sed -n "s/^$1=//p" | awk '{s += $1} END {print s + 0}'; }
most() { tr ' ' '\n' <"$report" | sed -n "s/^$1=//p" | sort -n | tail -1; }

# The ledger has caught up with everything that was answered.
ledger_quiet() {
    local before after
    for _ in $(seq 300); do
        before=$(stat -c %Y.%s "$instance"/lib/ledger/segment-* | md5sum; ledger_lines | wc -l)
        sleep 1.2
        after=$(stat -c %Y.%s "$instance"/lib/ledger/segment-* | md5sum; ledger_lines | wc -l)
        [ "$before" = "$after" ] && return 0
    done
    return 1
}

# compare_records: every answer that an opener got against the records of its process. Sets
# unrecorded_in, unrecorded_refused, surplus (records without an answer) and lost (what the ledger only
# counts since the storm before).
lost_before=0
compare_records() {
    ledger_quiet || fail "the ledger settles"
    ledger_lines >"$scratch/ledger.jsonl"
    grep '"kind":"access"' "$scratch/ledger.jsonl" |
        sed -nE 's/.*"count":([0-9]+),"decision":"(allowed|refused)".*"pid":([0-9]+).*/\3 \2 \1/p' >"$scratch/recorded"
    lost=$(($(grep '"phase":"overflow"' "$scratch/ledger.jsonl" | jq -s 'map(.counts.lost) | add // 0') - lost_before))
    lost_before=$((lost_before + lost))
    read -r unrecorded_in unrecorded_refused surplus < <(awk '
        NR == FNR { seen[$1 " " $2] += $3; next }
        { a = $3 - seen[$1 " allowed"]; if (a > 0) in_missing += a; else extra -= a
          r = $4 - seen[$1 " refused"]; if (r > 0) refused_missing += r; else extra -= r }
        END { print in_missing + 0, refused_missing + 0, extra + 0 }' "$scratch/recorded" "$table")
    say "    answers without a record: let in $unrecorded_in, refused $unrecorded_refused; records without an answer $surplus; only counted $lost"
}

# every_answer_on_record WHAT: as many records as answers, of each opener. No opener was ended before its
# answer, no file had a lease and no descriptors were missing: the kernel refused nothing by itself.
every_answer_on_record() {
    compare_records
    expect "$1: without a record: 0" 0 test "$((unrecorded_in + unrecorded_refused))" = 0
    expect "$1: recorded twice: 0" 0 test "$surplus" = 0
    expect "$1: only counted: 0" 0 test "$lost" = 0
}

# refusals_of PERSON: why openers with a listed program were refused
refusals_of() {
    grep -h '"decision":"refused"' "$scratch/ledger.jsonl" | grep "\"id\":\"$1\"" | grep '"exe":"/opt' |
        jq -r '"\(.reason) \(.count)"' | awk '{s[$1] += $2} END {for (r in s) printf "%s %d, ", r, s[r]}'
}
