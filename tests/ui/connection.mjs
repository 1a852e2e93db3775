// A connection that is lost, and the way back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FAILED_REQUEST, leave, live, visit } from "./harness/browser.mjs";
import { DEVICE, WAITING_DAY } from "./harness/fleet.mjs";
import { Proxy } from "./harness/proxy.mjs";
import { ownServer } from "./harness/world.mjs";

const LOST = new RegExp(`${FAILED_REQUEST.source}|net::ERR_|EventSource`);

test("connection: a lost connection is shown and comes back automatically, behind a prefix too", async (t) => {
  const own = await ownServer(t);
  const proxy = await Proxy.start(own, "/vibe-transcriber");
  t.after(() => leave(t).finally(() => proxy.cut()));
  const page = await visit(t, `${proxy.url}/ui#/devices/${DEVICE}/${WAITING_DAY}`, { forgive: LOST });
  await page.locator(".timeline").waitFor();
  await live(page);
  await proxy.cut();
  await page.locator('[data-connection="reconnecting"]', { hasText: "Reconnecting" }).waitFor();
  await own.post("v1/runs", { device_id: DEVICE, date: WAITING_DAY });
  await proxy.mend();
  await live(page);
  // What happened meanwhile is made up for.
  await page.waitForFunction(() => document.querySelectorAll('.timeline [data-look="text"]').length === 3, null, { timeout: 60_000 });
});

test("connection: a service that was killed is found again, and its old runs are gone", async (t) => {
  const own = await ownServer(t);
  const page = await visit(t, `${own.url}/ui#/runs`, { forgive: LOST });
  await live(page);
  const { id } = await own.post("v1/runs", { device_id: "kitchen", date: WAITING_DAY });
  await page.locator(`[data-run="${id}"][data-state="running"]`).waitFor();
  await own.stop("SIGKILL");
  await page.locator('[data-connection="reconnecting"]').waitFor();
  await own.start();
  await live(page);
  await page.locator(`[data-run="${id}"]`).waitFor({ state: "detached" });
  await page.getByText("No run is in progress").waitFor();
});

test("connection: a service that is away is told, and its answer is shown when it is back", async (t) => {
  const own = await ownServer(t);
  const page = await visit(t, `${own.url}/ui`, { forgive: LOST });
  await page.locator("table.devices").waitFor();
  await own.stop("SIGKILL");
  await page.goto(`${own.url}/ui#/cost/2025-07`);
  await page.getByText("The service cannot be reached").first().waitFor();
  await own.start();
  await page.locator(".tiles").first().waitFor();
  assert.match(await page.title(), /^July 2025/);
});
