// Facts as names and values: a list for reading, and tiles for a glance.

import { h } from "../dom.js";

/** A list of `[name, value]`, without `null` values. */
export function facts(...pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined);
  return h("dl", { class: "facts" }, known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** Tiles of `[name, value, hint]`. */
export function tiles(...all) {
  const known = all.filter(([, value]) => value !== null && value !== undefined);
  return h("dl", { class: "tiles" }, known.map(([name, value, hint]) => h("div", {}, h("dt", {}, name), h("dd", {}, value), hint && h("dd", { class: "hint" }, hint))));
}
