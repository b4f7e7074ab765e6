// One-line symbols, each centred on 0,0 and about 48 wide.

import { svg } from "./dom.js";

const line = (d, extra = {}) => svg("path", { d, class: "stroke", ...extra });
const circle = (r, extra = {}) => svg("circle", { r, class: "body", ...extra });

export function symbol(kind) {
  return (SYMBOLS[kind] ?? SYMBOLS.load)();
}

const SYMBOLS = {
  grid_meter: () => [ // transformer: two windings
    circle(15, { cx: -9 }),
    svg("circle", { r: 15, cx: 9, class: "stroke" }),
  ],
  pv: () => [
    svg("rect", { x: -23, y: -17, width: 46, height: 34, rx: 2, class: "body" }),
    line("M-23 -5.7H23M-23 5.7H23M-7.7 -17V17M7.7 -17V17", { class: "stroke thin" }),
  ],
  wind: () => [
    circle(23),
    line("M0 0L0 -16M0 0L13.9 8M0 0L-13.9 8"),
    svg("circle", { r: 3, class: "solid" }),
  ],
  battery: () => [
    svg("rect", { x: -20, y: -19, width: 40, height: 40, rx: 3, class: "body" }),
    svg("rect", { x: -7, y: -24, width: 14, height: 5, class: "solid" }),
    svg("rect", { x: -17, y: 18, width: 34, height: 0, class: "solid level" }),
  ],
  load: () => [svg("path", { d: "M-7 -8L7 0L-7 8Z", class: "body" })],
  gas: () => [svg("path", { d: "M0 -9C5 -3 7 0 7 4A7 7 0 0 1 -7 4C-7 1 -4 -1 -3 -4C-1 -3 -1 -1 0 0C2 -3 1 -6 0 -9Z", class: "body" })],
};

// The hatching of what is stale, defined once in a drawing.
export function hatching() {
  return svg("defs", {},
    svg("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 6, height: 6, class: "hatch-ground" }),
      svg("rect", { width: 2.4, height: 6, class: "hatch-line" })));
}
