// Asks the service. Every address is relative to the page, so that a prefix of a proxy is kept.

/** What the service answered in place of what was asked for. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const listeners = new Set();

/** Calls `listener` whenever the service asks for a key. */
export function onKeyNeeded(listener) {
  listeners.add(listener);
}

/** The address of a path of the service. */
export function address(path) {
  return new URL(path, document.baseURI).href;
}

/** A path of the service from parts, each escaped. */
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

/** The response itself, for answers that are read as they come. */
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

/** What a refused request says. */
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
