// Follows all runs by server-sent events, and reconnects when the connection is lost.

import { address, get } from "./api.js";

/** Pauses before each retry, in milliseconds. */
const PAUSES = [500, 1000, 2000, 4000, 8000];
/** Time for which a hidden page stays connected, in milliseconds: a browser has six connections for one host. */
const HIDDEN = 60_000;
/** Time for the runs of a new connection to arrive, in milliseconds. Runs that are not among them are gone. */
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

/** Calls `action` once the service is reachable again. */
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

/** Known runs, newest first. */
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

/** Reconnects: a browser does so only if the service was unreachable, and at its own pace. */
async function lost(opened) {
  if (source !== opened) return;
  opened.close();
  tell("reconnecting");
  const pause = PAUSES[Math.min(tries, PAUSES.length - 1)];
  tries += 1;
  timer = setTimeout(connect, pause);
  // An event stream does not say why it is refused: this request notices an expired session.
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
