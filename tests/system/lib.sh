# shellcheck shell=bash
# What the system tests share: throw-away logins, one agent instance, a policy, and assertions that
# print one line each. Source it; it sets a trap that takes everything away again. Each test runs in a
# world of its own, so that several run at once (under systemd: one after the other).

set -u
build=$(cd "${1:?the build folder}" && pwd) || exit 1
bin=$build/bin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-test.XXXXXX") || exit 1
chmod 755 "$scratch"
export XDG_CACHE_HOME=$scratch/cache # indexes of the ledger
instance=$scratch/i
passed=0
failed=0
made_users=()
made_groups=()
made_loops=()
made_mounts=()
made_screens=()
agent_pid=
proc_before=$(findmnt -fno OPTIONS /proc)
locks_before=$(stat -c %a /proc/locks)
crashes=/proc/sys/debug/exception-trace
crashes_before=$(cat $crashes 2>&1)
declare -A group_of   # LOGIN → gid: asked once, each process is dear on an emulated machine
declare -A session_of # LOGIN → cgroup, where logind is asked who works at this PC

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

# until_true SECONDS COMMAND…: waits for a state, with a limit: no shorter than three minutes, for on a loaded
# machine all takes long. `patience=0` for what may be never
until_true() {
    local limit=$((EPOCHSECONDS + ($1 < ${patience-180} ? ${patience-180} : $1)))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$EPOCHSECONDS" -lt "$limit" ] || { [ "${patience-}" = 0 ] || say "  waited in vain: $*"; return 1; }
        sleep 0.05
    done
}

# as LOGIN COMMAND…: as that person would at a shell, with the instance in the environment
as() {
    local login=$1
    shift
    [ "${group_of[$login]-}" ] || group_of[$login]=$(id -g "$login")
    (cd / && enter_session "$login" && exec setpriv --reuid "$login" --regid "${group_of[$login]}" --init-groups \
        env -i PATH="$bin:/usr/bin:/bin:/usr/sbin:/sbin" HOME="$scratch/home/$login" LANG=C.UTF-8 \
        LANGUAGE="${LANGUAGE:-en}" SEKISHO_INSTANCE="$instance" SEKISHO_LOCALE_DIR="$build/share/locale" \
        ${SEKISHO_PASSPHRASE_FD:+SEKISHO_PASSPHRASE_FD="$SEKISHO_PASSPHRASE_FD"} "$@")
}
root() { as root "$@"; }

# Noted before it is made, so that no ^C leaves a login behind.
add_login() { # NAME OPTION…
    getent passwd "$1" >/dev/null && return
    made_users+=("$1")
    useradd --no-create-home --user-group "${@:2}" "$1" || unset 'made_users[-1]'
}

# open_session LOGIN: a session at this PC, as a display manager makes it through PAM; enter_session puts
# the shell that calls it there. Without systemd there are no sessions.
open_session() {
    [ -d /run/systemd/system ] && [ -z "${session_of[$1]-}" ] || return 0
    # without these two logind takes it for a background job's
    systemd-run --quiet --collect --uid="$1" -p PAMName=su-l -E XDG_SESSION_TYPE=x11 -E XDG_SESSION_CLASS=user \
        --unit="session-of-$1" sleep infinity
    until_true 300 sh -c "grep -q /session-.*scope \"/proc/\$(systemctl show -p MainPID --value 'session-of-$1')/cgroup\"" || die "no session of $1"
    session_of[$1]=$(sed -n 's/^0:://p' "/proc/$(systemctl show -p MainPID --value "session-of-$1")/cgroup")
}
enter_session() { [ -z "${session_of[$1]-}" ] || echo "$BASHPID" >"/sys/fs/cgroup${session_of[$1]}/cgroup.procs"; }
close_sessions() {
    local login
    for login in "${!session_of[@]}"; do systemctl stop "session-of-$login" "session-${session_of[$login]##*/session-}" "user@$(id -u "$login")"; done 2>/dev/null
}

make_user() {
    add_login "$1" --shell /bin/bash --home-dir "$scratch/home/$1"
    install -d -o "$1" -g "$(id -g "$1")" -m 700 "$scratch/home/$1"
    open_session "$1"
}

