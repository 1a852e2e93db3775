// States of a view without content: loading, failed, or empty.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { onceLive } from "../live.js";
import { marked } from "./marked.js";
import { inWords } from "./reason.js";

/** Latest request for each place: answers of older ones are dropped. */
const latest = new WeakMap();

/** Fetches and renders into `place`, and shows loading and errors meanwhile. */
export async function show(place, signal, fetcher, render) {
  const mine = {};
  latest.set(place, mine);
  const isOver = () => signal.aborted || latest.get(place) !== mine;
  const slow = setTimeout(() => {
    if (place.childElementCount === 0) replace(place, loading());
  }, 150);
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetcher(signal);
    if (!isOver()) replace(place, render(answer));
  } catch (error) {
    if (isOver()) return;
    if (error.status === undefined) console.error(error);
    const again = () => show(place, signal, fetcher, render);
    replace(place, trouble(error, again));
    if (error.status === 0) onceLive(again, signal);
  } finally {
    clearTimeout(slow);
    place.removeAttribute("aria-busy");
  }
}

export function loading() {
  return h("p", { class: "state loading", role: "status" }, t("state.loading"));
}

export function nothing(text, ...more) {
  return h("div", { class: "state empty" }, h("p", {}, text), more);
}

/** An error in the service's words, with a button to retry. */
export function trouble(error, again) {
  return h(
    "div",
    { class: "state trouble", role: "alert" },
    h("p", { class: "what" }, marked(words(error))),
    again && h("button", { type: "button", onclick: again }, t("action.retry")),
  );
}

/** Text of an error: the service's, or the page's. */
export function words(error) {
  if (error.status === undefined) return t("trouble.page");
  return error.status === 0 ? t("trouble.unreachable") : inWords(error.message);
}
