# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Menu entries of the protected workspaces on this PC (sekisho(1)), which the agent writes.
if [ -d /var/lib/sekisho/desktop ]; then
    case ":${XDG_DATA_DIRS:=/usr/local/share:/usr/share}:" in
    *:/var/lib/sekisho/desktop:*) ;;
    *) XDG_DATA_DIRS=$XDG_DATA_DIRS:/var/lib/sekisho/desktop ;;
    esac
    export XDG_DATA_DIRS
fi
