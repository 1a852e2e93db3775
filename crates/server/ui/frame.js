// Frame around every view: name, navigation, state of the connection, choices.

import { remove } from "./api.js";
import { nextTheme, theme } from "./choices.js";
import { h } from "./dom.js";
import { language, LANGUAGES, setLanguage, t } from "./i18n.js";
import { connection } from "./live.js";
import { icon } from "./parts/icons.js";
import { link } from "./router.js";

const VIEWS = ["devices", "runs", "schedule", "health", "cost", "transcribe"];
const THEME_ICONS = { system: "system", light: "sun", dark: "moon" };

let drawn = "";

/** Draws the frame, but keeps it if nothing changed, so that focus stays where it was. */
export function drawFrame({ at, session, signOut, redraw }) {
  const now = JSON.stringify([at, session, connection(), language(), theme()]);
  if (now === drawn) return;
  drawn = now;
  const header = document.getElementById("frame");
  const focused = header.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const isOut = session.needs_key && session.name === null;
  document.querySelector(".skip").textContent = t("frame.skip");
  header.replaceChildren(
    h("a", { class: "brand", href: link("devices"), "aria-label": t("frame.home") }, h("span", { class: "sign", "aria-hidden": "true" }, Array.from({ length: 5 }, () => h("i", {}))), "watchme"),
    h("nav", { "aria-label": t("frame.views") }, isOut ? [] : VIEWS.map((name) => h("a", { href: link(name), "aria-current": name === at ? "page" : null, "data-focus": name }, t(`${name}.title`)))),
    h(
      "div",
      { class: "choices" },
      isOut ? null : status(),
      h("button", { type: "button", class: "quiet", "data-focus": "language", lang: other(), "aria-label": t("frame.language"), onclick: () => switchLanguage(redraw) }, t("frame.other")),
      themeButton(at, session, signOut, redraw),
      session.name !== null && session.needs_key && h("button", { type: "button", class: "quiet", "data-focus": "out", title: session.name, onclick: () => leave(signOut) }, t("login.out")),
    ),
  );
  center(header.querySelector("nav"));
  if (focused) header.querySelector(`[data-focus="${focused}"]`)?.focus();
}

function status() {
  const state = connection();
  const told = state === "paused" || state === "off" ? "connecting" : state;
  return h("p", { class: `connection ${told}`, role: "status", "data-connection": state }, h("span", { class: "dot", "aria-hidden": "true" }), t(`live.${told}`));
}

function themeButton(at, session, signOut, redraw) {
  const label = t("frame.theme", { theme: t(`theme.${theme()}`) });
  const press = () => {
    nextTheme();
    drawFrame({ at, session, signOut, redraw });
  };
  return h("button", { type: "button", class: "quiet", "data-focus": "theme", "aria-label": label, title: label, onclick: press }, icon(THEME_ICONS[theme()]));
}

function other() {
  return LANGUAGES.find((code) => code !== language());
}

function switchLanguage(redraw) {
  setLanguage(other());
  redraw();
}

async function leave(signOut) {
  await remove("v1/session").catch(() => null);
  signOut();
}

/** On a phone the navigation is wider than the screen. */
function center(nav) {
  const current = nav.querySelector("[aria-current]");
  if (current !== null) nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
}
