// Six small multiples on one time axis: the local day and the plan ahead. Drawn at most once a second.

import { at, band, measured, planned, plannedLevels, steps } from "./chart_lines.js";
import { byId, el, setText } from "./dom.js";
import { dayTime, hourMinute, midnight, number } from "./format.js";
import { t } from "./i18n.js";
import { Lines } from "./store.js";
import { panels, INK } from "./chart_panels.js";

const AHEAD_MS = 12 * 3_600_000;
const MARGIN = { left: 46, right: 46, top: 4, bottom: 22, gap: 9, title: 17 };

export class Charts {
  constructor(store) {
    this.store = store;
    this.box = byId("charts");
    this.now = byId("now-line");
    const drawing = el("div", { class: "drawing" });
    this.box.prepend(drawing);
    this.chart = window.echarts.init(drawing, null, { renderer: "canvas" });
    this.frame = "";
    new ResizeObserver(() => this.resized()).observe(this.box);
  }

  resized() {
    if (!this.box.clientWidth) return;
    this.chart.resize();
    this.frame = "";
    this.draw();
  }

  // The hours shown: the local day, and when the plan needs it the first hours of the next.
  span() {
    const { now, plan } = this.store;
    const since = midnight(now);
    let until = midnight(now, 1);
    if (plan) {
      const end = Date.parse(plan.start) + plan.grid_power_w.length * plan.step_s * 1000;
      until = Math.max(until, Math.min(end, now + AHEAD_MS));
    }
    return [since, Math.ceil(until / 3_600_000) * 3_600_000];
  }

  draw() {
    if (!this.store.pulse || !this.box.clientWidth) return;
    const [since, until] = this.span();
    const size = [this.box.clientWidth, this.box.clientHeight];
    const frame = [since, until, t("chart_grid"), ...size].join();
    const lines = this.lines(since, until);
    this.shown = panels(lines, this.store.park, this.store.control);
    if (frame !== this.frame) {
      this.frame = frame;
      this.chart.setOption(this.skeleton(since, until, size), { notMerge: true });
      this.key();
    }
    this.chart.setOption({ series: this.series() }, { lazyUpdate: true });
    this.moveNow(since, until);
  }

  lines(since, until) {
    const { lines, foreseen, curves, park } = this.store;
    const of = lines.of;
    const points = Lines.points(park);
    const device = (kind) => park.devices.find((one) => one.kind === kind)?.id;
    const battery = device("battery");
    const pv = device("pv");
    const plan = (name, column, factor) => planned(foreseen.planned, name, column, since, until, foreseen.stepMs, factor);
    const forecast = (names, factor) => band(foreseen.forecast, names, since, until, factor);
    return {
      grid: measured(of.grid),
      gridPlan: plan("grid", 0),
      loads: measured(of.loads),
      loadsBand: forecast(points.loads),
      chargers: measured(of.chargers),
      pv: measured(of.pv, -0.001),
      pvBand: forecast(points.pv, -0.001),
      pvPlan: pv ? plan(pv, 0, -0.001) : [],
      available: measured(of.available),
      wind: measured(of.wind, -0.001),
      windBand: forecast(points.wind, -0.001),
      battery: measured(of.battery),
      batteryPlan: battery ? plan(battery, 0) : [],
      soc: measured(of.soc, 1),
      socPlan: battery ? plannedLevels(foreseen.planned, battery, since, until, foreseen.stepMs) : [],
      price: steps(curves.prices.values(), "import_price_per_kwh", since, until),
      intensity: steps(curves.intensity.values(), "intensity_g_per_kwh", since, until),
      span: [since, until],
    };
  }

  // ---- the fixed part: grids, axes, titles

