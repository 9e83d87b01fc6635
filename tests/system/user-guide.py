#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the commands of a user's guide as the persons named at their prompts, each on a terminal of its own, and
compares the screen with what the guide quotes.

    user-guide.py [--show] SETTINGS GUIDE

SETTINGS is JSON: {"lang", "path", "env", "people": {PROMPT: {"login", "home", "env", "session"}},
"places": {AS-THE-GUIDE-HAS-IT: ON-THIS-MACHINE}, "logins": the same, "secret", "reasons": text of reason.h}.
--show prints what really came, to be quoted.

A quoted line must come as it stands, but for runs of blanks, times, digests, keys and numbers of records, which
differ from run to run. "…" stands for any text in a line, alone for any lines. Numbers of cases and entries
(T-20260907-0001) are the guide's own: the first quote of one tells which it is here. A last line "^C" is typed once
the lines above it have come. What a person does by hand stands as a remark: "<!-- test: do NAME -->" is asked of
the caller on stdout, who answers with a line; "<!-- test: exits 0 5 -->" tells the exit codes of the next block's
commands, which are else 0.
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

LIMIT = 300  # seconds in which a command must have said something or ended; for what hangs, not for what is slow
ID = r"[A-Z]-\d{8}-\d{4}\b|#\d+\b"
CLASSES = [
    ("key", r"RW[A-Za-z0-9+/]{54}"),
    ("line", r"sk[a-z2-7]{6}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+"),
    ("digest", r"\b[0-9a-f]{64}\b"),
    ("date", r"令和\d+年\d+月\d+日(?: \d+時\d+分)?"),
    ("date", r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[+-]\d\d:\d\d|Z)?)?(?!\d)"),
    ("time", r"\b\d\d:\d\d:\d\d\b"),
    ("record", r"(?<=記録 )\d+|(?<=record )\d+|(?<=record: )\d+"),
]
SECRET = re.compile(r"(パスフレーズ|もう一度|assphrase[^:]*|again)[^:]*: $")
QUESTION = re.compile(r"(入力|入力してください|Type yes): $")


def say(text):
    print(text, flush=True)


def steps_of(text, people):
    """('do', line, name) and ('run', line, person, command, quoted lines, exit code) in their order."""
    steps, exits, block, number = [], [], None, 0
    commands = []
    for line in text.split("\n"):
        number += 1
        if block is None:
            for kind, words in re.findall(r"<!-- test: (do|exits) (.*?) -->", line):
                if kind == "do":
                    steps.append(("do", number, words))
                else:
                    exits = [int(w) for w in words.split()]
            if line.strip() == "```console":
                block, commands = number, []
            continue
        if line.strip() == "```":
            for i, (at, person, command, quoted) in enumerate(commands):
                steps.append(("run", at, person, command, quoted, exits[i] if i < len(exits) else 0))
            block, exits = None, []
            continue
        prompt = re.match(r"(\S+)[$#] (.*)$", line)
        if prompt and prompt.group(1) in people:
            commands.append([number, prompt.group(1), prompt.group(2), []])
        elif commands and not commands[-1][3] and commands[-1][2].endswith("\\"):
            commands[-1][2] = commands[-1][2][:-1].rstrip() + " " + line.strip()
        elif commands:
            commands[-1][3].append(line)
        else:
            raise SystemExit(f"line {number}: a quoted line before any command")
    return steps


