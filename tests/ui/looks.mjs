// Languages, themes, sizes and accessibility of every view.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessible, FAILED_REQUEST, live, PHONE, visit } from "./harness/browser.mjs";
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

/** Words in Latin letters that are names in Japanese too. */
const NAMES = new Set(
  ("watchme English API CPU RTF ID MB GB Hz WAV MP MP3 M4A AAC MP4 FLAC Ogg Opus Vorbis WebM Supabase SQLite S3 SQL UTC Whisper ggml Wave64 synth tiny dBFS ms min json txt srt vtt " +
    "living room kitchen bedroom odd quoted audio cron files Asia Tokyo").split(" "),
);

/** English on the page: of every text, also behind a click and in the names of controls. What is code is a name, and what was said is data. */
async function english(page) {
  const texts = await page.evaluate(() => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    const isData = (node) => node.closest("code, blockquote, .words, .text, .transcript p, script, style, noscript, option, kbd, [lang=en]:not(html)") !== null;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) if (!isData(walker.currentNode.parentElement)) found.push(walker.currentNode.data);
    for (const one of document.querySelectorAll("[aria-label], [title], [placeholder]")) found.push(...["aria-label", "title", "placeholder"].map((name) => one.getAttribute(name) ?? ""));
    return { found, foreign: document.querySelectorAll('body [lang=en]:not([data-focus="language"])').length };
  });
  assert.equal(texts.foreign, 0, "nothing is shown as English");
  const plain = texts.found.map((text) => text.replace(/\S*[/.@_]\S*|[\d:]+[a-z]*|Show in English/gi, " "));
  return plain.filter((text) => (text.match(/[A-Za-z]{2,}/g) ?? []).some((word) => !NAMES.has(word)));
}

test("looks: nothing on the Japanese page is English but names, also behind every click", async (t) => {
  const page = await visit(t, `${server.url}/ui`, { language: "ja-JP" });
  for (const [name, [hash, settled]] of Object.entries(VIEWS)) {
    await page.goto(`${server.url}/ui${hash}`);
    await page.locator(settled).first().waitFor();
    assert.deepEqual(await english(page), [], name);
  }
});

test("looks: whatever checks find is told in Japanese", async (t) => {
  const page = await visit(t, `${server.url}/ui`, { language: "ja-JP" });
  const fail = (subject, finding, mend) => ({ subject, verdict: "fail", finding, mend });
  const checks = [
    fail("Supabase at `example.supabase.co`", "answers with status 503, code `PGRST000`: could not connect", "look at the project's status and its logs; it may pass"),
    fail("disk", "no space left for the database (No space left on device (os error 28))", "free some space on its disk"),
    fail("model `base`", "the model file `/models/ggml-base.bin` is unusable: it is truncated", "delete the file and run `watchme models pull base`"),
    fail("source", "no answer within 5 s", "see `watchme doctor` for what hangs"),
    fail("recordings folder", "`/srv/recordings`: Permission denied (os error 13)", "create the folder, or mount it, and let this user read it"),
    fail("table `audio_files`", "something that no version says yet", "ask somebody"),
  ];
  await page.route("**/ready", (route) => route.fulfill({ json: { ok: false, checks } }));
  await page.goto(`${server.url}/ui#/health`);
  const shown = page.locator(".checks li");
  await shown.first().waitFor();
  assert.deepEqual(await english(page), []);
  for (const [at, words] of [[0, "プロジェクトの状態とログ"], [1, "空き容量がありません"], [2, "途中で切れています"], [3, "5 秒以内に応答がありませんでした"], [4, "アクセスが許可されていません"], [5, "ログ"]]) {
    assert.match(await shown.nth(at).innerText(), new RegExp(words));
  }
});

test("looks: reasons of the service are told in Japanese wherever they are shown", async (t) => {
  const page = await visit(t, `${server.url}/ui`, { language: "ja-JP" });
  await page.goto(`${server.url}/ui#/devices/${DEVICE}/${DAY}/${BLOCKS.quarantined}`);
  const why = page.locator(".pane .why").first();
  await why.getByText("ファイルはテキストです").waitFor();
  assert.deepEqual(await english(page), []);
  const { runs } = await server.ask("v1/runs");
  for (const run of runs.slice(0, 3)) {
    await page.goto(`${server.url}/ui#/runs/${run.run_id}`);
    await page.locator(".state, .runs, main h1").first().waitFor();
    assert.deepEqual(await english(page), [], run.run_id);
  }
});

test("looks: a refusal of the service is told in Japanese", async (t) => {
  const page = await visit(t, `${server.url}/ui#/runs`, { language: "ja-JP", forgive: FAILED_REQUEST });
  const form = page.locator("form", { hasText: "1日を文字起こし" });
  await form.waitFor();
  for (const [message, words] of [["64 other runs are waiting already; ask again later", "ほかに 64 件"], ["body.date: Field required", "受け付けませんでした"]]) {
    await page.route("**/v1/runs", (route) => (route.request().method() === "POST" ? route.fulfill({ status: 503, json: { detail: message, message } }) : route.fallback()));
    await form.locator("input").first().fill(DEVICE);
    await form.locator("input[type=date]").fill(DAY);
    await form.locator("button").click();
    await page.locator("#note").getByText(words).waitFor();
    assert.deepEqual(await english(page), [], message);
  }
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
