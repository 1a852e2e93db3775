// Reasons of the service, which are English. In other languages the page says what their code means, and has the original behind a click.

import { h } from "../dom.js";
import { language, t } from "../i18n.js";
import { marked } from "./marked.js";

/** The words of the service. `meaning` is what the page says instead in other languages, if it knows the code. */
export function reason(words, meaning = null) {
  const original = [words].flat().map((text) => h("p", { class: "reason", lang: "en" }, marked(text)));
  if (language() === "en") return original;
  return h("div", { class: "reason" }, meaning && h("p", {}, meaning), h("details", {}, h("summary", {}, t("reason.original")), original));
}

/** The same on one line, without the original. */
export function briefReason(words, meaning) {
  return language() === "en" || meaning === null ? h("span", { class: "reason", lang: "en" }, marked(words)) : h("span", { class: "reason" }, meaning);
}
