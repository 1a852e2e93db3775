// Forms that start a run and retry failed recordings.

import { post } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { recall, remember } from "../choices.js";
import { say } from "../parts/say.js";
import { words } from "../parts/states.js";

export function forms() {
  return [startForm(), againForm()];
}

function startForm() {
  const device = field("device", { required: true, value: recall("device"), autocomplete: "off", spellcheck: "false" });
  const date = field("date", { type: "date", required: true });
  const blocks = field("blocks", { placeholder: "08-00, 08-30", pattern: "\\s*\\d{2}-\\d{2}(\\s*,\\s*\\d{2}-\\d{2})*\\s*", autocomplete: "off" });
  return form("start", [device, date, blocks], async () => {
    const named = blocks.input.value.split(",").map((block) => block.trim()).filter((block) => block !== "");
    const whole = { device_id: device.input.value.trim(), date: date.input.value };
    const some = { device_id: whole.device_id, local_date: whole.date, time_blocks: named };
    remember("device", whole.device_id);
    const { joined } = await post("v1/runs", named.length > 0 ? some : whole);
    return t(joined ? "runs.joined" : "runs.started");
  });
}

function againForm() {
  const device = field("device", { autocomplete: "off", spellcheck: "false" }, true);
  const date = field("date", { type: "date" }, true);
  const limit = field("limit", { type: "number", min: 1, max: 100, value: 10, required: true });
  return form("again", [device, date, limit], async () => {
    const asked = { device_id: device.input.value.trim() || null, date: date.input.value || null, limit: Number(limit.input.value) };
    const { summary } = await post("reprocess-failed", asked);
    return t("runs.again.done", { count: summary.reprocessed, left: summary.left });
  });
}

function form(name, fields, act) {
  const button = h("button", { class: "main" }, t(`runs.${name}.do`));
  return h("form", { class: "box stack", "aria-labelledby": `form-${name}`, onsubmit: submit }, h("h2", { id: `form-${name}` }, t(`runs.${name}`)), h("p", { class: "hint" }, t(`runs.${name}.hint`)), fields.map((one) => one.label), button);

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    try {
      say(await act());
    } catch (error) {
      say(words(error), "trouble");
    } finally {
      button.disabled = false;
    }
  }
}

function field(name, attributes, isOptional = false) {
  const input = h("input", { type: "text", ...attributes });
  const told = isOptional ? t("field.optional", { name: t(`field.${name}`) }) : t(`field.${name}`);
  return { input, label: h("label", { class: "field" }, h("span", {}, told), input) };
}
