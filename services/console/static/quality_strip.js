// A day as 96 bars: full height and calm where all is well, lower and in colour where something lacks.

import { svg } from "./dom.js";
import { hourMinute, zoneOffset } from "./format.js";
import { QUARTERS, QUARTER_MS } from "./quality_model.js";

const HEIGHT = 20;
const LEAST = 3;

// `cells` are {state, height (0..1), title}; `label` says it in words.
export function strip(cells, label) {
  return svg("svg", { class: "strip", viewBox: `0 0 ${QUARTERS} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    ...cells.map((cell, place) => bar(cell, place)));
}

function bar({ state, height, title }, place) {
  const tall = Math.max(LEAST, height * HEIGHT);
  return svg("g", { class: `quarter ${state}` },
    svg("title", {}, title),
    svg("rect", { class: "ground", x: place, y: 0, width: 1, height: HEIGHT }),
    svg("rect", { class: "level", x: place + 0.07, y: HEIGHT - tall, width: 0.86, height: tall }));
}

// The hours under the strips, at every third local hour: [share of the width, text].
export function hours(first) {
  const marks = [];
  for (let place = 0; place < QUARTERS; place += 1) {
    const at = first + place * QUARTER_MS;
    if ((at + zoneOffset(at)) % (3 * 3_600_000) === 0) marks.push([place / QUARTERS, hourMinute(at)]);
  }
  return marks;
}

export const quarterName = (at) => `${hourMinute(at)}–${hourMinute(at + QUARTER_MS)}`;
