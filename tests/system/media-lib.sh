# shellcheck shell=bash
# What the tests of registered media share: a policy with the medium usb-1 for the area shared, the destination stick, a
# handler and a manager; a client of the test's own says what sekisho-plug would, a loop device stands for the disk.
# Source it after lib.sh.

area=$scratch/shared
for login in skt-hana skt-boss; do make_user $login; done
make_agent_logins
client=$build/tests/device-client
ask_device() { "$client" call "$instance/run/device.sock" "$@"; }

install -d "$instance/etc/keys.d"
minisign -G -W -p "$instance/etc/keys.d/office.pub" -s "$scratch/office.key" >/dev/null
minisign -G -W -p "$scratch/boss.pub" -s "$scratch/boss.key" >/dev/null
age-keygen -o "$scratch/recipient.txt" 2>/dev/null
recipient=$(age-keygen -y "$scratch/recipient.txt")
identity=$(printf none | sha256sum | cut -c1-64)

# write_policy VERSION [sed expression]: medium usb-1 is approved for the area, as the destination stick
write_policy() {
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
destinations = stick
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
[area side]
mount = $scratch/side
contract = city
backing = filesystem
gate = open
level = 1
applications = tools
[recipient office]
name = Office
contract = city
age = $recipient
[destination stick]
contract = city
kind = medium
medium = usb-1
recipients = office
[medium usb-1]
vendor = 46f4
product = 0001
serial = TEST1
owner = hana
direction = out
areas = shared
identity = $identity
expires = 2098-12-31
P
    [ $# -lt 2 ] || sed -i "$2" "$scratch/policy.ini"
    rm -f "$scratch/policy.ini.minisig"
    minisign -S -s "$scratch/office.key" -m "$scratch/policy.ini" </dev/null >/dev/null
}
install_policy() { write_policy "$@" && root sekisho policy install "$scratch/policy.ini" >"$out" 2>&1 || { cat "$out"; die "policy $1"; }; }
request() { # FILE: leaves a permitted case in $case
    as skt-hana sekisho request "$area/$1" --to stick --purpose delivery --kept safe --return-by 2098-01-01 >"$out" 2>&1
    case=$(grep -Eo 'T-[0-9]{8}-[0-9]+' "$out" | head -1)
    [ -n "$case" ] || { cat "$out"; return 1; }
    as skt-boss sekisho approve "$case" --out "$scratch/home/skt-boss/$case.txt" >"$out" 2>&1
    cp "$scratch/home/skt-boss/$case.txt" "$scratch/$case.txt"
    minisign -S -s "$scratch/boss.key" -m "$scratch/$case.txt" -x "$scratch/$case.txt.minisig" </dev/null >"$out" 2>&1
    chmod 644 "$scratch/$case.txt" "$scratch/$case.txt.minisig"
    as skt-boss sekisho approve "$case" --permit "$scratch/$case.txt" --signature "$scratch/$case.txt.minisig" >"$out" 2>&1
}
state_of() { root sekisho case "$1" --json | jq -r .state; }
is_in_state() { [ "$(state_of "$1")" = "$2" ]; }

# disk: an empty ext4, its number in $number
disk() {
    fallocate -l 64M "$scratch/one.img" # without holes, which would keep what was overwritten
    mkfs.ext4 -q -F -E nodiscard "$scratch/one.img"
    disk=$(losetup --find --show "$scratch/one.img") || die "no loop device"
    made_loops+=("$disk")
    number=$(lsblk -ndo MAJ:MIN "$disk" | tr -d ' ')
}
plug_in() {
    ask_device MEDIUM_LOOK "{\"number\":\"$number\"}" >"$out" 2>&1 &&
        ask_device MEDIUM_OPEN "{\"number\":\"$number\",\"medium\":\"usb-1\",\"identity\":\"$(grep -o '"identity":"[0-9a-f]*"' "$out" | cut -d'"' -f4)\",\"login\":\"skt-hana\",\"direction\":\"out\"}" >"$out" 2>&1
}
pull_out() { ask_device MEDIUM_CLOSE "{\"number\":\"$number\"}" >/dev/null 2>&1; }
place=$instance/run/media/skt-hana/usb-1
