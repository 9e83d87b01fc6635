#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ledger-beside.py sqlite|journald FOLDER|NAMESPACE COMMITS EACH <LINES: seconds for that many durable
commits of so many of the lines, by stock means: SQLite (WAL, synchronous=FULL), or systemd-journald (sent
to its socket, then io.systemd.Journal.Synchronize, which answers when all is on the disk)."""
import json
import socket
import sqlite3
import sys
import time


def sqlite(folder, batches):
    db = sqlite3.connect(f"{folder}/beside.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE record(seq INTEGER PRIMARY KEY, line TEXT)")
    begun = time.monotonic()
    for batch in batches:
        db.execute("BEGIN")
        db.executemany("INSERT INTO record(line) VALUES(?)", batch)
        db.execute("COMMIT")
    return time.monotonic() - begun


def connect(kind, place):
    """journald binds its sockets one after the other."""
    for _ in range(100):
        try:
            out = socket.socket(socket.AF_UNIX, kind)
            out.connect(place)
            return out
        except OSError as error:
            last = error
            time.sleep(0.1)
    sys.exit(f"{place}: {last}")


def journald(name, batches):
    place = f"/run/systemd/journal.{name}"
    out = connect(socket.SOCK_DGRAM, f"{place}/socket")
    calls = connect(socket.SOCK_STREAM, f"{place}/io.systemd.journal")
    ask = json.dumps({"method": "io.systemd.Journal.Synchronize"}).encode() + b"\0"
    begun = time.monotonic()
    for batch in batches:
        for (line,) in batch:
            out.send(b"PRIORITY=6\nSYSLOG_IDENTIFIER=bench\nMESSAGE=" + line.encode() + b"\n")
        calls.send(ask)
        answer = b""
        while not answer.endswith(b"\0"):
            got = calls.recv(4096)
            if not got:
                sys.exit("journald went away")
            answer += got
        if b"error" in answer:
            sys.exit(answer.decode(errors="replace"))
    return time.monotonic() - begun


def main():
    way, where, commits, each = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    lines = [(line.rstrip("\n"),) for line in sys.stdin][:commits * each]
    batches = [lines[i * each:(i + 1) * each] for i in range(commits)]
    print(f"{(sqlite if way == 'sqlite' else journald)(where, batches):.3f}")


main()
