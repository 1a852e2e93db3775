// Moments: how long ago, and on hovering when, in the time zone of who looks.

import { h } from "../dom.js";
import { ago, moment } from "../format.js";

const TICK = 20_000;

/** How long ago `iso` is. It is kept right while the page stands. */
export function since(iso) {
  return h("time", { datetime: iso, title: moment(iso), "data-since": iso }, ago(iso));
}

/** When `iso` is. */
export function when(iso) {
  return h("time", { datetime: iso, title: iso }, moment(iso));
}

setInterval(() => {
  for (const element of document.querySelectorAll("[data-since]")) {
    const text = ago(element.dataset.since);
    if (element.textContent !== text) element.textContent = text;
  }
}, TICK);
