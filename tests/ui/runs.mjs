// Runs, watched as they go on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { live, median, visit } from "./harness/browser.mjs";
import { BLOCKS, DAY, DEVICE, WAITING_DAY } from "./harness/fleet.mjs";
import { ownServer } from "./harness/world.mjs";

/** The promise: an event shows this long after it happened, in milliseconds. */
const SHOWN = 1000;

/** Notes when the page first shows each state of each run. */
function watchStates(page) {
  return page.evaluate(() => {
    globalThis.shown = {};
    const look = () => {
      for (const card of document.querySelectorAll("[data-run]")) globalThis.shown[`${card.dataset.run} ${card.dataset.state}`] ??= Date.now();
    };
    new MutationObserver(look).observe(document.getElementById("main"), { subtree: true, childList: true, attributes: true });
    look();
  });
}

test("runs: a day from start to end, watched on the day and in the list", async (t) => {
  const own = await ownServer(t);
  const day = await visit(t, `${own.url}/ui#/devices/${DEVICE}/${WAITING_DAY}`);
  const list = await visit(t, `${own.url}/ui#/runs`);
  await day.locator(".timeline").waitFor();
  await live(day);
  await live(list);
  assert.equal(await day.locator('.timeline [data-look="pending"]').count(), 5);
  await day.evaluate(() => {
    globalThis.looks = new Set();
    const note = () => {
      for (const cell of document.querySelectorAll('.timeline [data-look="running"]')) globalThis.looks.add(cell.querySelector(".percent")?.textContent ?? "running");
    };
    new MutationObserver(note).observe(document.querySelector(".timeline"), { subtree: true, childList: true, attributes: true });
  });
  await watchStates(list);
  await day.getByRole("button", { name: "Transcribe waiting recordings" }).click();
  await list.locator(".run.finished").waitFor({ timeout: 60_000 });
  await day.locator('.timeline [data-look="failed"]').waitFor();
  await day.waitForFunction(() => document.querySelectorAll('.timeline [data-look="text"]').length === 3);
  assert.equal(await day.locator('.timeline [data-look="silent"]').count(), 1);
  const looks = await day.evaluate(() => [...globalThis.looks]);
  assert.ok(looks.some((look) => look.endsWith("%")), `a percentage was shown: ${looks}`);

  const { runs } = await own.ask("v1/runs");
  const [run] = runs;
  const shown = await list.evaluate(() => globalThis.shown);
  const late = shown[`${run.id} finished`] - new Date(run.ended_at).getTime();
  t.diagnostic(`the end of a run shows after ${late} ms`);
  assert.ok(late <= SHOWN, `${late} ms`);
  assert.match(await list.locator(`[data-run="${run.id}"] .run-facts`).textContent(), /4 of 5 done, 1 failed/);
  await list.locator(`[data-run="${run.id}"]`).getByRole("link", { name: "Details" }).click();
  await list.locator("table.log tbody tr").nth(4).waitFor();
  await list.locator("table.log").getByText("failed").waitFor();
});

test(`runs: an event shows within ${SHOWN} ms`, async (t) => {
  const own = await ownServer(t);
  const page = await visit(t, `${own.url}/ui#/runs`);
  await live(page);
  await watchStates(page);
  const late = [];
  for (const date of ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04", "2025-07-05"]) {
    const { id } = await own.post("v1/runs", { device_id: DEVICE, date });
    await page.locator(`[data-run="${id}"][data-state="finished"]`).waitFor();
    const { ended_at } = await own.ask(`v1/runs/${id}`);
    const shown = await page.evaluate((of) => globalThis.shown[`${of} finished`], id);
    late.push(shown - new Date(ended_at).getTime());
  }
  t.diagnostic(`an event shows ${median(late)} ms after it happened (median of ${late.length}: ${late.join(", ")})`);
  assert.ok(median(late) <= SHOWN, late.join(", "));
});

test("runs: start by the form, and cancel", async (t) => {
  const own = await ownServer(t);
  const page = await visit(t, `${own.url}/ui#/runs`);
  await live(page);
  await page.getByText("No run is in progress").waitFor();
  const form = page.getByRole("form", { name: "Transcribe a day" });
  await form.getByLabel("Device").fill("kitchen");
  await form.getByLabel("Local date").fill(WAITING_DAY);
  await form.getByRole("button", { name: "Start" }).click();
  const going = page.locator(".run.running, .run.waiting");
  await going.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Cancelling. Saved results are kept").waitFor();
  await page.locator(".run.cancelled").waitFor();
  const [run] = (await own.ask("v1/runs")).runs;
  assert.equal(run.state, "cancelled");
  assert.equal(run.request.device_id, "kitchen");
});

test("runs: a mistake in the form is told in the words of the service", async (t) => {
  const own = await ownServer(t);
  const page = await visit(t, `${own.url}/ui#/runs`, { forgive: /Failed to load resource/ });
  const form = page.getByRole("form", { name: "Transcribe a day" });
  await form.getByLabel("Device").fill(DEVICE);
  await form.getByLabel("Local date").fill(DAY);
  await form.getByLabel("Half hours").fill("99-99");
  await form.getByRole("button", { name: "Start" }).click();
  await page.locator(".note.trouble").waitFor();
  assert.match(await page.locator(".note.trouble").textContent(), /99-99|HH-MM/);
});

test("runs: what was given up is done again", async (t) => {
  const own = await ownServer(t);
  const page = await visit(t, `${own.url}/ui#/runs`);
  await live(page);
  const form = page.getByRole("form", { name: "Retry failed" });
  await form.getByLabel("Device").fill(DEVICE);
  await form.getByRole("button", { name: "Retry" }).click();
  await page.getByText("1 recording is waiting again, 0 left").waitFor();
  await page.locator(".run.finished").waitFor();
});

test("runs: one recording again, from its half hour", async (t) => {
  const own = await ownServer(t);
  const page = await visit(t, `${own.url}/ui#/devices/${DEVICE}/${DAY}/${BLOCKS.speech}`);
  await live(page);
  await page.getByRole("button", { name: "Transcribe again" }).click();
  await page.getByText("Started").waitFor();
  await page.goto(`${own.url}/ui#/runs`);
  await page.locator(".run.finished", { hasText: "8:30" }).waitFor();
});
