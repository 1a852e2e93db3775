// Player for a recording, which is fetched only when play is pressed.

import { address } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";

/** Player for the recording at `where`; `seek` starts it at a second. */
export function player(where, label) {
  const told = h("p", { class: "hint", hidden: true, role: "status" }, t("player.unavailable"));
  const audio = h("audio", { controls: true, preload: "none", src: address(where), "aria-label": label });
  audio.addEventListener("error", () => {
    told.hidden = false;
  });
  audio.addEventListener("playing", () => {
    told.hidden = true;
  });
  return { element: h("div", { class: "player" }, audio, told), audio, seek };

  function seek(seconds) {
    const begin = () => {
      audio.currentTime = seconds;
      audio.play().catch(() => null);
    };
    if (audio.readyState > 0) begin();
    else {
      audio.addEventListener("loadedmetadata", begin, { once: true });
      audio.load();
      audio.preload = "auto";
    }
  }
}
