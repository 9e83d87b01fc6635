// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of contrib/recipients' page, run by node as it stands there: against node's own OpenSSL, against the
// RFCs' vectors, and, with a folder of CCTV vectors (unpack-age-vectors.mjs), against age's.
// recipient-vectors.mjs PAGE [FOLDER]
import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, randomBytes,
         sign } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";

const [page, folder] = process.argv.slice(2);
const html = readFileSync(page, "utf8");
const source = (id) => new RegExp(`<script id="${id}">([^]*?)</script>`).exec(html)[1];
const c = runInThisContext(`${source("ciphers")};ciphers`);
const archive = runInThisContext(`${source("archive")};archive`);
let checks = 0;

function same(what, ours, theirs) {
  if (Buffer.compare(Buffer.from(ours), Buffer.from(theirs)) !== 0) {
    console.log(`FAIL ${what}: ${c.hex(ours)}, not ${c.hex(theirs)}`);
    process.exit(1);
  }
  checks++;
}
const bytes = (n) => new Uint8Array(randomBytes(n));
const fromHex = (text) => new Uint8Array(Buffer.from(text, "hex"));
const pkcs8 = (oid, seed) => createPrivateKey({
  key: Buffer.concat([Buffer.from(`302e020100300506032b65${oid}04220420`, "hex"), seed]), format: "der", type: "pkcs8" });
const publicOf = (key) => createPublicKey(key).export({ format: "der", type: "spki" }).subarray(12);

for (const n of [0, 1, 3, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129, 255, 256, 1000, 70000]) {
  const data = bytes(n), pieces = new c.Sha256();
  for (let at = 0; at < n; at += 7) pieces.add(data.subarray(at, at + 7));
  same(`SHA-256 of ${n}`, c.sha256(data), createHash("sha256").update(data).digest());
  same(`SHA-256 of ${n} in pieces`, pieces.end(), c.sha256(data));
  same(`SHA-512 of ${n}`, c.sha512(data), createHash("sha512").update(data).digest());
  same(`BLAKE2b of ${n}`, c.blake2b(data), createHash("blake2b512").update(data).digest());
  const key = bytes(n % 100 + 1), salt = bytes(n % 70);
  same("HMAC", c.hmac(key, data), createHmac("sha256", key).update(data).digest());
  same("HKDF", c.hkdf(key, salt, "an info"), new Uint8Array(hkdfSync("sha256", key, salt, "an info", 32)));
}

