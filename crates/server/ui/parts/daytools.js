// Actions on a whole day: transcribe waiting recordings, copy, download.

import { address, post } from "../api.js";
import { blockStart } from "../calendar.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { copyButton } from "./copy.js";
import { icon } from "./icons.js";
import { say } from "./say.js";
import { words } from "./states.js";

const FORMATS = ["txt", "srt", "vtt", "json"];

/** `where` is the URL of the day, `read` returns its slots. */
export function dayTools(device, date, where, read) {
  const start = h("button", { type: "button", class: "main", onclick: () => begin(start, device, date) }, icon("play"), t("day.transcribe"));
  const file = (format) => h("a", { class: "button", href: address(`${where}/export?format=${format}`), download: "", "aria-label": t("day.download", { format }) }, format);
  const copy = copyButton(t("action.copy"), () => textOf(read()));
  const elements = [
    start,
    copy,
    h("span", { class: "joined", role: "group", "aria-label": t("day.downloads") }, icon("download"), FORMATS.map(file)),
  ];
  return { elements, update };

  /** Disables buttons that would do nothing. */
  function update(seen) {
    const waits = seen.some((slot) => ["pending", "failed"].includes(slot.look));
    start.disabled = !waits;
    start.title = waits ? "" : t("day.nowaiting");
    copy.disabled = !seen.some((slot) => slot.look === "text");
  }
}

function textOf(slots) {
  return slots
    .filter((slot) => slot.look === "text")
    .map((slot) => `${blockStart(slot.time_block)}  ${slot.text}`)
    .join("\n");
}

async function begin(button, device, date) {
  button.disabled = true;
  try {
    const { joined } = await post("v1/runs", { device_id: device, date });
    say(t(joined ? "runs.joined" : "runs.started"));
  } catch (error) {
    say(words(error), "trouble");
    button.disabled = false;
  }
}
