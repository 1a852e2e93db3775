// Copies text where the browser lets it, also without a secure origin.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "./icons.js";
import { say } from "./say.js";

/** A button that copies what `read` gives. */
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

/** Browsers keep the clipboard from pages that were not loaded by HTTPS. */
function bySelection(text) {
  const area = h("textarea", { class: "beyond", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
