# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the tests of the command-line tool share: a folder of their own, the tool in two languages,
# a control that gives the answers written down in $script, and assertions. No root, no agent.
set -u
build=$(cd "${1:?the build folder}" && pwd) || exit 1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tool=$build/bin/sekisho
control=$build/tests/unit/cli-control
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-cli.XXXXXX") || exit 1
mkdir "$scratch/i" "$scratch/home"
trap 'rm -rf --one-file-system "$scratch"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0
out=$scratch/out
script=$scratch/script
questions=$scratch/questions

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    printf '  FAIL  %s\n' "$*"
    [ ! -s "$out" ] || sed 's/^/        /' "$out" | head -30
}

# answers LINE…: what control will be asked and answer, in order
answers() { printf '%s\n' "$@" >"$script"; }

# said FORMAT ARGUMENT…: the phrase that a daemon would send, for a JSON text (agent/base/phrase.h)
said() {
    local rest=$1 phrase='\u0002'
    shift
    while [[ $rest =~ ^([^%]*)(%(ll|l|z|j)?[diuxcs])(.*)$ ]]; do
        phrase+="${BASH_REMATCH[1]}\\u000E${BASH_REMATCH[2]}\\u000F$1\\u0003"
        rest=${BASH_REMATCH[4]}
        shift
    done
    printf '%s' "$phrase$rest\\u0003"
}

# plain LANGUAGE COMMAND…: with nothing of this machine's settings, in the scratch folder
plain() {
    local language=$1
    shift
    (cd "$scratch" && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$scratch/home" \
        LANG=C.UTF-8 LANGUAGE="$language" SEKISHO_LOCALE_DIR="$build/share/locale" \
        ${SEKISHO_PASSPHRASE_FD:+SEKISHO_PASSPHRASE_FD="$SEKISHO_PASSPHRASE_FD"} "$@")
}

# ask LANGUAGE WORDS…: the tool with the fake control; output in $out, its last line the exit status
ask() {
    local language=$1
    shift
    plain "$language" "$control" "$scratch/i" "$script" "$questions" "$tool" "$@" >"$out" 2>&1 </dev/null
    printf 'exit %d\n' $? >>"$out"
    [ "$language" != ja ] || [[ " $* " == *" --lang en "* ]] || ! english "$out" >"$scratch/english" ||
        fail "English on a Japanese screen: sekisho $*: $(cat "$scratch/english")"
}

# english FILE: lines of a Japanese screen that hold three English words in a row, without what is not translated
# (command lines, and what cli-golden/english-allowed lists: one extended regular expression a line)
english() {
    grep -v '^#' "$here/cli-golden/english-allowed" |
        sed 's/^/s\x01/; s/$/\x01 \x01g/' | sed -E -f - "$1" | sed -E 's/sekisho( [][A-Za-z0-9|.,:=/_-]+)+//g' |
        grep -nE "(^|[^A-Za-z0-9_./-])[A-Za-z][a-z']+([ ,;:]+[A-Za-z][a-z']+){2,}"
}

# expect WHAT STATUS WORDS…: asks in English
expect() {
    local what=$1 status=$2
    shift 2
    ask en "$@"
    if [ "$(tail -n 1 "$out")" = "exit $status" ]; then pass; else fail "$what: not exit $status"; fi
}
holds() { if grep -Eq -- "$2" "${3:-$out}"; then pass; else fail "$1: no line matches $2"; fi; }
lacks() { if grep -Eq -- "$2" "${3:-$out}"; then fail "$1: a line matches $2"; else pass; fi; }
# asked WHAT FILTER: a question that control got fulfils jq's filter
asked() { if jq -es "any(.[]; $2)" "$questions" >/dev/null; then pass; else fail "$1: $(cat "$questions")"; fi; }

verdict() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
