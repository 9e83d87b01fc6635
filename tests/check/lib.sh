# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the promise scripts share: the source folder, the list of our files, and findings. Source it.
set -uo pipefail
# shellcheck disable=SC2034 # for the scripts that source this
build=${1:-}
source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$source_folder" || exit 1
findings=0

finding() { printf '%s\n' "$*"; findings=$((findings + 1)); }

# ours PATTERN…: our files; tracked ones where there is a repository, else all but build folders
ours() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@"
    else
        local pattern
        for pattern in "$@"; do find . -path ./build -prune -o -path "./$pattern" -type f -print; done | sed 's|^\./||'
    fi | sort -u | while read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done
}

# The end of every script: a promise over nothing is not kept.
verdict() { # WHAT COUNT
    [ "$2" -gt 0 ] || finding "nothing was checked"
    echo "$1: $2 checked, $findings findings"
    [ "$findings" = 0 ]
}
