# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the lab's tests share: the guest is built, gets the programs and the tests, and runs what comes on
# standard input. Source it; its argument is the build folder. The machine is emulated, so that it runs
# everywhere; what can't be built or booted is a failure.
set -uo pipefail
build=$(cd "${1:?the build folder}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-lab.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# sticks NAME…: leaves in $sticks what gives the emulator disks of 128 MiB by these names, for sticks; each is the file
# NAME.img of the folder that the guest shares, so it can format and copy them while they are unplugged. With the rules of
# udev for media.
sticks() {
    local disk
    mkdir -p "$scratch/input"
    cp "$here"/../../installer/udev/{74,99}-sekisho.rules "$scratch/input/"
    sticks=()
    for disk in "$@"; do
        [ -e "$scratch/$disk.img" ] || truncate -s 128M "$scratch/$disk.img"
        sticks+=(-blockdev "driver=file,node-name=$disk-file,filename=$scratch/$disk.img,cache.direct=off,locking=off"
            -blockdev "driver=raw,node-name=$disk,file=$disk-file")
    done
}

# kept_root: from here on the guest's disk keeps what is written to it, until the test ends
kept_root() {
    "$here/build-guest" "$build" || exit 1
    export SEKISHO_LAB_ROOT=$scratch/root.ext4
    cp --sparse=always "$build/lab/root.ext4" "$SEKISHO_LAB_ROOT" || exit 1
}

# in_guest SECONDS [OPTION…] <SCRIPT: OPTIONs are the emulator's; its exit status is the script's. SECONDS is what it
# takes at most on a machine that does nothing else; three times that is the end of what hangs. In the script
# `run PROGRAM` runs one test and remembers when it failed.
in_guest() {
    local began=$SECONDS input=$scratch/input status seconds=$(($1 * 3))
    shift
    "$here/build-guest" "$build" || { echo "  FAIL  the guest could not be built"; return 1; }
    echo "the guest is built ($((SECONDS - began)) s)"
    mkdir -p "$input/build/tests" "$input/tests/lab"
    cp -r "$build/bin" "$build/share" "$input/build/"
    find "$build/tests" -maxdepth 1 -type f -perm /111 -exec cp {} "$input/build/tests/" ';'
    cp "$build"/tests/*.so "$input/build/tests/"
    cp -r "$here/../system" "$input/tests/"
    cp -r "$here/guest" "$input/tests/lab/"
    mkdir -p "$input/installer"
    cp -r "$here"/../../installer/{sbin,udev,doc} "$input/installer/"
    {
        cat <<'RUN'
cd /lab/input || exit 1
status=0
# what is waited for (until_true) may take 15 times as long as the guest took to start
patience=$(awk '{print $1 < 12 ? 180 : int(15 * $1)}' /proc/uptime)
export patience
run() {
    local program=$1
    shift
    echo "-- ${program##*/} ($(cut -d' ' -f1 /proc/uptime) s since the guest started)"
    "$program" /lab/input/build "$@" || { status=1; echo "failed: ${program##*/}"; }
}
RUN
        cat
        # shellcheck disable=SC2016 # expanded in the guest
        echo 'echo "-- $(cut -d" " -f1 /proc/uptime) s since the guest started"; exit $status'
    } >"$input/run"
    tar -C "$input" -cf "$scratch/input.tar" .
    "$here/run-guest" "$build" "$scratch" "$seconds" "$@"
    status=$?
    [ $status = 0 ] || { echo "-- journal"; grep -v 'systemd\[1\]' "$scratch/journal" 2>/dev/null | tail -40; }
    return $status
}
