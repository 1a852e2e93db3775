// A fleet of 10,000 recordings.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visit } from "./harness/browser.mjs";
import { makeCrowd } from "./harness/fleet.mjs";
import { folder, ownServer } from "./harness/world.mjs";

const DEVICES = 250;
const EACH = 40;

test(`crowd: ${DEVICES * EACH} recordings of ${DEVICES} devices, and no list without a bound`, async (t) => {
  const data = folder();
  await makeCrowd(data, DEVICES, EACH);
  const crowd = await ownServer(t, {}, data);
  const page = await visit(t, `${crowd.url}/ui`);
  await page.locator("table.devices").waitFor();
  await page.getByText("10,000 recordings").waitFor();
  assert.equal(await page.locator("table.devices tbody tr").count(), 100);
  await page.getByRole("button", { name: "Show 150 more" }).click();
  assert.equal(await page.locator("table.devices tbody tr").count(), 200);
  await page.getByRole("searchbox").fill("0249");
  assert.equal(await page.locator("table.devices tbody tr").count(), 1);
  await page.getByRole("link", { name: "device-0249" }).click();
  await page.locator(".timeline").waitFor();
  assert.equal(await page.locator('.timeline [data-look="pending"]').count(), EACH);
});
