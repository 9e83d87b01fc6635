#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify.py FOLDER [ENROLMENT-LINE|FILE [KEPT…]]: check a Sekisho ledger or one contract's extract (see README.md)"""
import base64, functools, hashlib, json, os, re, stat, subprocess, sys
P, ORDER, LINE_MAX, SEGMENT_MAX = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493, 48 << 10, 16 << 20
NUMBER, SERIES = rb"(0|[1-9][0-9]{0,18})", r'\{(?:"contract": "([A-Za-z0-9._-]{1,63})", )?"n": ([1-9][0-9]*)\}'
class Bad(Exception): "the class of what is wrong, the first record that it may be, a sentence"
sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
def plain(path):  # a file of the folder, open; None: there is none; links, pipes and devices are not opened
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode): raise OSError(f"{path}: not a regular file")
    return open(path, "rb") if os.path.lexists(path) else None
D = -121665 * pow(121666, -1, P) % P
def point_add(p, q):  # Ed25519 (RFC 8032 section 5.1), points as (X, Y, Z, T)
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P
is_small = lambda p, k=3: is_small(point_add(p, p), k - 1) if k else p[0] == 0  # of order 8 or less: no honest point
def point_read(data):
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
    x = x if x & 1 == data[31] >> 7 else P - x
    return (x, y, 1, x * y % P) if x < P > y and x * x % P == x2 else None
