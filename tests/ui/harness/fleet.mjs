// The recordings of a small fleet: what each half hour of each device holds.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { Server, watchme } from "./server.mjs";
import { root } from "./tools.mjs";

export const DEVICE = "living-room";
export const DAY = "2025-07-18";
/** The day whose recordings wait until a test runs them. */
export const WAITING_DAY = "2025-07-19";
/** The half hours of `DAY` by what they hold. */
export const BLOCKS = { speech: "08-30", silent: "10-30", noise: "11-00", missing: "03-00", quarantined: "13-30", failed: "16-30", pending: "18-00" };
/** What a recording is made to say. A transcript is data, whatever it looks like. */
export const MARKUP = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script> & <b>bold</b>";
/** Where it says so, in the day of the kitchen. */
export const MARKUP_BLOCK = "12-30";
/** A device that is called like markup. */
export const ODD_DEVICE = "<i>odd</i> & \"quoted\"";

const SPOKEN = ["ja-01", "ja-02", "en-01", "ja-03", "en-02", "ja-04", "en-03", "ja-05", "en-05", "ja-06", "ja-07", "en-08"];

/** The half hours of a day from `from` to `to` (counted from midnight), each with a clip. */
function hours(from, to, clip) {
  const at = (slot) => `${String(slot >> 1).padStart(2, "0")}-${slot % 2 === 0 ? "00" : "30"}`;
  return Object.fromEntries(Array.from({ length: to - from }, (_, index) => [at(from + index), clip(index)]));
}

function spoken(index) {
  return index % 5 === 3 ? "silence" : SPOKEN[index % SPOKEN.length];
}

const MAIN = {
  ...hours(13, 22, (index) => ["ja-01", "en-01", "ja-02", "ja-03", "ja-07", "en-02", "ja-04", "en-03", "silence"][index]),
  ...hours(22, 36, (index) => ["noise", "ja-05", "long-en", "en-05", "ja-06", "silence", "ja-07", "en-08", "long-ja", "ja-01", "noise", "text", "en-06", "ja-08"][index]),
};

/** Lays recordings out as devices upload them. */
function layOut(data, device, date, clips) {
  for (const [block, clip] of Object.entries(clips)) {
    const place = path.join(data, "recordings/files", device, date, block);
    fs.mkdirSync(place, { recursive: true });
    const file = path.join(place, "audio.wav");
    if (clip === "text") fs.writeFileSync(file, "Somebody named this audio.wav.\n");
    else fs.copyFileSync(path.join(root, "models/recordings", `${clip}.wav`), file);
  }
}

/** Makes the data of the fleet in `data`: everything is done by the real service, in the order in which it would come about. */
export async function makeFleet(data) {
  // One attempt: what cannot be read is quarantined at once.
  layOut(data, DEVICE, DAY, { [BLOCKS.quarantined]: "text" });
  layOut(data, "kitchen", "2025-07-11", { "09-00": "text", "09-30": "ja-02" });
  await work(data, [[DEVICE, DAY], ["kitchen", "2025-07-11"]], { WATCHME_MAX_ATTEMPTS: "1" });

  const { [BLOCKS.quarantined]: _, ...main } = MAIN;
  layOut(data, DEVICE, DAY, main);
  const days = [[DEVICE, DAY]];
  for (let day = 1; day < 18; day += 1) {
    const date = `2025-07-${String(day).padStart(2, "0")}`;
    if (day % 6 === 0) continue;
    layOut(data, DEVICE, date, hours(18, 18 + ((day * 5) % 9) + 2, (index) => (index % 2 === 0 ? "silence" : spoken(index + day))));
    days.push([DEVICE, date]);
  }
  layOut(data, "kitchen", DAY, hours(24, 30, spoken));
  layOut(data, "bedroom", DAY, hours(40, 44, spoken));
  days.push(["kitchen", DAY], ["bedroom", DAY]);
  await work(data, days);

  layOut(data, DEVICE, DAY, hours(36, 38, (index) => SPOKEN[index]));
  layOut(data, DEVICE, WAITING_DAY, { "07-00": "ja-01", "07-30": "silence", "08-00": "long-ja", "08-30": "en-01", "09-00": "text" });
  layOut(data, "kitchen", WAITING_DAY, hours(14, 18, () => "long-en"));
  await watchme(data, ["import"]);
  say(data, "kitchen", DAY, MARKUP_BLOCK, MARKUP);
  uploadOddly(data);
}

async function work(data, days, more) {
  await watchme(data, ["import"], more);
  const server = await Server.start(data, more);
  for (const [device, date] of days) await server.post("fetch-and-transcribe", { device_id: device, date });
  await server.stop();
}

/** Puts other words into the mouth of a recording. */
function say(data, device, date, block, text) {
  change(data, "update vibe_whisper set transcription = ? where device_id = ? and date = ? and time_block = ?", text, device, date, block);
}

/** A row of a device whose name no folder would have. */
function uploadOddly(data) {
  change(data, "insert into audio_files (device_id, recorded_at, recorded_at_us, file_path, local_date, time_block) values (?, '2025-07-18T03:00:00Z', 1752807600000000, 'files/odd/2025-07-18/12-00/audio.wav', ?, '12-00')", ODD_DEVICE, DAY);
}

/** Changes one row of the database. */
function change(data, statement, ...values) {
  const program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); n = c.execute(sys.argv[2], sys.argv[3:]).rowcount; c.commit(); sys.exit(n != 1)";
  execFileSync("python3", ["-c", program, path.join(data, "watchme.sqlite3"), statement, ...values]);
}

/** Rows of 10,000 recordings: each is the same empty file. */
export async function makeCrowd(data, devices, each) {
  const [first] = Object.keys(hours(0, 1, () => ""));
  layOut(data, "device-0000", "2025-07-01", { [first]: "text" });
  const file = path.join(data, "recordings/files/device-0000/2025-07-01", first, "audio.wav");
  for (let at = 0; at < devices; at += 1) {
    const device = `device-${String(at).padStart(4, "0")}`;
    for (const block of Object.keys(hours(0, each, () => ""))) {
      const place = path.join(data, "recordings/files", device, "2025-07-01", block);
      fs.mkdirSync(place, { recursive: true });
      if (!fs.existsSync(path.join(place, "audio.wav"))) fs.linkSync(file, path.join(place, "audio.wav"));
    }
  }
  await watchme(data, ["import"]);
}
