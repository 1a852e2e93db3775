// Every test of the page, in one process: they share one browser and one service.

import { after, before } from "node:test";

import { begin, end } from "./harness/world.mjs";

before(begin, { timeout: 300_000 });
after(end);

await import("./rules.mjs");
await import("./devices.mjs");
await import("./day.mjs");
await import("./slot.mjs");
await import("./runs.mjs");
await import("./connection.mjs");
await import("./login.mjs");
await import("./figures.mjs");
await import("./transcribe.mjs");
await import("./looks.mjs");
await import("./origin.mjs");
await import("./crowd.mjs");
if (process.env.WATCHME_UI_SCREENSHOTS !== undefined) await import("./screenshots.mjs");
