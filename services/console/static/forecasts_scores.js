// How good the forecasts were: our error beside the best naive method's, class by class.

import { byId, el, refill } from "./dom.js";
import { number, percent } from "./format.js";
import { language, t } from "./i18n.js";
import { errorsOf, skillWords, valueText } from "./forecasts_model.js";

const COLUMNS = ["head_horizon", "head_error", "head_skill", "head_held", "head_cases"];

export function drawScores(scores, why) {
  refill(byId("score-list"), JSON.stringify([scores, why, language()]), () => {
    if (!scores) return [el("p", { class: "quiet warn-text" }, why ? t("past_away", { why }) : "…")];
    if (!scores.length) return [el("p", { class: "quiet" }, t("no_scores"))];
    return [table(scores)];
  });
}

function table(scores) {
  const largest = Math.max(...scores.map(errorsOf).flatMap(({ ours, naive }) => [ours, naive ?? 0])) || 1;
  return el("table", {},
    el("thead", {}, el("tr", {}, ...COLUMNS.map((word, place) => el("th", { scope: "col", class: place > 2 ? "num" : "" }, t(word))))),
    el("tbody", {}, ...scores.map((one) => row(one, largest))));
}

function row(score, largest) {
  const { word, state } = skillWords(score, (share) => percent(share));
  const { unit, error, ours, naive } = errorsOf(score);
  const text = (value) => `${valueText(unit, value)} ${unit}`;
  const best = naive === null ? "" : `${t("head_naive")}: ${t(`naive_${score.naive}`)}, ${text(naive)}`;
  return el("tr", { "data-horizon": score.horizon },
    el("th", { scope: "row" }, t(`horizon_${score.horizon}`)),
    el("td", { class: "bars" },
      el("span", {}, text(error)),
      el("span", { class: "pair", "aria-hidden": "true" }, bar("ours", ours, largest), bar("naive", naive ?? 0, largest)),
      el("span", { class: "note" }, best)),
    el("td", { class: `skill ${state}` }, word),
    el("td", { class: "num held", title: t("held_title") }, percent(score.coverage)),
    el("td", { class: "num" }, number(score.cases)));
}

function bar(kind, size, largest) {
  return el("i", { class: kind, style: `width:${Math.round((1000 * size) / largest) / 10}%` });
}
