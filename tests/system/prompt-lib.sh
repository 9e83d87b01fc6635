# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the tests of the window (sekisho-prompt): the office that they are about, and a person's screen with the keys that
# are pressed there. With SEKISHO_TEST_KEEP pictures of each step stay in the scratch folder.
area=$scratch/shared
stick=$scratch/stick
passphrase='mizu-umi 7 hashi tsuki'
boss_key=
prompt_clean_up() {
    local status=$?
    trap - EXIT INT TERM
    end_jobs
    (exit "$status")
    clean_up
}
trap prompt_clean_up EXIT

policy() {
    cat <<P
[policy]
version = $policy_version
title = prompt
issued = 2026-01-01
expires = 2099-03-31
escrow = age1znzm0qvx24554k2azmtz43ea7yuk0tzx8v52uykhvcf5ncfecglq2j52nj
[contract city]
title = 住民台帳整備
client = 海辺市
contractor = 山川システム
start = 2026-01-01
end = 2099-03-31
retention = 5 years
[consent letter-12]
contract = city
document = 海辺市 第12号 持出承諾書
date = 2026-01-10
sha256 = $(printf 'the letter' | sha256sum | cut -c1-64)
areas = shared
destinations = stick, paper, desk
purposes = 納品, 打合せ
until = 2099-03-31
[person hana]
user = skt-hana
name = 髙﨑 花
role = handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
[person boss]
user = skt-boss
name = 管理 責子
role = manager, handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
${boss_key:+key = $boss_key}
[person taro]
user = skt-taro
name = 山田 太郎
role = handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-05
[application tools]
exe = /usr/bin/cat, /usr/bin/cp
[area shared]
label = 住民台帳
mount = $area
contract = city
backing = filesystem
gate = open
level = 1
applications = tools
[destination stick]
contract = city
kind = medium
label = 納品用USBメモリ
path = $stick
recipients = office
return-within = 30 days
[destination paper]
contract = city
kind = directory
label = 印刷用フォルダ
path = $scratch/home/skt-hana
[destination desk]
contract = city
kind = hand
label = 市民課窓口
path = $stick
recipients = office
[recipient office]
contract = city
name = 市役所
organisation = 海辺市
age = $recipient
P
}

# on_screen LOGIN COMMAND…
on_screen() {
    local login=$1
    shift
    as "$login" env LANG=C.UTF-8 LANGUAGE="${language-}" DISPLAY=":$screen_number" NO_AT_BRIDGE=1 GTK_IM_MODULE=gtk-im-context-simple \
        LSAN_OPTIONS="suppressions=$here/prompt-leaks.supp:print_suppressions=0" "$@"
}
key() { on_screen skt-hana xdotool key --delay 40 "$@"; }
# press KEY…: a button by its key; it stays down for a quarter of a second (gtkbutton.c), what is typed meanwhile is lost
press() { key "$@"; sleep 0.4; settled; }
enter() { key ctrl+a; on_screen skt-hana xdotool type --delay 25 "$1"; }
shot() { on_screen skt-hana import -silent -window root png:- >"$scratch/$1.png"; }
# settled: nothing moves on the screen for a moment
settled() {
    local before='' now=
    for ((i = 0; i < 100; i++)); do
        now=$(on_screen skt-hana import -silent -window root rgb:- | sha256sum)
        [ "$now" = "$before" ] && return 0
        before=$now
        sleep 0.25
    done
    return 1
}
program=(sekisho-prompt)
window() { on_screen skt-hana xdotool search --onlyvisible --class sekisho-prompt | tail -1 | grep .; }
# opens LOGIN WORD…: the window, as a menu starts it
opens() {
    until_true 30 no_window
    local begun=${EPOCHREALTIME/./}
    on_screen "$1" "${program[@]}" "${@:2}" >"$scratch/prompt.log" 2>&1 8>&- &
    until_true 60 window || { cat "$scratch/prompt.log"; die "no window"; }
    say "a window after $(((${EPOCHREALTIME/./} - begun) / 1000)) ms"
    on_screen skt-hana timeout 60 xdotool windowactivate --sync "$(window)"
    settled
}
no_window() { ! window; }
closes() {
    key ctrl+q
    until_true 30 no_window
    wait -n 2>/dev/null
    expect "  closed, it has said nothing" 1 grep -v '^$' "$scratch/prompt.log"
}
asked() { as skt-hana sekisho requests --json | jq -r ".requests[] | select(.state == \"$1\").case" | grep .; }

# install_policy: what policy() says now; the next one has the next number
policy_version=0
install_policy() {
    policy_version=$((policy_version + 1))
    policy >"$scratch/policy.ini"
    minisign -S -s "$scratch/office.key" -m "$scratch/policy.ini" -t "version $policy_version" >/dev/null
    expect "the policy is installed" 0 root sekisho policy install "$scratch/policy.ini"
}
make_boss_key() { # as the tool makes it
    exec 9< <(printf '%s\n%s\n' "$passphrase" "$passphrase")
    SEKISHO_PASSPHRASE_FD=9 expect "an approver's key" 0 as skt-boss sekisho approver init
    exec 9<&-
    boss_key=$(sed -n 's/^key = //p' "$out")
}
# begin_office LOGIN…: their homes, the medium, the keys of the office and of the recipient
begin_office() {
    local login
    for login; do
        make_user "$login"
        install -d -o "$login" "$scratch/home/$login/.config" "$scratch/home/$login/.config/gtk-3.0"
        printf '[Settings]\ngtk-cursor-blink=0\ngtk-enable-animations=0\n' >"$scratch/home/$login/.config/gtk-3.0/settings.ini"
    done
    make_agent_logins
    loop_disk "$scratch/stick.img" 32 "$stick"
    install -d "$instance/etc/keys.d"
    minisign -G -W -p "$instance/etc/keys.d/office.pub" -s "$scratch/office.key" >/dev/null
    age-keygen -o "$scratch/recipient.txt" 2>/dev/null
    recipient=$(age-keygen -y "$scratch/recipient.txt")
}
# begin_work: the agent with an open area and two files in it, and hana's screen
begin_work() {
    start_agent
    install_policy
    expect "an area is made" 0 root sekisho area create shared --size 64M
    expect "  and opened" 0 root sekisho area open shared
    install -m 600 -o skt-hana <(seq 20000) "$scratch/home/skt-hana/名簿 2026.csv"
    install -m 600 -o skt-hana <(echo 'a map') "$scratch/home/skt-hana/map.txt"
    expect "files are received" 0 as skt-hana sekisho receive "$scratch/home/skt-hana/名簿 2026.csv" "$scratch/home/skt-hana/map.txt" --area shared --from 海辺市 --how 手渡し --remove-source
    virtual_screen skt-hana -screen 0 900x740x24 -ac -noreset
    on_screen skt-hana openbox >/dev/null 2>&1 8>&- &
    until_true 30 managed || die "no window manager"
    [ "$failed" = 0 ] || die "nothing to show"
}
managed() { on_screen skt-hana xprop -root _NET_SUPPORTING_WM_CHECK | grep 'window id'; }
# fills_in: what is asked, then sent; a second time it is without files
fills_in() {
    key alt+d Home # the first destination
    settled
    key alt+p Home
    key alt+k; enter 'locked cabinet 3'
    shot 02-request
    key alt+s
    settled
    patience=0 until_true 5 asked requested
}
