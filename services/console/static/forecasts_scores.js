// How good the forecasts were: our error beside the best naive method's, class by class.

import { byId, el, refill } from "./dom.js";
import { kilowatts, number, percent } from "./format.js";
import { language, t } from "./i18n.js";
import { skillWords } from "./forecasts_model.js";

const COLUMNS = ["head_horizon", "head_error", "head_skill", "head_held", "head_cases"];

export function drawScores(scores, why) {
  refill(byId("score-list"), JSON.stringify([scores, why, language()]), () => {
    if (!scores) return [el("p", { class: "quiet warn-text" }, why ? t("past_away", { why }) : "…")];
    if (!scores.length) return [el("p", { class: "quiet" }, t("no_scores"))];
    return [table(scores)];
  });
}

function table(scores) {
  const largest = Math.max(...scores.flatMap((one) => [one.our_error_w ?? one.error_w, one.naive_error_w ?? 0]), 1);
  return el("table", {},
    el("thead", {}, el("tr", {}, ...COLUMNS.map((word, place) => el("th", { scope: "col", class: place > 2 ? "num" : "" }, t(word))))),
    el("tbody", {}, ...scores.map((one) => row(one, largest))));
}

function row(score, largest) {
  const { word, state } = skillWords(score, (share) => percent(share));
  const naive = score.naive_error_w === null ? "" : `${t("head_naive")}: ${t(`naive_${score.naive}`)}, ${kilowatts(score.naive_error_w)} kW`;
  return el("tr", { "data-horizon": score.horizon },
    el("th", { scope: "row" }, t(`horizon_${score.horizon}`)),
    el("td", { class: "bars" },
      el("span", {}, `${kilowatts(score.error_w)} kW`),
      el("span", { class: "pair", "aria-hidden": "true" }, bar("ours", score.our_error_w ?? score.error_w, largest), bar("naive", score.naive_error_w ?? 0, largest)),
      el("span", { class: "note" }, naive)),
    el("td", { class: `skill ${state}` }, word),
    el("td", { class: "num held", title: t("held_title") }, percent(score.coverage)),
    el("td", { class: "num" }, number(score.cases)));
}

function bar(kind, watts, largest) {
  return el("i", { class: kind, style: `width:${Math.round((1000 * watts) / largest) / 10}%` });
}
