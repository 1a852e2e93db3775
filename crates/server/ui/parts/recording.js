// One recording of a half hour: its segments, what was left out, and a player.

import { post } from "../api.js";
import { h } from "../dom.js";
import { clock, decibels, duration, number, percent } from "../format.js";
import { known, t } from "../i18n.js";
import { facts } from "./facts.js";
import { icon } from "./icons.js";
import { when } from "./moment.js";
import { player } from "./player.js";
import { inWords, reason } from "./reason.js";
import { say } from "./say.js";
import { words } from "./states.js";

/** `where` is the URL of the half hour. */
export function recording(item, where) {
  const sound = player(`${where}/audio?file=${encodeURIComponent(item.file)}`, t("player.name", { file: item.file }));
  const { kept } = item;
  return h(
    "section",
    { class: "recording stack", "aria-label": item.file },
    item.recorded_at !== null && sound.element,
    kept !== null && kept.finding !== "speech" && finding(kept),
    kept !== null && segments(kept, sound.seek),
    kept !== null && removed(kept, sound.seek),
    kept === null && item.status === "completed" && h("p", { class: "hint" }, t("slot.unkept")),
    details(item),
    againButton(item.file),
  );
}

/** Reason why there is no text. */
function finding(kept) {
  return h("div", { class: "why" }, h("p", {}, known(`finding.${kept.finding}`)), reason(kept.explanation));
}

function segments(kept, seek) {
  const written = kept.segments.filter((segment) => segment.removed === null);
  if (written.length === 0) return null;
  return h(
    "section",
    { "aria-label": t("slot.segments") },
    h("h3", {}, t("slot.segments")),
    h("ol", { class: "segments" }, written.map((segment) => h("li", {}, place(segment, seek), h("span", { class: "words" }, segment.text.trim()), sure(segment)))),
  );
}

function removed(kept, seek) {
  const left = kept.segments.filter((segment) => segment.removed !== null);
  if (left.length === 0) return null;
  const line = (segment) =>
    h(
      "li",
      {},
      place(segment, seek),
      h("span", { class: "words" }, segment.text.trim()),
      h("span", { class: "reason" }, known(`removed.${segment.removed.reason}`) ?? inWords(segment.removed.explanation)),
      sure(segment),
    );
  return h("details", { class: "removed" }, h("summary", {}, t("slot.removed", { count: left.length })), h("ol", { class: "segments" }, left.map(line)));
}

function place(segment, seek) {
  const span = `${clock(segment.start_seconds)}–${clock(segment.end_seconds)}`;
  return h("button", { type: "button", class: "place", "aria-label": t("player.from", { place: span }), onclick: () => seek(segment.start_seconds) }, span);
}

function sure(segment) {
  return h("span", { class: "sure", title: t("slot.confidence") }, percent(segment.confidence));
}

function details({ file, recorded_at, kept }) {
  const sound = kept?.sound;
  const rtf = kept?.rtf ?? null;
  return facts(
    [t("slot.audio"), sound && duration(sound.audio_seconds)],
    [t("slot.speech"), sound && duration(sound.voiced_seconds)],
    [t("slot.given"), sound && duration(sound.speech_seconds)],
    [t("slot.loudest"), sound && decibels(sound.loudest_second)],
    [t("slot.peak"), sound && decibels(sound.peak)],
    [t("slot.language"), kept?.language && (known(`language.${kept.language}`) ?? kept.language)],
    [t("slot.model"), kept?.model],
    [t("slot.rtf"), rtf === null ? null : number(rtf, 3)],
    [t("slot.took"), kept?.work_seconds === null || kept?.work_seconds === undefined ? null : duration(kept.work_seconds)],
    [t("slot.transcribed"), kept && when(kept.transcribed_at)],
    [t("slot.recorded"), recorded_at && when(recorded_at)],
    [t("slot.file"), h("code", {}, file)],
  );
}

/** Transcribes a recording regardless of its status, since it is named. */
function againButton(file) {
  const button = h("button", { type: "button", onclick: begin }, icon("again"), t("slot.again"));
  return h("div", { class: "tools" }, button);

  async function begin() {
    button.disabled = true;
    try {
      const { joined } = await post("v1/runs", { file_paths: [file] });
      say(t(joined ? "runs.joined" : "runs.started"));
    } catch (error) {
      say(words(error), "trouble");
    } finally {
      button.disabled = false;
    }
  }
}
