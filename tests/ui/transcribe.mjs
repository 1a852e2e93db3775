// The drop zone.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { FAILED_REQUEST, visit } from "./harness/browser.mjs";
import { root } from "./harness/tools.mjs";
import { server } from "./harness/world.mjs";

const clip = path.join(root, "models/recordings/ja-01.wav");

test("transcribe: a chosen file becomes text, and files of it", async (t) => {
  const page = await visit(t, `${server.url}/ui#/transcribe`);
  await page.locator("#file").setInputFiles(clip);
  await page.locator("article blockquote", { hasText: "今朝四十分歩きました。" }).waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download as srt" }).click()]);
  assert.equal(download.suggestedFilename(), "ja-01.srt");
  assert.match(fs.readFileSync(await download.path(), "utf8"), /^1\n00:00:\d\d,\d{3} --> 00:00:\d\d,\d{3}\n今朝/);
});

test("transcribe: a dropped file too", async (t) => {
  const page = await visit(t, `${server.url}/ui#/transcribe`);
  await page.locator(".zone").waitFor();
  const bytes = fs.readFileSync(clip).toString("base64");
  await page.evaluate(async (content) => {
    const transfer = new DataTransfer();
    const raw = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    transfer.items.add(new File([raw], "dropped.wav", { type: "audio/wav" }));
    document.querySelector(".zone").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, bytes);
  await page.getByRole("heading", { name: "dropped.wav" }).waitFor();
});

test("transcribe: a file that is no audio is refused in words", async (t) => {
  const page = await visit(t, `${server.url}/ui#/transcribe`, { forgive: FAILED_REQUEST });
  await page.locator("#file").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no audio at all\n") });
  await page.locator(".state.trouble").waitFor();
  assert.match(await page.locator(".state.trouble .what").textContent(), /audio/);
});
