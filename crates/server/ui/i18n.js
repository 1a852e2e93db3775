// Texts of the page in the language of the document.

import { remember } from "./choices.js";
import en from "./i18n/en.js";
import ja from "./i18n/ja.js";

const WORDS = { en, ja };

export const LANGUAGES = ["ja", "en"];

export function language() {
  return document.documentElement.lang in WORDS ? document.documentElement.lang : "en";
}

export function setLanguage(code) {
  document.documentElement.lang = code;
  remember("language", code);
}

/** Text for `key`. `{name}` is replaced; `count` selects the plural form. */
export function t(key, values = {}) {
  const words = WORDS[language()][key];
  if (words === undefined) return key;
  const form = typeof words === "string" ? words : (words[plural(values.count)] ?? words.other);
  return form.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}

/** Text for `key`, or `null` if there is none. For codes of the service. */
export function known(key) {
  return WORDS[language()][key] === undefined ? null : t(key);
}

function plural(count) {
  return new Intl.PluralRules(language()).select(Number(count ?? 0));
}

function shown(value) {
  return typeof value === "number" ? new Intl.NumberFormat(language()).format(value) : String(value ?? "");
}