class Screen:
    def __init__(self, settings):
        self.s = settings
        self.known = {}  # the guide's number: this run's

    def to_here(self, text):
        for theirs, ours in self.known.items():
            if theirs[0] == "#":
                text = re.sub(r"\bwhy " + theirs[1:] + r"\b", "why " + ours[1:], text)
            else:
                text = text.replace(theirs, ours)
        for theirs, ours in self.s["places"].items():
            text = text.replace(theirs, ours)
        return text

    def to_guide(self, text):
        for theirs, ours in list(self.s["places"].items()) + list(self.s["logins"].items()):
            text = text.replace(ours, theirs)
        return text

    def plain(self, text):
        lines = []
        for line in text.replace("\r\n", "\n").split("\n"):
            line = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line.split("\r")[-1])
            lines.append(re.sub(r"[ \t]+", " ", line).strip())
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join(lines)

    def classed(self, text):
        for name, pattern in CLASSES:
            text = re.sub(pattern, "⟨" + name + "⟩", text)
        return text

    def pattern(self, quoted):
        """One regular expression for all quoted lines, and the numbers that it will tell."""
        names, parts = {}, []
        for line in self.classed(self.plain("\n".join(quoted))).split("\n"):
            if line == "…":
                parts.append(r"(?:.*\n)*?")
                continue
            out = ""
            for piece in re.split(f"({ID}|…)", line):
                if piece == "…":
                    out += ".*"
                elif not re.fullmatch(ID, piece):
                    out += re.escape(piece)
                elif piece in self.known:
                    out += re.escape(self.known[piece])
                elif piece in names:
                    out += f"(?P={names[piece]})"
                else:
                    names[piece] = f"n{len(names)}"
                    out += f"(?P<{names[piece]}>{'#[0-9]+' if piece[0] == '#' else piece[0] + '-[0-9]{8}-[0-9]{4}'})"
            parts.append(out + r"\n")
        return re.compile("".join(parts)), names

    def matches(self, quoted, screen):
        pattern, names = self.pattern(quoted)
        found = pattern.fullmatch(self.classed(self.plain(screen)) + "\n")
        if found:
            self.known.update({number: found.group(name) for number, name in names.items()})
        return found is not None

    def run(self, person, command, quoted):
        who = self.s["people"][person]
        until_stopped = bool(quoted) and quoted[-1].strip() == "^C"
        pid, terminal = pty.fork()
        if pid == 0:
            begin(who, self.s, command)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        text, last = "", time.monotonic() + LIMIT
        stopped = False
        while time.monotonic() < last:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            text += data.decode("utf-8", "replace")
            if not until_stopped:
                last = time.monotonic() + LIMIT  # what still says something does not hang
            line = text.rsplit("\n", 1)[-1]
            if SECRET.search(line):
                os.write(terminal, (self.s["secret"] + "\n").encode())
            elif QUESTION.search(line):
                os.write(terminal, (self.answer(line, quoted) + "\n").encode())
            elif until_stopped and not stopped and self.matches(quoted[:-1], self.to_guide(text)):
                os.write(terminal, b"\x03")
                stopped = True
        else:
            os.kill(pid, 9)
            text += "\n(it did not end)"
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(terminal)
        return self.to_guide(text), status

    def answer(self, question, quoted):
        asked = self.plain(question).strip()
        for line in quoted:
            if self.plain(line).startswith(asked):
                return self.plain(line)[len(asked):].strip()
        return ""


def begin(who, settings, command):
    """In the child: become that person, and be their shell."""
    if who.get("session"):
        with open(f"/sys/fs/cgroup{who['session']}/cgroup.procs", "w", encoding="ascii") as f:
            f.write(str(os.getpid()))
    os.chdir(who["home"])
    env = {"PATH": settings["path"], "HOME": who["home"], "LANG": settings["lang"], "TERM": "dumb",
           **settings["env"], **who.get("env", {})}
    os.execve("/usr/bin/setpriv", ["setpriv", "--reuid", who["login"], "--regid", who["login"], "--init-groups",
                                   "/bin/bash", "-c", 'eval "$1"', "-", command], env)


