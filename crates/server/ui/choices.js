// What a person chose once and finds again: language, theme, the last device.

/** What is kept under `name`, or `null`. A browser may refuse to keep anything. */
export function recall(name) {
  try {
    return localStorage.getItem(`watchme-${name}`);
  } catch {
    return null;
  }
}

/** Keeps `value` under `name`, and forgets it where it is `null`. */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(`watchme-${name}`);
    else localStorage.setItem(`watchme-${name}`, value);
  } catch {
    // The choice holds until the page is left.
  }
}

const THEMES = ["system", "light", "dark"];

export function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

/** Takes the theme after the present one. */
export function nextTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  const root = document.documentElement;
  if (next === "system") delete root.dataset.theme;
  else root.dataset.theme = next;
  remember("theme", next === "system" ? null : next);
}
