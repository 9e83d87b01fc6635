# shellcheck shell=bash
# What the system tests share: throw-away logins, one agent instance, a policy, and assertions that
# print one line each. Source it; it sets a trap that takes everything away again. A test that
# starts an agent holds one lock for the machine, so that two never share the sk-* logins.

set -u
build=${1:?the build folder}
bin=$build/bin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-test.XXXXXX")
chmod 755 "$scratch"
instance=$scratch/i
passed=0
failed=0
made_users=()
made_groups=()
made_loops=()
made_mounts=()
agent_pid=
proc_before=$(findmnt -fno OPTIONS /proc)
locks_before=$(stat -c %a /proc/locks)

say() { printf '%s\n' "$*"; }
pass() { passed=$((passed + 1)); say "  ok    $*"; }
fail() { failed=$((failed + 1)); say "  FAIL  $*"; }
die() { fail "$*"; exit 1; }

# expect WHAT STATUS COMMAND…: runs it, output into $out, passes when the exit status is STATUS
out=$scratch/out
expect() {
    local what=$1 status=$2 got
    shift 2
    "$@" >"$out" 2>&1 </dev/null
    got=$?
    if [ "$got" = "$status" ]; then pass "$what"; else
        fail "$what: exit $got, not $status"
        sed 's/^/        /' "$out" | head -20
    fi
}

# holds WHAT PATTERN: the last output (or FILE) has a line that matches the extended pattern
holds() {
    local file=${3:-$out}
    if grep -Eq -- "$2" "$file"; then pass "$1"; else
        fail "$1: no line matches $2"
        sed 's/^/        /' "$file" | head -20
    fi
}
lacks() {
    local file=${3:-$out}
    if grep -Eq -- "$2" "$file"; then fail "$1: a line matches $2"; else pass "$1"; fi
}

# until_true SECONDS COMMAND…: waits for a state, with a limit
until_true() {
    local limit=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$limit" ] || return 1
        sleep 0.05
    done
}

# as LOGIN COMMAND…: as that person would at a shell, with the instance in the environment
as() {
    local login=$1
    shift
    (cd / && exec setpriv --reuid "$login" --regid "$(id -g "$login")" --init-groups \
        env -i PATH="$bin:/usr/bin:/bin:/usr/sbin:/sbin" HOME="$scratch/home/$login" LANG=C.UTF-8 \
        LANGUAGE="${LANGUAGE:-en}" SEKISHO_INSTANCE="$instance" SEKISHO_LOCALE_DIR="$build/share/locale" \
        ${SEKISHO_PASSPHRASE_FD:+SEKISHO_PASSPHRASE_FD="$SEKISHO_PASSPHRASE_FD"} "$@")
}
root() { as root "$@"; }

make_user() {
    getent passwd "$1" >/dev/null || { useradd --no-create-home --user-group --shell /bin/bash --home-dir "$scratch/home/$1" "$1" && made_users+=("$1"); }
    install -d -o "$1" -g "$(id -g "$1")" -m 700 "$scratch/home/$1"
}

make_agent_logins() {
    getent group sk-audit >/dev/null || { groupadd --system sk-audit && made_groups+=(sk-audit); }
    local login
    for login in sk-ledger sk-control sk-export sk-index; do
        getent passwd $login >/dev/null || { useradd --system --no-create-home --user-group --shell /usr/sbin/nologin $login && made_users+=("$login"); }
    done
}

# loop_disk FILE MEBIBYTES MOUNTPOINT: an ext4 image mounted there
loop_disk() {
    truncate -s "$2M" "$1"
    mkfs.ext4 -q -F "$1"
    mkdir -p "$3"
    local loop
    loop=$(losetup --find --show "$1") || die "no loop device for $1"
    made_loops+=("$loop")
    mount "$loop" "$3" || die "can't mount $1"
    made_mounts+=("$3")
}

