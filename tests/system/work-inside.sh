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
# soon COMMAND…: within three minutes, or $patience seconds
soon() {
    local limit=$((SECONDS + ${patience-180}))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $limit ] || return 1
        sleep 0.2
    done
}
# one key is one key, however long a loaded machine leaves it down
python3 -c 'import ctypes as c; x = c.CDLL("libX11.so.6"); x.XOpenDisplay.restype = c.c_void_p
d = c.c_void_p(x.XOpenDisplay(None)); x.XAutoRepeatOff(d); x.XCloseDisplay(d)'
shot() { import -window root "shots/$1.png"; }
window() { xdotool search --onlyvisible --name "$1" 2>/dev/null | tail -1; }
# to TITLE: the window with such a title has the keyboard
to() {
    soon xdotool search --onlyvisible --name "$1" || return 1
    timeout 60 xdotool windowactivate --sync "$(window "$1")" && sleep 0.5
}
titled() { [ -n "$(window "$1")" ]; }
odt_has() { unzip -p "$1" content.xml | grep -q "$2"; }
# anthy: reading, space, return, as hands type it
japanese() { xdotool key ctrl+j; sleep 0.5; xdotool type --delay 60 "$1"; sleep 0.3; xdotool key space; sleep 0.5; shot "ime-$1"; xdotool key Return; sleep 0.2; xdotool key ctrl+j; sleep 0.2; }
# typed WINDOW TEST HOW WORD: into it and saved, on a line of its own, until TEST is true: a window that has only just
# come up may lose keys, and a dialog that comes up takes them
typed() {
    local until=$((SECONDS + 180))
    while [ $SECONDS -lt $until ]; do
        to "$1" || continue
        xdotool key Escape Escape ctrl+End Return
        sleep 0.5
        "$3" "$4"
        sleep 0.5
        xdotool key ctrl+s
        patience=15 soon eval "$2" && return 0
    done
    return 1
}
latin() { xdotool type --delay 40 "$1"; }
managed() { xprop -root _NET_SUPPORTING_WM_CHECK | grep 'window id'; }
# a double-click that comes before the manager shows its files opens nothing
opens_document() {
    local until=$((SECONDS + 180)) X Y
    while [ $SECONDS -lt $until ]; do
        eval "$(xdotool getwindowgeometry --shell "$(window '^docs$')")" && [ "${X-}" ] || continue
        xdotool mousemove $((X + 206)) $((Y + 105)) click --repeat 2 --delay 80 1
        patience=20 soon pgrep -u "$(id -u)" -f soffice && break
    done
    soon titled 'report.odt'
}

# -- surroundings
check "the name of the login" test "$(id -un)" = "$USER"
check "a Japanese font" grep -q CJK <<<"$(fc-match ':lang=ja')"
check "the time zone" test "$(date +%z)" = "$ZONE"
check "messages in Japanese" grep -q 'ありません' <<<"$(LANGUAGE=ja ls /nowhere 2>&1)"
check "no printer, in words" grep -qi 'print' <<<"$(lp results 2>&1)"
check "temporary files" test -w "$(mktemp)"
check "a window manager" soon managed

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
check "Japanese in the editor, saved" typed notes.txt 'grep -q 設計 notes.txt' japanese sekkei
shot editor
xdotool key ctrl+q

# -- office
printf '見出し\n本文\n' >docs/report.txt
check "convert to a document" timeout 400 soffice --headless --convert-to odt --outdir docs docs/report.txt
check "convert to PDF" timeout 400 soffice --headless --convert-to pdf --outdir . docs/report.odt
rm docs/report.txt
# double-click: the one file in the folder lies at the upper left of the manager's view
pcmanfm "$A/docs" &
check "the file manager's window" to '^docs$'
sleep 1
shot manager
check "a double-click opens the document" opens_document
# what a new office greets with
patience=60 soon titled 'Tip of the Day' && to 'Tip of the Day' && xdotool key Return
sleep 1
check "typed and saved in the document" typed report.odt "odt_has docs/report.odt 'typed by hand'" latin ' typed by hand '
check "Japanese typed in the document" typed report.odt 'odt_has docs/report.odt 日本語' japanese nihongo
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
xterm -T 端末 -e sleep 600 &
check "xterm" soon titled 端末
kill %%
sync