make_agent_logins() {
    getent group sk-audit >/dev/null || { made_groups+=(sk-audit); groupadd --system sk-audit || made_groups=(); }
    local login
    for login in sk-ledger sk-control sk-export sk-index sk-notify; do
        add_login $login --system --shell /usr/sbin/nologin
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

# A loop device that was given back is soon another test's.
is_own_loop() { [[ $(losetup -nO BACK-FILE "$1" 2>/dev/null) == "$scratch"/* ]]; }
detach() { ! is_own_loop "$1" || losetup -d "$1"; }

# virtual_screen LOGIN [OPTION…]: an X server of that person's on a free number, left in $screen_number; its process
# in $screen_pid. It ends with the test, or before by its caller. Keys do not repeat: on a loaded machine one may be down for
# long. Without options everybody may use it.
virtual_screen() {
    local options=("${@:2}")
    [ $# -gt 1 ] || options=(-ac)
    install -d -m 1777 /tmp/.X11-unix
    mkfifo "$scratch/screen"
    setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups Xvfb -displayfd 7 -r -noreset -screen 0 1400x900x24 \
        -nolisten tcp "${options[@]}" 7>"$scratch/screen" >>"$scratch/screens.log" 2>&1 </dev/null 6>&- 8>&- &
    screen_pid=$!
    made_screens+=("$screen_pid")
    screen_number=
    read -rt 180 screen_number <"$scratch/screen"
    rm "$scratch/screen"
    [ "$screen_number" ] || { cat "$scratch/screens.log"; die "no virtual screen"; }
}

start_agent() {
    install -d "$instance"
    mkfifo "$scratch/ready.$$" 2>/dev/null
    "$bin/sekisho-start" --instance "$instance" --libexec "$bin" ${start_options-} --ready-fd 7 7<>"$scratch/ready.$$" >>"$scratch/agent.log" 2>&1 </dev/null 8>&- &
    agent_pid=$!
    until_true 30 test -S "$instance/run/control/control.sock" || { cat "$scratch/agent.log"; die "the agent did not start"; }
    until_true 30 as root sekisho whoami || { cat "$scratch/agent.log"; die "the agent does not answer"; }
}

# ledger_lines [FOLDER]: every line of a ledger; closed segments are archived half a minute after their end
ledger_lines() {
    local segment had=' '
    for segment in "${1:-$instance/lib/ledger}"/segment-*; do
        case $segment in
        *.new) ;;
        *.zst) [[ $had = *" ${segment%.zst} "* ]] || zstd -dcq "$segment" ;;
        *) # it may be archived meanwhile, and its last line may be half written
            had+="$segment "
            { cat "$segment" 2>/dev/null || zstd -dcq "$segment.zst"; } | tr -d '\0' | sed '${/}$/!d}'
            ;;
        esac
    done
}

stop_agent() {
    [ -n "$agent_pid" ] || return 0
    kill -TERM "$agent_pid" 2>/dev/null
    until_true 300 bash -c "! kill -0 $agent_pid" || kill -KILL "$agent_pid"
    wait "$agent_pid" 2>/dev/null
    agent_pid=
}

# The first room of an agent hides processes from other logins, for the whole machine.
show_processes() {
    [[ $proc_before == *hidepid=* || $(findmnt -fno OPTIONS /proc) != *hidepid=* ]] || mount -o remount,hidepid=off /proc
    [ "$(stat -c %a /proc/locks)" = "$locks_before" ] || chmod "$locks_before" /proc/locks
    [ "$(cat $crashes 2>&1)" = "$crashes_before" ] || echo "$crashes_before" >$crashes
}

clean_up() {
    local status=$?
    trap - EXIT INT TERM
    stop_agent
    show_processes
    local i own_loops=()
    # before the mounts go: of a file on one of them the name is lost
    for i in "${made_loops[@]}"; do ! is_own_loop "$i" || own_loops+=("$i"); done
    for ((i = ${#made_mounts[@]} - 1; i >= 0; i--)); do umount "${made_mounts[i]}" 2>/dev/null || umount -l "${made_mounts[i]}" 2>/dev/null; done
    for i in "${own_loops[@]}"; do losetup -d "$i" 2>/dev/null; done
    for i in "${made_screens[@]}"; do [ "$(ps -o ppid= -p "$i" | tr -d ' ')" != $$ ] || kill "$i"; done
    close_sessions
    if [ -z "${SEKISHO_OWN_WORLD-}" ]; then
        for i in "${made_users[@]}"; do userdel "$i" 2>/dev/null; done
        for i in "${made_groups[@]}"; do groupdel "$i" 2>/dev/null; done
    fi
    [ "$failed" = 0 ] && [ "$status" = 0 ] || { [ -s "$scratch/agent.log" ] && { say "-- agent.log"; tail -40 "$scratch/agent.log"; }; }
    chattr -i "$instance"/lib/ledger/*.zst 2>/dev/null # archives are protected
    [ -n "${SEKISHO_TEST_KEEP-}" ] || rm -rf --one-file-system "$scratch"
    # unlocked, not only closed: a process that was left behind would hold the machine for ever
    flock --unlock 8 2>/dev/null
    say "$passed passed, $failed failed"
    [ "$failed" = 0 ] || status=1
    [ "$passed" -gt 0 ] || status=1
    exit "$status"
}

# end_jobs [PID…]: end what still runs of this shell's background jobs, but for these and the agent: TERM
# (a display server takes its files away), after 2 s KILL. Never by a number that was noted: among
# thousands of processes it is soon somebody else's.
end_jobs() {
    local kept=" ${agent_pid:-} ${guard_pid-} $* " pid signal
    for signal in TERM KILL; do
        for pid in $(running_jobs); do
            pkill "-$signal" -P "$pid" 2>/dev/null
            kill "-$signal" "$pid" 2>/dev/null
        done
        patience=0 until_true 2 no_job_runs
    done
    for pid in $(jobs -p); do [[ $kept = *" $pid "* ]] || wait "$pid" 2>/dev/null; done
}
running_jobs() { local pid; for pid in $(jobs -pr); do [[ $kept = *" $pid "* ]] || echo "$pid"; done; }
no_job_runs() { [ -z "$(running_jobs)" ]; }

# end PID-VARIABLE SIGNAL: one that the test started, and waits for it
end() {
    local pid=${!1}
    [ -n "$pid" ] || return 0
    kill "-$2" "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    printf -v "$1" ''
}

# For a test that changes what all of the machine share, and for those under systemd.
one_at_a_time() {
    exec 8>/run/sekisho-tests.lock
    flock -w 1700 8 || die "another test holds the machine"
    # what another test's rooms hid meanwhile is shown again
    proc_before=$(findmnt -fno OPTIONS /proc)
    locks_before=$(stat -c %a /proc/locks)
    crashes_before=$(cat $crashes 2>&1)
}

# own_world ARGUMENT…: starts the script anew where /etc with all logins, /proc with what it hides, and mounts
# are its own. People's user ids are given to no other test: they follow from the process number; those of the
# agent's logins are the same everywhere. Nothing of that need be taken back. systemd starts sessions for the
# logins that it sees itself: there the machine's own are made, and removed.
own_world() {
    if [ -d /run/systemd/system ]; then one_at_a_time; return; fi
    if [ "${SEKISHO_OWN_WORLD-}" != $$ ]; then
        rmdir "$scratch"
        SEKISHO_OWN_WORLD=$$ exec unshare --mount --propagation private "$0" "$@"
    fi
    umount -l /proc
    cp -a /etc "$scratch/etc" 2>/dev/null # whoever changes it now has files there that come and go
    rm -f "$scratch"/etc/{passwd,shadow,group,gshadow,subuid,subgid}.{lock,[0-9]*}
    mount -t proc proc /proc && mount --bind "$scratch/etc" /etc && getent passwd root >"$out" || die "no world of its own"
    cp /proc/locks "$scratch/locks" && mount --bind "$scratch/locks" /proc/locks || die "no /proc/locks of its own"
    [ ! -e $crashes ] || { cat $crashes >"$scratch/crashes" && mount --bind "$scratch/crashes" $crashes; } || die "no $crashes of its own"
    sed -i -E '/^#?(SYS_)?[UG]ID_(MIN|MAX)/d' /etc/login.defs
    local first=$((100000 + $$ * 20))
    printf '%s\n' "UID_MIN $first" "UID_MAX $((first + 19))" "GID_MIN $first" "GID_MAX $((first + 19))" 'SYS_UID_MIN 300' \
        'SYS_UID_MAX 399' 'SYS_GID_MIN 300' 'SYS_GID_MAX 399' >>/etc/login.defs
    sed -i '/^sk[-t]/d' /etc/passwd /etc/shadow /etc/group /etc/gshadow
    proc_before=$(findmnt -fno OPTIONS /proc)
    locks_before=$(stat -c %a /proc/locks)
    crashes_before=$(cat $crashes 2>&1)
}

[ "$(id -u)" = 0 ] || die "system tests run as root"
trap clean_up EXIT
trap 'exit 130' INT TERM
own_world "$@"
