// Requests to the service. Every URL is relative to the page, so that a proxy's prefix is kept.

/** An error answer of the service. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const listeners = new Set();

/** Calls `listener` whenever the service requires a key. */
export function onKeyNeeded(listener) {
  listeners.add(listener);
}

/** URL of a path of the service. */
export function address(path) {
  return new URL(path, document.baseURI).href;
}

/** Path from parts, each escaped. */
export function path(...parts) {
  return parts.map((part) => encodeURIComponent(part)).join("/");
}

export function get(where, signal) {
  return ask(where, { signal });
}

export function post(where, body, signal) {
  const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal };
  return ask(where, body instanceof FormData ? { method: "POST", body, signal } : json);
}

export function remove(where) {
  return ask(where, { method: "DELETE" });
}

async function ask(where, options) {
  const response = await answer(where, options);
  const text = await response.text();
  if (response.ok) return text === "" ? null : JSON.parse(text);
  throw failure(response, text);
}

/** Sends a request and returns the response, for answers that are streamed. */
export async function answer(where, options) {
  const response = await reach(where, options);
  if (response.status === 401 && !where.endsWith("v1/session")) {
    for (const listener of listeners) listener();
  }
  return response;
}

async function reach(where, options) {
  try {
    return await fetch(address(where), { credentials: "same-origin", cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, null);
  }
}

/** Error text of a refused request. */
export function failure(response, text) {
  return new ApiError(response.status, messageOf(text) ?? `${response.status} ${response.statusText}`.trim());
}

function messageOf(text) {
  try {
    const body = JSON.parse(text);
    return body.message ?? body.error?.message ?? null;
  } catch {
    return null;
  }
}
