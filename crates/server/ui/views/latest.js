// Finds the latest day of a device that has recordings, and opens it.

import { get, path } from "../api.js";
import { addMonths } from "../calendar.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { nothing, show } from "../parts/states.js";
import { goInstead, link } from "../router.js";

/** Largest offset ahead of UTC on earth, in hours. */
const AHEAD = 14;

export function mount({ root, signal, params: [device] }) {
  const place = h("div", {});
  root.append(h("h1", { tabindex: -1 }, device), place);
  show(place, signal, () => latestDay(device, signal), (date) => {
    if (date === null) return nothing(t("day.unknown"));
    goInstead(link("devices", device, date));
    return [];
  });
  return {};
}

/** The list of devices has a time but no local day, so the months around it are searched. */
async function latestDay(device, signal) {
  const { devices } = await get("v1/devices", signal);
  const known = devices.find((candidate) => candidate.device_id === device);
  if (known === undefined) return null;
  const last = new Date(known.last_recorded_at);
  const month = new Date(last.getTime() + AHEAD * 3_600_000).toISOString().slice(0, 7);
  for (const candidate of [month, addMonths(month, -1)]) {
    const { days } = await get(`v1/${path("devices", device, "months", candidate)}`, signal);
    const full = days.findLast((day) => day.text + day.silent + day.waiting + day.quarantined > 0);
    if (full !== undefined) return full.date;
  }
  return last.toISOString().slice(0, 10);
}