# virtual_screen LOGIN: an X server of that person's on a free number, left in $screen_number; its process in
# $screen_pid. It ends with the caller's killing it.
virtual_screen() {
    install -d -m 1777 /tmp/.X11-unix
    mkfifo "$scratch/screen"
    setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups Xvfb -displayfd 7 -screen 0 1400x900x24 \
        -nolisten tcp -ac 7>"$scratch/screen" >>"$scratch/screens.log" 2>&1 </dev/null 6>&- 8>&- &
    screen_pid=$!
    screen_number=
    read -rt 10 screen_number <"$scratch/screen"
    rm "$scratch/screen"
    [ "$screen_number" ] || { cat "$scratch/screens.log"; die "no virtual screen"; }
}

start_agent() {
    install -d "$instance"
    mkfifo "$scratch/ready.$$" 2>/dev/null
    "$bin/sekisho-start" --instance "$instance" --libexec "$bin" --ready-fd 7 7<>"$scratch/ready.$$" >>"$scratch/agent.log" 2>&1 </dev/null 8>&- &
    agent_pid=$!
    until_true 30 test -S "$instance/run/control/control.sock" || { cat "$scratch/agent.log"; die "the agent did not start"; }
    until_true 30 as root sekisho whoami || { cat "$scratch/agent.log"; die "the agent does not answer"; }
}

stop_agent() {
    [ -n "$agent_pid" ] || return 0
    kill -TERM "$agent_pid" 2>/dev/null
    until_true 30 bash -c "! kill -0 $agent_pid" || kill -KILL "$agent_pid"
    wait "$agent_pid" 2>/dev/null
    agent_pid=
}

# The first room of an agent hides processes from other logins, for the whole machine.
show_processes() {
    [[ $proc_before == *hidepid=* || $(findmnt -fno OPTIONS /proc) != *hidepid=* ]] || mount -o remount,hidepid=off /proc
    [ "$(stat -c %a /proc/locks)" = "$locks_before" ] || chmod "$locks_before" /proc/locks
}

clean_up() {
    local status=$?
    trap - EXIT INT TERM
    stop_agent
    show_processes
    local i
    for ((i = ${#made_mounts[@]} - 1; i >= 0; i--)); do umount "${made_mounts[i]}" 2>/dev/null || umount -l "${made_mounts[i]}" 2>/dev/null; done
    for i in "${made_loops[@]}"; do losetup -d "$i" 2>/dev/null; done
    for i in "${made_users[@]}"; do userdel "$i" 2>/dev/null; done
    for i in "${made_groups[@]}"; do groupdel "$i" 2>/dev/null; done
    [ "$failed" = 0 ] && [ "$status" = 0 ] || { [ -s "$scratch/agent.log" ] && { say "-- agent.log"; tail -40 "$scratch/agent.log"; }; }
    [ -n "${SEKISHO_TEST_KEEP-}" ] || rm -rf --one-file-system "$scratch"
    # unlocked, not only closed: a process that was left behind would hold the machine for ever
    flock --unlock 8 2>/dev/null
    say "$passed passed, $failed failed"
    [ "$failed" = 0 ] || status=1
    [ "$passed" -gt 0 ] || status=1
    exit "$status"
}

# end_jobs [PID…]: end what still runs of this shell's background jobs, but for these and the agent. Never
# by a number that was noted: among thousands of processes it is soon somebody else's.
end_jobs() {
    local pid
    for pid in $(jobs -pr); do
        case " ${agent_pid:-} ${guard_pid-} $* " in *" $pid "*) continue ;; esac
        pkill -KILL -P "$pid" 2>/dev/null
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
}

one_at_a_time() {
    exec 8>/run/sekisho-tests.lock
    flock -w 600 8 || die "another test holds the machine"
}

[ "$(id -u)" = 0 ] || die "system tests run as root"
trap clean_up EXIT
trap 'exit 130' INT TERM