  skeleton(since, until, [width, height]) {
    const { shown } = this;
    const weights = shown.reduce((sum, panel) => sum + panel.weight, 0);
    const room = height - MARGIN.top - MARGIN.bottom - shown.length * MARGIN.title - (shown.length - 1) * MARGIN.gap;
    const option = { animation: false, grid: [], xAxis: [], yAxis: [], title: [], textStyle: { fontFamily: INK.title.fontFamily } };
    let top = MARGIN.top;
    shown.forEach((panel, place) => {
      const tall = (room * panel.weight) / weights;
      const last = place === shown.length - 1;
      option.title.push({ text: panel.title, left: MARGIN.left - 5, top: top - 3, textStyle: { ...INK.title, color: panel.colour } });
      if (panel.second) {
        option.title.push({ text: panel.second.title, right: MARGIN.right - 5, top: top - 3, textStyle: { ...INK.title, color: panel.second.colour } });
      }
      option.grid.push({ left: MARGIN.left, right: MARGIN.right, top: top + MARGIN.title, height: tall });
      option.xAxis.push({
        type: "value", gridIndex: place, min: since, max: until, interval: width < 520 ? 6 * 3_600_000 : 3 * 3_600_000,
        axisLabel: { show: last, color: INK.muted, formatter: (ms) => (ms === until ? "" : hourMinute(ms)), hideOverlap: true },
        axisLine: { show: true, onZero: false, lineStyle: { color: INK.axis } },
        axisTick: { show: last, lineStyle: { color: INK.axis } }, splitLine: { lineStyle: { color: INK.split } },
        axisPointer: { show: true, snap: false, label: { show: false }, lineStyle: { color: INK.muted, type: "solid" }, triggerTooltip: true },
      });
      option.yAxis.push(this.valueAxis(place, panel, "left"));
      option.yAxis.push(this.valueAxis(place, panel.second ?? { min: 0, max: 1, hidden: true }, "right"));
      top += MARGIN.title + tall + MARGIN.gap;
    });
    option.axisPointer = { link: [{ xAxisIndex: "all" }] };
    option.tooltip = {
      trigger: "axis", confine: true, transitionDuration: 0, backgroundColor: INK.tip, borderColor: INK.axis,
      padding: [8, 12], textStyle: { color: INK.text, fontSize: 13 }, formatter: (hits) => this.tip(hits[0]?.axisValue),
    };
    option.series = [];
    return option;
  }

  valueAxis(place, { min, max, interval, scale, digits = 0, hidden }, position) {
    return {
      type: "value", gridIndex: place, position, min, max, interval, scale: Boolean(scale), splitNumber: 2,
      axisLabel: { show: !hidden, color: INK.muted, fontSize: 11, showMaxLabel: interval ? false : null, formatter: (value) => number(value, digits) },
      axisLine: { show: false }, axisTick: { show: false },
      splitLine: { show: position === "left", lineStyle: { color: INK.split } },
      axisPointer: { show: false },
    };
  }

  series() {
    return this.shown.flatMap((panel, place) => panel.series.map((series, order) => ({
      type: "line", symbol: "none", silent: true, connectNulls: false, z: 3, emphasis: { disabled: true },
      ...series, id: `${place}.${order}`, xAxisIndex: place, yAxisIndex: 2 * place + (series.second ? 1 : 0),
    })));
  }

  // ---- now, the tooltip, the key

  moveNow(since, until) {
    const { now } = this.store;
    const share = (now - since) / (until - since);
    const left = MARGIN.left + share * (this.box.clientWidth - MARGIN.left - MARGIN.right);
    this.now.hidden = share < 0 || share > 1;
    this.now.style.transform = `translateX(${left.toFixed(1)}px)`;
    this.now.style.height = `${this.box.clientHeight - MARGIN.bottom}px`;
  }

  tip(ms) {
    if (!Number.isFinite(ms)) return "";
    const rows = this.shown.flatMap((panel) => panel.tip
      .map(([label, line, options = {}]) => [label, at(line, ms, options), options])
      .filter(([, value]) => value !== null)
      .map(([label, value, { digits = 0, unit = "kW" }], place) => el("tr", {},
        el("td", { style: `color:${panel.colour}` }, place ? "" : panel.name), el("td", {}, label), el("td", { class: "num" }, `${number(value, digits)} ${unit}`))));
    return el("div", {}, el("strong", {}, dayTime(ms)), el("table", { class: "tip" }, ...rows));
  }

  key() {
    const entries = [["actual", "key_actual"], ["plan", "key_plan"], ["p50", "key_forecast"], ["band", "key_band"], ["limit", "key_limit"], ["now", "key_now"]];
    byId("chart-key").replaceChildren(...entries.map(([mark, word]) =>
      el("span", {}, el("i", { class: `mark-${mark}` }), t(word))));
    this.box.setAttribute("aria-label", `${t("charts")}: ${this.shown.map((panel) => panel.title).join("; ")}`);
  }
}

export function chartsNote(text) {
  const note = byId("charts-note");
  note.hidden = !text;
  setText(note, text);
}
