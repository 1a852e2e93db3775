// The libraries of these tests, from the folder that script/test-ui installs them to.

import { createRequire } from "node:module";
import path from "node:path";

const folder = process.env.WATCHME_UI_TOOLS;
if (folder === undefined) throw new Error("WATCHME_UI_TOOLS is not set: run script/test-ui");
const require = createRequire(path.join(folder, "package.json"));

export const { chromium } = require("playwright-core");
export const axeSource = require("axe-core").source;

/** The folder of the project. */
export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../../..");
