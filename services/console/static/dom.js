// Building and changing the page without ever parsing text as HTML.

const SVG = "http://www.w3.org/2000/svg";

// Return an element: el("p", {class: "note"}, "text", child).
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

// The same for SVG.
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// Change a text only when it differs, so that a second without news paints nothing.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The same for an attribute; null removes it.
export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

// Put `children` into `element` only when `key` says that something changed.
export function refill(element, key, children) {
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(...children().flat().filter((child) => child !== null && child !== undefined));
}

export const byId = (id) => document.getElementById(id);
