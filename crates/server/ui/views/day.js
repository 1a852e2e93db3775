// A device's day: what was said and when, and why the other half hours have no text.

import { get, path } from "../api.js";
import { addDays, isDate, longDay, monthOf } from "../calendar.js";
import { h, replace } from "../dom.js";
import { glances, progressOf, touches } from "../glance.js";
import { t } from "../i18n.js";
import { follow, knownRuns } from "../live.js";
import { dayTools } from "../parts/daytools.js";
import { icon } from "../parts/icons.js";
import { monthStrip } from "../parts/month.js";
import { nothing, show } from "../parts/states.js";
import { legend, timeline } from "../parts/timeline.js";
import { transcript } from "../parts/transcript.js";
import { go, link } from "../router.js";
import { slotPane } from "./slot.js";

/** Events come in bursts: one fetch serves all that arrive within this time, in milliseconds. */
const SETTLE = 150;
/** Work of other machines sends no events here, so the day is fetched this often, in milliseconds. */
const LOOK_AGAIN = 30_000;

export function mount({ root, signal, params: [device, date, block], announce }) {
  if (!isDate(date)) {
    root.append(h("h1", { tabindex: -1 }, device), nothing(t("day.nodate", { date })));
    return {};
  }
  const where = `v1/${path("devices", device, "days", date)}`;
  const fetchMonth = (month) => get(`v1/${path("devices", device, "months", month)}`, signal).catch((error) => unknownAs({ days: [] }, error));
  let slots = [];
  let seen = [];
  let parts = null;
  let settling = null;
  let told = null;

  const month = monthStrip(device, date, monthOf(date), fetchMonth, signal);
  const place = h("div", { class: "day-place" });
  const tools = h("div", { class: "tools" });
  root.append(head(device, date, tools), month.strip, place);
  show(place, signal, fetchDay, render);

  follow(changed, signal);
  const again = setInterval(() => !document.hidden && mayChange() && refresh(), LOOK_AGAIN);
  signal.addEventListener("abort", () => {
    clearInterval(again);
    clearTimeout(settling);
  });
  root.addEventListener("keydown", onKey, { signal });
  return { update };

  async function fetchDay() {
    const body = await get(where, signal).catch((error) => unknownAs(null, error));
    performance.mark("day:response");
    return body;
  }

  function render(body) {
    if (body === null) return nothing(t("day.unknown"));
    slots = body.slots;
    look();
    parts = { line: timeline(device, date, seen), legend: legend(seen), text: transcript(device, date), pane: slotPane(device, date, signal, closed), tools: dayTools(device, date, where, () => seen) };
    parts.text.update(seen);
    parts.tools.update(seen);
    replace(tools, parts.tools.elements);
    chose();
    // The elements are in the page after this task.
    queueMicrotask(reveal);
    measure();
    return [
      h("section", { class: "ribbon", "aria-label": t("day.timeline") }, parts.line.list, parts.legend.list, h("p", { class: "local" }, t("day.local"))),
      h("div", { class: "day-body" }, h("section", { class: "read", "aria-label": t("day.transcript") }, isEmpty() ? nothing(t("day.empty")) : parts.text.list), parts.pane.element),
    ];
  }

  function isEmpty() {
    return seen.every((slot) => slot.look === "none");
  }

  /** Combines the latest response with the progress of running runs. */
  function look() {
    seen = glances(slots, progressOf(knownRuns(), device, date));
  }

  function redraw() {
    look();
    parts.line.update(seen);
    parts.legend.update(seen);
    parts.tools.update(seen);
    parts.text.update(seen);
    parts.text.select(block);
    parts.pane.update(chosen());
    announceRunning();
  }

  function changed(what) {
    if (parts === null || what === "status") return;
    if (!touches(what, device, date)) return;
    redraw();
    // Results are in the store before their event is sent.
    const now = `${what.id} ${what.state} ${what.progress.completed} ${what.progress.failed}`;
    if (now === told) return;
    told = now;
    clearTimeout(settling);
    settling = setTimeout(refresh, SETTLE);
  }

  async function refresh() {
    const body = await get(where, signal).catch(() => null);
    if (body === null || parts === null || signal.aborted) return;
    const before = JSON.stringify(slots);
    if (JSON.stringify(body.slots) === before) return;
    const counts = (all) => all.map((slot) => slot.state).join();
    const moved = counts(slots) !== counts(body.slots);
    slots = body.slots;
    redraw();
    if (moved) month.refresh();
  }

  function mayChange() {
    return seen.some((slot) => ["pending", "running", "failed"].includes(slot.look));
  }

  function announceRunning() {
    const running = seen.filter((slot) => slot.look === "running").length;
    const waiting = seen.filter((slot) => slot.look === "pending").length;
    if (running > 0) announce(t("day.running", { running, waiting }));
    else if (told?.includes(" finished ")) announce(t("day.finished", { count: seen.filter((slot) => slot.look === "text").length }));
  }

  function chosen() {
    return seen.find((slot) => slot.time_block === block) ?? null;
  }

  function chose() {
    parts.line.select(block);
    parts.text.select(block);
    parts.pane.show(chosen());
  }

  function update([nextDevice, nextDate, nextBlock]) {
    if (nextDevice !== device || nextDate !== date) return false;
    block = nextBlock;
    if (parts !== null) {
      chose();
      reveal();
    }
    return true;
  }

  /** On a narrow screen the pane is above the transcript, and may be far from what was tapped. */
  function reveal() {
    if (block === undefined || getComputedStyle(parts.pane.element).position === "sticky") return;
    const { top } = parts.pane.element.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) parts.pane.element.scrollIntoView({ block: "start" });
  }

  function closed() {
    const last = block;
    go(link("devices", device, date));
    parts.line.focus(last);
  }

  function onKey(event) {
    if (event.key === "Escape" && block !== undefined) return closed();
    const inLine = event.target.closest(".timeline") !== null;
    if (inLine && event.key === "PageUp") turn(event, -1);
    if (inLine && event.key === "PageDown") turn(event, 1);
  }

  function turn(event, days) {
    event.preventDefault();
    go(link("devices", device, addDays(date, days)));
  }
}

/** `nothing` for a device that has no recordings, of which the service says so. */
function unknownAs(nothing, error) {
  if (error.status === 404) return nothing;
  throw error;
}

function head(device, date, tools) {
  const beside = (days, key, name) =>
    h("a", { class: "button quiet", href: link("devices", device, addDays(date, days)), "aria-label": t(key), title: t(key), rel: days < 0 ? "prev" : "next" }, icon(name));
  const pick = h("input", { type: "date", value: date, "aria-label": t("day.pick"), onchange: () => isDate(pick.value) && go(link("devices", device, pick.value)) });
  return h(
    "div",
    { class: "head day-head" },
    h(
      "div",
      {},
      h("p", { class: "crumbs" }, h("a", { href: link("devices") }, t("devices.title")), h("span", { "aria-hidden": "true" }, "/"), h("span", { class: "device" }, device)),
      h("div", { class: "turn" }, beside(-1, "day.previous", "left"), h("h1", { tabindex: -1 }, longDay(date)), beside(1, "day.next", "right"), pick),
    ),
    tools,
  );
}

/** Measures when the day is usable: its line is drawn and reacts to keys. Read by tests. */
function measure() {
  requestAnimationFrame(() =>
    setTimeout(() => {
      performance.mark("day:interactive");
      performance.measure("day", "day:response", "day:interactive");
    }),
  );
}
