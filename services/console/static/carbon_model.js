// What the page of carbon shows, worked out of exact numbers: masses in whole nanograms and energies
// in whole watt-hours, as BigInt. No DOM.

import { number } from "./format.js";
import { language, named, t } from "./i18n.js";

const NG_PER_G = 10n ** 9n;
const NG_PER_T = 1e15;
const LEDGERS = ["park_acceptance", "location_based", "market_based", "product_footprint", "cbam", "emission_trading", "battery"];
const IN_WAYS = ["supply", "beyond_store", "became_unknown"];
const USED = ["use", "storage_loss", "unaccounted_load"]; // these are told by enterprise
const PARK = "park";

export const exact = ({ g, ng }) => BigInt(g) * NG_PER_G + BigInt(ng);

// ---- numbers as text

export const whole = (value) => BigInt(value).toLocaleString(language() === "zh" ? "zh-CN" : "en-GB");

// Tonnes with three digits; what is there but less than half a kilogram is not shown as zero.
export function tonnes(ng) {
  const value = Number(ng) / NG_PER_T;
  if (ng !== 0n && Math.abs(value) < 0.0005) return value < 0 ? "> −0.001" : "< 0.001";
  return number(value, 3);
}

// A difference with its sign.
export const signedTonnes = (ng) => (ng > 0n ? `+${tonnes(ng)}` : tonnes(ng));

// All digits of a mass, for whoever wants to check.
export function grams(ng) {
  const size = ng < 0n ? -ng : ng;
  const rest = String(size % NG_PER_G).padStart(9, "0");
  return `${ng < 0n ? "−" : ""}${whole(size / NG_PER_G)}.${rest} g`;
}

export function energyText(wh) {
  const kwh = Number(wh) / 1000;
  return Math.abs(kwh) >= 10_000 ? `${number(kwh / 1000, 1)} MWh` : `${number(kwh, 1)} kWh`;
}

// Texts of both languages, each once.
export const unique = (texts) => [...new Map(texts.map((text) => [text.en, text])).values()];

// ---- ledgers

export const ledgersIn = (lines) => LEDGERS.filter((ledger) => lines.some((one) => one.ledger === ledger));

export const enterpriseName = (id, park) => (id === PARK ? t("enterprise_park") : named(park.tenants.find((one) => one.id === id)?.name) || id);

// One ledger: its total, how sure it is, and its parts. What is not counted is in no sum.
export function ledgerOf(lines, ledger) {
  const own = lines.filter((one) => one.ledger === ledger);
  const counted = own.filter((one) => one.counted);
  return {
    ledger, gas: gasOf(ledger), total: sum(counted), entries: count(own, "entries"), estimated: count(own, "estimated"),
    unverified: unique(own.flatMap((one) => one.unverified)).sort((a, b) => (a.en < b.en ? -1 : 1)),
    scopes: grouped(counted, (one) => [one.scope, one.category]),
    beside: grouped(own.filter((one) => !one.counted), (one) => [one.scope, one.category]),
    enterprises: grouped(counted, (one) => [one.enterprise]),
    activities: grouped(own, (one) => [one.activity, one.carrier, one.origin, one.unit, one.counted ? "" : "beside"]),
  };
}

// What a ledger's sums are of, whichever gases its entries name: their emissions are CO2e, but for
// park acceptance, which counts CO2 alone.
const gasOf = (ledger) => (ledger === "park_acceptance" ? "CO2" : "CO2e");
const sum = (lines) => lines.reduce((total, one) => total + exact(one.emissions), 0n);
const count = (lines, field) => lines.reduce((total, one) => total + Number(one[field]), 0);

// Lines by what `key` says of them, in order of the key: [{key, lines, total, entries, estimated, amount}].
function grouped(lines, key) {
  const found = new Map();
  for (const one of lines) {
    const name = JSON.stringify(key(one));
    found.set(name, [...(found.get(name) ?? []), one]);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, some]) => ({
    key: JSON.parse(name), lines: some, total: sum(some), entries: count(some, "entries"), estimated: count(some, "estimated"),
    amount: some.reduce((total, one) => total + BigInt(one.amount), 0n),
  }));
}

// What a group was as reported; zero where it was not there.
export const before = (groups, key) => groups?.find((one) => JSON.stringify(one.key) === JSON.stringify(key))?.total ?? 0n;

// Where either of two versions says something: the keys of both.
export function keysOf(groups, reported) {
  const all = [...groups, ...(reported ?? [])].map((one) => JSON.stringify(one.key));
  return [...new Set(all)].sort().map((key) => JSON.parse(key));
}

// ---- electricity by origin

// The picture: {origins, targets, ribbons, isClosed}. What came in less than nothing went out, and
// the other way round, so that every ribbon is positive and each origin closes to the Wh.
export function flowsOf({ flows, uses }, month) {
  const ins = new Map();
  const outs = new Map();
  const add = (map, origin, name, wh) => map.set(`${origin}\n${name}`, (map.get(`${origin}\n${name}`) ?? 0n) + BigInt(wh));
  for (const one of flows) {
    if (IN_WAYS.includes(one.way)) add(ins, originKey(one, month), one.way, one.energy_wh);
    else if (!USED.includes(one.way)) add(outs, originKey(one, month), one.way, one.energy_wh);
  }
  for (const one of uses) add(outs, originKey(one, month), `enterprise ${one.enterprise}`, one.energy_wh);
  const [came, went] = [[...turned(ins, outs)], [...turned(outs, ins)]];
  return {
    origins: nodes(came, 0, 1), targets: nodes(went, 1, 0),
    ribbons: went.map(([origin, target, wh]) => ({ origin, target, wh })),
    isClosed: [...new Set([...came, ...went].map(([origin]) => origin))].every((origin) => of(came, origin) === of(went, origin)),
  };
}

// Electricity of this year's supply is not told apart by year.
const originKey = ({ kind, vintage }, month) => (!vintage || month.startsWith(vintage) ? kind : `${kind} ${vintage}`);

const of = (rows, origin) => rows.filter(([one]) => one === origin).reduce((total, [, , wh]) => total + wh, 0n);

function* turned(map, other) {
  for (const [name, wh] of map) if (wh > 0n) yield [...name.split("\n"), wh];
  for (const [name, wh] of other) if (wh < 0n) yield [...name.split("\n"), -wh];
}

// Largest first, each with what it is made of.
function nodes(rows, mine, others) {
  const found = new Map();
  for (const row of rows) {
    const node = found.get(row[mine]) ?? { key: row[mine], wh: 0n, parts: [] };
    node.wh += row[2];
    node.parts.push({ key: row[others], wh: row[2] });
    found.set(row[mine], node);
  }
  return [...found.values()].sort((a, b) => (a.wh < b.wh ? 1 : -1));
}

export const totalOf = (rows) => rows.reduce((total, { wh }) => total + wh, 0n);

// The largest of some energies, rounded up to one digit, so that a scale ends at a plain number.
export function roundedUp(all) {
  const most = all.reduce((a, b) => (b > a ? b : a), 0n);
  if (!most) return 0n;
  const unit = 10n ** BigInt(String(most).length - 1);
  return ((most + unit - 1n) / unit) * unit;
}
