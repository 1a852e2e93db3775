// A day as a line of half hours.

import { blockSpan } from "../calendar.js";
import { h, setVariables } from "../dom.js";
import { percent } from "../format.js";
import { LOOKS } from "../glance.js";
import { t } from "../i18n.js";
import { link } from "../router.js";
import { lookIcon } from "./icons.js";
import { columns, hold, rove } from "./roving.js";

/** Characters that fill a cell, unless the longest text of the day has more. */
const FULL = 240;

/** The line. `seen` are slots with their looks; `update` redraws what changed, `select` marks one. */
export function timeline(device, date, seen) {
  const cells = new Map();
  const list = h("ol", { class: "timeline", "aria-label": t("day.timeline") });
  for (const slot of seen) {
    const cell = h("a", { class: "cell", href: link("devices", device, date, slot.time_block), tabindex: -1 });
    cells.set(slot.time_block, { cell, drawn: "" });
    const isHour = slot.time_block.endsWith("-00");
    const hour = isHour && h("span", { class: "hour", "aria-hidden": "true" }, String(Number(slot.time_block.slice(0, 2))));
    list.append(h("li", { class: isHour ? "full" : "half" }, cell, hour));
  }
  update(seen);
  cells.values().next().value?.cell.setAttribute("tabindex", 0);
  rove(list, "a", () => columns(list));
  return { list, update, select, focus };

  function update(slots) {
    const full = Math.max(FULL, ...slots.map((slot) => slot.text?.length ?? 0));
    for (const slot of slots) {
      const known = cells.get(slot.time_block);
      const drawn = `${slot.look} ${slot.percent} ${slot.text?.length} ${full}`;
      if (known === undefined || known.drawn === drawn) continue;
      known.drawn = drawn;
      draw(known.cell, slot, full);
    }
  }

  function select(block) {
    for (const [name, { cell }] of cells) {
      if (name === block) cell.setAttribute("aria-current", "true");
      else cell.removeAttribute("aria-current");
    }
    const chosen = cells.get(block);
    if (chosen !== undefined) hold([...cells.values()].map(({ cell }) => cell), chosen.cell);
  }

  function focus(block) {
    cells.get(block)?.cell.focus();
  }
}

function draw(cell, slot, full) {
  cell.dataset.look = slot.look;
  cell.setAttribute("aria-label", describe(slot));
  cell.title = describe(slot);
  if (slot.look === "text") {
    setVariables(cell, { said: Math.max(0.14, Math.sqrt(slot.text.length / full)) });
    cell.replaceChildren(h("span", { class: "bar" }));
    return;
  }
  if (slot.look === "running") setVariables(cell, { done: slot.percent ?? 0 });
  const told = slot.look === "running" && slot.percent !== null && h("span", { class: "percent" }, percent(slot.percent));
  cell.replaceChildren(...[lookIcon(slot.look, slot.percent), told].filter(Boolean));
}

/** Describes a half hour: `08:00–08:30: text, 12 characters`. */
export function describe(slot) {
  const values = { count: slot.text?.length ?? 0, percent: slot.percent === null ? "" : percent(slot.percent) };
  const key = slot.look === "running" && slot.percent === null ? "look.running.unknown" : `look.${slot.look}.told`;
  return `${blockSpan(slot.time_block)}: ${t(key, values)}`;
}

/** Legend, with the number of half hours for each sign. */
export function legend(seen) {
  const list = h("ul", { class: "legend", "aria-label": t("day.legend") });
  update(seen);
  return { list, update };

  function update(slots) {
    const counts = new Map(LOOKS.map((look) => [look, slots.filter((slot) => slot.look === look).length]));
    const item = (look) =>
      h("li", { class: counts.get(look) === 0 ? "unused" : null }, lookIcon(look, look === "running" ? 0.4 : null), h("span", {}, t(`look.${look}`)), h("b", {}, String(counts.get(look))));
    list.replaceChildren(...LOOKS.map(item));
  }
}

