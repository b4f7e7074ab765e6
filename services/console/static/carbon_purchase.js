// What to buy so that a wanted share of the load is matched by the hour: offers in, a proposal out.

import { byId, el, refill } from "./dom.js";
import { money, percent } from "./format.js";
import { language, t } from "./i18n.js";
import { enterpriseChosen, spanOf } from "./carbon_matching.js";
import { energyText } from "./carbon_model.js";
import { nameCell, table } from "./carbon_parts.js";
import { ask } from "./stream.js";

const FIELDS = [["name", "text", "offer_name"], ["technology", "text", "offer_technology"], ["price_per_mwh", "number", "offer_price"], ["max_mwh", "number", "offer_size"]];
const FIRST_ROWS = 2;
const MOST_ROWS = 12;

export function drawPurchase(month, park) {
  refill(byId("purchase"), JSON.stringify([language(), park.currency]), () => [form(park)]);
  byId("purchase").dataset.month = month;
}

function form(park) {
  const offers = el("tbody", {}, ...Array.from({ length: FIRST_ROWS }, offerRow));
  const answer = el("div", { class: "proposal", role: "status" });
  const add = el("button", { type: "button", class: "plain", onclick: () => offers.children.length < MOST_ROWS && offers.append(offerRow()) }, t("offer_add"));
  const send = el("button", { type: "submit" }, t("purchase_ask"));
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    answer.replaceChildren(el("p", { class: "quiet" }, t("purchase_asking")));
    answer.replaceChildren(...(await answered(new FormData(event.currentTarget), offers, park)));
    send.disabled = false;
  };
  return el("form", { onsubmit },
    el("p", { class: "fields" }, el("label", {}, el("span", {}, t("purchase_target")), el("input", { name: "target", type: "number", min: "1", max: "100", step: "0.1", value: "80", required: true }))),
    el("table", {}, el("thead", {}, el("tr", {}, ...FIELDS.map(([, , word]) => el("th", { scope: "col" }, t(word, { currency: park.currency }))))), offers),
    el("p", { class: "choices" }, add, send), answer);
}

function offerRow() {
  return el("tr", { class: "offer" }, ...FIELDS.map(([name, type, word]) => el("td", {}, el("input", {
    name, type, "aria-label": t(word, { currency: "" }), maxlength: "100", autocomplete: "off", ...(type === "number" ? { min: "0", step: name === "max_mwh" ? "1" : "0.001" } : {}),
  }))));
}

// Rows without a name are no offers.
const offersIn = (rows) => [...rows.children].map((row) => Object.fromEntries(FIELDS.map(([name]) => [name, row.querySelector(`[name=${name}]`).value.trim()]))).filter(({ name }) => name);

async function answered(given, rows, park) {
  const offers = offersIn(rows);
  if (!offers.length) return [el("p", { class: "warn-text" }, t("purchase_no_offer"))];
  const target = String(Number((Number(given.get("target")) / 100).toFixed(6)));
  const query = new URLSearchParams({ enterprise: enterpriseChosen(), target, offers: JSON.stringify(offers) });
  try {
    return proposal(await ask(`/api/carbon-purchase?${spanOf(byId("purchase").dataset.month)}&${query}`), Number(target), park);
  } catch (refusal) {
    return [el("p", { class: "warn-text" }, `✕ ${t("not_available", { why: refusal.message })}`)];
  }
}

function proposal({ current, reachable, reached, purchases, cost, least_cost: least }, target, park) {
  const shares = t("purchase_shares", { current: percent(current, 1), reached: percent(reached, 1) });
  if (!reachable) return [el("p", { class: "warn-text" }, `✕ ${t("purchase_unreachable", { target: percent(target, 1) })}`), el("p", {}, shares)];
  const rows = purchases.map((one) => el("tr", {}, nameCell(el("span", {}, one.name), el("span", { class: "note" }, one.technology)), el("td", { class: "num" }, energyText(one.quantity_wh)), el("td", { class: "num" }, money(one.cost, park.currency))));
  const sum = el("tr", { class: "sum" }, nameCell(t("total")), el("td", {}), el("td", { class: "num" }, money(cost, park.currency)));
  return [el("p", {}, `✓ ${shares}`), table([[t("offer_name"), false], [t("purchase_quantity"), true], [t("purchase_cost"), true]], [...rows, sum], t("purchase")),
    el("p", { class: "note" }, t("purchase_least", { least: money(least, park.currency) }))];
}