def check_words(text, settings):
    """Commands in running text have their names and options, reasons in the table their names."""
    count = 0
    bare = re.sub(r"^```console$.*?^```$", "", text, flags=re.M | re.S)
    for command in sorted(set(re.findall(r"`sekisho ([a-z][^`\n]*)`", bare))):
        words = command.split()
        name = next((n for n in (words[:2], words[:1]) if asked(settings, ["help", *n])[0] == 0), None)
        known = asked(settings, ["help", *name])[1] if name else ""
        strange = [o for o in re.findall(r"(?<= )--[a-z-]+", command) if f"  {o} " not in known + " "]
        if not name or strange:
            say(f"FAIL sekisho {command}: there is no such command or option {' '.join(strange)}")
        count += 1
    table = text[text.index("<!-- test: reasons -->"):].split("\n\n")[0]
    for reason in re.findall(r"`([a-z-]+)`", "\n".join(line.split("|")[1] for line in table.split("\n")[3:])):
        if f'"{reason}"' not in settings["reasons"]:
            say(f"FAIL the reason {reason} is none of include/sekisho/reason.h")
        count += 1
    say(f"ok {count} commands and reasons in the text have their names")
    check_screens(text, settings)


def check_screens(text, settings):
    """What the last table quotes, between the quotation marks of its language, is something that the program says."""
    table = text[text.index("<!-- test: screens -->"):].split("\n\n")[0]
    quoted = re.findall(r"「([^」]+)」|\"([^\"]+)\"", "\n".join(line.split("|")[1] for line in table.split("\n")[3:]))
    missing = [q for q in (a or b for a, b in quoted)
               if not re.search(".*".join(re.escape(piece.strip()) for piece in q.split("…")), settings["texts"], re.I)]
    for words in missing:
        say(f"FAIL the program nowhere says: {words}")
    say(f"ok {len(quoted) - len(missing)} quoted screens of the last table are the program's")


def check_quoted(text, settings):
    """Blocks behind "<!-- test: quoted … -->", which need what is not here: their commands are there, and the
    program says what they quote."""
    for block in re.findall(r"<!-- test: quoted;.*?-->\n```text\n(.*?)```", text, re.S):
        count = 0
        for line in block.strip().split("\n"):
            command = re.match(r"\S+[$#] sekisho (.*)$", line)
            pieces = [re.escape(p.strip()) for p in re.split(r"…|(?<=[ :])shared|:$", line) if p.strip()]
            if command:
                words = command.group(1).split()
                good = asked(settings, ["help", *words[:2]])[0] == 0
            else:
                good = re.search(".*".join(pieces), settings["texts"]) is not None
            if not good:
                say(f"FAIL the program nowhere says, or takes: {line}")
            count += good
        say(f"ok {count} quoted lines are the program's")


def asked(settings, words):
    done = subprocess.run(["sekisho", *words], capture_output=True, text=True, check=False,
                          env={"PATH": settings["path"], "LANG": "C.UTF-8", "LANGUAGE": "en"})
    return done.returncode, done.stdout


def indent(text, most=40):
    for line in text.split("\n")[:most]:
        say("        " + line)


def main():
    show = sys.argv[1] == "--show"
    with open(sys.argv[-2], encoding="utf-8") as f:
        settings = json.load(f)
    with open(sys.argv[-1], encoding="utf-8") as f:
        guide = f.read()
    screen, key = Screen(settings), ""
    check_words(guide, settings)
    check_quoted(guide, settings)
    for step in steps_of(guide, settings["people"]):
        if step[0] == "do":
            say(f"do {step[2]} {key}")
            sys.stdin.readline()
            continue
        _, at, person, command, quoted, code = step
        here = screen.to_here(command)
        text, status = screen.run(person, here, quoted)
        key = (re.findall(CLASSES[0][1], text) or [key])[-1]
        if quoted and quoted[-1].strip() == "^C":
            quoted, status = quoted[:-1], code
            text = text.replace("^C", "")
        if show:
            say(f"        {person}$ {command}")
            indent(screen.plain(text), 400)
        name = f"line {at}: {command[:70]}"
        if status != code:
            say(f"FAIL {name}: exit {status}, not {code}")
            indent(text)
        elif quoted and not screen.matches(quoted, text):
            say(f"FAIL {name}: another screen than the guide's; it is")
            indent(screen.plain(text))
        else:
            say("ok " + name)


main()
