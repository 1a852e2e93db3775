// Icons. Each look has its own shape, so that none depends on colour.

import { svg } from "../dom.js";

const shapes = {
  text: () => [svg("rect", { x: 2, y: 2, width: 12, height: 12, rx: 2.5, class: "solid" })],
  silent: () => [svg("circle", { cx: 8, cy: 8, r: 4.5, class: "stroke" })],
  none: () => [svg("circle", { cx: 8, cy: 8, r: 1.4, class: "solid" })],
  pending: () => [2.5, 8, 13.5].map((cx) => svg("circle", { cx, cy: 8, r: 1.9, class: "solid" })),
  failed: () => [
    svg("path", { d: "M8 1.8 15 14H1z", class: "solid" }),
    svg("path", { d: "M8 6v4M8 11.6v.6", class: "cut" }),
  ],
  quarantined: () => [
    svg("path", { d: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z", class: "stroke" }),
    svg("path", { d: "M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4", class: "stroke" }),
  ],
};

/** Icon of a look. `fraction` fills the ring of a running one. */
export function lookIcon(look, fraction = null) {
  const children = look === "running" ? ring(fraction) : shapes[look]();
  return svg("svg", { viewBox: "0 0 16 16", class: `icon look-${look}`, "aria-hidden": "true" }, children);
}

function ring(fraction) {
  const around = 2 * Math.PI * 5.5;
  const done = fraction ?? 0.25;
  const arc = svg("circle", { cx: 8, cy: 8, r: 5.5, transform: "rotate(-90 8 8)", "stroke-dasharray": `${done * around} ${around}`, class: "arc" });
  // The group turns and not the arc, whose own rotation the style would move to another centre.
  return [svg("circle", { cx: 8, cy: 8, r: 5.5, class: "track" }), fraction === null ? svg("g", { class: "spins" }, arc) : arc];
}

const lines = {
  left: "M10 3 5 8l5 5",
  right: "M6 3l5 5-5 5",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  download: "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  again: "M13 5.5A5.5 5.5 0 1 0 13.5 9M13.5 2.5v3.2h-3.2",
  play: "M5 3l8 5-8 5z",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4l3.6 3.6",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M3 13l1.1-1.1M11.9 4.1 13 3",
  moon: "M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z",
  system: "M2.5 3h11v8h-11zM6 13.5h4M8 11v2.5",
  upload: "M8 10.5v-8M4.5 6 8 2.5 11.5 6M2.5 13.5h11",
};

/** Icon of an action. */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 16 16", class: "icon line", "aria-hidden": "true" }, svg("path", { d: lines[name] }));
}
