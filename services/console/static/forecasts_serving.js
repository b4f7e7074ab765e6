// Which model serves a series and why: its members' weights, what it learnt from, what to be wary of.

import { byId, el, refill } from "./dom.js";
import { dayTime, number, percent } from "./format.js";
import { methodOf } from "./forecasts_model.js";
import { language, t } from "./i18n.js";

export function drawServing(series, models) {
  refill(byId("serving"), JSON.stringify([series?.method, series?.history_days, series?.caveat, models, language()]), () => {
    if (!series) return [el("p", { class: "quiet" }, t("not_in_issue"))];
    const { members, model } = methodOf(series.method);
    return [facts(series, model), members.length ? mix(members) : null, models?.length ? versions(models) : null];
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

// The newest versions: which serves, which did, which were no better.
function versions(models) {
  return el("div", { class: "versions" }, el("h3", {}, t("versions")), el("ol", {}, ...models.map((one) =>
    el("li", { class: one.status },
      el("strong", {}, t("version", { n: one.version })), el("span", { class: "state" }, t("version_state", { state: t(`model_${one.status}`), time: dayTime(one.since) })),
      el("span", { class: "note" }, `${t(`cause_${one.cause}`)} · ${t("version_data", { from: dayTime(one.trained_from), to: dayTime(one.trained_to) })}`),
      el("span", { class: "note why" }, one.reason)))));
}
