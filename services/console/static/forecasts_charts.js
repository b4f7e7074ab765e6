// The two drawings of the page of forecasts: the fan ahead, and the past as it had been foreseen.

import { at } from "./chart_lines.js";
import { area, INK } from "./chart_panels.js";
import { byId, el } from "./dom.js";
import { valueText } from "./forecasts_model.js";
import { dayTime, hourMinute } from "./format.js";
import { language, t } from "./i18n.js";

const HOUR_MS = 3_600_000;
const MARGIN = { left: 58, right: 16, top: 26, bottom: 24 };
const MARKS = 9;
export const LEAD_INK = { 1: "#8ab8ff", 4: "#f2c14e", 24: "#b9a2f2" };

// One chart that is drawn anew when what it shows has changed.
export class Drawing {
  constructor(place) {
    this.box = byId(place);
    this.chart = window.echarts.init(this.box, null, { renderer: "canvas" });
    this.shown = null;
    new ResizeObserver(() => {
      this.chart.resize();
      this.render();
    }).observe(this.box);
  }

  // `shown` is {lines: [{name, data, ink, wide}], band, unit, from, until, now, label}; null empties it.
  show(shown) {
    const key = JSON.stringify([shown, language()]);
    if (key === this.key) return;
    this.key = key;
    this.shown = shown;
    this.box.setAttribute("aria-label", shown?.label ?? "");
    this.render();
  }

  render() {
    if (!this.shown || !this.box.clientWidth) return this.chart.clear();
    this.chart.setOption(optionOf(this.shown, this.box.clientWidth), { notMerge: true });
  }
}

function optionOf({ lines, band, unit, from, until, now }, width) {
  const style = { symbol: "none", silent: true, connectNulls: false, emphasis: { disabled: true }, type: "line" };
  const drawn = lines.map(({ data, ink, wide }) => ({ ...style, data, z: wide ? 5 : 4, lineStyle: { color: ink, width: wide ? 2 : 1.6 } }));
  const fan = band ? [{ ...style, ...area(band.map(([ms, low, , high]) => [ms, low, high]), INK.grid, 0.24) }] : [];
  const marked = now ? [{ ...style, data: [], markLine: nowLine(now) }] : [];
  return {
    animation: false,
    textStyle: { fontFamily: INK.title.fontFamily },
    grid: { ...MARGIN },
    xAxis: {
      type: "value", min: from, max: until, interval: hoursBetween(until - from, width) * HOUR_MS,
      axisLabel: { color: INK.muted, formatter: (ms) => (ms === until ? "" : hourMinute(ms)), hideOverlap: true },
      axisLine: { onZero: false, lineStyle: { color: INK.axis } }, axisTick: { lineStyle: { color: INK.axis } }, splitLine: { lineStyle: { color: INK.split } },
      axisPointer: { show: true, snap: false, label: { show: false }, lineStyle: { color: INK.muted, type: "solid" } },
    },
    yAxis: {
      type: "value", scale: !near0(lines, band), name: unit, nameTextStyle: { color: INK.muted, align: unit === "kW" ? "right" : "left" }, nameGap: 8,
      axisLabel: { color: INK.muted, formatter: (value) => valueText(unit, value) }, axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: INK.split } },
    },
    tooltip: {
      trigger: "axis", confine: true, transitionDuration: 0, backgroundColor: INK.tip, borderColor: INK.axis,
      padding: [8, 12], textStyle: { color: INK.text, fontSize: 13 }, formatter: (hits) => tip(hits[0]?.axisValue, lines, band, unit),
    },
    series: [...fan, ...drawn, ...marked],
  };
}

// Whether the lines come near zero: then the axis begins there.
function near0(lines, band) {
  const values = [...lines.flatMap(({ data }) => data.map(([, value]) => value)), ...(band ?? []).flatMap(([, low, , high]) => [low, high])].filter((value) => value !== null);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return !values.length || least < 0.6 * most;
}

function nowLine(now) {
  return { symbol: "none", silent: true, label: { show: false }, lineStyle: { color: INK.text, width: 1, type: "solid", opacity: 0.7 }, data: [{ xAxis: now }] };
}

// Whole hours between the marks of the axis, so that there is room for each.
function hoursBetween(spanMs, width) {
  const room = Math.max(3, Math.min(MARKS, Math.floor(width / 90)));
  return [1, 2, 3, 4, 6, 8, 12, 24].find((hours) => spanMs / (hours * HOUR_MS) <= room) ?? 24;
}

function tip(ms, lines, band, unit) {
  if (!Number.isFinite(ms)) return "";
  const row = (name, ink, text) => el("tr", {}, el("td", { style: `color:${ink}` }, name), el("td", { class: "num" }, text));
  const text = (value) => `${valueText(unit, value)} ${unit}`;
  const said = lines.map(({ name, data, ink }) => [name, ink, at(data.filter(([, value]) => value !== null), ms)]).filter(([, , value]) => value !== null);
  const ends = band ? [1, 3].map((end) => at(band.map((one) => [one[0], one[end]]), ms)) : [null];
  return el("div", {}, el("strong", {}, dayTime(ms)), el("table", { class: "tip" },
    ...said.map(([name, ink, value]) => row(name, ink, text(value))),
    ends.includes(null) ? null : row(t("key_fan"), INK.grid, `${valueText(unit, ends[0])} – ${text(ends[1])}`)));
}
