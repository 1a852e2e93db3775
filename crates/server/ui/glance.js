// Look of a half hour at a glance: pure rules over the service's data.

/** All looks, in the order of the legend. */
export const LOOKS = ["text", "silent", "none", "pending", "running", "failed", "quarantined"];

/**
 * The slots of a day with their looks. A worker claims and fetches recordings ahead: of its claims only the one that
 * progresses is running, or the oldest while none does; the others still wait.
 */
export function glances(slots, progress) {
  const current = new Map();
  for (const slot of slots.filter((one) => one.work?.phase === "running")) {
    const other = current.get(slot.work.worker);
    const rank = (one) => `${progress.has(one.time_block) ? 0 : 1} ${one.work.claimed_at}`;
    if (other === undefined || rank(slot) < rank(other)) current.set(slot.work.worker, slot);
  }
  const isAhead = (slot) => slot.work?.phase === "running" && current.get(slot.work.worker) !== slot;
  return slots.map((slot) => ({ ...slot, ...glance(slot, progress.get(slot.time_block), isAhead(slot)) }));
}

/** The look of a slot. `percent` (0 to 1, or `null`) goes with `running`. `isAhead`: it is only fetched. */
export function glance(slot, progress, isAhead = false) {
  if (slot.state === "text") return look("text");
  if (slot.state === "silent") return look("silent");
  if (slot.state === "no_recording") return look("none");
  if (progress !== undefined) return look("running", progress);
  const phase = slot.work?.phase ?? null;
  if (phase === "running") return isAhead ? look("pending") : look("running", null);
  if (phase === "quarantined") return look("quarantined");
  if (slot.status === "failed" || phase === "backing_off" || slot.reason !== null) return look("failed");
  return look("pending");
}

function look(name, percent = null) {
  return { look: name, percent };
}

/** Progress of a day's recordings in running runs: fraction by block, `null` if unknown. */
export function progressOf(runs, device, date) {
  const found = new Map();
  for (const run of runs) {
    const current = run.state === "running" ? run.progress.current : null;
    const place = current === null ? null : placeOf(current.file);
    if (place === null || place.device !== device || place.date !== date) continue;
    found.set(place.block, fraction(current));
  }
  return found;
}

/** Fraction of a recording that is done, `null` if its length is unknown. */
export function fraction(current) {
  return current.seconds_total ? Math.min(1, current.seconds_done / current.seconds_total) : null;
}

/** Fraction of a run that is done, `null` until its rows are read. */
export function runFraction(run) {
  const { recordings, completed, failed, current } = run.progress;
  if (run.state === "finished") return 1;
  if (!recordings) return null;
  return Math.min(1, (completed + failed + (current === null ? 0 : (fraction(current) ?? 0))) / recordings);
}

/** Device, day and block from the path of a recording, or `null`. */
export function placeOf(file) {
  const match = /(?:^|\/)([^/]+)\/(\d{4}-\d{2}-\d{2})\/(\d{2}-\d{2})\/[^/]+$/.exec(file);
  return match === null ? null : { device: match[1], date: match[2], block: match[3] };
}

/** Device, day and block of a run, as far as its request names them. */
export function aboutRun(run) {
  const { device_id: device, date, local_date: local, time_blocks: blocks, file_paths: files } = run.request;
  const place = files?.length === 1 ? placeOf(files[0]) : null;
  if (place !== null) return place;
  return { device: device ?? null, date: date ?? local ?? null, block: blocks?.length === 1 ? blocks[0] : null };
}

/** True if a run may change a device's day. */
export function touches(run, device, date) {
  const about = aboutRun(run);
  if (about.device !== null) return about.device === device && (about.date === null || about.date === date);
  return true;
}

/** Groups a day: each slot with text alone, neighbours with another look together. */
export function stretches(slots) {
  const found = [];
  for (const slot of slots) {
    const last = found.at(-1);
    const joins = last !== undefined && slot.look !== "text" && last.look === slot.look && !["failed", "running"].includes(slot.look);
    if (joins) last.slots.push(slot);
    else found.push({ look: slot.look, slots: [slot] });
  }
  return found;
}
