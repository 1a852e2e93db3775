// Health, cost and schedule.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visit } from "./harness/browser.mjs";
import { DAY, DEVICE } from "./harness/fleet.mjs";
import { ownServer, server } from "./harness/world.mjs";

const tile = (page, name) => page.locator(".tiles div", { has: page.getByText(name, { exact: true }) }).locator("dd").first().textContent();

test("health: how it stands, charts with their tables, and the surroundings", async (t) => {
  const own = await ownServer(t);
  await own.post("fetch-and-transcribe", { device_id: DEVICE, date: DAY });
  const page = await visit(t, `${own.url}/ui#/health`);
  await page.locator(".charts .figure").first().waitFor();
  const history = await own.ask("v1/health/history");
  assert.equal(await tile(page, "Version"), history.version);
  assert.equal(await tile(page, "Model"), "synth-tiny");
  assert.equal(await tile(page, "Waiting"), String(history.backlog));
  assert.match(await tile(page, "Memory"), /MB|GB/);
  assert.equal(await page.locator(".charts .figure").count(), 6);
  const rtf = page.locator(".figure", { hasText: "RTF" });
  await rtf.locator("summary").click();
  assert.ok((await rtf.locator("tbody tr").count()) >= 1);
  assert.ok((await page.locator(".checks li.pass").count()) >= 5);
});

test("cost: what a month took, and what it cost", async (t) => {
  const page = await visit(t, `${server.url}/ui#/cost/2025-07`);
  await page.locator(".tiles").first().waitFor();
  const cost = await server.ask("v1/costs/2025-07");
  assert.equal(await tile(page, "Recordings"), String(cost.recordings));
  assert.match(await tile(page, "Cost"), /^\$0\.\d+$/);
  assert.match(await tile(page, "Median RTF"), /^\d+\.\d{3}$/);
  await page.getByRole("link", { name: "Next month" }).click();
  await page.getByText("No recordings were transcribed in this month").waitFor();
});

test("schedule: when it fires next, and what it did", async (t) => {
  const own = await ownServer(t, { WATCHME_SCHEDULE: "* * * * * *", WATCHME_LOOK_BACK_HOURS: "24" });
  const page = await visit(t, `${own.url}/ui#/schedule`);
  await page.locator(".tiles").waitFor();
  assert.equal(await tile(page, "Schedule"), "* * * * * *");
  await page.locator(".firing").first().waitFor({ timeout: 30_000 });
  await page.locator(".firing summary").first().click();
  await page.getByText("ended at").first().waitFor();
});

test("schedule: where there is none it says so", async (t) => {
  const own = await ownServer(t);
  const page = await visit(t, `${own.url}/ui#/schedule`);
  await page.getByText("No schedule is set").waitFor();
});
