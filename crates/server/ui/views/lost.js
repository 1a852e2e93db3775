// View for unknown addresses.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { nothing } from "../parts/states.js";
import { link } from "../router.js";

export function mount({ root }) {
  root.append(h("h1", { tabindex: -1 }, t("lost.title")), nothing(t("lost.text"), h("a", { class: "button", href: link("devices") }, t("devices.title"))));
  return {};
}
