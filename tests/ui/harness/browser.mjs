// Debian's Chromium, and pages that do not forgive: an error in the console fails the test.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { axeSource, chromium, root } from "./tools.mjs";

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"];

export const SIZE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

let browser = null;

export async function launch() {
  browser = await chromium.launch({ executablePath: process.env.WATCHME_CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
}

export async function close() {
  await browser?.close();
}

/** What the browser itself says of requests that fail. A test that makes them fail expects it. */
export const FAILED_REQUEST = /Failed to load resource/;

/** The pages of each test. */
const open = new WeakMap();

/** Closes the pages of a test. What its services do afterwards is no fault of theirs. */
export async function leave(t) {
  const pages = open.get(t) ?? [];
  open.delete(t);
  for (const { context } of pages) await context.close();
  for (const { faults } of pages) assert.deepEqual(faults, [], "the console is clean");
}

/** Opens a page for one test, which ends with it. `forgive` are console errors that the test makes on purpose. */
export async function visit(t, where, { language = "en-US", dark = false, size = SIZE, forgive = null, motion = "no-preference" } = {}) {
  const context = await browser.newContext({
    viewport: size, locale: language, colorScheme: dark ? "dark" : "light", timezoneId: "Asia/Tokyo", reducedMotion: motion,
    acceptDownloads: true, hasTouch: size.width < 500,
  });
  context.setDefaultTimeout(15_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  if (process.env.WATCHME_UI_FILES !== undefined) await context.route(/\/ui($|\/|#|\?)/, fromFolder);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`page: ${error.stack ?? error}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !forgive?.test(message.text())) faults.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  open.set(t, [...(open.get(t) ?? []), { context, faults }]);
  t.after(() => leave(t));
  await page.goto(where);
  return page;
}

/** Fails for each serious violation that axe-core finds in what is shown. */
export async function accessible(page, what) {
  // The policy of the page lets no script in; the debugger may.
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  const told = serious.map((one) => `${one.id} (${one.impact}): ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(told, [], `axe-core finds nothing serious in ${what}`);
}

/** Waits until the page follows the service. */
export function live(page) {
  return page.locator('[data-connection="live"]').waitFor();
}

export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

/** For work on the page: its files come from the folder, and everything else from the service, which need not be built anew. */
async function fromFolder(route) {
  const name = new URL(route.request().url()).pathname.split("/ui")[1].slice(1);
  const file = path.join(root, "crates/server/ui", name || "index.html");
  if (name !== "") return route.fulfill({ path: file });
  const answer = await route.fetch();
  const language = /<html lang="(\w+)"/.exec(await answer.text())?.[1] ?? "en";
  return route.fulfill({ response: answer, body: fs.readFileSync(file, "utf8").replaceAll("%lang%", language) });
}
