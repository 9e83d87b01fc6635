// SPDX-License-Identifier: GPL-3.0-or-later
// A recipient with the page of contrib/recipients, without a browser: the page's own code makes the key and signs.
// recipient-receipt.mjs key FILE            writes a key file, prints its two public lines
// recipient-receipt.mjs sign FILE SEALED OUT  writes the receipt of SEALED to OUT and OUT.minisig
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { runInThisContext } from "node:vm";

const page = readFileSync(new URL("../../contrib/recipients/sekisho-recipient.html", import.meta.url), "utf8");
const c = runInThisContext(`${/<script id="ciphers">([^]*?)<\/script>/.exec(page)[1]};ciphers`);
const [what, keyFile, sealed, out] = process.argv.slice(2);
if (what === "key") {
  const scalar = c.random(32);
  writeFileSync(keyFile, `${c.identityText(scalar)}\n`);
  console.log(`${c.recipientText(scalar)}\n${c.receiptKeyText(scalar)}`);
} else {
  const [scalar] = c.identities(readFileSync(keyFile, "utf8")), data = readFileSync(sealed);
  const id = `R-20260801-${c.hex(c.random(4))}`;
  const text = `sekisho-receipt: 1\nreceipt: ${id}\nat: 2026-08-01T00:00:00Z\nperson: 山本\nsealed: ` +
    `${c.hex(c.sha256(data))} ${data.length} ${basename(sealed)}\nopened: 1 1\n`;
  writeFileSync(out, text);
  writeFileSync(`${out}.minisig`, c.minisign(scalar, c.bytesOf(text), `sekisho receipt ${id}`));
}
