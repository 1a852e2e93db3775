// Remembered choices: language, theme, the last device.

/** Remembered value of `name`, or `null`. A browser may refuse to store anything. */
export function recall(name) {
  try {
    return localStorage.getItem(`watchme-${name}`);
  } catch {
    return null;
  }
}

/** Remembers `value` as `name`, or forgets it if `null`. */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(`watchme-${name}`);
    else localStorage.setItem(`watchme-${name}`, value);
  } catch {
    // The choice lasts until the page is closed.
  }
}

const THEMES = ["system", "light", "dark"];

export function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

/** Switches to the next theme. */
export function nextTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  const root = document.documentElement;
  if (next === "system") delete root.dataset.theme;
  else root.dataset.theme = next;
  remember("theme", next === "system" ? null : next);
}
