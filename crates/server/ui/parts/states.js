// What a view shows while it has nothing to show: it loads, it failed, or there is nothing.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { onceLive } from "../live.js";
import { marked } from "./marked.js";

/** The latest request for each place: an answer that was overtaken is dropped. */
const latest = new WeakMap();

/** Fills `place` with what `render` makes of the answer, and meanwhile says how it stands. */
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

/** What went wrong, in the words of the service, and a way to try again. */
export function trouble(error, again) {
  return h(
    "div",
    { class: "state trouble", role: "alert" },
    h("p", { class: "what" }, marked(words(error))),
    again && h("button", { type: "button", onclick: again }, t("action.retry")),
  );
}

/** The words for an error. Only the service's own may hold more than the page knows. */
export function words(error) {
  if (error.status === undefined) return t("trouble.page");
  return error.status === 0 ? t("trouble.unreachable") : error.message;
}
