# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of sekisho-device share: its process with a client, a guard and a starter of the
# tests' own around it, in a mount namespace that goes with the script. Source it after lib.sh.

client=$build/tests/device-client
device_socket=$instance/run/device.sock
guard_log=$scratch/guard.log
device_log=$scratch/agent.log # lib.sh shows it when something failed
device_pid=''
guard_pid=''
starter_pid=''
stranger=61001 # uids that need no login
worker=61002
other=61003

# shellcheck disable=SC2154 # lib.sh sets scratch and instance
install -d "$instance/lib" "$instance/run" "$instance/etc"
install -d -m 700 "$instance/lib/areas"

start_device() {
    "$bin/sekisho-device" --instance "$instance" >>"$device_log" 2>&1 8>&- &
    device_pid=$!
    until_true 20 "$client" call "$device_socket" STATUS '{}' || die "sekisho-device does not answer"
}
start_guard() {
    rm -f "$instance/run/guard.sock" # of one before: waited for is the new one's
    "$client" guard "$instance/run/guard.sock" "$guard_log" 8>&- &
    guard_pid=$!
    until_true 10 test -S "$instance/run/guard.sock" || die "no guard"
}
start_starter() {
    rm -f "$instance/run/export.sock"
    "$client" starter "$instance/run/export.sock" "$1" 8>&- &
    starter_pid=$!
    until_true 10 test -S "$instance/run/export.sock" || die "no starter"
}
stop_agent() { # called by lib.sh's clean_up
    end device_pid TERM
    end guard_pid TERM
    end starter_pid TERM
    local folder
    for folder in "$scratch"/mnt/*/; do umount -l "$folder" 2>/dev/null; done
}
ask() { "$client" call "$device_socket" "$@"; }
create() { # AREA FILESYSTEM MEBIBYTES
    ask AREA_CREATE "{\"area\":\"$1\",\"backing\":\"filesystem\",\"filesystem\":\"$2\",\"bytes\":$(($3 << 20)),\"device\":\"\",\"label\":\"x\",\"mount\":\"$scratch/mnt/$1\"}"
}
open_area() { # AREA [MOUNT]
    ask AREA_OPEN "{\"area\":\"$1\",\"mount\":\"${2-$scratch/mnt/$1}\",\"backing\":\"filesystem\",\"gate\":\"open\"}"
}
close_area() { ask AREA_CLOSE "{\"area\":\"$1\"}"; }
as_uid() { local uid=$1; shift; setpriv --reuid "$uid" --regid "$uid" --clear-groups -- "$@"; }
loops_of() { losetup --list --noheadings --output BACK-FILE | grep -F "$instance/lib/areas/$1.img"; }
no_loop() { ! loops_of "$1"; }
install -d "$scratch/mnt"
stands_in() { [ "$(readlink "/proc/$1/cwd")" = "$2" ]; } # PID FOLDER
not_mounted() { ! mountpoint -q "$1"; }
