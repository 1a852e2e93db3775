// A day to read: its texts, and one line for each stretch without text.

import { blockSpan, blockStart } from "../calendar.js";
import { h } from "../dom.js";
import { percent } from "../format.js";
import { stretches } from "../glance.js";
import { known, t } from "../i18n.js";
import { link } from "../router.js";
import { lookIcon } from "./icons.js";
import { briefReason } from "./reason.js";

export function transcript(device, date) {
  const list = h("ol", { class: "transcript", "aria-label": t("day.transcript") });
  let drawn = "";
  return { list, update, select };

  function update(seen) {
    const now = JSON.stringify(seen.map((slot) => [slot.look, slot.percent, slot.text, slot.reason]));
    if (now === drawn) return;
    drawn = now;
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list.replaceChildren(...stretches(seen).map((stretch) => line(device, date, stretch)));
    if (focused !== null) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }

  function select(block) {
    for (const item of list.children) {
      if (item.dataset.blocks.split(" ").includes(block)) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  }
}

function line(device, date, { look, slots }) {
  const [first, last] = [slots[0], slots.at(-1)];
  const href = link("devices", device, date, first.time_block);
  const blocks = slots.map((slot) => slot.time_block).join(" ");
  if (look === "text") {
    return h("li", { class: "said", "data-blocks": blocks }, h("a", { class: "at", href }, blockStart(first.time_block)), h("p", { class: "words" }, first.text));
  }
  const end = blockSpan(last.time_block).split("–").at(-1);
  const span = `${blockStart(first.time_block)}–${end}`;
  const told = [t(`look.${look}`), slots.length > 1 && `× ${slots.length}`, first.percent !== null && percent(first.percent)].filter(Boolean).join(" ");
  const why = look === "failed" || look === "quarantined" ? first.reason : null;
  return h(
    "li",
    { class: `unsaid ${look}`, "data-blocks": blocks },
    h("a", { class: "at", href }, span),
    h("p", {}, lookIcon(look, first.percent), h("span", {}, told), why && briefReason(why, known(`kind.${first.work?.error_kind}`))),
  );
}
