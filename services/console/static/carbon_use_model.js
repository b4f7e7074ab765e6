// What a month took, worked out of exact numbers: costs in whole cents and amounts in whole base
// units, as BigInt. No DOM.

import { number } from "./format.js";
import { has, t } from "./i18n.js";
import { energyText } from "./carbon_model.js";

const CENTS = 100;
const SHOWN = { dm3: ["m³", 1e3], Ndm3: ["Nm³", 1e3], g: ["t", 1e6] };
const PRICED_PER = { Wh: ["kWh", 1e3], dm3: ["m³", 1e3], Ndm3: ["Nm³", 1e3], g: ["kg", 1e3], pcs: ["pcs", 1] };

// An amount of base units as people read it; a dash where it is not known.
export function amountText(amount, unit) {
  if (amount === null) return "–";
  if (unit === "Wh") return energyText(amount);
  const [name, size] = SHOWN[unit] ?? [has(`unit_${unit}`) ? t(`unit_${unit}`) : unit, 1];
  const value = Number(amount) / size;
  return `${number(value, size === 1 || Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 3)} ${name}`;
}

// ---- costs

// Whether it is what the park pays by its meters; those of the enterprises sum to it.
export const isParks = ({ enterprise }) => enterprise === "*";

// {total, enterprises, positions}, the largest first; what is not known is in no sum, and said.
export function costsOf(costs) {
  const parts = costs.filter((one) => !isParks(one));
  const paid = costs.filter(isParks);
  return {
    total: tally(parts.length ? parts : paid),
    enterprises: grouped(parts, ({ enterprise }) => enterprise).map((one) => ({ ...one, parts: grouped(one.lines, ({ position }) => position) })),
    positions: grouped(paid.length ? paid : parts, ({ position, unit }) => `${position} ${unit}`).map((one) => ({ ...one, position: one.lines[0].position, unit: one.lines[0].unit, amount: one.lines.reduce((sum, { amount }) => sum + BigInt(amount), 0n) })),
  };
}

const tally = (lines) => ({ cents: lines.reduce((sum, { cents }) => sum + BigInt(cents ?? 0), 0n), isKnown: lines.every(({ cents }) => cents !== null), isUnknown: lines.every(({ cents }) => cents === null) });

function grouped(lines, key) {
  const found = new Map();
  for (const one of lines) found.set(key(one), [...(found.get(key(one)) ?? []), one]);
  return [...found].map(([name, some]) => ({ key: name, lines: some, ...tally(some) })).sort((a, b) => (a.cents < b.cents ? 1 : a.cents > b.cents ? -1 : a.key < b.key ? -1 : 1));
}

// Hundredths of the currency as money without its name: 1,234.50.
export const moneyText = (cents) => number(Number(cents) / CENTS, 2);

// What a unit cost on the mean: "0.6000 CNY/kWh"; nothing where it is not all known or not counted.
export function meanPrice({ unit, amount, cents, isKnown }, currency) {
  const [name, size] = PRICED_PER[unit] ?? [];
  if (!name || !isKnown || amount <= 0n) return "";
  return `${number((Number(cents) / CENTS) / (Number(amount) / size), 4)} ${currency}/${name}`;
}

// The scale that all bars of costs share: [lowest, highest] in cents, earnings below 0.
export function costScale(enterprises) {
  const sums = (sign) => enterprises.map(({ parts }) => parts.reduce((sum, { cents }) => sum + Math.max(0, sign * Number(cents)), 0));
  return [-Math.max(0, ...sums(-1)), Math.max(0, ...sums(1))];
}

// ---- balances

const FINDINGS = ["unclosed", "undecided", "closed"];

// Those that need somebody's eye first; what came in and went out with what stores gave and took.
export function balancesOf(balances) {
  return balances.map((one) => ({ ...one, in: withStock(one.came_in, one.from_stock, 1n), out: withStock(one.went_out, one.from_stock, -1n) }))
    .sort((a, b) => FINDINGS.indexOf(a.finding) - FINDINGS.indexOf(b.finding));
}

function withStock(amount, fromStock, sign) {
  if (amount === null) return null;
  const drawn = sign * BigInt(fromStock ?? 0);
  return BigInt(amount) + (drawn > 0n ? drawn : 0n);
}

export const size = (whole) => (whole < 0n ? -whole : whole);
