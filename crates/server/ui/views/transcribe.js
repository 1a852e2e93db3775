// Transcribes a dropped file. Nothing of it is kept.

import { answer, failure, get } from "../api.js";
import { h, replace } from "../dom.js";
import { bytes, clock, duration } from "../format.js";
import { t } from "../i18n.js";
import { copyButton } from "../parts/copy.js";
import { facts } from "../parts/facts.js";
import { icon } from "../parts/icons.js";
import { say } from "../parts/say.js";
import { trouble } from "../parts/states.js";
import { cues } from "../parts/subtitles.js";

export function mount({ root, signal }) {
  const model = h("select", { id: "model" }, h("option", { value: "whisper-1" }, t("transcribe.default")));
  const spoken = h("select", { id: "spoken" }, h("option", { value: "" }, t("transcribe.auto")), ["ja", "en"].map((code) => h("option", { value: code }, t(`language.${code}`))));
  const input = h("input", { type: "file", class: "beyond", accept: "audio/*,video/mp4,video/webm", id: "file", onchange: () => input.files.length > 0 && take(input.files[0]) });
  const zone = h("label", { class: "zone", for: "file" }, icon("upload"), h("span", { class: "invite" }, t("transcribe.drop")), h("span", { class: "hint" }, t("transcribe.formats")));
  const result = h("section", { class: "stack", "aria-label": t("transcribe.result"), "aria-live": "polite" });
  let work = null;
  root.append(
    h("div", { class: "head" }, h("h1", { tabindex: -1 }, t("transcribe.title"))),
    h("p", { class: "hint" }, t("transcribe.hint")),
    h("div", { class: "drop" }, input, zone, h("div", { class: "fields" }, labelled("transcribe.model", model), labelled("transcribe.spoken", spoken))),
    result,
  );
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, over);
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", dropped);
  models();
  signal.addEventListener("abort", () => work?.abort());
  return {};

  /** Without the list of models, the default is used. */
  async function models() {
    const body = await get("v1/models", signal).catch(() => null);
    const names = (body?.data ?? []).map((one) => one.id).filter((id) => id !== "whisper-1");
    model.append(...names.map((name) => h("option", { value: name }, name)));
  }

  function over(event) {
    event.preventDefault();
    zone.classList.add("over");
  }

  function dropped(event) {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file !== undefined) take(file);
  }

  async function take(file) {
    work?.abort();
    work = new AbortController();
    const mine = work;
    const stop = h("button", { type: "button", onclick: () => mine.abort() }, t("action.stop"));
    replace(result, h("div", { class: "state", role: "status" }, h("p", {}, t("transcribe.working", { name: file.name, size: bytes(file.size) })), h("progress", { "aria-label": t("transcribe.title") }), stop));
    input.value = "";
    try {
      const body = await send(file, mine.signal);
      replace(result, done(file, body));
      say(t("transcribe.done"));
    } catch (error) {
      if (signal.aborted) return;
      if (error.name === "AbortError") return mine === work && replace(result);
      replace(result, trouble(error, () => take(file)));
    }
  }

  async function send(file, until) {
    const form = new FormData();
    form.append("model", model.value);
    form.append("response_format", "verbose_json");
    if (spoken.value !== "") form.append("language", spoken.value);
    form.append("file", file);
    const response = await answer("v1/audio/transcriptions", { method: "POST", body: form, signal: until });
    const text = await response.text();
    const body = response.ok ? JSON.parse(text) : null;
    // A long answer begins before its result is known: an error is in its body.
    if (body === null || body.error !== undefined) throw failure(response, text);
    return body;
  }
}

function done(file, body) {
  const segments = body.segments ?? [];
  const name = file.name.replace(/\.[^.]*$/, "");
  return h(
    "article",
    { class: "box stack" },
    h("div", { class: "run-head" }, h("h2", {}, file.name), copyButton(t("action.copy"), () => body.text)),
    body.text.trim() === "" ? h("p", { class: "hint" }, t("transcribe.silent")) : h("blockquote", { class: "words" }, body.text.trim()),
    facts([t("slot.audio"), duration(body.duration)], [t("slot.language"), body.language || null]),
    segments.length > 0 && h("ol", { class: "segments" }, segments.map((segment) => h("li", {}, h("span", { class: "place" }, `${clock(segment.start)}–${clock(segment.end)}`), h("span", { class: "words" }, segment.text.trim())))),
    segments.length > 0 && h("div", { class: "tools" }, h("span", { class: "joined", role: "group", "aria-label": t("day.downloads") }, icon("download"), files(name, body, segments))),
  );
}

function files(name, body, segments) {
  const all = { txt: `${body.text.trim()}\n`, srt: cues(segments, "srt"), vtt: cues(segments, "vtt"), json: JSON.stringify(body, null, 2) };
  return Object.entries(all).map(([format, content]) => h("button", { type: "button", "aria-label": t("day.download", { format }), onclick: () => save(`${name}.${format}`, content) }, format));
}

function save(name, content) {
  const where = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
  const way = h("a", { href: where, download: name });
  document.body.append(way);
  way.click();
  way.remove();
  URL.revokeObjectURL(where);
}

function labelled(key, control) {
  return h("label", { class: "field" }, h("span", {}, t(key)), control);
}
