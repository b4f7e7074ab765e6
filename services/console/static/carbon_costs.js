// What energy cost in the month: by enterprise as bars of its parts, by part with its mean price.

import { byId, el, refill, setText } from "./dom.js";
import { has, language, t } from "./i18n.js";
import { enterpriseName, unique } from "./carbon_model.js";
import { about, absent, nameCell, said, table, wordOf } from "./carbon_parts.js";
import { amountText, costScale, costsOf, isParks, meanPrice, moneyText } from "./carbon_use_model.js";

const KINDS = ["grid", "pv", "wind", "hydro", "biomass", "chp", "fossil", "unaccounted"];
const OTHER_INKS = 4;

export function drawCosts(costs, park) {
  const { body } = costs;
  const found = body?.costs.length ? costsOf(body.costs) : null;
  const key = JSON.stringify([costs, language()]);
  setText(byId("costs-total"), found ? totalText(found.total, body.currency) : "");
  refill(byId("costs"), key, () => (body ? [found ? drawing(found, body, park) : el("p", { class: "quiet" }, t("costs_none")), said("use_lacks", body.open_items)] : [absent(costs.why)]));
  byId("costs-table").hidden = !found;
  refill(byId("costs-table").querySelector(".body"), key, () => (found ? [exactTable(found, body.currency, park)] : []));
}

function totalText(total, currency) {
  if (total.isUnknown) return t("cost_unknown");
  return `${moneyText(total.cents)} ${currency}${total.isKnown ? "" : ` · ⚠ ${t("cost_partly")}`}`;
}

function drawing(found, body, park) {
  const inks = inksOf(found.positions);
  return el("div", { class: "halves" },
    el("div", { class: "half" }, el("h3", {}, t("by_enterprise")), byEnterprise(found, body.currency, inks, park)),
    el("div", { class: "half" }, el("h3", {}, t("costs_by_part")), byPart(found, body.currency, inks), said("unverified_because", doubtsOf(body.costs, park))));
}

// Why costs are unverified: of each enterprise, of the whole park where no enterprise's says it.
function doubtsOf(costs, park) {
  const isTold = ({ position }) => costs.some((one) => !isParks(one) && one.position === position && one.unverified.length);
  const name = (one) => `${isParks(one) ? t("whole_park") : enterpriseName(one.enterprise, park)}, ${positionName(one.position)}`;
  return unique(costs.filter((one) => !isParks(one) || !isTold(one)).flatMap((one) => one.unverified.map((why) => about(name(one), why))));
}

// The colour of each part: that of its kind of energy, else the next one of a few.
function inksOf(positions) {
  let next = 0;
  return new Map(positions.map(({ position }) => {
    const kind = position.replace("direct-line-", "");
    return [position, KINDS.includes(kind) ? `kind-${kind}` : `ink-${next++ % OTHER_INKS}`];
  }));
}

export function positionName(position) {
  if (position.startsWith("direct-line-")) return t("position_direct-line", { kind: positionName(position.slice("direct-line-".length)) });
  const group = ["position", "origin", "carrier"].find((one) => has(`${one}_${position}`));
  return group ? wordOf(group, position) : position;
}

// A sum; what is not wholly priced says so, and what has no price at all is no number.
function costCell({ cents, isKnown, isUnknown }) {
  if (isUnknown) return el("td", { class: "num warn-text" }, t("cost_unknown"));
  return el("td", { class: "num", title: isKnown ? null : t("cost_partly") }, `${isKnown ? "" : "⚠ "}${moneyText(cents)}`);
}

function byEnterprise({ enterprises, total }, currency, inks, park) {
  const scale = costScale(enterprises);
  const rows = enterprises.map((one) => el("tr", { "data-enterprise": one.key }, nameCell(enterpriseName(one.key, park)), el("td", { class: "share wide" }, bar(one.parts, scale, inks, currency)), costCell(one)));
  return table([[t("enterprise"), false], ["", false], [currency, true]], [...rows, el("tr", { class: "sum" }, nameCell(t("total")), el("td", {}), costCell(total))], t("by_enterprise"));
}

// Costs to the right of nothing, earnings to the left.
function bar(parts, [low, high], inks, currency) {
  const wide = high - low || 1;
  const ends = { 1: -low, "-1": -low };
  const piece = ({ key, cents, isUnknown }) => {
    const side = cents < 0n ? -1 : 1;
    const from = ends[side];
    ends[side] = from + Number(cents);
    const left = Math.min(from, ends[side]);
    const says = isUnknown ? t("cost_unknown") : `${moneyText(cents)} ${currency}`;
    return el("i", { class: inks.get(key), title: `${positionName(key)}: ${says}`, style: `left:${((left / wide) * 100).toFixed(2)}%;width:${((Math.abs(Number(cents)) / wide) * 100).toFixed(2)}%` });
  };
  return el("span", { class: "bar", "aria-hidden": "true" }, ...parts.map(piece), low ? el("i", { class: "zero", style: `left:${((-low / wide) * 100).toFixed(2)}%` }) : null);
}

function byPart({ positions }, currency, inks) {
  const rows = positions.map((one) => el("tr", { "data-position": one.position },
    nameCell(el("span", {}, el("i", { class: `swatch ${inks.get(one.position)}` }), positionName(one.position))),
    el("td", { class: "num" }, el("span", {}, amountText(one.amount, one.unit)), el("span", { class: "note" }, meanPrice(one, currency))), costCell(one)));
  return table([["", false], [t("amount"), true], [currency, true]], rows, t("costs_by_part"));
}

function exactTable({ enterprises, positions }, currency, park) {
  const names = [...new Set(positions.map(({ position }) => position))];
  const cell = (one, position) => {
    const part = one.parts.find(({ key }) => key === position);
    return part ? costCell(part) : el("td", { class: "num" }, "");
  };
  const rows = enterprises.map((one) => el("tr", {}, nameCell(enterpriseName(one.key, park)), ...names.map((position) => cell(one, position)), costCell(one)));
  return table([[currency, false], ...names.map((position) => [positionName(position), true]), [t("total"), true]], rows, t("costs_table"));
}
