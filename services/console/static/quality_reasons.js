// All readings of the day by verdict, and those of which something is said by their reason.

import { byId, el, refill } from "./dom.js";
import { number, percent } from "./format.js";
import { has, language, t } from "./i18n.js";
import { reasonsOf, totalsOf } from "./quality_model.js";

const GLYPHS = { believed: "✓", suspect: "◐", rejected: "✕", unspecified: "?" };
const VERDICTS = ["believed", "suspect", "rejected"];
const SOURCES_NAMED = 3;

export function drawReasons(sources, asked) {
  const totals = totalsOf(sources);
  const reasons = reasonsOf(sources);
  refill(byId("reason-list"), language() + JSON.stringify([Boolean(asked.quality), totals, reasons]), () => {
    if (!asked.quality) return [el("p", { class: "quiet" }, t("nothing_known", { service: t("peer_validation") }))];
    if (!totals.readings) return [el("p", { class: "quiet" }, t("no_readings"))];
    return [
      verdicts(totals),
      reasons.length ? table(reasons) : el("p", { class: "quiet calm" }, `✓ ${t("no_reason", { n: number(totals.readings) })}`),
    ];
  });
}

function verdicts(totals) {
  return el("div", { class: "verdicts" },
    el("div", { class: "stack", "aria-hidden": "true" }, ...VERDICTS.filter((one) => totals[one]).map((one) => el("i", { class: one, style: `flex:${totals[one]} 0 3px` }))),
    el("ul", {}, ...VERDICTS.map((one) => el("li", { class: one, "data-verdict": one },
      el("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[one]), el("span", {}, t(`verdict_${one}`)), " ",
      el("strong", {}, number(totals[one])), " ", el("span", { class: "note" }, share(totals[one], totals.readings))))));
}

function table(reasons) {
  const most = Math.max(...reasons.map((one) => one.count));
  return el("div", { class: "reason-table", role: "table" },
    el("div", { class: "reason head", role: "row" }, ...["head_reason", "head_meaning", "head_where", "head_count"].map((word) => el("span", { role: "columnheader" }, t(word)))),
    ...reasons.map((one) => reasonRow(one, most)));
}

function reasonRow({ reason, verdict, count, where }, most) {
  const [name, meaning] = has(`reason_${reason}`)
    ? [t(`reason_${reason}`), t(`reason_${reason}_title`)] : [t("reason_unknown", { n: reason }), t("reason_unknown_title")];
  const named = [...where].sort((a, b) => b.count - a.count);
  const text = named.slice(0, SOURCES_NAMED).map((one) => `${one.id || t("no_source_id")} ${number(one.count)}`).join(" · ")
    + (named.length > SOURCES_NAMED ? ` +${named.length - SOURCES_NAMED}` : "");
  return el("div", { class: `reason ${verdict}`, role: "row", "data-reason": reason, title: `${t(`verdict_${verdict}`)}: ${meaning}`, tabindex: "0" },
    el("span", { class: "name", role: "cell" }, el("span", { class: "glyph", role: "img", "aria-label": t(`verdict_${verdict}`) }, GLYPHS[verdict]), el("strong", {}, name)),
    el("span", { class: "meaning", role: "cell" }, meaning),
    el("span", { class: "where", role: "cell" }, text),
    el("span", { class: "count", role: "cell" }, el("i", { style: `width:${(100 * count) / most}%` }), el("b", {}, number(count))));
}

const share = (n, all) => (n && n / all < 0.0001 ? `< ${percent(0.0001, 2)}` : n === all ? "100 %" : percent(Math.floor((n / all) * 10_000) / 10_000, 2));
