// The official JavaScript client of OpenAI against a running service.
//
// Run by script/test-openai: client.mjs URL KEY OTHER_KEY RECORDINGS. OTHER_KEY is used up at the end.

import assert from "node:assert/strict";
import buffer from "node:buffer";
import fs from "node:fs";
import path from "node:path";

// Before Node 20 it is there and not everywhere.
globalThis.File ??= buffer.File;
const { default: OpenAI, toFile } = await import("openai");

const [url, key, otherKey, recordings] = process.argv.slice(2);
const manifest = JSON.parse(fs.readFileSync(path.join(recordings, "manifest.json"), "utf8"));
const spoken = Object.fromEntries(manifest.map((entry) => [entry.file, entry.text]));
const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 });

function transcribe(file, options = {}, by = client) {
  const stream = fs.createReadStream(path.join(recordings, file));
  return by.audio.transcriptions.create({ file: stream, model: "whisper-1", ...options });
}

/** The exception of `call`, which must be this one. */
async function refused(expected, status, code, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.constructor, expected, String(error));
    assert.deepEqual([error.status, error.code], [status, code]);
    assert.ok(error.message && error.requestID);
    return error;
  }
  assert.fail(`no ${expected.name}`);
}

async function eachFormat() {
  for (const [file, language] of [["ja-01.wav", "japanese"], ["en-01.wav", "english"]]) {
    const text = spoken[file];
    const answer = await transcribe(file);
    assert.equal(answer.text, text);
    assert.deepEqual(answer.usage, { type: "duration", seconds: 3 });
    const asked = { response_format: "json", language: language.slice(0, 2) };
    assert.equal((await transcribe(file, asked)).text, text);
    const detailed = { response_format: "verbose_json", timestamp_granularities: ["segment"], temperature: 0 };
    const verbose = await transcribe(file, detailed);
    assert.deepEqual([verbose.language, verbose.text], [language, text]);
    assert.equal(verbose.segments.map((segment) => segment.text).join("").trim(), text);
    assert.deepEqual(verbose.segments.map((segment) => segment.id), [...verbose.segments.keys()]);
    assert.equal(await transcribe(file, { response_format: "text" }), `${text}\n`);
    assert.match(await transcribe(file, { response_format: "srt" }), /^1\n00:00:00,\d{3} --> /);
    assert.match(await transcribe(file, { response_format: "vtt" }), /^WEBVTT\n\n00:00:00\.\d{3} --> /);
  }
}

async function aStream() {
  for (const file of ["ja-01.wav", "en-01.wav"]) {
    const events = [];
    for await (const event of await transcribe(file, { stream: true, prompt: "watch" })) events.push(event);
    const done = events.pop();
    assert.deepEqual(done, { type: "transcript.text.done", text: spoken[file] });
    assert.ok(events.every((event) => event.type === "transcript.text.delta"));
    assert.equal(events.map((event) => event.delta).join(""), done.text);
  }
}

async function models() {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.deepEqual(names, ["synth-tiny", "whisper-1"]);
  assert.equal((await client.models.retrieve("whisper-1")).object, "model");
  await refused(OpenAI.NotFoundError, 404, "model_not_found", () => client.models.retrieve("tts-1"));
}

async function refusals() {
  const create = async (name, bytes, options = {}) =>
    client.audio.transcriptions.create({ file: await toFile(bytes, name), model: "whisper-1", ...options });
  const { BadRequestError, NotFoundError, AuthenticationError, APIError } = OpenAI;
  const text = Buffer.from("This is no recording, whatever its name says.\n".repeat(100));
  await refused(BadRequestError, 400, "invalid_value", () => create("notes.wav", text));
  await refused(BadRequestError, 400, "invalid_value", () => create("notes.wav", text, { stream: true }));
  const empty = await refused(BadRequestError, 400, "invalid_value", () => create("empty.wav", Buffer.alloc(0)));
  assert.equal(empty.param, "file");
  const large = fs.readFileSync(path.join(recordings, "long-en.wav"));
  await refused(APIError, 413, null, () => create("long.wav", large));
  await refused(NotFoundError, 404, "model_not_found", () => transcribe("ja-01.wav", { model: "gpt-4o-transcribe" }));
  const words = { response_format: "verbose_json", timestamp_granularities: ["word"] };
  await refused(BadRequestError, 400, "unsupported_value", () => transcribe("ja-01.wav", words));
  const stranger = client.withOptions({ apiKey: "watchme_wrong" });
  await refused(AuthenticationError, 401, "invalid_api_key", () => transcribe("ja-01.wav", {}, stranger));
  await refused(AuthenticationError, 401, "invalid_api_key", () => stranger.models.list());
}

async function tooOften() {
  const busy = client.withOptions({ apiKey: otherKey });
  const error = await refused(OpenAI.RateLimitError, 429, "rate_limit_exceeded", async () => {
    for (let count = 0; count < 1000; count += 1) await busy.models.list();
  });
  assert.ok(Number(error.headers.get("retry-after")) > 0);
}

for (const test of [eachFormat, aStream, models, refusals, tooOften]) {
  await test();
  console.log(`ok    javascript  ${test.name}`);
}
