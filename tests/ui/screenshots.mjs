// Pictures of every view for docs/ui, made on request.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { live, PHONE, visit } from "./harness/browser.mjs";
import { BLOCKS, DAY, DEVICE, WAITING_DAY } from "./harness/fleet.mjs";
import { root } from "./harness/tools.mjs";
import { ownServer } from "./harness/world.mjs";

/** A picture is in the repository for ever. */
const LARGEST = 150_000;

const folder = path.join(root, "docs/ui");

const PICTURES = {
  day: [`#/devices/${DEVICE}/${DAY}/10-00`, ".pane .recording"],
  "day-dark": [`#/devices/${DEVICE}/${DAY}/${BLOCKS.quarantined}`, ".pane .recording", { dark: true, language: "ja-JP" }],
  "day-phone": [`#/devices/${DEVICE}/${DAY}/10-00`, ".pane .recording", { size: PHONE, language: "ja-JP" }],
  devices: ["#/devices", "table.devices"],
  health: ["#/health", ".checks"],
  cost: ["#/cost/2025-07", ".tiles"],
};

test("screenshots: every view", { timeout: 120_000 }, async (t) => {
  fs.mkdirSync(folder, { recursive: true });
  const own = await ownServer(t, { WATCHME_HOURLY_PRICE: "0.0832" });
  await own.post("fetch-and-transcribe", { device_id: DEVICE, date: WAITING_DAY });
  const run = await visit(t, `${own.url}/ui#/runs`);
  await live(run);
  await own.post("v1/runs", { device_id: "kitchen", date: WAITING_DAY });
  await run.locator(".run.running progress[value]:not([value=\"0\"])").waitFor({ timeout: 60_000 });
  await shoot(run, "runs");
  const drop = await visit(t, `${own.url}/ui#/transcribe`);
  await drop.locator("#file").setInputFiles(path.join(root, "models/recordings/long-ja.wav"));
  await drop.locator("article blockquote").waitFor({ timeout: 60_000 });
  await drop.locator(".note").waitFor({ state: "detached" });
  await shoot(drop, "transcribe");
  for (const [name, [hash, settled, options]] of Object.entries(PICTURES)) {
    const page = await visit(t, `${own.url}/ui${hash}`, options);
    await page.locator(settled).first().waitFor({ timeout: 30_000 });
    await live(page);
    await shoot(page, name);
  }
});

test("screenshots: a firing of the schedule", { timeout: 200_000 }, async (t) => {
  const own = await ownServer(t, { WATCHME_SCHEDULE: "*/10 * * * * *", WATCHME_LOOK_BACK_HOURS: "100000", WATCHME_SKIP_HOURS: "23-05" });
  const page = await visit(t, `${own.url}/ui#/schedule`);
  const firing = page.locator(".firing").filter({ has: page.locator(".state-name.finished") });
  await firing.first().waitFor({ timeout: 150_000 });
  await firing.first().locator("summary").click();
  await shoot(page, "schedule");
});

async function shoot(page, name) {
  await page.evaluate(() => document.fonts.ready);
  const picture = await page.screenshot({ path: path.join(folder, `${name}.png`), animations: "disabled" });
  assert.ok(picture.length <= LARGEST, `${name}: ${picture.length} bytes`);
}
