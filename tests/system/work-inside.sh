# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A person's ordinary work, run in the room by 620-ordinary-work. What went well and what did not is written to
# $A/results, line by line; pictures of the screen to $A/shots. $A is the area.
cd "$A" || exit 1
mkdir -p shots docs
: >results
exec 2>>errors

check() { # NAME COMMAND…
    local name=$1
    shift
    if "$@" >>output 2>&1; then echo "ok $name" >>results; else echo "no $name" >>results; fi
}
# soon COMMAND…: within ten seconds
soon() {
    local i
    for ((i = 0; i < 50; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.2; done
    return 1
}
shot() { import -window root "shots/$1.png"; }
window() { xdotool search --onlyvisible --name "$1" 2>/dev/null | tail -1; }
# to TITLE: the window with such a title has the keyboard
to() {
    soon xdotool search --onlyvisible --name "$1" || return 1
    xdotool windowactivate --sync "$(window "$1")" && sleep 0.5
}
titled() { [ -n "$(window "$1")" ]; }
odt_has() { unzip -p "$1" content.xml | grep -q "$2"; }
# anthy: reading, space, return, as hands type it
japanese() { xdotool key ctrl+j; sleep 0.5; xdotool type --delay 60 "$1"; sleep 0.3; xdotool key space; sleep 0.5; shot "ime-$1"; xdotool key Return; sleep 0.2; xdotool key ctrl+j; sleep 0.2; }

# -- surroundings
check "the name of the login" test "$(id -un)" = "$USER"
check "a Japanese font" grep -q CJK <<<"$(fc-match ':lang=ja')"
check "the time zone" test "$(date +%z)" = "$ZONE"
check "messages in Japanese" grep -q 'ありません' <<<"$(LANGUAGE=ja ls /nowhere 2>&1)"
check "no printer, in words" grep -qi 'print' <<<"$(lp results 2>&1)"
check "temporary files" test -w "$(mktemp)"
check "a window manager" soon xprop -root _NET_SUPPORTING_WM_CHECK

# -- terminal tools
printf 'line one\nline two\n' >notes.txt
check "vim" vim -Nu NONE -es -c '%s/two/二/' -c 'wq' notes.txt
check "  wrote" grep -q 'line 二' notes.txt
git_works() (
    git init -q repo && cp notes.txt repo/ && cd repo && git add . &&
        git -c user.name=花 -c user.email=h@example.org commit -qm 最初 && git log --format=%s | grep -qx 最初
)
check "git" git_works
check "cp, tar, zip" sh -c 'cp notes.txt copy.txt && tar -czf all.tgz notes.txt repo && zip -qr all.zip repo && cmp notes.txt copy.txt'
check "python with processes" python3 -c 'import multiprocessing as m; assert m.Pool(2).map(abs, [-1, -2]) == [1, 2]'

# -- input method
ibus engine anthy || soon ibus engine anthy
mousepad notes.txt &
check "an editor's window" to 'notes.txt'
xdotool key ctrl+End
japanese sekkei
xdotool key ctrl+s
check "Japanese in the editor, saved" soon grep -q 設計 notes.txt
shot editor
xdotool key ctrl+q

# -- office
printf '見出し\n本文\n' >docs/report.txt
check "convert to a document" timeout 60 soffice --headless --convert-to odt --outdir docs docs/report.txt
check "convert to PDF" timeout 60 soffice --headless --convert-to pdf --outdir . docs/report.odt
rm docs/report.txt
# double-click: the one file in the folder lies at the upper left of the manager's view
pcmanfm "$A/docs" &
check "the file manager's window" to '^docs$'
sleep 1
shot manager
eval "$(xdotool getwindowgeometry --shell "$(window '^docs$')")"
xdotool mousemove $((X + 206)) $((Y + 105)) click --repeat 2 --delay 80 1
check "a double-click opens the document" soon titled 'report.odt'
# what a new office greets with
soon titled 'Tip of the Day' && to 'Tip of the Day' && xdotool key Return
sleep 1
to 'report.odt'
xdotool key ctrl+End
sleep 0.5
xdotool type --delay 40 ' typed by hand '
sleep 0.5
japanese nihongo
xdotool key ctrl+s
check "typed and saved in the document" soon odt_has docs/report.odt 'typed by hand'
check "Japanese typed in the document" soon odt_has docs/report.odt 日本語
shot office
to 'report.odt' && xdotool key ctrl+q
sleep 1

# -- PDF
evince report.pdf &
check "the PDF viewer's window" soon titled 'report.pdf'
sleep 1
shot viewer
check "the PDF holds the text" grep -q 見出し <<<"$(pdftotext report.pdf -)"
kill %%
xterm -T 端末 -e sleep 2 &
check "xterm" soon titled 端末
sync
