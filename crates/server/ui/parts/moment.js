// Times: how long ago, and the exact time on hover, in the viewer's time zone.

import { h } from "../dom.js";
import { ago, moment } from "../format.js";

const TICK = 20_000;

/** Time since `iso`, kept up to date. */
export function since(iso) {
  return h("time", { datetime: iso, title: moment(iso), "data-since": iso }, ago(iso));
}

/** Exact time of `iso`. */
export function when(iso) {
  return h("time", { datetime: iso, title: iso }, moment(iso));
}

setInterval(() => {
  for (const element of document.querySelectorAll("[data-since]")) {
    const text = ago(element.dataset.since);
    if (element.textContent !== text) element.textContent = text;
  }
}, TICK);
