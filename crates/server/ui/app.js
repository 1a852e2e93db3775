// The page: draws the frame, shows the view of the address, and asks for a key if needed.

import { get, onKeyNeeded } from "./api.js";
import * as live from "./live.js";
import { murmur } from "./parts/say.js";
import { go, goInstead, link, parse } from "./router.js";
import { drawFrame } from "./frame.js";
import * as cost from "./views/cost.js";
import * as day from "./views/day.js";
import * as devices from "./views/devices.js";
import * as health from "./views/health.js";
import * as latest from "./views/latest.js";
import * as login from "./views/login.js";
import * as lost from "./views/lost.js";
import * as run from "./views/run.js";
import * as runs from "./views/runs.js";
import * as schedule from "./views/schedule.js";
import * as transcribe from "./views/transcribe.js";

let session = { needs_key: false, name: null };
let shown = null;

/** View for an address. */
function viewOf({ name, rest }) {
  if (name === "devices" && rest.length > 1) return day;
  if (name === "devices" && rest.length === 1) return latest;
  if (name === "runs" && rest.length === 1) return run;
  return { devices, runs, schedule, health, cost, transcribe, login }[name] ?? lost;
}

function showView() {
  const address = parse(location.hash);
  const view = viewOf(address);
  if (shown?.view === view && shown.handle.update?.(address.rest)) return drawChrome(address);
  shown?.leave.abort();
  const leave = new AbortController();
  const root = document.getElementById("main");
  const isFirst = shown === null;
  root.replaceChildren();
  root.dataset.view = address.name;
  const container = document.createElement("div");
  container.className = "view";
  root.append(container);
  const handle = view.mount({ root: container, signal: leave.signal, params: address.rest, query: address.query, announce: murmur, signedIn });
  shown = { view, leave, handle };
  drawChrome(address);
  const heading = container.querySelector("h1");
  document.title = [heading?.textContent, "watchme"].filter(Boolean).join(" · ");
  if (handle.focus) handle.focus();
  else if (!isFirst) heading?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function drawChrome(address) {
  drawFrame({ at: address.name, session, signOut, redraw: showAgain });
}

/** Redraws everything, for example in another language. */
function showAgain() {
  shown?.leave.abort();
  shown = null;
  showView();
}

async function signedIn(back) {
  session = await get("v1/session");
  live.start();
  const isOurs = back !== null && back.startsWith("#/") && !back.startsWith("#/login");
  goInstead(isOurs ? back : link("devices"));
}

function signOut() {
  live.stop();
  session = { ...session, name: null };
  go(link("login"));
}

function askForKey() {
  session = { needs_key: true, name: null };
  live.stop();
  if (parse(location.hash).name === "login") return;
  goInstead(`${link("login")}?back=${encodeURIComponent(location.hash || link("devices"))}`);
}

/** The part after `#` is the address of a view, so the skip link needs its own handler. */
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

async function begin() {
  document.querySelector(".skip").addEventListener("click", skip);
  onKeyNeeded(askForKey);
  live.follow((what) => what === "status" && shown !== null && drawChrome(parse(location.hash)));
  addEventListener("hashchange", showView);
  session = await get("v1/session").catch(() => session);
  if (session.needs_key && session.name === null) {
    askForKey();
    if (shown === null) showView();
    return;
  }
  live.start();
  showView();
}

document.documentElement.dataset.ready = "";
begin();
