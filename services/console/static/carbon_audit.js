// The energy audit of the month: energy in tce, nodes that close or not, products against their
// limits, and how meters are read.

import { byId, el, refill, setText } from "./dom.js";
import { number, percent } from "./format.js";
import { has, language, named, t } from "./i18n.js";
import { balancePart } from "./carbon_balances.js";
import { enterpriseName, unique } from "./carbon_model.js";
import { about, absent, nameCell, said, table, wordOf } from "./carbon_parts.js";
import { amountText } from "./carbon_use_model.js";

const INKS = { "grid-power": "kind-grid", "green-power": "kind-wind" };
const MARKS = { within_grade_2: ["met", "✓"], beyond_grade_2: ["missed", "✕"], ungraded: ["", "?"] };
const HEADROOM = 1.1; // the longest bar of a product leaves room for the mark of a limit

export function drawAudit(audit, park) {
  const { body } = audit;
  setText(byId("audit-total"), body?.total ? totalText(body.total) : "");
  refill(byId("audit"), JSON.stringify([audit, language()]), () => {
    if (!body) return [absent(audit.why)];
    const doubts = unique([...body.energy.map((one) => [streamWord(one), one]), ...body.products.map((one) => [one.product, one])].flatMap(([name, { unverified }]) => unverified.map((why) => about(name, why))));
    return [el("div", { class: "halves" },
      el("div", { class: "half" }, el("h3", {}, t("audit_energy")), energy(body), el("h3", {}, t("audit_meters")), meters(body.collection)),
      el("div", { class: "half" }, ...balancePart(body.balances), ...products(body.products, park))),
    said("unverified_because", doubts), said("use_lacks", body.missing)];
  });
}

const tce = (value) => `${number(value, 3)} tce`;
const totalText = ({ tce: total, lacking }) => (total === null ? `⚠ ${t("audit_no_total", { names: lacking.join(", ") })}` : tce(total));

// ---- energy

function energy({ energy: lines, total }) {
  if (!lines.length) return el("p", { class: "quiet" }, t("audit_energy_none"));
  const hasEquivalent = lines.some((one) => one.equivalent_tce !== null);
  const most = Math.max(...lines.map((one) => one.tce ?? 0)) || 1;
  const cells = (one) => [one.tce, ...(hasEquivalent ? [one.equivalent_tce] : [])].map((value) => el("td", { class: "num" }, value === null ? "–" : number(value, 3)));
  const rows = lines.map((one) => el("tr", { "data-stream": one.stream }, nameCell(...streamName(one)),
    el("td", { class: "share" }, el("span", { class: "bar", "aria-hidden": "true" }, el("i", { class: INKS[one.stream] ?? "ink-0", style: `left:0;width:${(((one.tce ?? 0) / most) * 100).toFixed(2)}%` }))),
    el("td", { class: "num" }, amountText(one.amount, one.unit)), ...cells(one)));
  const sum = total ? el("tr", { class: "sum" }, nameCell(t("total")), el("td", {}), el("td", {}), ...cells(total)) : null;
  return table([[t("audit_stream"), false], ["", false], [t("amount"), true], ["tce", true], ...(hasEquivalent ? [[t("audit_equivalent"), true]] : [])], [...rows, sum].filter(Boolean), t("audit_energy"));
}

const streamWord = ({ stream }) => (has(`stream_${stream}`) ? t(`stream_${stream}`) : stream);

function streamName({ stream, carrier, lacking }) {
  const name = streamWord({ stream });
  const note = has(`stream_${stream}`) ? "" : wordOf("carrier", carrier);
  return [el("span", {}, name), el("span", { class: "note" }, note), lacking.en ? el("span", { class: "note warn-text" }, `⚠ ${t("audit_not_counted", { why: named(lacking) })}`) : null];
}

// ---- meters

function meters({ required, automatic, share, by_hand: byHand, not_stated: notStated }) {
  if (!required) return el("p", { class: "quiet" }, t("audit_meters_none"));
  if (share === null) return el("details", { class: "meters" }, el("summary", {}, el("span", { class: "warn-text" }, `⚠ ${t("audit_meters_silent", { n: number(notStated.length), all: number(required) })}`)), el("p", { class: "note because" }, notStated.join(", ")));
  return el("div", { class: "meters" },
    el("p", {}, el("b", {}, percent(share, 1)), ` · ${t("audit_meters_of", { n: number(automatic), all: number(required) })}`),
    el("span", { class: "bar", "aria-hidden": "true" }, el("i", { class: "collected", style: `left:0;width:${(share * 100).toFixed(2)}%` })),
    byHand.length ? el("p", { class: "note" }, t("audit_by_hand", { names: byHand.join(", ") })) : null);
}

// ---- products, where the park declares any

function products(all, park) {
  if (!all.length) return [];
  const rows = all.map((one) => el("tr", { "data-product": one.product },
    nameCell(el("span", {}, one.product), el("span", { class: "note" }, [enterpriseName(one.enterprise, park), one.made === null ? "" : t("audit_made", { amount: `${number(one.made)} ${one.unit}` })].filter(Boolean).join(" · ")), verdict(one)),
    el("td", { class: "share" }, one.kgce === null ? null : unitBar(one)),
    el("td", { class: "num" }, el("b", {}, one.kgce === null ? "–" : number(one.kgce, 2)), el("span", { class: "note" }, one.limit === null ? t("audit_no_limit") : `≤ ${number(one.limit, 2)}`))));
  const head = [[t("audit_product"), false], ["", false], [t("audit_kgce"), true]];
  return [el("h3", {}, t("audit_products")), table(head, rows, t("audit_products"))];
}

function verdict({ verdict: found, why }) {
  const [kind, mark] = MARKS[found] ?? MARKS.ungraded;
  const name = t(`unit_verdict_${found}`);
  return el("span", { class: `verdict ${kind}` }, `${mark} ${why.en ? t("use_about", { name, what: named(why) }) : name}`);
}

// What a unit took, and where its limit lies.
function unitBar({ kgce, limit, verdict: found }) {
  const most = Math.max(kgce, limit ?? 0) * HEADROOM || 1;
  const place = (value) => `${((value / most) * 100).toFixed(2)}%`;
  return el("span", { class: "bar", "aria-hidden": "true" }, el("i", { class: found, style: `left:0;width:${place(kgce)}` }), limit === null ? null : el("i", { class: "zero", style: `left:${place(limit)}` }));
}
