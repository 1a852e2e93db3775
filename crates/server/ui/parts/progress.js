// How far something is, as a bar.

import { h } from "../dom.js";
import { percent } from "../format.js";

/** A bar for `fraction`, which is unknown where it is `null`. */
export function bar(fraction, label) {
  return h("div", { class: "progress" }, h("progress", { max: 1, value: fraction, "aria-label": label }), h("span", { class: "told" }, fraction === null ? "" : percent(fraction)));
}
