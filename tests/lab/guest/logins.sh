# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# People who log in for real, with PAM and logind. Source it after lib.sh, whose make_user has given each a session
# at the PC already (open_session; `as` runs programs in it).

# prepare_ssh LOGIN: the test may log in as that person
prepare_ssh() {
    [ -e "$scratch/ssh" ] || ssh-keygen -q -t ed25519 -N '' -f "$scratch/ssh"
    install -d -m 700 -o "$1" -g "$(id -g "$1")" "$scratch/home/$1/.ssh"
    install -m 600 -o "$1" -g "$(id -g "$1")" "$scratch/ssh.pub" "$scratch/home/$1/.ssh/authorized_keys"
}

# by_ssh LOGIN COMMAND…: as somebody far away; the session ends with the command
by_ssh() {
    local login=$1
    shift
    ssh -n -i "$scratch/ssh" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$login@127.0.0.1" \
        "cd / && SEKISHO_INSTANCE=$instance PATH=$bin:/usr/bin:/bin LANG=C.UTF-8 $(printf '%q ' "$@")"
}

# log_out LOGIN: the session at the PC ends, as by the desktop's menu; what runs in it is ended by logind
log_out() {
    local scope=${session_of[$1]##*/session-}
    loginctl terminate-session "${scope%.scope}"
    systemctl stop "session-of-$1" 2>/dev/null # it may have gone with the session
    unset "session_of[$1]"
}

# sessions LOGIN: what logind has of that person, one a line: "remote" or "here"; not what is over, but for
# programs that were left behind
sessions() {
    local id
    for id in $(loginctl list-sessions --no-legend | awk -v who="$1" '$3 == who {print $1}'); do
        [ "$(loginctl show-session -p State --value "$id")" != closing ] || continue
        [ "$(loginctl show-session -p Remote --value "$id")" = yes ] && echo remote || echo here
    done
}
