// Whether what came into a node went out again: two bars of one scale, and what lies between them.

import { el } from "./dom.js";
import { number } from "./format.js";
import { named, t } from "./i18n.js";
import { whole } from "./carbon_model.js";
import { nameCell, table, wordOf } from "./carbon_parts.js";
import { amountText, balancesOf, size } from "./carbon_use_model.js";

const LEAST_GAP = "5px"; // what does not close is seen however small it is

// A heading and the nodes, those that need somebody's eye first; nothing where there are none.
export function balancePart(balances) {
  if (!balances.length) return [];
  return [el("h3", {}, t("use_balances")), table([[t("balance_node"), false], ["", false], [t("balance_in_out"), true]], balancesOf(balances).map(row), t("use_balances"))];
}

// "main (water)" is the water of a node.
function nodeName(node) {
  const [, name, carrier] = /^(.*) \((\w+)\)$/.exec(node) ?? [null, node, ""];
  return carrier ? `${name} · ${wordOf("carrier", carrier)}` : name;
}

function row(one) {
  return el("tr", { class: `finding-${one.finding}`, "data-node": one.node },
    nameCell(el("span", {}, nodeName(one.node)), el("span", { class: `says ${one.finding === "unclosed" ? "warn-text" : ""}` }, finding(one)),
      one.unknown ? el("span", { class: "note" }, t("balance_left_out", { n: number(one.unknown) })) : null),
    el("td", { class: "share" }, ...bars(one)),
    el("td", { class: "num", title: exactly(one) }, el("span", {}, amountText(one.in, one.unit)), el("br"), el("span", {}, amountText(one.out, one.unit))));
}

function finding({ finding: verdict, gap, allowed, unit, what }) {
  if (verdict === "undecided") return `? ${named(what)}`;
  if (verdict === "closed") return `✓ ${t("balance_closes")}`;
  const word = BigInt(gap) > 0n ? "balance_left" : "balance_came";
  return `⚠ ${t(word, { gap: amountText(size(BigInt(gap)), unit), allowed: amountText(allowed, unit) })}`;
}

const exactly = (one) => [one.in, one.out].map((amount) => (amount === null ? "–" : `${whole(amount)} ${one.unit}`)).join(" → ");

// What is missing of the shorter bar is marked where the node does not close.
function bars(one) {
  const most = Math.max(Number(one.in ?? 0), Number(one.out ?? 0));
  const share = (amount) => (most ? (Number(amount) / most) * 100 : 0);
  const bar = (amount, kind) => el("span", { class: "bar", "aria-hidden": "true" },
    amount === null ? null : el("i", { class: kind, style: `left:0;width:${share(amount).toFixed(2)}%` }),
    amount !== null && one.finding === "unclosed" && share(amount) < 100 ? el("i", { class: "gap", style: `right:0;width:max(${(100 - share(amount)).toFixed(2)}%, ${LEAST_GAP})` }) : null);
  return [bar(one.in, "came-in"), bar(one.out, "went-out")];
}
