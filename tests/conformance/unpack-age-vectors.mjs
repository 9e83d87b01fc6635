// SPDX-License-Identifier: GPL-3.0-or-later
// Writes age test vectors out as one plain file each: unpack-age-vectors.mjs SOURCE OUT
// SOURCE is a folder of vector files, or the folder of the npm package cctv-age. Compressed bodies
// are inflated, so that the reader needs no zlib.
import { createRequire } from "node:module";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { inflateSync } from "node:zlib";

const [source, out] = process.argv.slice(2).map((path) => resolve(path));

async function vectors() {
  if (!existsSync(join(source, "package.json")))
    return readdirSync(source).map((name) => [name, readFileSync(join(source, name))]);
  const entry = createRequire(import.meta.url)(join(source, "package.json"));
  const module = await import(join(source, entry.module ?? entry.main ?? "index.js"));
  const all = { ...module, ...(module.default ?? {}) };
  return Object.entries(all).filter(([, value]) => value instanceof Uint8Array);
}

let count = 0;
for (const [name, bytes] of await vectors()) {
  const vector = Buffer.from(bytes);
  const end = vector.indexOf("\n\n");
  const lines = vector.subarray(0, end).toString().split("\n");
  const compressed = lines.includes("compressed: zlib");
  const body = vector.subarray(end + 2);
  const head = lines.filter((line) => !line.startsWith("compressed: ")).join("\n") + "\n\n";
  writeFileSync(join(out, name), Buffer.concat([Buffer.from(head), compressed ? inflateSync(body) : body]));
  count++;
}
console.log(`${count} vectors from ${source}`);
if (count === 0) process.exit(1);
