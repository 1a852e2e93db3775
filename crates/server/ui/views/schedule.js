// The schedule: its next firing, and its latest ones.

import { get } from "../api.js";
import { blockSpan } from "../calendar.js";
import { h } from "../dom.js";
import { number, timeOfDay } from "../format.js";
import { known, t } from "../i18n.js";
import { facts, tiles } from "../parts/facts.js";
import { lookIcon } from "../parts/icons.js";
import { since, when } from "../parts/moment.js";
import { reason } from "../parts/reason.js";
import { nothing, show } from "../parts/states.js";
import { link } from "../router.js";

const LOOK_AGAIN = 10_000;

export function mount({ root, signal }) {
  const place = h("div", {});
  let before = "";
  root.append(h("div", { class: "head" }, h("h1", { tabindex: -1 }, t("schedule.title"))), place);
  load();
  const again = setInterval(() => !document.hidden && refresh(), LOOK_AGAIN);
  signal.addEventListener("abort", () => clearInterval(again));
  return {};

  function load() {
    show(place, signal, () => get("v1/schedule", signal), (body) => {
      before = JSON.stringify(body);
      return render(body);
    });
  }

  /** An open firing stays open: the list is redrawn only if something changed. */
  async function refresh() {
    const body = await get("v1/schedule", signal).catch(() => null);
    if (body === null || JSON.stringify(body) === before || signal.aborted) return;
    before = JSON.stringify(body);
    const open = new Set([...place.querySelectorAll("details[open]")].map((element) => element.dataset.at));
    place.replaceChildren(render(body));
    for (const element of place.querySelectorAll("details")) if (open.has(element.dataset.at)) element.open = true;
  }
}

function render(body) {
  if (body.schedule === null) return nothing(t("schedule.off"), h("p", { class: "hint" }, h("code", {}, "WATCHME_SCHEDULE")));
  return h(
    "div",
    { class: "stack" },
    tiles(
      [t("schedule.next"), body.next_at ? since(body.next_at) : "–", body.next_at && when(body.next_at)],
      [t("schedule.line"), h("code", {}, body.schedule), body.zone],
      [t("schedule.back"), body.look_back_hours === null ? null : t("cost.hours", { hours: body.look_back_hours })],
      [t("schedule.skip"), body.skip_hours === "none" ? t("schedule.noskip") : body.skip_hours],
    ),
    h("section", { class: "stack", "aria-labelledby": "firings" }, h("h2", { id: "firings" }, t("schedule.firings")), body.firings.length === 0 ? nothing(t("schedule.none")) : body.firings.map(firing)),
  );
}

function firing(one) {
  const state = one.state;
  return h(
    "details",
    { class: "firing", "data-at": one.at },
    h(
      "summary",
      {},
      h("span", { class: `state-name ${state}` }, t(`runs.state.${state}`)),
      when(one.at),
      h("span", { class: "counts" }, t("schedule.counts", { found: one.found ?? "–", completed: one.completed, failed: one.failed, skipped: one.skipped })),
    ),
    h(
      "div",
      { class: "stack" },
      one.error && reason(one.error),
      one.due && looked(one.due),
      one.ended_at && h("p", { class: "hint" }, t("schedule.ended", { time: timeOfDay(one.ended_at) })),
      one.recordings.length > 0 && table(one.recordings),
      one.recordings_left_out > 0 && h("p", { class: "hint" }, t("schedule.left", { count: one.recordings_left_out })),
    ),
  );
}

/** Period of a firing, and the recordings that it skipped. */
function looked(due) {
  return facts(
    [t("schedule.period"), [when(due.from), " – ", when(due.until)]],
    [t("schedule.pending"), number(due.pending)],
    [t("schedule.outside"), number(due.outside_period)],
    [t("schedule.skipped"), number(due.in_skipped_hours)],
    [t("schedule.devices"), due.devices.length > 0 ? due.devices.join(", ") : null],
    [t("schedule.dates"), due.dates.length > 0 ? due.dates.join(", ") : null],
  );
}

function table(recordings) {
  return h(
    "table",
    { class: "log" },
    h("thead", {}, h("tr", {}, ["device", "block", "outcome"].map((name) => h("th", { scope: "col" }, t(`schedule.row.${name}`))))),
    h("tbody", {}, recordings.map(row)),
  );
}

function row(item) {
  // Recordings left to another machine, or to a later attempt, are no failures.
  const outcome = item.error?.kind === "claimed_elsewhere" ? "skipped" : item.outcome;
  const look = { completed: "text", failed: "failed", skipped: "pending" }[outcome];
  const place = item.date ? h("a", { href: link("devices", item.device_id, item.date, item.time_block) }, `${item.date} ${item.time_block ? blockSpan(item.time_block) : ""}`) : h("code", {}, item.file);
  return h(
    "tr",
    {},
    h("td", {}, item.device_id ?? "–"),
    h("td", {}, place),
    h("td", {}, h("span", { class: `count ${look}` }, lookIcon(look), t(`schedule.outcome.${outcome}`)), item.error && reason(item.error.reason, known(`kind.${item.error.kind}`))),
  );
}
