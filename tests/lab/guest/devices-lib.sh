# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of devices share: devices are plugged in by the emulator (guest/monitor), composite and lying ones by
# the kernel's own gadgets (dummy_hcd). What counts is what the kernel made of them: switches in sysfs, drivers, block
# devices. Source it: it starts the agent.
. "$(dirname "$0")/../../system/lib.sh"
one_at_a_time
export PATH=$PATH:/usr/sbin
monitor=$(dirname "$0")/monitor
start_options="--devices yes"
make_agent_logins
make_user skt-hana
gadgets=/sys/kernel/config/usb_gadget

write_policy() { # VERSION [LINE…]
    {
        printf '[policy]\nversion = %s\nissued = 2026-01-01\nexpires = 2099-03-31\n' "$1"
        cat <<P
[contract city]
title = register
client = city
start = 2026-01-01
end = 2099-03-31
retention = 5 years
[person hana]
user = skt-hana
name = Hana
role = handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
[area shared]
mount = $scratch/shared
contract = city
level = 2
backing = filesystem
gate = room
P
        shift
        printf '%s\n' "$@"
    } >"$scratch/policy.ini"
    rm -f "$scratch/policy.ini.minisig"
    minisign -S -s "$scratch/office.key" -m "$scratch/policy.ini" </dev/null >/dev/null
}

# --- plugging

