#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What 270-kill-steps found, row by row: what the ledger says of each case against what lies where it went
and what people were told. Prints PASS or FAIL for each rule, then the table."""
import hashlib
import itertools
import json
import pathlib
import subprocess
import sys

scratch, identity = pathlib.Path(sys.argv[1]), sys.argv[2]
SOURCES = {name: hashlib.sha256((scratch / name).read_bytes()).hexdigest() for name in ("list.bin", "note.txt")}
KIND = {"take-out": "takeout", "copy": "copy", "receive": "receive", "return": "return", "dispose": "disposal"}
rows = [json.loads(line) for line in (scratch / "rows").read_text().splitlines()]
ledger = [json.loads(line) for line in (scratch / "ledger").read_text().splitlines()]
if ledger and isinstance(ledger[0], list):
    ledger = list(itertools.chain.from_iterable(ledger))
ledger.sort(key=lambda r: r["seq"])


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def records(row, following):
    """Of this act, in order."""
    mine = [r for r in ledger if r["kind"] == KIND[row["act"]]]
    if row["act"] == "receive":
        return [r for r in mine if row["from"] <= r["seq"] < following]
    return [r for r in mine if r.get("case") == row["case"]]


def opens(path):
    """The archive's files, by the stock programs."""
    age = subprocess.run(["age", "-d", "-i", identity, path], capture_output=True)
    if age.returncode:
        return None
    listing = scratch / "opened"
    subprocess.run(["rm", "-rf", listing], check=True)
    listing.mkdir()
    if subprocess.run(["tar", "-x", "-C", listing], input=age.stdout).returncode:
        return None
    return {p.name: sha(p) for p in listing.iterdir() if p.name in SOURCES}


def place(row):
    """What lies under final names: (word, wrong)."""
    files = sorted((scratch / "taken" / row["case"]).iterdir())
    if not files:
        return "nothing", []
    if row["act"] == "receive":
        return "whole", [] if sha(files[0]) == SOURCES["list.bin"] else [f"{files[0].name} is not whole"]
    if row["act"] == "copy":
        wrong = [f"{f.name} is not whole" for f in files if sha(f) != SOURCES.get(f.name)]
        return "whole" if len(files) == len(SOURCES) else f"{len(files)} of {len(SOURCES)}", wrong
    sealed = [f for f in files if f.name.endswith(".tar.age")]
    if not sealed:
        return "no archive: " + ", ".join(f.name.split(".", 1)[1] for f in files), ["a name without its archive"]
    wrong = [] if opens(sealed[0]) == SOURCES else ["the archive is not whole"]
    manifest = scratch / "taken" / row["case"] / f"{row['case']}.manifest"
    if len(files) != 4 or not manifest.exists() or sha(sealed[0]) not in manifest.read_text():
        wrong.append("the manifest is not the archive's")
    return "whole", wrong


def judge_transfer(row, mine):
    phases = [r["phase"] for r in mine if r["phase"] != "content"]
    begun, ends = phases.count("intent"), [p for p in phases if p != "intent"]
    what, wrong = place(row)
    told = row["exit"] == 0
    if begun > 1:
        wrong.append("permitted twice")
    if begun != len(ends):
        wrong.append(f"{begun} intents, {len(ends)} ends")
    if "done" in ends and what != "whole":
        wrong.append("done, and it is not there")
    if what != "nothing" and not any(p in ("done", "unknown") for p in ends):
        wrong.append("there, and the ledger does not say so")
    if told and "done" not in ends:
        wrong.append("told as done, and not on record")
    if row["act"] != "receive" and row["second"] == "0" and (begun != 1 or "done" not in ends or told):
        wrong.append("it was let through again")
    if row["act"] == "receive" and begun and what == "whole" and "unknown" in ends:
        names = [f.get("name") for r in mine for f in r.get("content", {}).get("files", [])]
        if row["case"] not in names:
            wrong.append("the record does not name the file")
    first = "no intent" if not begun or row["second"] == "0" else ends[0] if ends else "open"
    if row["second"] == "0":
        first += ", then done"
    for r in mine:
        sealed = r.get("sealed", {}).get("sha256")
        if r["phase"] == "done" and row["act"] == "take-out" and sealed not in [
                sha(f) for f in (scratch / "taken" / row["case"]).iterdir()]:
            wrong.append("another archive than the record's")
    return first, what, wrong


def judge_end(row, mine):
    wrong = []
    if len(mine) != 1:
        wrong.append(f"{len(mine)} records")
    if row["exit"] == 0 and row["second"] == "0":
        wrong.append("ended twice")
    again = row["second"] == "0"
    return ("no record, then recorded" if again else "recorded"), "-", wrong


table, bad = [], []
for row, after in itertools.zip_longest(rows, rows[1:]):
    mine = records(row, after["from"] if after else float("inf"))
    judge = judge_end if row["act"] in ("return", "dispose") else judge_transfer
    says, lies, wrong = judge(row, mine)
    told = {0: "done", 137: "(killed)"}.get(row["exit"], f"exit {row['exit']}")
    step = f"{row['step']} {row['call']}" if row["reached"] else f"none ({row['call']} steps)"
    table.append((row["act"], row["victim"], step, told, says, lies, "; ".join(wrong)))
    bad += [f"{row['act']}, {row['victim']} killed {step} ({row['case']}, {told}; {says}; {lies}): {w}" for w in wrong]

kills = sum(1 for row in rows if row["reached"])
for text in bad:
    print("FAIL", text)
if not bad:
    print(f"PASS {kills} kills: every intent has its one end, nothing is there unfinished or without a record, "
          "nothing that was told is missing, nothing was permitted twice")
if not kills:
    print("FAIL nobody was killed")
print("act | who was killed | at its steps | the asker was told | the ledger says | under final names")
for key, group in itertools.groupby(table, key=lambda r: (r[0], r[1], *r[3:])):
    steps = [g[2] for g in group]
    span = steps[0] if len(steps) == 1 else f"{steps[0]} … {steps[-1]}"
    print(" | ".join((key[0], key[1], span, *key[2:5])) + (f" | WRONG: {key[5]}" if key[5] else ""))
