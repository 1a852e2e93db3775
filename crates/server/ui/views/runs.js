// Running, waiting and ended runs, and forms to start one.

import { path, remove } from "../api.js";
import { h } from "../dom.js";
import { duration } from "../format.js";
import { aboutRun, runFraction } from "../glance.js";
import { known, t } from "../i18n.js";
import { connection, follow, knownRuns } from "../live.js";
import { since } from "../parts/moment.js";
import { bar } from "../parts/progress.js";
import { reason } from "../parts/reason.js";
import { say } from "../parts/say.js";
import { loading, nothing, words } from "../parts/states.js";
import { blockSpan, longDay } from "../calendar.js";
import { link } from "../router.js";
import { forms } from "./runforms.js";

export const GOING = ["running", "waiting"];

export function mount({ root, signal, announce }) {
  const going = h("div", { class: "runs" });
  const ended = h("div", { class: "runs" });
  const cards = new Map();
  root.append(
    h("div", { class: "head" }, h("h1", { tabindex: -1 }, t("runs.title"))),
    h(
      "div",
      { class: "beside" },
      h("div", { class: "stack" }, h("section", { "aria-labelledby": "going" }, h("h2", { id: "going" }, t("runs.going")), going), h("section", { "aria-labelledby": "ended" }, h("h2", { id: "ended" }, t("runs.ended")), ended)),
      h("div", { class: "stack" }, forms()),
    ),
  );
  follow((what) => {
    if (what !== "status") tell(what);
    draw();
  }, signal);
  draw();
  return {};

  function draw() {
    const runs = knownRuns();
    fill(going, runs.filter((run) => GOING.includes(run.state)), t("runs.nothing.going"));
    fill(ended, runs.filter((run) => !GOING.includes(run.state)), t("runs.nothing.ended"));
  }

  /** Unchanged cards stay in place, so that a button is not replaced while it is pressed. */
  function fill(place, runs, empty) {
    if (runs.length === 0) {
      place.replaceChildren(connection() === "connecting" ? loading() : nothing(empty));
      return;
    }
    const wanted = runs.map((run) => card(run));
    const present = [...place.children];
    if (present.length === wanted.length && present.every((child, at) => child === wanted[at])) return;
    place.replaceChildren(...wanted);
  }

  function card(run) {
    const known = cards.get(run.id);
    const drawn = JSON.stringify(run);
    if (known?.drawn === drawn) return known.element;
    if (known?.state === run.state) {
      known.refill(run);
      known.drawn = drawn;
      return known.element;
    }
    const made = runCard(run);
    cards.set(run.id, { ...made, drawn, state: run.state });
    return made.element;
  }

  function tell(run) {
    const { completed, failed, recordings } = run.progress;
    announce(t(`runs.told.${run.state}`, { completed, failed, recordings: recordings ?? 0 }));
  }
}

function runCard(run) {
  const body = h("div", { class: "run-body" });
  const cancel = GOING.includes(run.state) && h("button", { type: "button", onclick: () => cancelRun(run.id, cancel) }, t("runs.cancel"));
  const element = h(
    "article",
    { class: `run ${run.state}`, "data-run": run.id, "data-state": run.state },
    h("div", { class: "run-head" }, h("h3", {}, about(run)), h("span", { class: `state-name ${run.state}` }, t(`runs.state.${run.state}`)), h("a", { class: "more-link", href: link("runs", run.id) }, t("runs.details")), cancel),
    body,
  );
  refill(run);
  return { element, refill };

  function refill(now) {
    body.replaceChildren(...parts(now));
  }
}

function parts(run) {
  const { completed, failed, recordings, current } = run.progress;
  const counts = t("runs.counts", { completed, failed, recordings: recordings ?? "–" });
  const took = run.started_at && run.ended_at ? duration((new Date(run.ended_at) - new Date(run.started_at)) / 1000) : null;
  return [
    run.state === "running" && bar(runFraction(run), t("runs.progress")),
    h("p", { class: "run-facts" }, h("span", {}, counts), since(run.ended_at ?? run.started_at ?? run.accepted_at), took && h("span", {}, t("runs.took", { took })), h("span", {}, run.request.model ?? "")),
    run.state === "running" && current !== null && h("p", { class: "current" }, h("code", {}, current.file)),
    run.error !== null && reason(run.error.reason, known(`runs.error.${run.error.kind}`)),
  ].filter(Boolean);
}

/** Description of a run's recordings, with a link. */
export function about(run) {
  const { device, date, block } = aboutRun(run);
  if (device === null) return t(run.request.file_paths ? "runs.files" : "runs.everything", { count: run.request.file_paths?.length ?? 0 });
  if (date === null) return h("a", { href: link("devices", device) }, device);
  const words_ = [device, longDay(date), block && blockSpan(block)].filter(Boolean).join(" · ");
  return h("a", { href: link("devices", device, date, block) }, words_);
}

export async function cancelRun(id, button) {
  button.disabled = true;
  try {
    await remove(`v1/${path("runs", id)}`);
    say(t("runs.cancelled"));
  } catch (error) {
    say(words(error), "trouble");
    button.disabled = false;
  }
}
