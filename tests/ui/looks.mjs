// Languages, themes, sizes and accessibility of every view.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessible, live, PHONE, visit } from "./harness/browser.mjs";
import { BLOCKS, DAY, DEVICE, WAITING_DAY } from "./harness/fleet.mjs";
import { server } from "./harness/world.mjs";

const VIEWS = {
  devices: ["#/devices", "table.devices"],
  day: [`#/devices/${DEVICE}/${DAY}`, ".days a"],
  slot: [`#/devices/${DEVICE}/${DAY}/${BLOCKS.speech}`, ".pane .recording"],
  quarantined: [`#/devices/${DEVICE}/${DAY}/${BLOCKS.quarantined}`, ".pane .recording"],
  waiting: [`#/devices/${DEVICE}/${WAITING_DAY}`, ".timeline"],
  runs: ["#/runs", ".runs .state"],
  schedule: ["#/schedule", ".tiles"],
  health: ["#/health", ".checks"],
  cost: ["#/cost/2025-07", ".tiles"],
  transcribe: ["#/transcribe", ".zone"],
  lost: ["#/nowhere", ".state"],
};

for (const dark of [false, true]) {
  test(`looks: axe-core finds nothing serious in any view, ${dark ? "dark" : "light"}`, async (t) => {
    const page = await visit(t, `${server.url}/ui`, { dark });
    await live(page);
    for (const [name, [hash, settled]] of Object.entries(VIEWS)) {
      await page.goto(`${server.url}/ui${hash}`);
      await page.locator(settled).first().waitFor();
      await accessible(page, name);
    }
  });
}

test("looks: on a phone no view is wider than the screen, in either language", async (t) => {
  for (const language of ["en-US", "ja-JP"]) {
    const page = await visit(t, `${server.url}/ui`, { size: PHONE, language });
    for (const [name, [hash, settled]] of Object.entries(VIEWS)) {
      await page.goto(`${server.url}/ui${hash}`);
      await page.locator(settled).first().waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width, `${name} ${language}`);
    }
    await accessible(page, `a phone, ${language}`);
  }
});

test("looks: the language of the browser, another by choice, and the choice is kept", async (t) => {
  const page = await visit(t, `${server.url}/ui`, { language: "ja-JP" });
  await page.getByRole("heading", { name: "デバイス" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "ja");
  await page.getByRole("button", { name: "Show in English" }).click();
  await page.getByRole("heading", { name: "Devices" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.focus), "language");
  await page.reload();
  await page.getByRole("heading", { name: "Devices" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
});

test("looks: no word is missing in Japanese", async (t) => {
  const page = await visit(t, `${server.url}/ui`, { language: "ja-JP" });
  for (const [hash, settled] of Object.values(VIEWS)) {
    await page.goto(`${server.url}/ui${hash}`);
    await page.locator(settled).first().waitFor();
    const text = await page.locator("body").innerText();
    assert.doesNotMatch(text, /\b(look|day|slot|runs|health|cost|devices|month)\.[a-z]+/, hash);
    assert.doesNotMatch(text, /undefined|null|NaN|\[object/, hash);
  }
});

test("looks: checks and reasons are told in Japanese, with the original behind a click", async (t) => {
  const page = await visit(t, `${server.url}/ui#/health`, { language: "ja-JP" });
  const check = page.locator(".checks li", { hasText: "テーブル vibe_whisper" });
  await check.waitFor();
  for (const text of await page.locator(".checks li").allInnerTexts()) assert.doesNotMatch(text.replace(/\S+\.\S+|[a-z]+_\w+|synth-tiny|Supabase/g, ""), /[a-z]{3}/, text);
  await check.locator("summary").click();
  assert.equal(await check.locator("details p").first().getAttribute("lang"), "en");
  await page.goto(`${server.url}/ui#/devices/${DEVICE}/${DAY}/${BLOCKS.quarantined}`);
  const why = page.locator(".pane .why").first();
  await why.getByText("読み取れる音声ではありません").waitFor();
  assert.doesNotMatch(await why.innerText(), /[a-z]{3}/);
});

test("looks: themes are those of the system until one is chosen", async (t) => {
  const page = await visit(t, `${server.url}/ui`, { dark: true });
  await page.locator("table.devices").waitFor();
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await paper();
  await page.getByRole("button", { name: /^Theme/ }).click();
  const light = await paper();
  assert.notEqual(light, dark);
  await page.reload();
  await page.locator("table.devices").waitFor();
  assert.equal(await paper(), light);
  await page.getByRole("button", { name: /^Theme/ }).click();
  assert.equal(await paper(), dark);
});

test("looks: who wants no motion gets none", async (t) => {
  const page = await visit(t, `${server.url}/ui#/devices/${DEVICE}/${DAY}`, { motion: "reduce" });
  await page.locator(".timeline").waitFor();
  const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((one) => getComputedStyle(one).animationName !== "none" || getComputedStyle(one).transitionDuration !== "0s").length);
  assert.equal(moving, 0);
});

test("looks: every control has a name, and every view one first heading", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  for (const [hash, settled] of Object.values(VIEWS)) {
    await page.goto(`${server.url}/ui${hash}`);
    await page.locator(settled).first().waitFor();
    assert.equal(await page.locator("h1").count(), 1, hash);
    assert.equal(await page.locator("main, nav, header").count(), 3, hash);
  }
});
