// The live page: one store, one event stream, drawn at most once a second and only where news came.

import { drawCarbon, drawLatency, drawPlan, drawSources } from "./cards.js";
import { Charts, chartsNote } from "./charts.js";
import { DevicePanel } from "./device.js";
import { Diagram } from "./diagram.js";
import { midnight } from "./format.js";
import { t } from "./i18n.js";
import { Incidents } from "./incidents.js";
import { begin, page } from "./page.js";
import { Lines } from "./store.js";
import { ask } from "./stream.js";
import { Tiles } from "./tiles.js";

const CHART_EVERY_MS = 900;
const LATENCY_EVERY_MS = 10_000;
const DAY_AGAIN_MS = 20_000;
const POINTS_A_CALL = 60;

const day = { filled: null, filling: false, redraw: false, drawnAt: 0 };
let parts = {};

begin({
  urgent: ["incidents", "incident", "control"],
  build,
  draw,
  renamed,
  opened: () => {
    day.filled = null;
    latency();
  },
});

function build(store) {
  const device = new DevicePanel(store);
  parts = {
    tiles: new Tiles(store),
    diagram: new Diagram(store, (chosen) => device.open(chosen)),
    charts: new Charts(store),
    incidents: new Incidents(store, store.park.user.may_steer),
    device,
  };
  setInterval(latency, LATENCY_EVERY_MS);
}

function renamed() {
  parts.tiles.build();
  parts.diagram.build();
  parts.device.build();
  if (parts.device.device?.steers) parts.device.explain();
}

function draw() {
  const { store, connection } = page;
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
  if (now - day.drawnAt < CHART_EVERY_MS && !day.redraw) return;
  day.drawnAt = now;
  day.redraw = false;
  parts.charts.draw();
}

// Once per page load, day and reconnection: the day so far from history, and what had been foreseen.
async function fillDay() {
  const { store } = page;
  const today = midnight(store.now);
  if (day.filling || day.filled === today) return;
  day.filling = true;
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
    store.foreseen.forget(today - 3_600_000);
    day.filled = today;
    day.redraw = true;
    chartsNote("");
  } catch {
    chartsNote(`⚠ ${t("day_missing")}`);
    await new Promise((resolve) => setTimeout(resolve, DAY_AGAIN_MS));
  } finally {
    day.filling = false;
  }
}

async function latency() {
  if (page.connection !== "live" || document.hidden) return;
  try {
    page.store.latency = await ask("/api/latency");
  } catch { /* the stream says when the console is away */ }
}
