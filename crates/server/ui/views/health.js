// Health of the service, now and over the last hours.

import { answer, get } from "../api.js";
import { h } from "../dom.js";
import { bytes, duration, number } from "../format.js";
import { known, t } from "../i18n.js";
import { chart } from "../parts/chart.js";
import { tiles } from "../parts/facts.js";
import { marked } from "../parts/marked.js";
import { since } from "../parts/moment.js";
import { reason } from "../parts/reason.js";
import { nothing, show } from "../parts/states.js";

const LOOK_AGAIN = 15_000;
/** Number of five-minute buckets in a chart: six hours. */
const SHOWN = 72;

export function mount({ root, signal }) {
  const place = h("div", {});
  root.append(h("div", { class: "head" }, h("h1", { tabindex: -1 }, t("health.title"))), place);
  show(place, signal, fetchAll, render);
  const again = setInterval(() => !document.hidden && refresh(), LOOK_AGAIN);
  signal.addEventListener("abort", () => clearInterval(again));
  return {};

  async function fetchAll() {
    const [history, ready] = await Promise.all([get("v1/health/history", signal), answer("ready", { signal }).then((response) => response.json())]);
    return { history, ready };
  }

  async function refresh() {
    const body = await fetchAll().catch(() => null);
    if (body === null || signal.aborted || place.querySelector("details[open]") !== null) return;
    place.replaceChildren(render(body));
  }
}

function render({ history, ready }) {
  const { memory, queue, buckets } = history;
  const points = (read) => [...before(history), ...buckets.slice(-SHOWN).map((bucket) => ({ at: bucket.at, value: read(bucket) }))];
  const perHour = 3600 / history.bucket_seconds;
  const plain = (value) => number(value);
  return h(
    "div",
    { class: "stack" },
    tiles(
      [t("health.backlog"), history.backlog === null ? null : number(history.backlog), history.oldest_pending && h("span", {}, t("health.oldest"), " ", since(history.oldest_pending))],
      [t("health.queue"), t("health.queued", queue)],
      [t("health.memory"), memory.resident_bytes && bytes(memory.resident_bytes), memory.limit_bytes && t("health.limit", { limit: bytes(memory.limit_bytes) })],
      [t("health.model"), history.model, t("health.threads", { count: history.threads })],
      [t("health.version"), history.version, h("span", {}, t("health.up"), " ", since(history.started_at))],
    ),
    h(
      "section",
      { class: "charts", "aria-label": t("health.charts") },
      buckets.length === 0
        ? nothing(t("chart.nothing"))
        : [
            chart({ name: t("health.chart.recordings"), points: points((bucket) => bucket.recordings * perHour), tell: plain, kind: "bars" }),
            chart({ name: t("health.chart.rtf"), points: points((bucket) => (bucket.audio_seconds > 0 ? bucket.work_seconds / bucket.audio_seconds : null)), tell: (value) => number(value, 3) }),
            chart({ name: t("health.chart.audio"), points: points((bucket) => bucket.audio_seconds), tell: duration, kind: "bars" }),
            chart({ name: t("health.chart.backlog"), points: points((bucket) => bucket.backlog), tell: plain }),
            chart({ name: t("health.chart.failed"), points: points((bucket) => bucket.failed), tell: plain, kind: "bars" }),
            chart({ name: t("health.chart.memory"), points: points((bucket) => bucket.resident_bytes), tell: bytes }),
          ],
    ),
    h("section", { class: "stack", "aria-labelledby": "checks" }, h("h2", { id: "checks" }, t("health.checks")), checks(ready.checks)),
  );
}

/** Empty points before the first bucket, so that charts always have the same length. */
function before({ buckets, bucket_seconds: seconds }) {
  const first = new Date(buckets[0]?.at ?? Date.now()).getTime();
  const missing = Math.max(0, SHOWN - buckets.length);
  return Array.from({ length: missing }, (_, at) => ({ at: new Date(first - (missing - at) * seconds * 1000).toISOString(), value: null }));
}

function checks(all) {
  return h(
    "ul",
    { class: "checks" },
    all.map((check) => h("li", { class: check.verdict }, h("span", { class: "verdict" }, t(`health.${check.verdict}`)), h("span", {}, subject(check.subject)), h("div", { class: "finding" }, reason([check.finding, check.mend].filter(Boolean))))),
  );
}

/** The subject of a check. Its first words say what it is: "table `vibe_whisper`" is `check.table` with a name. */
function subject(text) {
  const [kind, name] = text.split("`");
  const words = known(`check.${kind.trim().toLowerCase().replaceAll(" ", "_")}`);
  return words === null ? marked(text) : [words, name !== undefined && [" ", h("code", {}, name)]];
}
