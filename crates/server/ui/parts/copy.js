// Copies text, also without a secure origin if the browser allows it.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "./icons.js";
import { say } from "./say.js";

/** Button that copies the result of `read`. */
export function copyButton(label, read) {
  return h("button", { type: "button", onclick: () => copy(read()) }, icon("copy"), label);
}

async function copy(text) {
  const done = (await byClipboard(text)) || bySelection(text);
  say(t(done ? "copy.done" : "copy.failed"), done ? "done" : "trouble");
}

async function byClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Fallback for pages without HTTPS, which have no clipboard API. */
function bySelection(text) {
  const area = h("textarea", { class: "beyond", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
