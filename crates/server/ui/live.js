// Follows all runs by server-sent events, and comes back by itself when the connection is lost.

import { address, get } from "./api.js";

/** How long to wait before each further try, in milliseconds. */
const PAUSES = [500, 1000, 2000, 4000, 8000];
/** How long a page that nobody sees stays connected: a browser has six connections for one service. */
const HIDDEN = 60_000;
/** How long the runs of a new connection may take to arrive. What is not among them is gone. */
const SETTLE = 1500;

const runs = new Map();
const listeners = new Set();
let source = null;
let timer = null;
let hiding = null;
let tries = 0;
let status = "off";

/** Calls `listener` with `"status"` or a run whenever one changes, until `signal` aborts. */
export function follow(listener, signal) {
  listeners.add(listener);
  signal?.addEventListener("abort", () => listeners.delete(listener));
}

/** Calls `action` as soon as the service is there again. */
export function onceLive(action, signal) {
  const listener = () => {
    if (status !== "live") return;
    listeners.delete(listener);
    action();
  };
  follow(listener, signal);
}

/** `off`, `connecting`, `live` or `reconnecting`. */
export function connection() {
  return status;
}

/** The runs that are known, the newest first. */
export function knownRuns() {
  return [...runs.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
}

export function start() {
  stop();
  connect();
}

export function stop() {
  clearTimeout(timer);
  source?.close();
  source = null;
  runs.clear();
  tries = 0;
  tell("off");
}

function connect() {
  clearTimeout(timer);
  source?.close();
  if (status !== "reconnecting") tell(tries === 0 ? "connecting" : "reconnecting");
  const opened = new EventSource(address("v1/events"));
  source = opened;
  const seen = new Set();
  opened.addEventListener("open", () => {
    tries = 0;
    tell("live");
    setTimeout(() => forgetAllBut(seen, opened), SETTLE);
  });
  opened.addEventListener("run", (event) => {
    const run = JSON.parse(event.data);
    seen.add(run.id);
    runs.set(run.id, run);
    notify(run);
  });
  opened.addEventListener("error", () => lost(opened));
}

function forgetAllBut(seen, opened) {
  if (source !== opened) return;
  for (const id of runs.keys()) if (!seen.has(id)) runs.delete(id);
  notify("status");
}

/** A browser tries again by itself only where the service was not reached, and at a pace of its own. */
async function lost(opened) {
  if (source !== opened) return;
  opened.close();
  tell("reconnecting");
  const pause = PAUSES[Math.min(tries, PAUSES.length - 1)];
  tries += 1;
  timer = setTimeout(connect, pause);
  // Events do not tell why they are refused: a key that is no longer good shows here.
  if (tries === 2) await get("v1/runs").catch(() => null);
}

function tell(next) {
  if (status === next) return;
  status = next;
  notify("status");
}

function notify(what) {
  for (const listener of listeners) listener(what);
}

addEventListener("online", () => source !== null && status !== "live" && connect());
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(pause, HIDDEN);
  else if (status === "paused") connect();
});

function pause() {
  if (source === null) return;
  clearTimeout(timer);
  source.close();
  tell("paused");
}
