// Costs of a month.

import { get, path } from "../api.js";
import { addMonths, isMonth, longMonth, thisMonth } from "../calendar.js";
import { h } from "../dom.js";
import { duration, money, number } from "../format.js";
import { t } from "../i18n.js";
import { tiles } from "../parts/facts.js";
import { icon } from "../parts/icons.js";
import { nothing, show } from "../parts/states.js";
import { go, link } from "../router.js";

export function mount({ root, signal, params: [asked] }) {
  const month = asked !== undefined && isMonth(asked) ? asked : thisMonth();
  const place = h("div", {});
  const pick = h("input", { type: "month", value: month, "aria-label": t("cost.month"), onchange: () => isMonth(pick.value) && go(link("cost", pick.value)) });
  const beside = (by, key, name) => h("a", { class: "button quiet", href: link("cost", addMonths(month, by)), "aria-label": t(key), title: t(key) }, icon(name));
  root.append(
    h("div", { class: "head" }, h("div", {}, h("p", { class: "crumbs" }, t("cost.title")), h("div", { class: "turn" }, beside(-1, "month.previous", "left"), h("h1", { tabindex: -1 }, longMonth(month)), beside(1, "month.next", "right"), pick))),
    place,
  );
  show(place, signal, () => get(`v1/${path("costs", month)}`, signal), render);
  return {};
}

function render(body) {
  if (body.recordings === 0) return nothing(t("cost.nothing"));
  const hours = (seconds) => (seconds < 3600 ? duration(seconds) : t("cost.hours", { hours: number(seconds / 3600, 1) }));
  const priced = (value) => (value === null ? null : money(value, body.currency));
  return h(
    "div",
    { class: "stack" },
    tiles(
      [t("cost.total"), priced(body.cost), body.hourly_price !== null && t("cost.price", { price: money(body.hourly_price, body.currency) })],
      [t("cost.perhour"), priced(body.cost_per_audio_hour)],
      [t("cost.recordings"), number(body.recordings)],
      [t("cost.rtf50"), body.rtf === null ? null : number(body.rtf.p50, 3)],
      [t("cost.rtf95"), body.rtf === null ? null : number(body.rtf.p95, 3)],
    ),
    measures(
      body.audio_seconds,
      ["audio", body.audio_seconds, hours(body.audio_seconds)],
      ["speech", body.speech_seconds, hours(body.speech_seconds)],
      ["cpu", body.cpu_seconds, hours(body.cpu_seconds)],
      ["work", body.work_seconds, hours(body.work_seconds)],
    ),
    body.hourly_price === null && h("p", { class: "hint" }, t("cost.unpriced"), " ", h("code", {}, "WATCHME_HOURLY_PRICE")),
    body.unknown > 0 && h("p", { class: "hint" }, t("cost.unknown", { count: body.unknown })),
    h("p", { class: "hint" }, t("cost.local")),
  );
}

/** Lengths of time as shares of the audio. */
function measures(whole, ...all) {
  const line = ([name, seconds, told]) => {
    const fill = h("span", { class: "fill", vars: { part: whole > 0 ? Math.min(1, seconds / whole) : 0 } });
    return h("div", {}, h("dt", {}, t(`cost.${name}`)), h("dd", {}, h("span", { class: "measure", "aria-hidden": "true" }, fill), h("b", {}, told), h("span", { class: "hint" }, share(seconds, whole))));
  };
  return h("dl", { class: "measures box" }, all.map(line));
}

function share(part, whole) {
  return whole > 0 && part !== whole && t("cost.share", { share: number((100 * part) / whole, 1) });
}
