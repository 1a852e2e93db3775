// The service's own words: what stands between backticks is a name or a command.

import { h } from "../dom.js";

/** `text` with what is quoted by backticks set as code. */
export function marked(text) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? h("code", {}, part) : part));
}
