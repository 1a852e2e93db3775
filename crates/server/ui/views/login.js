// Signs in with a key.

import { post } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { words } from "../parts/states.js";

export function mount({ root, query, signedIn }) {
  const key = h("input", { type: "password", id: "key", name: "key", autocomplete: "current-password", required: true, spellcheck: "false", "aria-describedby": "login-told" });
  const told = h("p", { class: "reason", role: "alert", id: "login-told" });
  const button = h("button", { class: "main" }, t("login.do"));
  root.append(
    h(
      "form",
      { class: "login box stack", onsubmit: submit },
      h("h1", { tabindex: -1 }, t("login.title")),
      h("p", { class: "hint" }, t("login.hint"), " ", h("code", {}, "watchme keys new")),
      h("label", { class: "field" }, h("span", {}, t("login.key")), key),
      told,
      button,
    ),
  );
  return { focus: () => key.focus() };

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    told.textContent = "";
    try {
      await post("v1/session", { key: key.value.trim() });
      await signedIn(query.get("back"));
    } catch (error) {
      told.textContent = error.status === 401 ? t("login.wrong") : words(error);
      key.select();
      key.focus();
    } finally {
      button.disabled = false;
    }
  }
}
