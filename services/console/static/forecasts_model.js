// What the page of forecasts shows, worked out of the issue and of what forecasting says of the past. No DOM.

import { kilowatts, number, quantityName } from "./format.js";
import { named, t } from "./i18n.js";

const PRODUCING = ["pv", "wind"];
const MEMBER = /^(.+) (\d+)%$/;
const PLAIN = "active_power_w";
const FLEET = "charging";
const NODE = "node.";

// Every series, sum and signal of an issue: {id, name, kind}, in its order; named as people call them.
export function choices(issue, park) {
  if (!issue) return [];
  return [
    ...Object.keys(issue.series).map((id) => ({ id, name: nameOf(id, park), kind: "series" })),
    ...Object.keys(issue.aggregates ?? {}).map((id) => ({ id, name: sumName(id, park), kind: "sum" })),
    ...Object.keys(issue.signals ?? {}).map((id) => ({ id, name: t(`signal_${parts(id)[1]}`), kind: "signal" })),
  ];
}

// What the issue says of a choice, whatever it is.
export const saidOf = (issue, id) => ({ ...issue?.series, ...issue?.aggregates, ...issue?.signals })[id];

// Powers are shown in kW, a signal in its own unit.
export const unitOf = (said) => said?.unit ?? "kW";

// A value in the unit it is shown in, without the unit.
export function valueText(unit, value) {
  if (unit === "kW") return kilowatts(value * 1000);
  return number(value, unit === "g/kWh" ? 0 : 3);
}

// The quantiles of a series in watts, or of a signal in its unit.
export const quantilesOf = (said) => ({ p10: said.p10 ?? said.p10_w, p50: said.p50 ?? said.p50_w, p90: said.p90 ?? said.p90_w });

// The errors of a score in the unit they are shown in: {unit, error, ours, naive}.
export function errorsOf(score) {
  if (score.unit) return { unit: score.unit, error: score.error, ours: score.our_error ?? score.error, naive: score.naive_error };
  const kw = (watts) => (watts === null ? null : watts / 1000);
  return { unit: "kW", error: kw(score.error_w), ours: kw(score.our_error_w ?? score.error_w), naive: kw(score.naive_error_w) };
}

function nameOf(point, park) {
  const [device, quantity] = parts(point);
  const known = park.devices.find((one) => one.id === device);
  const name = known ? named(known.name) : fleetName(device);
  return quantity === PLAIN ? name : `${name} · ${quantityName(point)}`;
}

// A fleet has no device of its own; those behind a node carry its id.
function fleetName(id) {
  const [fleet, node] = [id.slice(0, FLEET.length), id.slice(FLEET.length + 1)];
  if (fleet !== FLEET) return id;
  return node ? `${t("charging_fleet")} · ${node}` : t("charging_fleet");
}

function sumName(id, park) {
  const [whole, which] = parts(id);
  const word = t(`sum_${which}`);
  if (whole === "park") return word;
  if (whole.startsWith(NODE)) return `${whole.slice(NODE.length)} · ${word}`;
  const tenant = park.tenants.find((one) => `tenant.${one.id}` === whole);
  return `${tenant ? named(tenant.name) : whole} · ${word}`;
}

function parts(point) {
  const dot = point.lastIndexOf(".");
  return [point.slice(0, dot), point.slice(dot + 1)];
}

// From watts to the kW people see: production, negative in the park's books, is shown upwards. A
// signal is shown as it is.
export function factorOf({ id: point, kind }, park) {
  if (kind === "signal") return 1;
  const [device, quantity] = parts(point);
  const produces = PRODUCING.includes(park.devices.find((one) => one.id === device)?.kind);
  return produces || quantity === "generation_w" ? -0.001 : 0.001;
}

// The fan: rows [middle of the step in ms, low, P50, high] in the unit shown.
export function fanRows(series, factor) {
  const start = Date.parse(series.start);
  const { p10, p50: medians, p90 } = quantilesOf(series);
  return medians.map((p50, step) => {
    const ends = [p10[step] * factor, p90[step] * factor];
    return [start + (step + 0.5) * series.step_s * 1000, Math.min(...ends), p50 * factor, Math.max(...ends)];
  });
}

// A series of values on a grid as a line [ms, value], with holes where nothing is known.
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