BASE = point_read((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def is_signed(key, text, signature):  # is s·BASE - h·A the point R?
    a, s = point_read(key), int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    if a is None or s >= ORDER or is_small(a): return False
    minus, total = (P - a[0], a[1], 1, P - a[3]), (0, 1, 1, 0)
    table = [total, BASE, minus, point_add(BASE, minus)]
    for bit in range(252, -1, -1):
        total = point_add(point_add(total, total), table[(s >> bit & 1) + 2 * (h >> bit & 1)])
    z = pow(total[2], -1, P)
    return (total[1] * z % P | (total[0] * z % P & 1) << 255).to_bytes(32, "little") == signature[:32] and not is_small(total)
def unbase64(text, length):
    data = base64.b64decode(text) if len(text) % 4 == 0 and re.fullmatch(rb"[A-Za-z0-9+/]*={0,2}", text) else b""
    return data if len(data) == length and base64.b64encode(data) == text else None
key_hash = lambda name, key: sha(name, b"\n\x01", key)[:4]
def read_key(text):  # NAME+HASH+KEY (c2sp.org/signed-note)
    m = re.fullmatch(rb"([a-z2-7]{8})\+([0-9a-f]{8})\+(.{44})", text)
    key = m and unbase64(m[3], 33)
    return (m[1], key[1:]) if key and key[0] == 1 and key_hash(m[1], key[1:]).hex().encode() == m[2] else None
def read_note(data, name, key):  # a checkpoint (c2sp.org/signed-note): bytes used, size, root; or the class of what is wrong
    parts = data[:256].split(b"\n", 6)
    root = unbase64(parts[2], 32) if len(parts) == 7 else None
    if root is None or not re.fullmatch(NUMBER, parts[1]) or int(parts[1]) >= 2**63: return "form"
    used, text = sum(map(len, parts[:6])) + 6, b"%s\n%s\n%s\n" % (name, parts[1], parts[2])
    before = text + "\n— ".encode() + name + b" "
    blob = unbase64(data[len(before):used - 2], 68)
    if data[:8] != name or (blob and blob[:4] != key_hash(name, key)): return "key"
    if blob is None or data[:used] != before + base64.b64encode(blob) + b"\n\n": return "form"
    return (used, int(parts[1]), root) if is_signed(key, text, blob[4:]) else "signature"
def read_kept(path):  # the heads in a text that somebody kept; that of a proof (c2sp.org/tlog-proof) with what it proves
    text, heads, origin = open(path, "rb").read(SEGMENT_MAX + 1), [], b""
    for m in re.finditer(rb"^(?:ledger-origin: ([^\r\n]{8})|ledger-head: %s ([0-9a-fA-F]{64})|([^\r\n]{8})\r?\n%s\r?\n"
                         rb"([A-Za-z0-9+/]{43}=))\r?$" % (NUMBER, NUMBER), text, re.M):
        node, origin = bytes.fromhex(m[3].decode()) if m[3] else m[6] and unbase64(m[6], 32), m[1] or origin
        size = int(m[2] or m[5] or 2**63)
        heads += [dict(size=size, root=node.hex(), origin=m[4] or origin, state="beyond")] if node and size < 2**63 else []
    proof = re.match(rb"c2sp\.org/tlog-proof@v1\n(?:extra [^\n]+\n)?index %s\n((?:[^\n]{44}\n){0,64})\n." % NUMBER, text, re.S)
    nodes = [unbase64(t, 32) for t in proof[2].splitlines()] if proof else [None] * text.startswith(b"c2sp.org/tlog-proof@v1")
    if not heads or None in nodes or b"\0" in text or len(text) > SEGMENT_MAX: raise OSError(f"{path}: no head stands in it")
    return heads[0].update({"record": int(proof[1]), "path": nodes} if proof else {}) or heads
def proved(leaf, index, size, path):  # the root that a proof leads to (RFC 9162 section 2.1.3.1)
    if size == 1 or not path: return leaf if size == 1 and not path else b""
    half = 1 << (size - 1).bit_length() - 1
    below = proved(leaf, index % half, half if index < half else size - half, path[:-1])
    return sha(b"\1", below, path[-1]) if index < half else sha(b"\1", path[-1], below)
depth = lambda v: 1 + max(map(depth, v.values() if type(v) is dict else v if type(v) is list else ()), default=0)
def read_json(line):  # canonical JSON (sorted, without blanks, integers only): one spelling for each record
    bare = lambda items: len(dict(items)) == len(items) and not any(re.search(r'[\x00-\x1f"\\]', k) for k, _ in items)
    try:
        v = json.loads(line.decode(), object_pairs_hook=lambda items: dict(items) if bare(items) else int("no"),
                       parse_float=int, parse_constant=int, parse_int=lambda t: int(t if -2**63 <= int(t) < 2**63 else "no"))
        text = json.dumps(v, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        text = re.sub(r"\\\\|\\u....", lambda m: m[0][:2] + m[0][2:].upper(), text)
        good = isinstance(v, dict) and "\\u0000" not in text.replace("\\\\", "") and depth(v) <= 16
        return v if good and text.encode() == line else {}
    except (ValueError, RecursionError): return {}
def blocks(at, end):  # sizes of the full subtrees that cover the leaves at…end-1
    size = min(1 << (end - at).bit_length() - 1, at & -at or end) if at < end else 0
    return [size, *blocks(at + size, end)] if size else []
def read_line(line):  # the number of the first record that it stands for (None: of none), what it says
    v = read_json(line)
    if "elided" not in v: return (v["seq"] if type(v.get("seq")) is int and 0 <= v["seq"] < 2**47 - 1 else None), v
    form = rb'\{"elided":\{"from":\d+,"hashes":\["[0-9a-f]{64}"(,"[0-9a-f]{64}")*\],"to":\d+\}\}'
    r = v["elided"] if re.fullmatch(form, line) else {"from": 1, "to": 0}
    good = r["from"] <= r["to"] < 2**47 - 1 and len(r["hashes"]) == len(blocks(r["from"], r["to"] + 1))
    return (r["from"] if good else None), v
def segment(folder, n):  # its bytes; None: there is none; False: it can't be unpacked, or is too large
    path = f"{folder}/segment-{n:06}.jsonl"
    if file := plain(path): return data if len(data := file.read(SEGMENT_MAX + 1)) <= SEGMENT_MAX else False
    if not (file := plain(path + ".zst")): return None
    with subprocess.Popen(["zstd", "-dcqM16MiB"], stdin=file, stdout=-1, stderr=-3) as run: data = run.stdout.read(SEGMENT_MAX + 1)
    return data if run.returncode == 0 and len(data) <= SEGMENT_MAX else False
def lines(folder, leftovers):  # a segment ends where the first record of the next begins to count
    n, seq, data = 0, 0, segment(folder, 0)
    if data is None: raise Bad("order", 0, "its segment is not there") if plain(f"{folder}/checkpoints") else OSError("no ledger")
    while data is not None:
        ahead, after, at = n + 1, segment(folder, n + 1), 0
        while after not in (None, False) and after[:1] in (b"", b"\0"): ahead, after = ahead + 1, segment(folder, ahead + 1)
        begins = read_line(after[:after.find(b"\n", 0, LINE_MAX)])[0] if after and b"\n" in after[:LINE_MAX] else None
        while data is False or begins is None or begins != seq:
            end = data.find(b"\n", at, at + LINE_MAX) if data else -1
            if end < 0 or data[at] == 0:
                if data and (begins is not None or (len(data) - at >= LINE_MAX and data[at])):
                    raise Bad("order", seq, "records are missing between two segments")
                if False in (data, after): raise Bad("form", seq, "a segment can't be unpacked, or is larger than one may be")
                if after is None or at < len(data): return
                break
            number, v = read_line(data[at:end])
            if number != seq: raise Bad("form" if number is None else "order", seq, "no record, or not the next one")
            yield data[at:end], seq, v
            seq, at = v["elided"]["to"] + 1 if "elided" in v else seq + 1, end + 1
        leftovers += [(n, at, seq)] if at < len(data) else []
        if len(leftovers) > 256: raise Bad("order", seq, "too many segments end before their end")
        n, data = ahead, after
def root(edge):  # RFC 6962 section 2.1, of the full subtrees at the right edge: [(leaves, hash)…]
    return functools.reduce(lambda node, left: sha(b"\1", left[1], node), edge[-2::-1], edge[-1][1] if edge else sha()).hex()
def grow(edge, node, leaves, out):  # no node: nothing is added yet
    out["records"] += leaves
    while edge and edge[-1][0] == leaves: node, leaves = sha(b"\1", edge.pop()[1], node), 2 * leaves
    edge += [(leaves, node)] if node else []
    while out["wait"] and out["wait"][-1]["size"] <= out["records"]:
        a = out["wait"].pop()
        a["state"] = "hidden" if a["size"] < out["records"] else "agrees" if a["root"] == root(edge) else "differs"
def covered(at, to, ranges):  # does each record from the one to the other lie in one of them?
    while at <= to and (ends := [t for f, t in ranges if f <= at <= t]): at = max(ends) + 1
    return at > to
def verify(folder, name, key, out):
    notes, extract = plain(f"{folder}/checkpoints"), plain(f"{folder}/extract")
    note_at, began = lambda at: os.pread(notes.fileno(), 256, at) if notes else b"", os.fstat(notes.fileno()).st_size if notes else 0
    contract = extract and re.fullmatch(rb"sekisho-extract: 1\ncontract: ([A-Za-z0-9._-]{1,63})\n", extract.read(256))[1].decode()
    edge, last, blind, runs, holes, ranges, leftovers, at, explained, hidden_to, waits, stated = [], {}, {}, [], [], [], [], 0, 0, 0, 0, 1
    grow(edge, b"", 0, out)
    for line, seq, v in lines(folder, leftovers):
        if waits: raise Bad("checkpoint", seq - 1, "the checkpoint of this seal is missing")
        if "elided" in v:
            run, hidden_to = v["elided"], v["elided"]["to"] + 1
            for size, node in zip(blocks(run["from"], hidden_to), run["hashes"]): grow(edge, bytes.fromhex(node), size, out)
            runs += [] if extract else [(run["from"], run["to"])]
            continue
        grow(edge, sha(b"\0", line), 1, out)
        out["leaves"].update({seq: sha(b"\0", line)} if seq in out["leaves"] else {})
        mark, kind = re.fullmatch(SERIES, json.dumps(v.get("series"))), v.get("kind")
        if "series" in v and not mark: raise Bad("form", seq, "its running number does not have the form of one")
        if mark:  # the running number of a contract, or (no contract) of the machine
            number, (n, before) = int(mark[2]), last.get(mark[1] or "", (0, -1))
            last[mark[1] or ""] = number, seq
            if number <= n or (number > n + 1 and hidden_to <= max(before, 0)) or len(last) > 64 + ("" in last):
                raise Bad("series", seq, "its running number does not follow the last one of its contract")
            holes += [(before + 1, seq - 1)] if number > n + 1 else []
        if kind == "contract" and str(v.get("contract")) in last and re.fullmatch("[0-9a-f]{32}", str(v.get("blind"))):
            blind[str(v.get("contract"))] = v["blind"]
        elif kind == "removal":
            spans = v.get("ranges", [])
            if not re.fullmatch(r'\[((, )?\{"from": \d+, "to": \d+\})*\]', json.dumps(spans)) or any(s["from"] > s["to"] for s in spans):
                raise Bad("form", seq, "the removal record does not name its ranges")
            ranges += [(s["from"], s["to"]) for s in spans]
        elif kind == "agent" and v.get("phase") in ("gap", "overflow") and explained < len(leftovers):
            explained += json.dumps(v.get("leftover")) == '{"offset": %d, "segment": %d}' % leftovers[explained][1::-1]
        elif kind == "seal":
            following, epoch = read_key(str(v.get("next")).encode()), v.get("epoch")
            what = "form" if type(epoch) is not int or epoch < 0 or type(v.get("next")) is not str else "order" if epoch != out["epochs"] else ""
            if what or not following or following[0] != name: raise Bad(what or "key", seq, "not this ledger's next seal")
            if waits := not note_at(at): continue  # for its checkpoint: fine at the very end only
            note = read_note(note_at(at), name, key)
            what = note if type(note) is str else "checkpoint" if note[1] != seq + 1 else "altered"
            if type(note) is str or note[1:] != (seq + 1, bytes.fromhex(root(edge))):
                raise Bad(what, out["sealed"], "these records are not those that were sealed")
            text = f'{blind.get(contract)} {epoch} {contract} {last.get(contract, (0,))[0]}'.encode()
            stated = "counts" not in v or (contract in blind and f'"{sha(text).hex()}"' in json.dumps(v["counts"]))
            at, key, out["sealed"], out["epochs"] = at + note[0], following[1], seq + 1, epoch + 1
    note = at < began and read_note(note_at(at), name, key)  # what was sealed since is of records that were not read
    if note: raise Bad(note if type(note) is str else "checkpoint", out["records"], "more was sealed than is there")
    if explained < len(leftovers): raise Bad("leftover", leftovers[explained][2], "bytes stand before it that no record explains")
    bad = [r[0] for r in runs if not covered(*r, ranges)]
    bad += [h[0] for h in holes if not any(f <= h[1] and h[0] <= t for f, t in ranges)]
    if bad or (extract and not stated): raise Bad("withheld", (bad + [0])[0], "records are left out that none says were removed")
def main(folder, line="", *files):
    out = {"verdict": "good", "records": 0, "sealed": 0, "epochs": 0, "line": "given" if line else "the folder's own", "anchors": []}
    try:
        key = read_key(line.strip().encode()) or read_key((open(line, "rb") if line else plain(f"{folder}/enrolment")).read(257).strip())
        out["anchors"] += [head for file in files for head in read_kept(file)]
        out.update(wait=sorted(out["anchors"], key=lambda a: -a["size"]), leaves={a.get("record"): b"" for a in out["anchors"]})
        verify(folder, *key, out)
    except Bad as e: out.update(verdict="bad", **dict(zip(("class", "record", "why"), e.args)))
    except (OSError, TypeError, AttributeError) as e: out.update(verdict="unreadable", why=str(e) if type(e) not in (TypeError, AttributeError) else "no enrolment line, or a bad file extract")
    for a in out["anchors"]:  # does a proof lead from its record to its head? is the head of another ledger?
        path, n, origin = a.pop("path", None), a.get("record"), a.pop("origin").decode(errors="replace")
        if path is not None and a["state"] == "agrees" and proved(out["leaves"][n], n, a["size"], path).hex() != a["root"]:
            a["state"] = "hidden" if n < a["size"] and not out["leaves"][n] else "differs"
        if origin and origin != key[0].decode(): a["state"] = "other"
    if out["verdict"] == "good" and any(a["state"] not in ("agrees", "hidden") for a in out["anchors"]):
        out.update({"verdict": "bad", "class": "anchor", "record": 0, "why": "a head that was kept is not this ledger's"})
    print(json.dumps({k: v for k, v in out.items() if k not in ("wait", "leaves")}))
    return ("good", "bad", "unreadable").index(out["verdict"])
if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
