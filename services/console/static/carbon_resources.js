// Water, waste, heat, cold and pressure of the month: what was counted, whether it comes out again,
// and who could use whose.

import { byId, el, refill, setText } from "./dom.js";
import { number } from "./format.js";
import { language, named, t } from "./i18n.js";
import { balancePart } from "./carbon_balances.js";
import { enterpriseName, roundedUp, unique, whole } from "./carbon_model.js";
import { absent, nameCell, said, table, wordOf } from "./carbon_parts.js";
import { amountText } from "./carbon_use_model.js";

export function drawResources(resources, exchanges, park) {
  const { body } = resources;
  const amounts = body?.amounts ?? [];
  setText(byId("resources-count"), amounts.length ? t("resources_n", { n: number(amounts.length) }) : "");
  refill(byId("resources"), JSON.stringify([resources, exchanges, language()]), () => {
    if (!body) return [absent(resources.why)];
    const lacks = said("use_lacks", unique([...body.missing, ...(exchanges.body?.missing ?? [])]));
    if (!amounts.length) return [el("p", { class: "quiet" }, t("resources_none")), lacks];
    return [el("div", { class: "halves" },
      el("div", { class: "half" }, el("h3", {}, t("resources_counted")), counted(amounts, park)),
      el("div", { class: "half" }, ...balancePart(body.balances), el("h3", {}, t("exchanges")), ...offered(exchanges, park))), lacks];
  });
}

// Grouped by carrier, in the order of the answer.
function counted(amounts, park) {
  const carriers = [...new Set(amounts.map(({ carrier }) => carrier))];
  const rows = carriers.flatMap((carrier) => [
    el("tr", { class: "apart" }, el("th", { scope: "rowgroup", colspan: "3" }, wordOf("carrier", carrier))),
    ...amounts.filter((one) => one.carrier === carrier).map((one) => row(one, park))]);
  return table([[t("resource_meter"), false], [t("resource_role"), false], [t("amount"), true]], rows, t("resources_counted"));
}

function row(one, park) {
  const note = [enterpriseName(one.enterprise, park), levelText(one.carrier, one.level)].filter(Boolean).join(" · ");
  const partly = one.whole ? null : el("span", { class: "note warn-text" }, `⚠ ${t("resource_partly")}`);
  return el("tr", { "data-meter": one.meter },
    nameCell(el("span", {}, one.meter), el("span", { class: "note" }, note), partly), el("td", {}, wordOf("role", one.role)),
    el("td", { class: "num", title: `${whole(one.amount)} ${one.unit}` }, `${one.whole ? "" : "≥ "}${amountText(one.amount, one.unit)}`));
}

// Degrees of heat and cold, the class of water.
function levelText(carrier, level) {
  if (level === null) return "";
  return carrier === "water" ? t("quality_class", { n: number(level) }) : `${number(level)} °C`;
}

// ---- who could use whose

function offered({ body, why }, park) {
  if (!body) return [absent(why)];
  if (!body.exchanges.length && !body.uncosted.length) return [el("p", { class: "quiet" }, t("exchanges_none"))];
  return [el("ul", { class: "items exchanges" }, ...body.exchanges.map((one) => proposal(one, body.currency, park)), ...body.uncosted.map((one) => unpriced(one, park)))];
}

const end = (carrier, { meter, enterprise, level }, park) => `${enterpriseName(enterprise, park)} (${meter}, ${levelText(carrier, level)})`;
const pair = ({ carrier, source, demand }, park) => el("span", {}, t("use_about", { name: wordOf("carrier", carrier), what: `${end(carrier, source, park)} → ${end(carrier, demand, park)}` }));

function proposal(one, currency, park) {
  const arrives = one.delivered === one.taken ? "" : t("exchange_arrives", { amount: amountText(one.delivered, one.unit) });
  const amount = `${t("exchange_amount", { amount: amountText(one.taken, one.unit) })}${arrives}`;
  return el("li", { class: "exchange" }, pair(one, park),
    el("p", { class: "saves" }, el("span", {}, "✓ ", el("b", {}, t("exchange_saves", { money: `${number(one.saving)} ${currency}` })), ` · ${amount}`), months(one)),
    ...one.unverified.map((why) => el("p", { class: "note warn-text" }, `⚠ ${named(why)}`)));
}

function unpriced(one, park) {
  return el("li", { class: "exchange uncosted" }, pair(one, park), el("p", { class: "note" }, t("exchange_uncosted")));
}

// What is given in each calendar month of a year, as twelve small columns.
function months({ by_month: given, unit }) {
  const most = Number(roundedUp(given.map(BigInt))) || 1;
  const column = (amount, place) => el("i", { title: `${place + 1}: ${amountText(amount, unit)}`, style: `height:${Math.max(4, (Number(amount) / most) * 100).toFixed(0)}%` });
  return el("span", { class: "months", role: "img", "aria-label": t("exchange_months", { all: given.map((amount) => amountText(amount, unit)).join("; ") }) }, ...given.map(column));
}
