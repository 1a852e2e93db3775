// Roving tab stop: one tab stop for a list, arrows move within it.

/** Lets arrows move the focus among the elements of `list` that match `selector`, of which `perRow()` stand in a row. */
export function rove(list, selector, perRow) {
  const items = () => [...list.querySelectorAll(selector)];
  list.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item !== null) hold(items(), item);
  });
  list.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(event.target.closest(selector));
    const to = at < 0 || event.altKey || event.ctrlKey || event.metaKey ? null : target(event.key, at, all.length, perRow());
    if (to === null) return;
    event.preventDefault();
    all[to].focus();
  });
}

/** Makes `item` the tab stop. */
export function hold(items, item) {
  for (const other of items) other.tabIndex = other === item ? 0 : -1;
}

/** Number of items in the first row of a grid. */
export function columns(list) {
  return getComputedStyle(list).gridTemplateColumns.split(" ").length;
}

function target(key, at, count, row) {
  const wanted = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + row, ArrowUp: at - row, Home: 0, End: count - 1 }[key];
  return wanted === undefined || wanted < 0 || wanted >= count ? null : wanted;
}
