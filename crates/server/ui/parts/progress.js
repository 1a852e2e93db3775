// Progress bar.

import { h } from "../dom.js";
import { percent } from "../format.js";

/** Bar for `fraction`, which may be `null` if unknown. */
export function bar(fraction, label) {
  return h("div", { class: "progress" }, h("progress", { max: 1, value: fraction, "aria-label": label }), h("span", { class: "told" }, fraction === null ? "" : percent(fraction)));
}
