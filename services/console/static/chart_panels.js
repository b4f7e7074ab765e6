// What each small chart shows: its lines, its limits, its words in the tooltip.

import { t } from "./i18n.js";

const FONT = getComputedStyle(document.documentElement).fontFamily;

export const INK = {
  text: "#e8eef0", muted: "#9fb1b7", axis: "#3a4c53", split: "#1e2b31", tip: "rgba(12,20,24,.95)",
  title: { fontSize: 12, fontWeight: 600, fontFamily: FONT },
  grid: "#8ab8ff", load: "#dbe4e8", chargers: "#f4a27a", pv: "#f2c14e", wind: "#6fd3bd", battery: "#b9a2f2", price: "#dbe4e8", intensity: "#9fb1b7", limit: "#ff8a7a",
};

const BREAK_MS = 40 * 60_000;
const NOTHING_KW = 3;
const CLOSE_MS = 4 * 60_000;

const actual = (data, color, more = {}) => ({ data, lineStyle: { color, width: 2 }, z: 5, ...more });
const plan = (data, color, more = {}) => ({ data, step: "end", lineStyle: { color, width: 1.4, type: [6, 4], opacity: 0.95 }, z: 4, ...more });
const middle = (data, color) => ({ data, lineStyle: { color, width: 1.2, type: [1, 3], opacity: 0.9 }, z: 4 });

// The area between two lines: forth along the upper and back along the lower, so that what lies
// below the lower is wound twice, in opposite directions, and stays empty.
export function area(rows, color, opacity) {
  const data = [];
  let run = [];
  const close = () => {
    if (run.length) data.push(...run.map(([ms, , high]) => [ms, high]), ...run.reverse().map(([ms, low]) => [ms, low]), [run[0][0], null]);
    run = [];
  };
  for (const row of rows) {
    if (run.length && row[0] - run[run.length - 1][0] > BREAK_MS) close();
    run.push(row);
  }
  close();
  return { data, lineStyle: { color: "transparent", width: 0 }, areaStyle: { color, opacity, origin: "auto" }, z: 1 };
}

function bandOf(rows, color) {
  return [area(rows.map(([ms, low, , high]) => [ms, low, high]), color, 0.2), middle(rows.map(([ms, , p50]) => [ms, p50]), color)];
}

// The part of the production that was not allowed: between what there was and what could have been.
function curtailment(lines) {
  const rows = [];
  let other = 0;
  for (const [ms, could] of lines.available) {
    while (other < lines.pv.length && lines.pv[other][0] < ms) other += 1;
    const did = lines.pv[other];
    if (!did || did[0] !== ms || did[1] === null || could - did[1] < NOTHING_KW) continue;
    if (!rows.length || ms - rows[rows.length - 1][0] >= CLOSE_MS) rows.push([ms, did[1], could]); // nearer than a pixel helps nobody
  }
  return [
    area(rows, INK.pv, 0.5),
    { data: rows.map(([ms, , could]) => [ms, could]), lineStyle: { color: INK.text, width: 1, type: [2, 2] }, z: 4 },
  ];
}

function limits([since, until], importKw, exportKw) {
  const style = { color: INK.limit, width: 1.2, type: "solid", opacity: 0.85 };
  return [importKw, -exportKw].map((kw) => ({ data: [[since, kw], [until, kw]], lineStyle: style, z: 2 }));
}

// An axis that shows both limits with round steps.
function around(below, above) {
  const rough = Math.max(above, below) / 2;
  const size = 10 ** Math.floor(Math.log10(rough));
  const interval = [1, 2, 5, 10].map((n) => n * size).find((step) => step >= rough * 0.99);
  const low = -Math.ceil((below * 1.05) / interval) * interval;
  return {
    interval,
    min: ({ min }) => Math.min(low, Math.floor(min / interval) * interval),
    max: ({ max }) => Math.max(above * 1.12, max * 1.02),
  };
}

