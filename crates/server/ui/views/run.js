// One run with its recordings as they end.

import { address, get, path } from "../api.js";
import { blockSpan } from "../calendar.js";
import { h, replace } from "../dom.js";
import { duration, timeOfDay } from "../format.js";
import { runFraction } from "../glance.js";
import { known, t } from "../i18n.js";
import { follow } from "../live.js";
import { facts } from "../parts/facts.js";
import { lookIcon } from "../parts/icons.js";
import { when } from "../parts/moment.js";
import { bar } from "../parts/progress.js";
import { reason } from "../parts/reason.js";
import { nothing, show } from "../parts/states.js";
import { link } from "../router.js";
import { about, cancelRun, GOING } from "./runs.js";

/** Number of rows drawn: a run of everything may have more recordings than a page should draw. */
const ROWS = 500;

export function mount({ root, signal, params: [id] }) {
  const title = h("h1", { tabindex: -1 }, t("runs.one"));
  const place = h("div", { class: "stack" });
  const rows = new Map();
  root.append(h("p", { class: "crumbs" }, h("a", { href: link("runs") }, t("runs.title"))), title, place);
  const status = h("div", { class: "stack" });
  const list = h("div", {});
  show(place, signal, () => get(`v1/${path("runs", id)}`, signal), (run) => {
    replace(title, about(run));
    draw(run);
    events();
    return [status, list];
  });
  follow((run) => run.id === id && draw(run), signal);
  return {};

  function draw(run) {
    const cancel = GOING.includes(run.state) && h("button", { type: "button", onclick: () => cancelRun(id, cancel) }, t("runs.cancel"));
    const { completed, failed, recordings } = run.progress;
    replace(
      status,
      h("div", { class: "run-head" }, h("span", { class: `state-name ${run.state}`, "data-state": run.state }, t(`runs.state.${run.state}`)), cancel),
      run.state === "running" && bar(runFraction(run), t("runs.progress")),
      run.error !== null && reason(run.error.reason, known(`runs.error.${run.error.kind}`)),
      facts(
        [t("runs.recordings"), t("runs.counts", { completed, failed, recordings: recordings ?? "–" })],
        [t("runs.accepted"), when(run.accepted_at)],
        [t("runs.begun"), run.started_at && when(run.started_at)],
        [t("runs.over"), run.ended_at && when(run.ended_at)],
        [t("slot.model"), run.request.model],
        [t("slot.language"), run.request.language],
        [t("runs.id"), h("code", {}, id)],
      ),
    );
  }

  /** The stream of a run begins with its past events, and reconnects until the run has ended. */
  function events() {
    const source = new EventSource(address(`v1/${path("runs", id)}/events`));
    signal.addEventListener("abort", () => source.close());
    source.addEventListener("recording_finished", (event) => {
      const item = JSON.parse(event.data);
      if (rows.size < ROWS || rows.has(item.file)) rows.set(item.file, row(item));
      table();
    });
    source.addEventListener("run_finished", () => {
      source.close();
      table();
    });
    table();
  }

  function table() {
    if (rows.size === 0) return replace(list, nothing(t("runs.norows")));
    const heads = ["time", "block", "outcome", "audio", "speech"];
    replace(
      list,
      h(
        "table",
        { class: "log" },
        h("caption", { class: "beyond" }, t("runs.recordings")),
        h("thead", {}, h("tr", {}, heads.map((name) => h("th", { scope: "col" }, t(`runs.row.${name}`))))),
        h("tbody", {}, [...rows.values()]),
      ),
    );
  }
}

function row(item) {
  const isDone = item.outcome === "completed";
  const look = isDone ? (item.heard?.speech_seconds > 0 ? "text" : "silent") : "failed";
  const place = item.date === null ? h("code", {}, item.file) : h("a", { href: link("devices", item.device_id, item.date, item.time_block) }, `${item.date} ${blockSpan(item.time_block)}`);
  return h(
    "tr",
    {},
    h("td", {}, timeOfDay(item.at)),
    h("td", {}, place),
    h("td", {}, h("span", { class: `count ${look}` }, lookIcon(look), t(isDone ? "runs.completed" : "look.failed")), item.error && reason(item.error.reason, known(`kind.${item.error.kind}`))),
    h("td", { class: "figure-cell" }, item.heard ? duration(item.heard.audio_seconds) : "–"),
    h("td", { class: "figure-cell" }, item.heard ? duration(item.heard.speech_seconds) : "–"),
  );
}
