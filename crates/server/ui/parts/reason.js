// Findings, hints and reasons of the service, which are English. In Japanese the page says what they mean.

import { h } from "../dom.js";
import { told } from "../i18n/told.js";
import { language, t } from "../i18n.js";
import { marked } from "./marked.js";

/** The words of the service. `meaning` is what the page says of their code, if it knows that. */
export function reason(words, meaning = null) {
  const all = [words].flat();
  if (language() === "en") return all.map((text) => h("p", { class: "reason", lang: "en" }, marked(text)));
  const known = all.map((text) => told(text)).filter((text) => text !== null);
  const said = [meaning, ...(known.length === 0 ? [t("reason.log")] : known)];
  return h("div", { class: "reason" }, said.map((text) => text !== null && h("p", {}, marked(text))));
}

/** The same on one line. */
export function briefReason(words, meaning) {
  if (language() === "en") return h("span", { class: "reason", lang: "en" }, marked(words));
  return h("span", { class: "reason" }, marked(meaning ?? told(words) ?? t("reason.log")));
}

/** The same as text. */
export function inWords(words) {
  return language() === "en" ? words : (told(words) ?? t("reason.refused"));
}
