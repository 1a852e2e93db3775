// The rules of the page, each by table, in the browser that they are written for.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visit } from "./harness/browser.mjs";
import { server } from "./harness/world.mjs";

test("each look of a half hour follows from what the service says", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  const slot = (more) => ({ state: "waiting", status: "pending", text: null, reason: null, work: null, ...more });
  const cases = [
    ["text", slot({ state: "text", status: null, text: "a" })],
    ["silent", slot({ state: "silent", status: null })],
    ["none", slot({ state: "no_recording", status: null })],
    ["pending", slot({})],
    ["pending", slot({ work: { phase: "due" } })],
    ["running", slot({ work: { phase: "running" } })],
    ["failed", slot({ work: { phase: "backing_off" } })],
    ["failed", slot({ work: { phase: "due" }, reason: "it was cut off" })],
    ["failed", slot({ status: "failed" })],
    ["failed", slot({ reason: "no object" })],
    ["quarantined", slot({ status: "failed", reason: "no audio", work: { phase: "quarantined" } })],
  ];
  const found = await page.evaluate(async (slots) => {
    const { glance } = await import(new URL("ui/glance.js", document.baseURI).href);
    return slots.map((one) => glance(one, undefined).look);
  }, cases.map(([, one]) => one));
  assert.deepEqual(found, cases.map(([look]) => look));
});

test("of what a worker has claimed only one half hour is in progress", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  const slot = (time_block, worker, minute) => ({ time_block, state: "waiting", status: "pending", text: null, reason: null, work: { phase: "running", worker, claimed_at: `2025-07-18T01:0${minute}:00.000Z` } });
  const slots = [slot("08-00", "one", 2), slot("08-30", "one", 1), slot("09-00", "one", 3), slot("09-30", "two", 4)];
  const found = await page.evaluate(async (all) => {
    const { glances } = await import(new URL("ui/glance.js", document.baseURI).href);
    const looks = (progress) => glances(all, new Map(progress)).map((one) => one.look);
    return [looks([]), looks([["09-00", 0.5]])];
  }, slots);
  assert.deepEqual(found, [["pending", "running", "pending", "running"], ["pending", "pending", "running", "running"]]);
});

test("a run tells how far a half hour is", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  const run = (file, done, total, state = "running") => ({ id: "1", state, request: {}, progress: { recordings: 2, completed: 1, failed: 0, current: { file, seconds_done: done, seconds_total: total } } });
  const runs = [run("files/d/2025-07-18/08-00/audio.wav", 15, 60), run("files/d/2025-07-18/09-00/audio.wav", 5, null), run("files/d/2025-07-19/10-00/audio.wav", 1, 2), run("files/e/2025-07-18/11-00/audio.wav", 1, 2)];
  const found = await page.evaluate(async (all) => {
    const { progressOf, runFraction, placeOf } = await import(new URL("ui/glance.js", document.baseURI).href);
    return { places: [...progressOf(all, "d", "2025-07-18")], whole: runFraction(all[0]), odd: placeOf("audio.wav") };
  }, runs);
  assert.deepEqual(found, { places: [["08-00", 0.25], ["09-00", null]], whole: 0.625, odd: null });
});

test("days, months and half hours are counted without any time zone", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  const found = await page.evaluate(async () => {
    const { addDays, addMonths, blockSpan, isDate } = await import(new URL("ui/calendar.js", document.baseURI).href);
    return [addDays("2024-02-28", 1), addDays("2025-01-01", -1), addMonths("2025-12", 1), addMonths("2025-03", -1), blockSpan("23-30"), blockSpan("08-00"), blockSpan("08-17"), isDate("2025-02-30"), isDate("2025-07-18")];
  });
  assert.deepEqual(found, ["2024-02-29", "2024-12-31", "2026-01", "2025-02", "23:30–24:00", "08:00–08:30", "08:17", false, true]);
});

test("subtitles have their times and no markup", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  const found = await page.evaluate(async () => {
    const { cues } = await import(new URL("ui/parts/subtitles.js", document.baseURI).href);
    const segments = [{ start: 0, end: 1.5, text: " a <b> & c " }, { start: 3661.042, end: 3662, text: "d" }];
    return [cues(segments, "srt"), cues(segments, "vtt")];
  });
  assert.deepEqual(found, [
    "1\n00:00:00,000 --> 00:00:01,500\na <b> & c\n\n2\n01:01:01,042 --> 01:01:02,000\nd\n",
    "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\na &lt;b&gt; &amp; c\n\n01:01:01.042 --> 01:01:02.000\nd\n",
  ]);
});

test("both languages say everything, with the same values in it", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  const words = await page.evaluate(async () => {
    const load = async (name) => (await import(new URL(`ui/i18n/${name}.js`, document.baseURI).href)).default;
    return { en: await load("en"), ja: await load("ja") };
  });
  const values = (entry) => [...new Set(Object.values(typeof entry === "string" ? { other: entry } : entry).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
  assert.deepEqual(Object.keys(words.ja), Object.keys(words.en));
  for (const [key, entry] of Object.entries(words.en)) assert.deepEqual(values(words.ja[key]), values(entry), key);
});
