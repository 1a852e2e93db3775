// Builds elements. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** HTML element with attributes, listeners (`onclick`), custom properties (`vars`) and children. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes ?? {}, children);
}

/** The same for SVG. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes ?? {}, children);
}

/** Replaces the children of an element. */
export function replace(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "vars") setVariables(element, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

/** Passes figures to the style sheet as custom properties: the page's policy allows no style attribute. */
export function setVariables(element, variables) {
  for (const [name, value] of Object.entries(variables)) {
    element.style.setProperty(`--${name}`, String(value));
  }
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