export function panels(lines, park, control) {
  const importKw = (control?.import_limit_w ?? park.import_limit_w) / 1000;
  const exportKw = (control?.export_limit_w ?? park.export_limit_w) / 1000;
  const rating = (kind) => park.devices.filter((one) => one.kind === kind).reduce((sum, one) => sum + (one.rating_w ?? 0), 0) / 1000;
  const has = (kind) => park.devices.some((device) => device.kind === kind);
  const p50 = (rows) => rows.map(([ms, , value]) => [ms, value]);
  const steady = { holds: true };
  return [
    {
      title: t("chart_grid"), name: t("tile_grid"), colour: INK.grid, weight: 1.35,
      ...around(exportKw, importKw),
      series: [...limits(lines.span, importKw, exportKw), plan(lines.gridPlan, INK.grid), actual(lines.grid, INK.grid)],
      tip: [[t("tip_actual"), lines.grid], [t("tip_plan"), lines.gridPlan, steady]],
    },
    {
      title: t("chart_load"), name: t("tile_consumption"), colour: INK.load, weight: 1.15, min: 0,
      series: [...bandOf(lines.loadsBand, INK.load), actual(lines.chargers, INK.chargers, { lineStyle: { color: INK.chargers, width: 1.4 } }), actual(lines.loads, INK.load)],
      second: { title: `— ${t("key_chargers")}`, colour: INK.chargers, min: 0, max: 1, hidden: true },
      tip: [[t("tip_actual"), lines.loads], [t("tip_forecast"), p50(lines.loadsBand)], [t("key_chargers"), lines.chargers]],
    },
    has("pv") && {
      title: t("chart_pv"), name: t("chart_pv").split(" · ")[0], colour: INK.pv, weight: 1, min: 0,
      second: { title: `▮ ${t("key_curtailed")}`, colour: INK.pv, min: 0, max: 1, hidden: true },
      series: [...bandOf(lines.pvBand, INK.pv), ...curtailment(lines), plan(lines.pvPlan, INK.pv), actual(lines.pv, INK.pv)],
      tip: [[t("tip_actual"), lines.pv], [t("q_available_power_w"), lines.available], [t("tip_plan"), lines.pvPlan, steady], [t("tip_forecast"), p50(lines.pvBand)]],
    },
    has("wind") && {
      title: t("chart_wind"), name: t("chart_wind").split(" · ")[0], colour: INK.wind, weight: 1, min: 0, max: undefined,
      series: [...bandOf(lines.windBand, INK.wind), actual(lines.wind, INK.wind)],
      tip: [[t("tip_actual"), lines.wind], [t("tip_forecast"), p50(lines.windBand)]],
    },
    has("battery") && {
      title: t("chart_battery"), name: t("tile_battery"), colour: INK.battery, weight: 1.1,
      min: -rating("battery") || undefined, max: rating("battery") || undefined,
      second: { title: `┈ ${t("chart_soc")}`, colour: INK.muted, min: 0, max: 100 },
      series: [
        plan(lines.batteryPlan, INK.battery), actual(lines.battery, INK.battery),
        { data: lines.soc, second: true, lineStyle: { color: INK.muted, width: 2 }, z: 3 },
        { data: lines.socPlan, second: true, lineStyle: { color: INK.muted, width: 1.2, type: [6, 4] }, z: 2 },
      ],
      tip: [
        [t("tip_actual"), lines.battery], [t("tip_plan"), lines.batteryPlan, steady],
        [t("soc"), lines.soc, { unit: "%" }], [`${t("soc")}, ${t("tip_plan")}`, lines.socPlan, { unit: "%" }],
      ],
    },
    {
      title: t("chart_market", { currency: park.currency }), name: t("chart_market", { currency: "" }).split(" · ")[0],
      colour: INK.price, weight: 0.9, scale: true, digits: 2,
      second: { title: `┈ ${t("chart_intensity")}`, colour: INK.intensity, scale: true },
      series: [
        { data: lines.price, lineStyle: { color: INK.price, width: 1.6 } },
        { data: lines.intensity, second: true, lineStyle: { color: INK.intensity, width: 1.4, type: [2, 3] } },
      ],
      tip: [
        ["", lines.price, { holds: true, digits: 3, unit: `${park.currency}/kWh` }],
        [t("chart_intensity").split(" ")[0], lines.intensity, { holds: true, unit: "gCO₂/kWh" }],
      ],
    },
  ].filter(Boolean);
}
