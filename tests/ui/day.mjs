// The view of a day.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { median, PHONE, visit } from "./harness/browser.mjs";
import { BLOCKS, DAY, DEVICE, MARKUP, MARKUP_BLOCK } from "./harness/fleet.mjs";
import { server } from "./harness/world.mjs";

/** The promise: a day can be used this long after its response, in milliseconds. Of several loads the middle one counts: the machine may be busy. */
const INTERACTIVE = 200;
const LOADS = 7;

const dayUrl = (block) => `${server.url}/ui#/devices/${DEVICE}/${DAY}${block === undefined ? "" : `/${block}`}`;
const cell = (page, block) => page.locator(`.timeline a[href$="/${block}"]`);

async function openDay(t, block, options) {
  const page = await visit(t, dayUrl(block), options);
  await page.locator(".timeline").waitFor();
  return page;
}

test("day: 48 half hours, each with its look", async (t) => {
  const page = await openDay(t);
  assert.equal(await page.locator(".timeline .cell").count(), 48);
  const { slots } = await server.ask(`v1/devices/${DEVICE}/days/${DAY}`);
  const texts = slots.filter((slot) => slot.state === "text");
  assert.equal(await page.locator('.timeline [data-look="text"]').count(), texts.length);
  for (const [look, block] of [["text", BLOCKS.speech], ["silent", BLOCKS.silent], ["none", BLOCKS.missing], ["quarantined", BLOCKS.quarantined], ["failed", BLOCKS.failed], ["pending", BLOCKS.pending]]) {
    assert.equal(await cell(page, block).getAttribute("data-look"), look, block);
  }
  assert.match(await cell(page, BLOCKS.silent).getAttribute("aria-label"), /^10:30–11:00: nobody spoke$/);
  assert.equal(await page.locator(".transcript .said").count(), texts.length);
  await page.getByText("Days and half hours are in the device's local time").waitFor();
  const counted = await page.locator(".legend li", { hasText: "quarantined" }).locator("b").textContent();
  assert.equal(counted, "1");
});

test("day: looks differ in shape, not in colour alone", async (t) => {
  const page = await openDay(t);
  const shapes = await page.locator(".legend svg").evaluateAll((all) => all.map((one) => [...one.children].map((child) => `${child.tagName} ${child.getAttribute("d") ?? child.getAttribute("r") ?? child.getAttribute("width")} ${child.getAttribute("class")}`).join()));
  assert.equal(new Set(shapes).size, 7);
});

test("day: a transcript that looks like markup is text", async (t) => {
  const page = await visit(t, `${server.url}/ui#/devices/kitchen/${DAY}/${MARKUP_BLOCK}`);
  await page.locator(".pane blockquote").waitFor();
  assert.equal(await page.locator(".pane blockquote").textContent(), MARKUP);
  assert.equal(await page.locator(`.transcript [data-blocks="${MARKUP_BLOCK}"] .words`).textContent(), MARKUP);
  assert.equal(await page.locator("main img, main script, main b:not(.legend b):not(.badge b)").count(), 0);
  assert.match(await page.title(), /^Friday/);
});

test("day: by keyboard alone", async (t) => {
  const page = await openDay(t);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  assert.match(page.url(), new RegExp(`${DAY}$`));
  for (let press = 0; press < 30 && !(await page.evaluate(() => document.activeElement.matches(".timeline a"))); press += 1) await page.keyboard.press("Tab");
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("href")?.split("/").at(-1));
  assert.equal(await focused(), "00-00");
  for (let press = 0; press < 17; press += 1) await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "08-30");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
  await page.keyboard.press("Enter");
  await page.locator(".pane h2", { hasText: "08:30–09:00" }).waitFor();
  assert.equal(await focused(), "08-30");
  await page.keyboard.press("Escape");
  await page.locator(".pane.idle").waitFor();
  assert.equal(await focused(), "08-30");
  await page.keyboard.press("End");
  assert.equal(await focused(), "23-30");
  await page.keyboard.press("PageUp");
  await page.getByRole("heading", { name: "Thursday, July 17, 2025" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
});

