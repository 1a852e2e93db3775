// A month as a strip of days, each with the states of its half hours.

import { addMonths, isWeekend, longDay, longMonth, weekday } from "../calendar.js";
import { h, replace, setVariables } from "../dom.js";
import { t } from "../i18n.js";
import { link } from "../router.js";
import { icon, lookIcon } from "./icons.js";
import { columns, rove } from "./roving.js";
import { show } from "./states.js";

/** Number of half hours with text that fill a day. */
const FULL = 32;

/** Strip for `month` around `date`. `fetchMonth` fetches a month. */
export function monthStrip(device, date, month, fetchMonth, signal) {
  const place = h("div", { class: "days-place" });
  const name = h("h2", {}, longMonth(month));
  const strip = h("section", { class: "month", "aria-label": t("month.name") }, h("div", { class: "month-head" }, turn(-1), name, turn(1)), place);
  show(place, signal, () => fetchMonth(month), ({ days }) => dayList(days));
  return { strip, refresh };

  function turn(by) {
    const label = t(by < 0 ? "month.previous" : "month.next");
    return h("button", { type: "button", class: "quiet", title: label, "aria-label": label, onclick: () => turnTo(by) }, icon(by < 0 ? "left" : "right"));
  }

  function turnTo(by) {
    month = addMonths(month, by);
    name.textContent = longMonth(month);
    show(place, signal, () => fetchMonth(month), ({ days }) => dayList(days));
  }

  async function refresh() {
    const shown = month;
    const body = await fetchMonth(month).catch(() => null);
    const isHere = place.contains(document.activeElement);
    if (body !== null && shown === month && !signal.aborted && !isHere) replace(place, dayList(body.days));
  }

  function dayList(days) {
    const list = h("ol", { class: "days" }, days.map((day) => dayItem(device, day, day.date === date)));
    const all = list.querySelectorAll("a");
    (list.querySelector("[aria-current]") ?? all[0])?.setAttribute("tabindex", 0);
    rove(list, "a", () => columns(list));
    requestAnimationFrame(() => center(list));
    return list;
  }
}

function dayItem(device, day, isCurrent) {
  const isEmpty = day.text + day.silent + day.waiting + day.quarantined === 0;
  const label = isEmpty ? t("month.nothing", { day: longDay(day.date) }) : t("month.day", { ...day, day: longDay(day.date) });
  const mark = day.quarantined > 0 ? "quarantined" : day.waiting > 0 ? "pending" : null;
  const bar = h("span", { class: "bar" });
  setVariables(bar, { said: Math.min(1, day.text / FULL), "silent-part": Math.min(1, (day.text + day.silent) / FULL) });
  const classes = ["day", isEmpty && "void", isWeekend(day.date) && "weekend"].filter(Boolean).join(" ");
  return h(
    "li",
    {},
    h(
      "a",
      { class: classes, href: link("devices", device, day.date), "aria-current": isCurrent ? "date" : null, title: label, tabindex: -1 },
      h("span", { class: "beyond" }, label),
      h("span", { class: "weekday", "aria-hidden": "true" }, weekday(day.date)),
      h("span", { class: "number", "aria-hidden": "true" }, String(Number(day.date.slice(8)))),
      bar,
      h("span", { class: "mark" }, mark && lookIcon(mark)),
    ),
  );
}

/** Scrolls the day into the middle if the strip is wider than the screen. */
function center(list) {
  const current = list.querySelector("[aria-current]");
  if (current !== null) list.scrollLeft = current.offsetLeft - list.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
}
