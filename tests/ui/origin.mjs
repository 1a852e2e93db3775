// A page from another origin can neither read nor act.

import assert from "node:assert/strict";
import http from "node:http";
import { once } from "node:events";
import { test } from "node:test";

import { visit } from "./harness/browser.mjs";
import { BLOCKS, DAY, DEVICE, WAITING_DAY } from "./harness/fleet.mjs";
import { server } from "./harness/world.mjs";

/** A page that belongs to somebody else. */
async function stranger(t) {
  const other = http.createServer((_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>other</title><p>other"));
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  return other.address().port;
}

for (const host of ["127.0.0.1", "localhost"]) {
  test(`origin: a page of ${host} reads nothing and starts nothing`, async (t) => {
    const port = await stranger(t);
    const page = await visit(t, `http://${host}:${port}/`, { forgive: /./ });
    const refused = [];
    page.on("response", (response) => response.url().startsWith(server.url) && refused.push([response.url(), response.status()]));
    const before = (await server.ask("v1/runs")).runs.length;
    const found = await page.evaluate(
      async ([url, device, day, waiting, block]) => {
        const read = (path, options) => fetch(`${url}/${path}`, options).then((answer) => (answer.ok ? answer.text() : `refused ${answer.status}`), () => "refused");
        const body = JSON.stringify({ device_id: device, date: waiting });
        const act = (path, options) => fetch(`${url}/${path}`, { method: "POST", mode: "no-cors", body, ...options }).catch(() => null);
        const stream = new Promise((resolve) => {
          const source = new EventSource(`${url}/v1/events`);
          source.onopen = () => resolve("open");
          source.onerror = () => resolve("refused");
        });
        const sound = new Promise((resolve) => {
          const audio = new Audio(`${url}/v1/devices/${device}/days/${day}/${block}/audio?file=files/${device}/${day}/${block}/audio.wav`);
          audio.onloadedmetadata = () => resolve("plays");
          audio.onerror = () => resolve("refused");
          audio.load();
        });
        const frame = document.createElement("iframe");
        frame.src = `${url}/ui`;
        document.body.append(frame);
        await act("v1/runs");
        await act("v1/runs", { headers: { "Content-Type": "text/plain" } });
        await act("reprocess-failed");
        await act("async-process");
        await act("v1/session");
        return { devices: await read("v1/devices"), day: await read(`v1/devices/${device}/days/${day}`), withCookie: await read("v1/runs", { credentials: "include" }), posted: await read("v1/runs", { method: "POST", body }), stream: await stream, sound: await sound };
      },
      [server.url, DEVICE, DAY, WAITING_DAY, BLOCKS.speech],
    );
    assert.deepEqual(found, { devices: "refused", day: "refused", withCookie: "refused", posted: "refused", stream: "refused", sound: "refused" });
    assert.equal((await server.ask("v1/runs")).runs.length, before, "no run was started");
    const served = refused.filter(([url, status]) => status < 400 && !url.endsWith("/ui"));
    assert.deepEqual(served, []);
  });
}
