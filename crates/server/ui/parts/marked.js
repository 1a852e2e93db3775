// Texts of the service, with backticks around names and commands.

import { h } from "../dom.js";

/** Sets the parts of `text` between backticks as code. */
export function marked(text) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? h("code", {}, part) : part));
}
