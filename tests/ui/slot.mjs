// The pane of one half hour.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visit } from "./harness/browser.mjs";
import { BLOCKS, DAY, DEVICE } from "./harness/fleet.mjs";
import { server } from "./harness/world.mjs";

async function open(t, block, options) {
  const page = await visit(t, `${server.url}/ui#/devices/${DEVICE}/${DAY}/${block}`, options);
  await page.locator(".pane .recording").first().waitFor();
  return page;
}

const fact = (page, name) => page.locator(".pane .facts div", { has: page.getByText(name, { exact: true }) }).locator("dd").textContent();

test("slot: text, segments and what was measured", async (t) => {
  const page = await open(t, BLOCKS.speech);
  const { text, recordings } = await server.ask(`v1/devices/${DEVICE}/days/${DAY}/${BLOCKS.speech}`);
  const { kept } = recordings[0];
  assert.equal(await page.locator(".pane blockquote").textContent(), text);
  assert.equal(await page.locator(".pane section .segments > li").count(), kept.segments.filter((segment) => segment.removed === null).length);
  assert.match(await page.locator(".segments .place").first().textContent(), /^\d:\d\d–\d:\d\d$/);
  assert.equal(await fact(page, "Model"), "synth-tiny");
  assert.match(await fact(page, "Loudest second"), /^-\d+\.\d dBFS$/);
  assert.match(await fact(page, "Speech"), /sec$/);
  assert.match(await fact(page, "RTF"), /^\d\.\d{3}$/);
  assert.equal(await fact(page, "File"), recordings[0].file);
});

test("slot: why there is no text", async (t) => {
  const page = await open(t, BLOCKS.silent);
  await page.getByText("It was too quiet for speech").waitFor();
  const { recordings } = await server.ask(`v1/devices/${DEVICE}/days/${DAY}/${BLOCKS.silent}`);
  assert.equal(await page.locator(".pane .why .reason").textContent(), recordings[0].kept.explanation.replaceAll("`", ""));
});

test("slot: what was left out is behind a click", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  const where = `**/v1/devices/*/days/*/${BLOCKS.silent}`;
  await page.route(where, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    body.recordings[0].kept.finding = "all_removed";
    body.recordings[0].kept.segments = [{ start_seconds: 61, end_seconds: 62.5, text: "ご視聴ありがとうございました", confidence: 0.31, no_speech: 0.9, removed: { reason: "stock_phrase", explanation: "a stock phrase" } }];
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto(`${server.url}/ui#/devices/${DEVICE}/${DAY}/${BLOCKS.silent}`);
  const left = page.locator(".removed");
  await left.waitFor();
  assert.equal(await left.getByText("ご視聴ありがとうございました").isVisible(), false);
  await left.locator("summary").click();
  assert.equal(await left.getByText("ご視聴ありがとうございました").isVisible(), true);
  await left.getByText("left out: a stock phrase that the model produces for noise").waitFor();
  assert.equal(await left.locator(".place").textContent(), "1:01–1:02");
});

test("slot: why an attempt failed, in the words of the service", async (t) => {
  const page = await open(t, BLOCKS.quarantined);
  await page.getByText("The file is not audio in a supported format").waitFor();
  assert.match(await page.locator(".pane .why .reason").textContent(), /supported are WAV/);
  assert.equal(await fact(page, "Attempts"), "1");
});

test("slot: no recording is normal", async (t) => {
  const page = await visit(t, `${server.url}/ui#/devices/${DEVICE}/${DAY}/${BLOCKS.missing}`);
  await page.getByText("The device was off or did not upload. This is normal.").waitFor();
});

test("slot: the recording plays, also from a segment", async (t) => {
  const page = await open(t, BLOCKS.speech);
  const audio = page.locator(".pane audio");
  assert.equal(await audio.evaluate((one) => one.readyState), 0, "nothing is fetched before somebody asks");
  await page.locator(".segments .place").first().click();
  await page.waitForFunction(() => document.querySelector(".pane audio").currentTime > 0.2);
  assert.ok((await audio.evaluate((one) => one.duration)) > 1);
  assert.equal(await audio.evaluate((one) => one.error), null);
});

test("slot: a recording that cannot be played says so", async (t) => {
  const page = await open(t, BLOCKS.quarantined, { forgive: /Failed to load resource|DEMUXER|decode/i });
  await page.locator(".pane audio").evaluate((one) => one.load());
  await page.getByText("The recording cannot be played").waitFor();
});
