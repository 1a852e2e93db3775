// Small charts of figures over time, with the same figures as a table.

import { h, svg } from "../dom.js";
import { hourOfDay } from "../format.js";
import { t } from "../i18n.js";

const WIDTH = 480;
const HEIGHT = 96;
/** Half the length of the line for a single point. */
const SHORT = 3;
/** Rows of the table: the latest that are not empty. */
const ROWS = 24;

/** Chart of `points`, `{at, value}` with `null` for unknown values. `tell` formats a value. */
export function chart({ name, points, tell, kind = "line" }) {
  const known = points.filter((point) => point.value !== null);
  const top = Math.max(...known.map((point) => point.value), 0);
  const last = known.at(-1);
  const drawing =
    known.length === 0
      ? h("p", { class: "hint" }, t("chart.nothing"))
      : svg(
          "svg",
          { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: `chart ${kind}`, role: "img", "aria-label": t("chart.label", { name, last: tell(last.value), top: tell(top) }) },
          svg("line", { x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5, class: "base" }),
          svg("line", { x1: 0, x2: WIDTH, y1: 0.5, y2: 0.5, class: "grid" }),
          kind === "bars" ? bars(points, top) : lines(points, top),
        );
  return h(
    "figure",
    { class: "figure" },
    h("figcaption", {}, h("span", { class: "name" }, name), h("span", { class: "now" }, last === undefined ? "" : tell(last.value))),
    h("div", { class: "plot" }, drawing),
    known.length > 0 && h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, hourOfDay(points[0].at)), h("span", {}, t("chart.top", { top: tell(top) })), h("span", {}, hourOfDay(points.at(-1).at))),
    known.length > 0 && table(name, known, tell),
  );
}

function x(at, count) {
  return count === 1 ? WIDTH / 2 : (at / (count - 1)) * WIDTH;
}

function y(value, top) {
  return HEIGHT - 1 - (top === 0 ? 0 : (value / top) * (HEIGHT - 4));
}

function lines(points, top) {
  const runs = [];
  let open = [];
  points.forEach(({ value }, at) => {
    if (value !== null) open.push([x(at, points.length), y(value, top)]);
    else if (open.length > 0) runs.push(open.splice(0));
  });
  if (open.length > 0) runs.push(open);
  return runs.flatMap((run) => {
    // A single point gets a short line.
    const [first] = run;
    const wide = run.length === 1 ? short(first) : run;
    const path = wide.map(([px, py], at) => `${at === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
    return [
      svg("path", { class: "area", d: `${path}L${wide.at(-1)[0].toFixed(1)} ${HEIGHT}L${wide[0][0].toFixed(1)} ${HEIGHT}z` }),
      svg("path", { class: "stroke", d: path, "vector-effect": "non-scaling-stroke" }),
    ];
  });
}

function short([px, py]) {
  const middle = Math.min(WIDTH - SHORT, Math.max(SHORT, px));
  return [[middle - SHORT, py], [middle + SHORT, py]];
}

function bars(points, top) {
  const width = WIDTH / points.length;
  return points.map(({ value }, at) => {
    const height = value === null || value === 0 ? 0 : Math.max(2, HEIGHT - y(value, top));
    return svg("rect", { class: "bar", x: (at * width).toFixed(1), y: HEIGHT - height, width: Math.max(1, width - 1).toFixed(1), height });
  });
}

function table(name, known, tell) {
  const rows = known.slice(-ROWS).reverse();
  return h(
    "details",
    {},
    h("summary", {}, t("chart.table")),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("chart.time")), h("th", { scope: "col" }, name))),
      h("tbody", {}, rows.map((point) => h("tr", {}, h("td", {}, hourOfDay(point.at)), h("td", { class: "figure-cell" }, tell(point.value))))),
    ),
  );
}
