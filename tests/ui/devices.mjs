// The view of all devices.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visit } from "./harness/browser.mjs";
import { DAY, DEVICE, ODD_DEVICE } from "./harness/fleet.mjs";
import { server } from "./harness/world.mjs";

const names = (page) => page.locator("table.devices tbody th a").allTextContents();

test("devices: what is wrong comes first, and each says how it stands", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  await page.locator("table.devices").waitFor();
  const { devices } = await server.ask("v1/devices");
  assert.equal((await names(page)).length, devices.length);
  const first = page.locator("table.devices tbody tr").first();
  const worst = devices.find((device) => device.quarantined > 0 && device.device_id === (devices.filter((one) => one.quarantined > 0).sort((one, other) => other.pending - one.pending)[0].device_id));
  assert.equal(await first.locator("th").textContent(), worst.device_id);
  assert.equal(await first.locator(".of-recordings").textContent(), String(worst.recordings));
  assert.equal(await first.locator(".of-pending").textContent(), String(worst.pending));
  assert.equal(await first.locator(".of-quarantined").textContent(), String(worst.quarantined));
  assert.match(await first.locator(".of-last time").getAttribute("title"), /2025/);
});

test("devices: search and order", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  await page.locator("table.devices").waitFor();
  await page.getByRole("searchbox").fill("KITCH");
  assert.deepEqual(await names(page), ["kitchen"]);
  await page.getByRole("searchbox").fill("nobody");
  await page.getByText("No device matches “nobody”").waitFor();
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Sort by").selectOption("name");
  const shown = await names(page);
  assert.deepEqual(shown, [...shown].sort());
});

test("devices: a name that looks like markup is a name", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  await page.getByRole("link", { name: ODD_DEVICE, exact: true }).click();
  await page.locator(".timeline").waitFor();
  assert.equal(await page.locator(".crumbs .device").textContent(), ODD_DEVICE);
  assert.equal(await page.locator("main i").count(), 0);
});

test("devices: one leads to its latest day, and back leads back", async (t) => {
  const page = await visit(t, `${server.url}/ui`);
  await page.getByRole("link", { name: "bedroom", exact: true }).click();
  await page.locator(".timeline").waitFor();
  assert.match(page.url(), new RegExp(`#/devices/bedroom/${DAY}$`));
  await page.goBack();
  await page.locator("table.devices").waitFor();
  assert.match(await page.title(), /^Devices/);
});

test("devices: an unknown one, and an unknown address", async (t) => {
  const page = await visit(t, `${server.url}/ui#/devices/nobody`);
  await page.getByText("No device with this name has a recording").waitFor();
  await page.goto(`${server.url}/ui#/nowhere`);
  await page.getByRole("heading", { name: "Not found" }).waitFor();
  await page.goto(`${server.url}/ui#/devices/${DEVICE}/2025-02-30`);
  await page.getByText("“2025-02-30” is not a date").waitFor();
});
