// All devices, those with problems first.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { lookIcon, icon } from "../parts/icons.js";
import { since } from "../parts/moment.js";
import { nothing, show } from "../parts/states.js";
import { link } from "../router.js";

/** Number of rows drawn at once. Search finds the others. */
const PAGE = 100;

const ORDERS = {
  trouble: (one, other) => other.quarantined - one.quarantined || other.pending - one.pending || byName(one, other),
  oldest: (one, other) => later(one.oldest_pending, other.oldest_pending) || byName(one, other),
  latest: (one, other) => -later(one.last_recorded_at, other.last_recorded_at),
  name: byName,
};

export function mount({ root, signal, announce }) {
  let order = "trouble";
  let wanted = "";
  let shown = PAGE;
  let devices = [];
  const search = h("input", { type: "search", id: "device-search", placeholder: t("devices.search"), "aria-label": t("devices.search"), autocomplete: "off", spellcheck: "false", oninput: () => find(search.value) });
  const sort = h("select", { "aria-label": t("devices.order"), onchange: () => sorted(sort.value) }, Object.keys(ORDERS).map((name) => h("option", { value: name }, t(`devices.order.${name}`))));
  const place = h("div", {});
  root.append(
    h("div", { class: "head" }, h("h1", { tabindex: -1 }, t("devices.title")), h("div", { class: "tools" }, h("label", { class: "search" }, icon("search"), search), sort)),
    place,
  );
  load();
  const again = setInterval(() => !document.hidden && refresh(), 30_000);
  signal.addEventListener("abort", () => clearInterval(again));
  return {};

  function load() {
    show(place, signal, () => get("v1/devices", signal), render);
  }

  async function refresh() {
    const body = await get("v1/devices", signal).catch(() => null);
    if (body !== null && devices.length > 0 && !place.contains(document.activeElement)) replace(place, render(body));
  }

  function render(body) {
    devices = body.devices;
    return devices.length === 0 ? nothing(t("devices.none")) : list();
  }

  function find(text) {
    wanted = text.trim().toLowerCase();
    shown = PAGE;
    redraw();
    announce(t("devices.found", { count: found().length }));
  }

  function sorted(name) {
    order = name;
    redraw();
  }

  function found() {
    return devices.filter((device) => device.device_id.toLowerCase().includes(wanted)).sort(ORDERS[order]);
  }

  function redraw() {
    if (devices.length > 0) replace(place, list());
  }

  function list() {
    const all = found();
    if (all.length === 0) return nothing(t("devices.unknown", { text: wanted }));
    const rest = all.length - shown;
    const more = rest > 0 && h("button", { type: "button", class: "more", onclick: more_ }, t("devices.more", { count: rest }));
    return h("div", { class: "stack" }, summary(), table(all.slice(0, shown)), more);
  }

  function more_() {
    const at = shown;
    shown += PAGE;
    redraw();
    place.querySelectorAll("tbody a")[at]?.focus();
  }

  function summary() {
    const sum = (name) => devices.reduce((total, device) => total + device[name], 0);
    const counts = { devices: devices.length, recordings: sum("recordings"), pending: sum("pending"), quarantined: sum("quarantined") };
    return h("p", { class: "summary" }, Object.entries(counts).map(([name, count]) => h("span", {}, t(`devices.sum.${name}`, { count }))));
  }
}

function table(devices) {
  const heads = ["device", "last", "recordings", "pending", "oldest", "quarantined"];
  return h(
    "table",
    { class: "devices" },
    h("caption", { class: "beyond" }, t("devices.title")),
    h("thead", {}, h("tr", {}, heads.map((name) => h("th", { scope: "col" }, t(`devices.${name}`))))),
    h("tbody", {}, devices.map(row)),
  );
}

function row(device) {
  const cell = (name, ...content) => h("td", { "data-name": t(`devices.${name}`), class: `of-${name}` }, content);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: link("devices", device.device_id) }, device.device_id)),
    cell("last", since(device.last_recorded_at)),
    cell("recordings", number(device.recordings)),
    cell("pending", device.pending === 0 ? calm() : counted("pending", device.pending)),
    cell("oldest", device.oldest_pending === null ? calm() : since(device.oldest_pending)),
    cell("quarantined", device.quarantined === 0 ? calm() : counted("quarantined", device.quarantined)),
  );
}

function counted(look, count) {
  return h("span", { class: `count ${look}` }, lookIcon(look), number(count));
}

function calm() {
  return h("span", { class: "calm" }, "–");
}

function byName(one, other) {
  return one.device_id < other.device_id ? -1 : 1;
}

/** Compares times, earlier first, missing last. */
function later(one, other) {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -1 : 1;
}
