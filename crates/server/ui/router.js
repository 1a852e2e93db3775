// Addresses of views: the part after `#` names a view and its content.

/** Parses the part of an address after `#`. */
export function parse(hash) {
  const [where, query] = hash.replace(/^#?\/?/, "").split("?");
  const parts = where.split("/").filter((part) => part !== "").map(decode);
  const [name = "devices", ...rest] = parts;
  return { name, rest, query: new URLSearchParams(query ?? "") };
}

/** Address of a view. */
export function link(...parts) {
  return `#/${parts.filter((part) => part !== null && part !== undefined).map(encodeURIComponent).join("/")}`;
}

export function go(hash) {
  location.hash = hash;
}

/** The same without an entry in the history. */
export function goInstead(hash) {
  history.replaceState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