// RFC 7748 5.2
same("X25519", c.x25519(fromHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
  fromHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")),
  fromHex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"));
same("X25519 once", c.x25519(c.nine, c.nine), fromHex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
// points of low order, not reduced ones and those with the top bit set
for (const point of ["00".repeat(32), "01" + "00".repeat(31),
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "ec" + "ff".repeat(30) + "7f",
  "ed" + "ff".repeat(30) + "7f", "ee" + "ff".repeat(30) + "7f"])
  same(`low order ${point}`, c.x25519(bytes(32), fromHex(point)), new Uint8Array(32));
for (let i = 0; i < 40; i++) {
  const a = pkcs8("6e", randomBytes(32)), seed = bytes(32), b = pkcs8("6e", seed);
  const theirs = new Uint8Array(publicOf(a));
  same("a public key", c.x25519(seed, c.nine), publicOf(b));
  theirs[31] |= i & 1 ? 0x80 : 0;
  same("a shared secret", c.x25519(seed, theirs), diffieHellman({ privateKey: b, publicKey: createPublicKey(a) }));
}
// Ed25519 with OpenSSL; RFC 8032 7.1, tests 1 to 3
for (const [seed, key, message, signature] of [
  ["9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"],
  ["4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"],
  ["c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"]]) {
  same("an Ed25519 key", c.signingKey(fromHex(seed)), fromHex(key));
  same("an Ed25519 signature", c.sign(fromHex(seed), fromHex(message)), fromHex(signature));
}
for (let i = 0; i < 20; i++) {
  const seed = bytes(32), key = pkcs8("70", seed), message = bytes(3 * i);
  same("an Ed25519 key", c.signingKey(seed), publicOf(key));
  same("an Ed25519 signature", c.sign(seed, message), sign(null, message, key));
}
// ChaCha20-Poly1305 with OpenSSL, and numbers at Poly1305's edges (all bits set)
for (const n of [0, 1, 15, 16, 17, 31, 63, 64, 65, 127, 128, 1000, 65535, 65536])
  for (const plain of [bytes(n), new Uint8Array(n).fill(255)]) {
    const key = n % 2 ? bytes(32) : new Uint8Array(32).fill(255), nonce = bytes(12);
    const seal = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    const sealed = new Uint8Array(Buffer.concat([seal.update(plain), seal.final(), seal.getAuthTag()]));
    same(`ChaCha20-Poly1305 of ${n}`, new c.Cipher(key).open(nonce, sealed), plain);
    for (let i = 0; i < 8; i++) {
      const bad = sealed.slice(), at = Math.floor(Math.random() * bad.length);
      bad[at] ^= 1 << i;
      if (new c.Cipher(key).open(nonce, bad) !== null) { console.log(`FAIL a changed bit at ${at} of ${n}`); process.exit(1); }
      checks++;
    }
  }
// names that a screen would obey, or a folder of another system
for (const [name, shown, saved] of [["a/b\x1b[31m", "a/b\\u001b[31m", "b_u001b[31m"], ["../..", "../..", "_"],
  ["x/con.txt", "x/con.txt", "_con.txt"], ["a\xe2\x80\xaegnp.exe", "a\\u202egnp.exe", "a_u202egnp.exe"],
  ["a\xd8\x9cb", "a\\u061cb", "a_u061cb"]])
  if (archive.shown(name) !== shown || archive.saved(name) !== saved) {
    console.log(`FAIL ${name}: ${archive.shown(name)}, ${archive.saved(name)}`);
    process.exit(1);
  } else checks++;

function openVector(file, identity) {
  const scalars = identity.map((text) => c.fromBech32("age-secret-key-", text));
  const { cipher, at } = c.readHeader(file.subarray(0, c.HEADER_MAX + 64), scalars);
  const hash = new c.Sha256();
  if (at >= file.length) throw new c.Failure("cut");
  for (let from = at, index = 0; from < file.length; from += c.CHUNK, index++)
    hash.add(c.openChunk(cipher, index, from + c.CHUNK >= file.length, file.subarray(from, from + c.CHUNK)));
  return c.hex(hash.end());
}
const refusals = { "header failure": ["changedHeader", "notAge", "cut"], "HMAC failure": ["changedHeader"],
  "no match": ["otherKey"], "payload failure": ["changed", "cut"] };
let vectors = 0;
for (const name of folder ? readdirSync(folder) : []) {
  const vector = readFileSync(join(folder, name)), end = vector.indexOf("\n\n");
  const rows = vector.subarray(0, end).toString().split("\n").map((l) => l.split(": "));
  const all = (key) => rows.filter((r) => r[0] === key).map((r) => r[1]);
  if (all("passphrase").length || all("armored").length || all("identity").some((i) => i.includes("-PQ-"))) continue;
  const expect = all("expect")[0], file = new Uint8Array(vector.subarray(end + 2));
  let got;
  try { got = openVector(file, all("identity")); } catch (e) { if (!(e instanceof c.Failure)) throw e; got = e.message; }
  const good = expect === "success" ? got === all("payload")[0] : (refusals[expect] ?? []).includes(got);
  if (!good) { console.log(`FAIL ${name}: ${got}, expected ${expect}`); process.exitCode = 1; }
  vectors++;
}
if (folder && vectors < 40) { console.log(`FAIL only ${vectors} vectors of age's`); process.exit(1); }
console.log(`${checks} checks, ${vectors} vectors of age's`);
