// The nodes of the topology: how far each meter is from what stands behind it, and what is allowed.

import { byId, el, refill } from "./dom.js";
import { energy, number, percent } from "./format.js";
import { has, language, named, t } from "./i18n.js";
import { QUARTER_MS } from "./quality_model.js";
import { quarterName, strip } from "./quality_strip.js";

const GLYPHS = { balanced: "✓", too_much_above: "▲", too_much_below: "▼", incomplete: "…" };
const STATES = { balanced: "full", too_much_above: "missing", too_much_below: "missing", incomplete: "open" };
const LEVELS = { balanced: 1, too_much_above: 1, too_much_below: 1, incomplete: 0.5 };
const MISSING_NAMED = 3;
const BEYOND = 1.6; // how far the gauge reaches beyond what is allowed

export function drawBalances(store) {
  const { balances } = store.asked;
  refill(byId("node-list"), language() + JSON.stringify(balances ?? null), () => {
    if (!balances) return [el("p", { class: "quiet" }, t("nothing_known", { service: t("peer_validation") }))];
    if (!balances.nodes.length) return [el("p", { class: "quiet" }, t("no_topology"))];
    return [el("ul", { class: "nodes" }, ...balances.nodes.map((one) => node(one, Date.parse(balances.first), store)))];
  });
}

function node(one, first, store) {
  const { newest, day } = one;
  const verdict = newest?.verdict ?? (one.missing.length ? "incomplete" : "none");
  const told = one.strip.filter((word) => word && word !== "incomplete");
  return el("li", { class: `node-balance ${verdict}`, "data-node": one.id },
    el("p", { class: "head" }, el("span", {}, el("strong", {}, one.id), " ", el("span", { class: "note" }, `${named(one.meter)} · ${t("balance_children", { n: number(one.children) })}`)),
      el("span", { class: "verdict" }, `${GLYPHS[verdict] ?? "?"} ${word(verdict)}`)),
    newest ? gauge(newest) : null,
    el("p", { class: "note figures" },
      el("span", { class: "last" }, newest ? t("balance_last", { time: quarterName(Date.parse(newest.start)), off: signed(newest.imbalance_wh), metered: energy(newest.metered_wh), share: ratio(newest.share) }) : t("no_balance")),
      day.quarters ? el("span", {}, t("balance_day", { off: signed(day.imbalance_wh), metered: energy(day.metered_wh), share: ratio(day.share) })) : null),
    one.missing.length ? el("p", { class: "note warn-text" }, t("balance_missing", { names: names(one.missing, store) })) : null,
    strip(one.strip.map((said, place) => cell(said, one.imbalance_wh[place], first + place * QUARTER_MS)),
      t("balance_strip", { node: one.id, ok: told.filter((said) => said === "balanced").length, all: told.length })));
}

// A band of what is allowed, and where the newest quarter hour stands.
function gauge({ imbalance_wh: off, least_wh: least, most_wh: most }) {
  const [low, high] = [least * BEYOND, Math.max(1, most * BEYOND)];
  const place = (wh) => `${(100 * (Math.min(high, Math.max(low, wh)) - low)) / (high - low)}%`;
  const words = t("balance_allowed", { least: energy(least), most: energy(most) });
  return el("div", { class: "gauge", title: words, role: "img", "aria-label": `${signed(off)}; ${words}` },
    el("i", { class: "band", style: `left:${place(least)};right:calc(100% - ${place(most)})` }),
    el("i", { class: "zero", style: `left:${place(0)}` }),
    el("i", { class: "pin", style: `left:${place(off)}` }));
}

function cell(said, off, at) {
  const verdict = said ?? "none";
  const holes = { time: quarterName(at), verdict: word(verdict), off: off === null ? "" : signed(off) };
  return { state: STATES[verdict] ?? "unknown", height: LEVELS[verdict] ?? 0, title: t(off === null ? "balance_cell_bare" : "balance_cell", holes) };
}

function names(missing, store) {
  const shown = missing.slice(0, MISSING_NAMED).map((id) => named(store.devices.get(id)?.name) || id);
  return shown.join(", ") + (missing.length > MISSING_NAMED ? ` +${missing.length - MISSING_NAMED}` : "");
}

const word = (verdict) => t(has(`balance_${verdict}`) ? `balance_${verdict}` : "balance_unspecified");
const signed = (wh) => `${wh > 0 ? "+" : ""}${energy(wh)}`;
const ratio = (share) => (share === null ? "–" : percent(share, 1));
