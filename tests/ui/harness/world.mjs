// What all tests share: the data of the fleet and a service on it.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { close, launch, leave } from "./browser.mjs";
import { makeFleet } from "./fleet.mjs";
import { Server } from "./server.mjs";

const folders = [];

/** The service without keys. */
export let server;

export function folder() {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), "watchme-ui-"));
  folders.push(made);
  return made;
}

/** A copy of what a service has stored. */
function copyOf(data) {
  const copy = folder();
  fs.cpSync(data, copy, { recursive: true });
  return copy;
}

/** A service of its own for a test that changes what is stored, or has other settings. */
export async function ownServer(t, more, data = copyOf(server.data)) {
  const own = await Server.start(data, more);
  t.after(async () => {
    try {
      await leave(t);
    } finally {
      await own.stop();
    }
  });
  return own;
}

export async function begin() {
  server = await Server.start(await fleet(), { WATCHME_HOURLY_PRICE: "0.0832", WATCHME_SCHEDULE: "59 23 31 12 *" });
  await launch();
}

/** The data of the fleet: made for these tests, or kept where one works on them. */
async function fleet() {
  const kept = process.env.WATCHME_UI_DATA;
  if (kept !== undefined && fs.existsSync(path.join(kept, "watchme.sqlite3"))) return copyOf(kept);
  const data = kept ?? folder();
  await makeFleet(data);
  return kept === undefined ? data : copyOf(data);
}

export async function end() {
  await close();
  await server?.stop();
  for (const made of folders) fs.rmSync(made, { recursive: true, force: true });
}
