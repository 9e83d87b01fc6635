# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The agent's daemons as units of the guest's own systemd, in the place of sekisho-start. Source it after
# lib.sh and before a library that sets more traps.

daemons=(sekisho-ledger sekishod sekisho-index sekisho-device sekisho-room sekisho-control)
units=/run/systemd/system

# write_unit NAME LINE…: a service that runs a daemon of the agent's
write_unit() {
    local name=$1
    shift
    {
        printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\n'
        printf 'ExecStart=%s/%s --instance %s\nRestart=always\nRestartSec=100ms\n' "$bin" "$name" "$instance"
        printf 'StandardOutput=append:%s\nStandardError=inherit\n' "$scratch/agent.log"
        printf '%s\n' "$@"
    } >"$units/$name.service"
}

write_units() {
    write_unit sekisho-ledger
    # systemd ends a unit with its first process, and starts it anew with the descriptors that it kept. What is
    # left of the line has no time to say good-bye then; it is asked for an orderly end by ExecStop alone.
    write_unit sekishod Type=notify NotifyAccess=all FileDescriptorStoreMax=8 WatchdogSec=20 TimeoutStopSec=15 KillSignal=SIGKILL \
        'ExecStop=/bin/sh -c "kill -TERM $MAINPID; while kill -0 $MAINPID 2>/dev/null; do sleep 0.1; done"'
    write_unit sekisho-index
    write_unit sekisho-device
    write_unit sekisho-room KillMode=process
    write_unit sekisho-control
    printf '[Socket]\nListenSequentialPacket=%s\nSocketMode=0600\nAccept=yes\nRemoveOnStop=yes\n' "$instance/run/export.sock" \
        >"$units/sekisho-export.socket"
    printf '[Service]\nExecStart=%s/sekisho-export\nStandardError=append:%s\n' "$bin" "$scratch/agent.log" \
        >"$units/sekisho-export@.service"
    systemctl daemon-reload
}

socket_of() {
    case $1 in
    sekishod) echo "$instance/run/guard.sock" ;;
    sekisho-ledger | sekisho-index | sekisho-control) echo "$instance/run/${1#sekisho-}/${1#sekisho-}.sock" ;;
    *) echo "$instance/run/${1#sekisho-}.sock" ;;
    esac
}

start_agent() {
    local name starter socket
    install -d "$instance"
    if [ ! -e "$units/sekishod.service" ]; then
        # makes the instance's folders
        "$bin/sekisho-start" --instance "$instance" --libexec "$bin" >>"$scratch/agent.log" 2>&1 </dev/null 8>&- &
        starter=$!
        until_true 60 as root sekisho whoami || { cat "$scratch/agent.log"; die "the agent did not start"; }
        kill "$starter"
        wait "$starter"
        write_units
    fi
    systemctl start sekisho-export.socket
    for name in "${daemons[@]}"; do
        systemctl start "$name"
        socket=$(socket_of "$name")
        until_true 60 test -S "$socket" || { systemctl --no-pager status "$name"; die "$name did not start"; }
    done
    until_true 60 as root sekisho whoami || { cat "$scratch/agent.log"; die "the agent does not answer"; }
}

stop_agent() {
    [ -e "$units/sekishod.service" ] || return 0
    systemctl stop sekisho-export.socket sekisho-room
    systemctl stop sekisho-device
    systemctl stop sekisho-control sekisho-index
    systemctl stop sekishod
    systemctl stop sekisho-ledger
    rm -f "$units"/sekisho*
    systemctl daemon-reload
}