test("day: previous and next, the month, and a reload", async (t) => {
  const page = await openDay(t, BLOCKS.speech);
  await page.getByRole("link", { name: "Next day" }).click();
  await page.getByRole("heading", { name: "Saturday, July 19, 2025" }).waitFor();
  await page.goBack();
  await page.locator(".pane h2", { hasText: "08:30–09:00" }).waitFor();
  await page.reload();
  await page.locator(".pane h2", { hasText: "08:30–09:00" }).waitFor();
  const days = page.locator(".days a");
  await days.first().waitFor();
  assert.equal(await days.count(), 31);
  const { days: counted } = await server.ask(`v1/devices/${DEVICE}/months/2025-07`);
  const tenth = counted[9];
  assert.match(await days.nth(9).getAttribute("title"), new RegExp(`${tenth.text} with text, ${tenth.silent} where nobody spoke`));
  await page.getByRole("button", { name: "Previous month" }).click();
  await page.getByRole("heading", { name: "June 2025" }).waitFor();
  await page.getByRole("button", { name: "Next month" }).click();
  await days.nth(9).click();
  await page.getByRole("heading", { name: "Thursday, July 10, 2025" }).waitFor();
});

test("day: copy and download", async (t) => {
  const page = await openDay(t);
  await page.locator(".day-head").getByRole("button", { name: "Copy" }).click();
  await page.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^06:30 {2}今朝四十分歩きました。$/m);
  for (const [format, begins] of [["txt", /06:30 {2}今朝/], ["srt", /^1\r?\n06:30:0\d,\d{3} --> /], ["vtt", /^WEBVTT/], ["json", /^\{"device_id":"living-room"/]]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: `Download as ${format}` }).click()]);
    assert.equal(download.suggestedFilename(), `${DEVICE}_${DAY}.${format}`);
    assert.match(fs.readFileSync(await download.path(), "utf8"), begins, format);
  }
});

test("day: one without recordings says so", async (t) => {
  const page = await visit(t, `${server.url}/ui#/devices/${DEVICE}/2025-07-06`);
  await page.getByText("No recording on this day").waitFor();
  assert.equal(await page.getByRole("button", { name: "Transcribe waiting recordings" }).isDisabled(), true);
});

test("day: on a phone nothing is cut off", async (t) => {
  const page = await openDay(t, BLOCKS.speech, { size: PHONE });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
  await cell(page, BLOCKS.silent).tap();
  await page.locator(".pane h2", { hasText: "10:30–11:00" }).waitFor();
});

test("day: on a phone a half hour opens in view, wherever it was tapped", async (t) => {
  const page = await openDay(t, undefined, { size: PHONE });
  const heading = page.locator(".pane h2");
  const inView = async (what) => {
    const { y, height } = await heading.boundingBox();
    assert.ok(y >= 0 && y + height <= PHONE.height, `${what}: ${y} px`);
  };
  const last = page.locator(".transcript .at").last();
  await last.tap();
  await heading.waitFor();
  await inView("the end of the transcript");
  await page.reload();
  await heading.waitFor();
  await inView("its address");
  await cell(page, BLOCKS.speech).tap();
  await page.locator(".pane h2", { hasText: "08:30–09:00" }).waitFor();
  await inView("the line");
});

test("day: the arc of one in progress turns on its ring", async (t) => {
  const page = await openDay(t);
  const apart = await page.evaluate(async () => {
    const { lookIcon } = await import(new URL("ui/parts/icons.js", document.baseURI).href);
    const icon = document.querySelector("main").appendChild(lookIcon("running"));
    const middle = (name) => {
      const { x, y, width, height } = icon.querySelector(name).getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    };
    const found = [];
    for (let look = 0; look < 5; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const [ring, arc] = [middle(".track"), middle(".arc")];
      found.push(Math.hypot(ring[0] - arc[0], ring[1] - arc[1]));
    }
    return Math.max(...found);
  });
  assert.ok(apart < 0.5, `${apart} px`);
});

test("day: an error is told in the words of the service, and can be tried again", async (t) => {
  const page = await visit(t, `${server.url}/ui`, { forgive: /Failed to load resource/ });
  await page.locator("table.devices").waitFor();
  await page.route("**/v1/devices/*/days/*", (route) => route.fulfill({ status: 500, json: { detail: "x", message: "the database `watchme` cannot be read" } }));
  await page.goto(dayUrl());
  await page.locator(".state.trouble code", { hasText: "watchme" }).waitFor();
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".timeline").waitFor();
});

test(`day: it can be used ${INTERACTIVE} ms after its response`, async (t) => {
  const page = await openDay(t);
  const took = [];
  for (let load = 0; load < LOADS; load += 1) {
    await page.reload();
    await page.waitForFunction(() => performance.getEntriesByName("day").length > 0);
    took.push(await page.evaluate(() => performance.getEntriesByName("day")[0].duration));
  }
  t.diagnostic(`a day is interactive ${median(took).toFixed(0)} ms after its response (median of ${LOADS}: ${took.map((one) => one.toFixed(0)).join(", ")})`);
  assert.ok(median(took) <= INTERACTIVE, `${median(took)} ms`);
});
