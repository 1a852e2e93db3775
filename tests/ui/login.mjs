// Signing in and out, where the service has keys.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";

import { accessible, FAILED_REQUEST, live, visit } from "./harness/browser.mjs";
import { DAY, DEVICE } from "./harness/fleet.mjs";
import { ownServer } from "./harness/world.mjs";

async function closed(t) {
  const { key, hash } = await newKey();
  const own = await ownServer(t, { WATCHME_API_KEYS: `caretaker:${hash}` });
  return { own, key };
}

/** A key as `watchme keys new` makes them. */
async function newKey() {
  const key = `wm_${randomBytes(32).toString("hex")}`;
  return { key, hash: createHash("sha256").update(key).digest("hex") };
}

async function signIn(page, key) {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("login: asked for, and back to where one was", async (t) => {
  const { own, key } = await closed(t);
  const page = await visit(t, `${own.url}/ui#/devices/${DEVICE}/${DAY}/08-30`, { forgive: FAILED_REQUEST });
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "key");
  assert.equal(await page.locator("nav a").count(), 0);
  await accessible(page, "the login");
  await signIn(page, "wrong");
  await page.getByText("Unknown key").waitFor();
  await signIn(page, key);
  await page.locator(".pane h2", { hasText: "08:30–09:00" }).waitFor();
  await live(page);
  const cookies = await page.context().cookies();
  assert.equal(cookies.length, 1);
  assert.equal(cookies[0].httpOnly, true);
  assert.equal(cookies[0].sameSite, "Strict");
  const kept = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
  assert.ok(!kept.includes(key), "the key is kept nowhere in the browser");
  await page.reload();
  await page.locator(".pane h2", { hasText: "08:30–09:00" }).waitFor();
});

test("login: out again, and a session that ended meanwhile", async (t) => {
  const { own, key } = await closed(t);
  const page = await visit(t, `${own.url}/ui`, { forgive: FAILED_REQUEST });
  await signIn(page, key);
  await page.locator("table.devices").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto(`${own.url}/ui#/health`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page, key);
  await page.getByRole("heading", { name: "Health" }).waitFor();
  // The service forgets its sessions when it starts anew.
  await own.stop("SIGKILL");
  await own.start();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page, key);
  await page.getByRole("heading", { name: "Health" }).waitFor();
});
