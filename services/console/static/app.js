// The page: one store, one event stream, drawn at most once a second and only where news came.

import { drawCarbon, drawLatency, drawPlan, drawSources } from "./cards.js";
import { Charts, chartsNote } from "./charts.js";
import { DevicePanel } from "./device.js";
import { Diagram } from "./diagram.js";
import { midnight, setZone } from "./format.js";
import { banner, Header } from "./header.js";
import { applyLanguage, onLanguage, t } from "./i18n.js";
import { Incidents } from "./incidents.js";
import { Lines, Store } from "./store.js";
import { ask, watch } from "./stream.js";
import { Tiles } from "./tiles.js";

const DRAW_EVERY_MS = 1000;
const LATENCY_EVERY_MS = 10_000;
const DAY_AGAIN_MS = 20_000;
const POINTS_A_CALL = 60;

const page = { connection: "starting", store: null, filledDay: null, filling: false, drawnAt: 0 };

applyLanguage();
start();

async function start() {
  try {
    const park = await ask("/api/park");
    setZone(park.time_zone);
    page.store = new Store(park);
  } catch {
    page.connection = "lost";
    banner(null, page.connection);
    setTimeout(start, 2000);
    return;
  }
  page.connection = "starting";
  banner(null, page.connection);
  build();
  watch("/api/events", {
    event: (kind, body) => {
      page.store.take(kind, body);
      if (kind === "incidents" || kind === "incident" || kind === "control") soon();
    },
    open: () => {
      page.connection = "live";
      document.body.classList.remove("loading");
      page.filledDay = null;
      soon();
      latency();
    },
    lost: () => {
      page.connection = "lost";
      parts.header.draw(page.connection);
      banner(page.store, page.connection);
    },
  });
  setInterval(draw, DRAW_EVERY_MS);
  setInterval(latency, LATENCY_EVERY_MS);
}

let parts = {};

function build() {
  const { store } = page;
  const device = new DevicePanel(store);
  parts = {
    header: new Header(store),
    tiles: new Tiles(store),
    diagram: new Diagram(store, (chosen) => device.open(chosen)),
    charts: new Charts(store),
    incidents: new Incidents(store, store.park.user.may_steer),
    device,
  };
  onLanguage(() => {
    parts.header.name();
    parts.tiles.build();
    parts.diagram.build();
    parts.device.build();
    if (device.device?.steers) device.explain();
    draw();
  });
  document.addEventListener("visibilitychange", soon);
}

let waiting = false;

// Draw with the next frame, however many events came.
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

function draw() {
  const { store, connection } = page;
  parts.header.draw(connection);
  banner(store, connection);
  if (document.hidden || !store.pulse) return;
  parts.tiles.draw();
  parts.diagram.draw();
  parts.incidents.draw();
  parts.device.draw();
  drawCarbon(store);
  drawPlan(store);
  drawSources(store);
  drawLatency(store);
  drawCharts();
  if (connection === "live") fillDay();
}

function drawCharts() {
  const now = performance.now();
  if (now - page.drawnAt < DRAW_EVERY_MS * 0.9 && !page.redraw) return;
  page.drawnAt = now;
  page.redraw = false;
  parts.charts.draw();
}

// Once per page load, day and reconnection: the day so far from history, and what had been foreseen.
async function fillDay() {
  const { store } = page;
  const day = midnight(store.now);
  if (page.filling || page.filledDay === day) return;
  page.filling = true;
  try {
    store.foreseen.remember(await ask("/api/foreseen"));
    const now = store.now;
    const lines = Object.entries(Lines.points(store.park)).filter(([, points]) => points.length);
    const answer = {};
    const all = lines.flatMap(([, points]) => points);
    for (let from = 0; from < all.length; from += POINTS_A_CALL) {
      const some = all.slice(from, from + POINTS_A_CALL);
      Object.assign(answer, await ask(`/api/day?points=${some.map(encodeURIComponent).join(",")}`));
    }
    for (const [line, points] of lines) store.lines.past(line, points, answer, now);
    store.foreseen.forget(day - 3_600_000);
    page.filledDay = day;
    page.redraw = true;
    chartsNote("");
  } catch {
    chartsNote(`⚠ ${t("day_missing")}`);
    await new Promise((resolve) => setTimeout(resolve, DAY_AGAIN_MS));
  } finally {
    page.filling = false;
  }
}

async function latency() {
  if (page.connection !== "live" || document.hidden) return;
  try {
    page.store.latency = await ask("/api/latency");
  } catch { /* the stream says when the console is away */ }
}
