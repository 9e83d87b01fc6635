# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of media share: a policy with the media that were approved, sticks of the emulator, cases that are
# permitted. The emulator's disks are the files NAME.img in the shared folder: they are formatted and looked into there
# while nothing is plugged in. Source it; begin_media starts the agent. A caller whose machine loses its power sets
# kept_in to a folder that outlives that.
. "$(dirname "$0")/../../system/lib.sh"
one_at_a_time
export PATH=$PATH:/usr/sbin
monitor=$(dirname "$0")/monitor
share=/lab/share
start_options="--devices yes"
if [ "${kept_in-}" ]; then
    rm -rf "$scratch"
    scratch=$kept_in instance=$kept_in/i out=$kept_in/out
    mkdir -p "$scratch"
    rm -rf "$instance/run" # a PC keeps it in memory
fi
make_agent_logins
for login in skt-hana skt-boss skt-ken; do make_user $login; done
area=$scratch/shared

if [ ! -e "$scratch/recipient.txt" ]; then
    install -d "$instance/etc/keys.d"
    minisign -G -W -p "$instance/etc/keys.d/office.pub" -s "$scratch/office.key" >/dev/null
    minisign -G -W -p "$scratch/boss.pub" -s "$scratch/boss.key" >/dev/null
    age-keygen -o "$scratch/recipient.txt" 2>/dev/null
fi
recipient=$(age-keygen -y "$scratch/recipient.txt")
media=(fat exfat)

