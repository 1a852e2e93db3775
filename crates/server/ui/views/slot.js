// One half hour: its text and where it comes from, or why it has none.

import { get, path } from "../api.js";
import { blockSpan } from "../calendar.js";
import { h, replace } from "../dom.js";
import { percent } from "../format.js";
import { t, known } from "../i18n.js";
import { copyButton } from "../parts/copy.js";
import { facts } from "../parts/facts.js";
import { icon, lookIcon } from "../parts/icons.js";
import { since } from "../parts/moment.js";
import { bar } from "../parts/progress.js";
import { reason } from "../parts/reason.js";
import { recording } from "../parts/recording.js";
import { show } from "../parts/states.js";

/** The pane beside the day. `close` is called when somebody closes it. */
export function slotPane(device, date, signal, close) {
  const element = h("aside", { class: "pane", "aria-label": t("slot.title") });
  let open = null;
  return { element, show: showSlot, update };

  function showSlot(slot) {
    open?.leave.abort();
    open = null;
    element.classList.toggle("idle", slot === null);
    if (slot === null) return replace(element, idle());
    const leave = new AbortController();
    signal.addEventListener("abort", () => leave.abort(), { signal: leave.signal });
    open = { leave, block: slot.time_block, version: version(slot), status: h("div", { class: "stack" }), details: h("div", { class: "stack" }) };
    replace(element, heading(slot, close), open.status, open.details);
    fill(slot);
  }

  /** Updates the open slot. Its details are fetched again only if they changed. */
  function update(slot) {
    if (open === null || slot === null || open.block !== slot.time_block) return;
    if (version(slot) !== open.version) return showSlot(slot);
    replace(open.status, standing(slot));
  }

  function fill(slot) {
    const { status, details, leave } = open;
    replace(status, standing(slot));
    if (slot.look === "none") return;
    const where = `v1/${path("devices", device, "days", date, slot.time_block)}`;
    show(details, leave.signal, () => get(where, leave.signal), (body) => body.recordings.map((item) => recording(item, where)));
  }
}

/** Changes when the details of a slot change. */
function version(slot) {
  return `${slot.state} ${slot.text?.length} ${slot.work?.attempts} ${slot.work?.finished_at}`;
}

function idle() {
  const keys = [["← ↑ ↓ →", "keys.arrows"], ["Enter", "keys.enter"], ["Esc", "keys.escape"], ["PageUp PageDown", "keys.page"]];
  return [
    h("p", { class: "invite" }, t("slot.choose")),
    h("dl", { class: "keys" }, keys.map(([name, key]) => h("div", {}, h("dt", {}, name.split(" ").map((part) => h("kbd", {}, part))), h("dd", {}, t(key))))),
  ];
}

function heading(slot, close) {
  return h(
    "div",
    { class: "pane-head" },
    h("h2", {}, blockSpan(slot.time_block)),
    h("button", { type: "button", class: "quiet", "aria-label": t("action.close"), title: t("action.close"), onclick: close }, icon("close")),
  );
}

/** State of the slot, and its text. */
function standing(slot) {
  const { work } = slot;
  const isOpen = slot.state === "waiting";
  return [
    h("p", { class: `badge ${slot.look}` }, lookIcon(slot.look, slot.percent), t(`look.${slot.look}`), slot.percent !== null && h("b", {}, percent(slot.percent))),
    slot.look === "running" && bar(slot.percent, t("look.running")),
    slot.look === "none" && h("p", { class: "hint" }, t("slot.none")),
    isOpen && slot.reason !== null && h("div", { class: "why" }, h("p", {}, known(`kind.${work?.error_kind}`) ?? t("slot.failed")), reason(slot.reason)),
    slot.text !== null && h("blockquote", { class: "words" }, slot.text),
    isOpen &&
      work !== null &&
      facts(
        [t("slot.attempts"), String(work.attempts)],
        [t("slot.worker"), work.worker && h("code", {}, work.worker)],
        [t("slot.claimed"), since(work.claimed_at)],
        [t("slot.next"), work.next_attempt && since(work.next_attempt)],
      ),
    slot.text !== null && h("div", { class: "tools" }, copyButton(t("action.copy"), () => slot.text)),
  ];
}
