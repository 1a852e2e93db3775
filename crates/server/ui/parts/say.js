// Notifications: a note that fades, and an announcement to screen readers.

import { h } from "../dom.js";

const SECONDS = 6;

let timer = null;

/** Shows `text`. A `trouble` stays until the next note. */
export function say(text, kind = "done") {
  const place = document.getElementById("note");
  clearTimeout(timer);
  place.replaceChildren(h("p", { class: `note ${kind}` }, text));
  if (kind === "done") timer = setTimeout(() => place.replaceChildren(), SECONDS * 1000);
}

/** Announces `text` to screen readers only. */
export function murmur(text) {
  const place = document.getElementById("murmur");
  if (place.textContent !== text) place.textContent = text;
}
