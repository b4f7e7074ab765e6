// Which model serves a series and why: its members' weights, what it learnt from, what to be wary of.

import { byId, el, refill } from "./dom.js";
import { number, percent } from "./format.js";
import { methodOf } from "./forecasts_model.js";
import { language, t } from "./i18n.js";

export function drawServing(series) {
  refill(byId("serving"), JSON.stringify([series?.method, series?.history_days, series?.caveat, language()]), () => {
    if (!series) return [el("p", { class: "quiet" }, t("not_in_issue"))];
    const { members, model } = methodOf(series.method);
    return [facts(series, model), members.length ? mix(members) : null];
  });
}

function facts(series, model) {
  const days = number(series.history_days, series.history_days < 10 ? 1 : 0);
  const rows = [
    model ? ["serving_model", model] : null,
    ["serving_history", t("serving_days", { n: days })],
    ["serving_caveat", series.caveat || `✓ ${t("serving_sound")}`],
  ].filter(Boolean);
  return el("dl", {}, ...rows.flatMap(([word, text]) => [
    el("dt", {}, t(word)), el("dd", { class: word === "serving_caveat" && series.caveat ? "warn-text" : "" }, text),
  ]));
}

function mix(members) {
  return el("div", { class: "mix" }, el("h3", {}, t("serving_mix")), el("ul", {}, ...members.map(({ name, share }) =>
    el("li", { "aria-label": t("member", { name, share: percent(share) }) },
      el("span", {}, name), el("span", { class: "bar", "aria-hidden": "true" }, el("span", { class: "fill", style: `width:${share * 100}%` })),
      el("span", { class: "num" }, percent(share))))));
}
