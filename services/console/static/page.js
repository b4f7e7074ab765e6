// What both pages do: ask for the park, watch the event stream, draw at most once a frame.

import { setZone } from "./format.js";
import { banner, Header } from "./header.js";
import { applyLanguage, onLanguage } from "./i18n.js";
import { Store } from "./store.js";
import { ask, watch } from "./stream.js";

const DRAW_EVERY_MS = 1000;
const AGAIN_MS = 2000;

export const page = { connection: "starting", store: null };
let view = null;
let header = null;
let waiting = false;

// Begin with `shown`: `build(store)` once, `draw()` when there is something to see, `urgent` names
// the events that are drawn at once, `opened()` is called whenever the stream begins again.
export async function begin(shown) {
  view = { urgent: [], opened: () => {}, renamed: () => {}, ...shown };
  applyLanguage();
  try {
    const park = await ask("/api/park");
    setZone(park.time_zone);
    page.store = new Store(park);
  } catch {
    say("lost");
    setTimeout(() => begin(shown), AGAIN_MS);
    return;
  }
  say("starting");
  header = new Header(page.store);
  view.build(page.store);
  onLanguage(() => {
    header.name();
    view.renamed();
    draw();
  });
  document.addEventListener("visibilitychange", soon);
  watch("/api/events", { event: take, open: opened, lost: () => say("lost") });
  setInterval(draw, DRAW_EVERY_MS);
}

function take(kind, body) {
  page.store.take(kind, body);
  if (view.urgent.includes(kind)) soon();
}

function opened() {
  page.connection = "live";
  document.body.classList.remove("loading");
  view.opened();
  soon();
}

function say(connection) {
  page.connection = connection;
  header?.draw(connection);
  banner(page.store, connection);
}

// Draw with the next frame, however many events came.
export function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

function draw() {
  header.draw(page.connection);
  banner(page.store, page.connection);
  if (!document.hidden && page.store.pulse) view.draw();
}