# is there a device that is no root hub? Found
# without a process of its own: it is asked often, and each process is dear on an emulated machine
some_usb() { local d; for d in /sys/bus/usb/devices/*-*; do [[ $d != *:* && -e $d/authorized ]] && return; done; return 1; }
no_usb() { ! some_usb; }
# what has become a drive since the test began
disks_before=
disks() { local d; for d in /sys/block/{sd,sr,nbd}*; do [ -e "$d" ] && [[ " $disks_before " != *" ${d##*/} "* ]] && basename "$d"; done; }
disks_before=$(disks | paste -sd' ')
no_disk() { [ -z "$(disks)" ]; }
# state_of NAME: what the agent says of the device whose name (its product string) holds NAME
device_of() { root sekisho device list --json | jq -ce ".devices[] | select((.name + \" \" + .vendor + \":\" + .product) | contains(\"$1\"))"; }
is_decided() { device_of "$1" | jq -e '.state != "waiting"' >/dev/null; }
state_of() { device_of "$1" | jq -r '"\(.decision) \(.reason) \(.state)"'; }
# what the kernel has: authorized of the device with this vendor:product
switch_of() {
    local d
    for d in /sys/bus/usb/devices/*-*; do
        [ -e "$d/idVendor" ] && [ "$(cat "$d/idVendor"):$(cat "$d/idProduct")" = "$1" ] && cat "$d/authorized" && return
    done
    echo none
}
drivers_of() {
    local d i
    for d in /sys/bus/usb/devices/*-*; do
        [ -e "$d/idVendor" ] && [ "$(cat "$d/idVendor"):$(cat "$d/idProduct")" = "$1" ] || continue
        for i in "$d":*; do [ -e "$i/driver" ] && basename "$(readlink "$i/driver")"; done
    done | sort -u | paste -sd' '
}
emulate() { "$monitor" "$@" || fail "the emulator: $*"; }
# the same without waiting for an answer, for who looks at what it did
emulate_fast() { printf '{"execute":"human-monitor-command","arguments":{"command-line":"%s"}}\n' "$1" >/dev/virtio-ports/lab.qmp; }
unplug() {
    "$monitor" "device_del $1" >/dev/null
    until_true 60 no_usb || fail "$1 is still there"
}

image() { # NAME FILESYSTEM: a disk image of the emulator's host: the shared folder is not writable as one, so null-co
    "$monitor" -q "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"null-co\",\"node-name\":\"$1\",\"size\":67108864,\"read-zeroes\":true}}" >/dev/null
}

# judged WHAT IDS VERDICT SWITCH DRIVERS ADD…: plugs it in and looks what became of it
judged() {
    local what=$1 ids=$2 verdict=$3 switch=$4 drivers=$5 got
    shift 5
    emulate "$@"
    until_true 60 is_decided "$ids" || { fail "$what: the agent says nothing of it"; root sekisho device list; return; }
    got=$(state_of "$ids")
    [ "$got" = "$verdict" ] && pass "$what: $verdict" || fail "$what: $got, not $verdict"
    got=$(switch_of "$ids")
    [ "$got" = "$switch" ] && pass "  the switch is $switch" || fail "  the switch is $got, not $switch"
    got=$(drivers_of "$ids")
    [ "$got" = "$drivers" ] && pass "  drivers: ${drivers:-none}" || fail "  drivers: ${got:-none}, not ${drivers:-none}"
}
recorded() { root sekisho ledger search --kind device --json | jq -es "flatten | map(select(.phase == \"$1\" and .device.product == \"$2\")) | length >= ${3-1}"; }

# --- gadgets

# gadget NAME VENDOR PRODUCT FUNCTION…: the kernel's own, on dummy_hcd
gadget() {
    local name=$1 g=$gadgets/$1 f
    mkdir "$g"
    echo "0x$2" >"$g/idVendor"
    echo "0x$3" >"$g/idProduct"
    [ -z "${release_of_gadget-}" ] || echo "0x$release_of_gadget" >"$g/bcdDevice"
    mkdir "$g/strings/0x409"
    printf '%s' "SN'; \$(id) \"x" >"$g/strings/0x409/serialnumber"
    [ -z "${serial_of_gadget-}" ] || printf '%s' "$serial_of_gadget" >"$g/strings/0x409/serialnumber"
    printf '%s' "日本語 USBメモリ" >"$g/strings/0x409/product"
    mkdir "$g/configs/c.1"
    shift 3
    for f in "$@"; do
        mkdir "$g/functions/$f"
        case $f in
        hid.*)
            echo 1 >"$g/functions/$f/protocol"
            echo 1 >"$g/functions/$f/subclass"
            echo 8 >"$g/functions/$f/report_length"
            printf '\x05\x01\x09\x06\xa1\x01\x05\x07\x19\xe0\x29\xe7\x15\x00\x25\x01\x75\x01\x95\x08\x81\x02\xc0' >"$g/functions/$f/report_desc"
            ;;
        mass_storage.*)
            truncate -s 16M "$scratch/$name.img"
            [ -z "${disc_of_gadget-}" ] || echo 1 >"$g/functions/$f/lun.0/cdrom"
            echo "$scratch/$name.img" >"$g/functions/$f/lun.0/file"
            ;;
        esac
        ln -s "$g/functions/$f" "$g/configs/c.1/"
    done
    ls /sys/class/udc | head -1 >"$g/UDC" || fail "gadget $name"
}
withdraw() {
    local g=$gadgets/$1
    echo >"$g/UDC"
    find "$g/configs/c.1" -maxdepth 1 -type l -delete
    rmdir "$g"/functions/* "$g/configs/c.1" "$g/strings/0x409" "$g"
    until_true 60 no_usb || fail "gadget $1 is still there"
}
plugs() { # WHAT NAME IDS VERDICT SWITCH DRIVERS FUNCTION…
    local what=$1 name=$2 ids=$3 verdict=$4 switch=$5 drivers=$6 got
    shift 6
    gadget "$name" "${ids%:*}" "${ids#*:}" "$@"
    until_true 60 is_decided "$ids" || { fail "$what: the agent says nothing of it"; root sekisho device list; return; }
    got="$(state_of "$ids"), $(switch_of "$ids"), $(drivers_of "$ids")"
    [ "$got" = "$verdict, $switch, $drivers" ] && pass "$what: $got" || fail "$what: $got, not $verdict, $switch, $drivers"
}

# all_dead: kills every process of the agent. Those of sekishod take each other's place: they are stopped first
all_dead() {
    pkill -KILL -x sekisho-start
    pkill -STOP '^sekisho'
    pkill -KILL '^sekisho'
    ! pgrep '^sekisho'
}

# all_records PHASE PRODUCT: how often it happened, with what was only counted
all_records() {
    root sekisho ledger search --kind device --json | jq -s "flatten | map(select(.device.product == \"$2\")) |
        (map(select(.phase == \"$1\")) | length) + (map(select(.phase == \"again\") | .phases[\"$1\"] // 0) | add // 0)"
}
all_recorded() { [ "$(all_records "$1" "$2")" -ge "$3" ]; }

# --- the agent

modprobe -a usb-storage uas usbhid configfs libcomposite || die "modules"
modprobe dummy_hcd is_super_speed=1 || die "dummy_hcd"
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
install -d "$instance/etc/keys.d"
minisign -G -W -p "$instance/etc/keys.d/office.pub" -s "$scratch/office.key" >/dev/null
write_policy 1
start_agent
expect "the policy is installed" 0 root sekisho policy install "$scratch/policy.ini"
judges_by() { root sekisho status --json | jq -e '[.gaps[].code] | (index("plug-policy") or index("process-missing")) | not'; }
until_true 60 judges_by && pass "and sekisho-plug judges by it" || { fail "status"; root sekisho status; }
closed() { local h; for h in /sys/bus/usb/devices/usb*; do [ "$(cat "$h/authorized_default")" = 0 ] || return 1; done; }
expect "every root hub is closed" 0 closed
caps=$(awk '/^Cap(Eff|Prm|Bnd)/ {print $2}' "/proc/$(pgrep -x sekisho-plug)/status" | sort -u | paste -sd' ')
[ "$caps" = 0000000000000000 ] && pass "sekisho-plug has no capability" || fail "capabilities $caps"

image disk0