write_policy() { # VERSION: with the sections of media that were printed so far
    local name
    cat >"$scratch/policy.ini" <<P
[policy]
version = $1
issued = 2026-01-01
expires = 2099-03-31
[contract city]
title = register
client = city
contractor = us
start = 2026-01-01
end = 2099-03-31
retention = 5 years
[consent letter]
contract = city
document = letter 12
date = 2026-01-10
sha256 = $(printf letter | sha256sum | cut -c1-64)
areas = shared
destinations = $(IFS=,; echo "${media[*]}")
purposes = delivery
until = 2099-03-31
uses = 99
[person hana]
user = skt-hana
name = Hana
role = handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
[person boss]
user = skt-boss
name = Boss
role = manager
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
key = $(tail -1 "$scratch/boss.pub")
[application tools]
exe = /usr/bin/cat, /usr/bin/cp
[area shared]
mount = $area
contract = city
backing = filesystem
gate = open
level = 1
applications = tools
[recipient office]
name = Office
contract = city
age = $recipient
P
    for name in "${media[@]}"; do
        printf '[destination %s]\ncontract = city\nkind = medium\nrecipients = office\n' "$name"
        [ -s "$scratch/$name.section" ] && printf 'medium = usb-%s\n' "$name" || printf 'path = /media/%s\n' "$name"
    done >>"$scratch/policy.ini"
    cat "$scratch"/*.section >>"$scratch/policy.ini" 2>/dev/null
    rm -f "$scratch/policy.ini.minisig"
    minisign -S -s "$scratch/office.key" -m "$scratch/policy.ini" </dev/null >/dev/null
}
judges_by() { root sekisho status --json | jq -e '[.gaps[].code] | (index("plug-policy") or index("process-missing")) | not'; }
install_policy() {
    write_policy "$1"
    root sekisho policy install "$scratch/policy.ini" >"$out" 2>&1 || { cat "$out"; die "policy $1"; }
    until_true 60 judges_by || die "policy $1 does not hold for devices"
}

# --- plugging

usb_devices() { local d; for d in /sys/bus/usb/devices/*-*; do case $d in *:*) ;; *) [ -e "$d/authorized" ] && basename "$d" ;; esac; done; }
no_usb() { [ -z "$(usb_devices)" ]; }
disks() { local d; for d in /sys/block/sd*; do [ -e "$d" ] && basename "$d"; done; }
no_disk() { [ -z "$(disks)" ]; }
device_of() { root sekisho device list --json | jq -ce ".devices[] | select(.serial == \"$1\")"; }
state_of() { device_of "$1" | jq -r '"\(.decision) \(.reason) \(.state)"' | paste -sd'|'; }
is_in_state() { [ "$(state_of "$1")" = "$2" ]; }
is_mounted() { [ -n "$(device_of "$1" | jq -r .mount)" ]; }
place_of() { device_of "$1" | jq -r .mount; }
plug_in() { "$monitor" "device_add usb-storage,id=$1,bus=xhci.0,drive=$2,serial=$3" || fail "the emulator: $1"; } # ID DISK SERIAL
pull_out() { "$monitor" "device_del $1" >/dev/null; }
unplug() { pull_out "$1"; until_true 60 no_usb || fail "$1 is still there"; }
# comes WHAT SERIAL STATE: waits for that state
comes() {
    until_true 120 is_in_state "$2" "$3" && pass "$1: $3" || { fail "$1: $(state_of "$2"), not $3"; root sekisho device list --json | jq -c '.devices[]'; }
}
approved() { until_true 120 is_mounted "$1" && is_in_state "$1" "allowed allowed open"; }
recorded() { root sekisho ledger search --kind device --json | jq -es "flatten | map(select(.phase == \"$1\" and .reason == \"$2\" and .device.serial == \"$3\")) | length >= 1"; }
make_disk() { # NAME
    case $1 in
    fat) mkfs.vfat -F 32 -n STICK "$share/$1.img" ;;
    exfat) mkfs.exfat "$share/$1.img" ;;
    ext4) mkfs.ext4 -q -F "$share/$1.img" ;;
    esac >"$out" 2>&1 || { cat "$out"; die "mkfs of $1"; }
}
# look_into DISK COMMAND…: runs it where the disk is mounted, so that nothing of it is changed: a journal that was left
# over is only played in a copy
look_into() {
    local status image=$share/$1.img options=loop,ro
    [ "$1" != ext4 ] || { image=$scratch/look.img options=loop; cp --sparse=always "$share/$1.img" "$image"; }
    shift
    mkdir -p "$scratch/look"
    mount -o $options "$image" "$scratch/look" || { echo unreadable; return 1; }
    (cd "$scratch/look" && "$@")
    status=$?
    umount "$scratch/look"
    return $status
}
# in the middle of a renaming exFAT may show a name that it does not find
names_here() { find . -name 'T-*' -exec test -e {} \; -print | sort | paste -sd' '; }
names_on() { look_into "$1" names_here; }
all_names() { echo "./$1.cover.html ./$1.manifest ./$1.manifest.minisig ./$1.tar.age"; } # CASE: an export that arrived
is_whole_here() { # CASE FILE
    age -d -i "$scratch/recipient.txt" "$1.tar.age" 2>/dev/null | tar -xO "$2" 2>/dev/null | cmp -s - "$scratch/$2" &&
        [ -s "$1.manifest" ] && [ -s "$1.manifest.minisig" ] && [ -s "$1.cover.html" ]
}
# told_truth WHEN DISK CASE FILE STATE: a case says the truth about what lies on the stick. Where the stick went away
# while the names became final, nobody knows: but an export that is there is whole then, with what belongs beside it.
told_truth() {
    local when=$1 name=$2 case=$3 file=$4 state=$5 left final
    left=$(names_on "$name")
    final=$(tr ' ' '\n' <<<"$left" | grep -Ec "$case\.(tar\.age|manifest|manifest\.minisig|cover\.html)\$")
    case $state in
    out) look_into "$name" is_whole_here "$case" "$file" && pass "$when: done, and it is whole" && return ;;
    unknown) { [[ "$left " != *"/$case.tar.age "* ]] || look_into "$name" is_whole_here "$case" "$file"; } && pass "$when: unknown, $final final names" && return ;;
    failed | permitted) [ "$final" = 0 ] && pass "$when: $state, no final name" && return ;;
    esac
    fail "$when: $case is $state, on it: $left"
    return 1
}

# --- a case

permit() { # CASE: the approver signs it with a stock tool
    as skt-boss sekisho approve "$1" --out "$scratch/home/skt-boss/$1.txt" >"$out" 2>&1 || return 1
    cp "$scratch/home/skt-boss/$1.txt" "$scratch/$1.txt"
    minisign -S -s "$scratch/boss.key" -m "$scratch/$1.txt" -x "$scratch/$1.txt.minisig" </dev/null >"$out" 2>&1 || return 1
    chmod 644 "$scratch/$1.txt" "$scratch/$1.txt.minisig"
    as skt-boss sekisho approve "$1" --permit "$scratch/$1.txt" --signature "$scratch/$1.txt.minisig" >"$out" 2>&1
}
request() { # DESTINATION FILE: leaves a permitted case in $case
    as skt-hana sekisho request "$area/$2" --to "$1" --purpose delivery --kept safe --return-by 2098-01-01 >"$out" 2>&1
    case=$(grep -Eo 'T-[0-9]{8}-[0-9]+' "$out" | head -1)
    [ -n "$case" ] && permit "$case" || { fail "no case for $1"; cat "$out"; return 1; }
}


# every case that began has its end on record
all_closed() { root sekisho ledger search --kind takeout --json | jq -es 'flatten | group_by(.case) | map(last.phase) | all(. != "intent")'; }

# --- how each test begins

udev_rules() {
    local rules
    mkdir -p /run/udev/rules.d
    for rules in 74 99; do
        sed "s|/run/sekisho/|$instance/run/|g" "/lab/input/$rules-sekisho.rules" >"/run/udev/rules.d/$rules-sekisho.rules" || die "no udev rules"
    done
    udevadm control --reload
    modprobe -a usb-storage vfat exfat || die "modules"
}
begin_media() { # [SIZE of the area]
    udev_rules
    start_agent
    install_policy 1
    root sekisho area create shared --size "${1:-128M}" >"$out" 2>&1 && root sekisho area open shared >"$out" 2>&1 || { cat "$out"; die "no area"; }
    head -c 300000 /dev/urandom >"$scratch/list.bin"
    head -c 12000000 /dev/urandom >"$scratch/large.bin"
    chown skt-hana "$scratch"/*.bin
    as skt-hana sekisho receive "$scratch/list.bin" "$scratch/large.bin" --area shared --from city --how hand >"$out" 2>&1 || { cat "$out"; die "receive"; }
}
# approve NAME: the disk becomes a medium; what it must look like on the way is what guest/media looks at
approve() {
    local port
    make_disk "$1"
    plug_in d1 "$1" "LAB-$1"
    until_true 120 is_in_state "LAB-$1" "refused medium-unknown shut" || die "$1: $(state_of "LAB-$1")"
    port=$(device_of "LAB-$1" | jq -r .port)
    as skt-boss sekisho device approve "$port" --as "usb-$1" --owner hana --areas shared --until 2098-12-31 >"$out" 2>&1 || { cat "$out"; die "$1 is not approved"; }
    sed -n '/^\[medium/,/^expires/p' "$out" >"$scratch/$1.section"
    until_true 120 is_in_state "LAB-$1" "refused medium-unknown shut" || die "$1: $(state_of "LAB-$1")"
    unplug d1
}
