// What the page of forecasts shows, worked out of the issue and of what forecasting says of the past. No DOM.

import { quantityName } from "./format.js";
import { named, t } from "./i18n.js";

const PRODUCING = ["pv", "wind"];
const MEMBER = /^(.+) (\d+)%$/;
const PLAIN = "active_power_w";

// Every series and sum of an issue: {id, name, sum}, in its order; named as people call them.
export function choices(issue, park) {
  if (!issue) return [];
  return [
    ...Object.keys(issue.series).map((id) => ({ id, name: nameOf(id, park), sum: false })),
    ...Object.keys(issue.aggregates ?? {}).map((id) => ({ id, name: sumName(id, park), sum: true })),
  ];
}

function nameOf(point, park) {
  const [device, quantity] = parts(point);
  const known = park.devices.find((one) => one.id === device);
  const name = known ? named(known.name) : device;
  return quantity === PLAIN ? name : `${name} · ${quantityName(point)}`;
}

function sumName(id, park) {
  const [whole, which] = parts(id);
  const word = t(`sum_${which}`);
  if (whole === "park") return word;
  const tenant = park.tenants.find((one) => `tenant.${one.id}` === whole);
  return `${tenant ? named(tenant.name) : whole} · ${word}`;
}

function parts(point) {
  const dot = point.lastIndexOf(".");
  return [point.slice(0, dot), point.slice(dot + 1)];
}

// From watts to the kW people see: production, negative in the park's books, is shown upwards.
export function factorOf(point, park) {
  const [device, quantity] = parts(point);
  const produces = PRODUCING.includes(park.devices.find((one) => one.id === device)?.kind);
  return produces || quantity === "generation_w" ? -0.001 : 0.001;
}

// The fan: rows [middle of the step in ms, low, P50, high] in kW.
export function fanRows(series, factor) {
  const start = Date.parse(series.start);
  return series.p50_w.map((p50, step) => {
    const ends = [series.p10_w[step] * factor, series.p90_w[step] * factor];
    return [start + (step + 0.5) * series.step_s * 1000, Math.min(...ends), p50 * factor, Math.max(...ends)];
  });
}

// A series of values on a grid as a line [ms, kW], with holes where nothing is known.
export function lineOf({ start, step_s }, values, factor) {
  const first = Date.parse(start);
  return values.map((value, step) => [first + (step + 0.5) * step_s * 1000, value === null ? null : value * factor]);
}

// The part of a line from a moment on.
export const since = (line, ms) => line.filter(([at]) => at >= ms);

// How a forecast came about: {members: [{name, share}], model}; members are empty where it says it otherwise.
export function methodOf(text) {
  const [mixed, ...rest] = text.split("; ");
  const members = mixed.split(" + ").map((one) => MEMBER.exec(one));
  if (members.some((found) => !found)) return { members: [], model: text };
  return { members: members.map(([, name, share]) => ({ name, share: Number(share) / 100 })), model: rest.join("; ") };
}

const FEWEST_CASES = 96; // quarter hours that have come true

// The sentence of a score: how much less or more error than the best naive method.
export function skillWords({ skill, cases }, percent) {
  if (cases < FEWEST_CASES) return { word: t("skill_early"), state: "" };
  if (skill === null) return { word: t("skill_unknown"), state: "" };
  return skill >= 0 ? { word: t("less_error", { n: percent(skill) }), state: "won" } : { word: t("more_error", { n: percent(-skill) }), state: "lost" };
}
