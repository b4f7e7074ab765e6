// The page of forecasts: one series, what is said of it, what had been said, and how good that was.

import { byId, el, refill, setText } from "./dom.js";
import { Drawing, LEAD_INK } from "./forecasts_charts.js";
import { choices, factorOf, fanRows, lineOf, since } from "./forecasts_model.js";
import { drawScores } from "./forecasts_scores.js";
import { drawServing } from "./forecasts_serving.js";
import { kilowatts, moment, number, span } from "./format.js";
import { language, t } from "./i18n.js";
import { INK } from "./chart_panels.js";
import { begin, page, soon } from "./page.js";
import { ask } from "./stream.js";

const HOUR_MS = 3_600_000;
const BEFORE_MS = 6 * HOUR_MS;
const LEADS = [1, 4, 24];
const OLD_S = 45 * 60;
const AGAIN_MS = 5000;
const ASK_EVERY_MS = 30_000;
const shown = { leads: new Set(LEADS), past: null, why: "", asked: "" };
let drawings = {};

begin({ urgent: ["forecast"], build, draw, opened: () => (shown.asked = ""), renamed: leads });

function build() {
  drawings = { fan: new Drawing("fan"), past: new Drawing("past") };
  byId("choose").addEventListener("change", () => {
    location.hash = byId("choose").value;
  });
  window.addEventListener("hashchange", soon);
  leads();
}

// Which distances are drawn: a box each.
function leads() {
  const kept = byId("leads").querySelector("legend");
  byId("leads").replaceChildren(kept, ...LEADS.map((hours) => el("label", {},
    el("input", { type: "checkbox", value: hours, checked: shown.leads.has(hours), onchange: toggled }),
    el("i", { style: `--ink:${LEAD_INK[hours]}`, "aria-hidden": "true" }), t("lead", { n: hours }))));
}

function toggled({ target }) {
  shown.leads[target.checked ? "add" : "delete"](Number(target.value));
  soon();
}

function draw() {
  const { store } = page;
  const all = choices(store.issue, store.park);
  fill(all);
  const chosen = all.find(({ id }) => id === wanted()) ?? all[0];
  const series = chosen && { ...store.issue.series, ...store.issue.aggregates }[chosen.id];
  header(series, store);
  drawServing(series, pastOf(chosen)?.models);
  if (chosen) ask48(chosen, store.issue.issue_time);
  drawFan(chosen, series, store);
  drawPast(chosen, store);
  drawScores(chosen?.sum ? [] : pastOf(chosen)?.scores, shown.why);
  const { user } = store.park;
  setText(byId("user"), user.may_steer ? t("signed_in", { name: user.name }) : `${t("signed_in", { name: user.name })} · ${t("look_only")}`);
}

const wanted = () => decodeURIComponent(location.hash.slice(1));

function fill(all) {
  const group = (word, sum) => {
    const some = all.filter((one) => one.sum === sum);
    return some.length ? el("optgroup", { label: t(word) }, ...some.map(({ id, name }) => el("option", { value: id }, name))) : null;
  };
  refill(byId("choose"), JSON.stringify([all, language()]), () => [group("group_series", false), group("group_sums", true)]);
  const value = all.some(({ id }) => id === wanted()) ? wanted() : all[0]?.id;
  if (value !== undefined && byId("choose").value !== value) byId("choose").value = value;
}

function header(series, store) {
  const issued = store.issue?.issue_time;
  const age = issued ? (store.now - Date.parse(issued)) / 1000 : 0;
  const hours = series ? number((series.p50_w.length * series.step_s) / 3600) : "";
  setText(byId("issued"), issued ? t("issued", { time: moment(issued, store.now), hours }) : t("not_issued"));
  const warnings = [series?.caveat, age > OLD_S ? t("issue_old", { span: span(age) }) : ""].filter(Boolean);
  setText(byId("caveat"), warnings.length ? `⚠ ${warnings.join(" · ")}` : "");
}

// Ask what had been said and how good it was: for each series and issue, now and then (a score may
// come some seconds after the issue), and again when it failed.
async function ask48({ id, sum }, issued) {
  const question = `${id} ${issued} ${Math.floor(Date.now() / ASK_EVERY_MS)}`;
  if (sum || shown.asked === question) return;
  shown.asked = question;
  if (shown.past?.point !== id) Object.assign(shown, { past: null, why: "" });
  try {
    const past = await ask(`/api/past-forecasts?point=${encodeURIComponent(id)}`);
    if (shown.asked === question) Object.assign(shown, { past, why: "" });
  } catch (refusal) {
    if (shown.asked !== question) return;
    Object.assign(shown, { past: null, why: refusal.message });
    setTimeout(() => (shown.asked = shown.asked === question ? "" : shown.asked), AGAIN_MS);
  }
  soon();
}

function drawFan(chosen, series, store) {
  key();
  if (!series) return drawings.fan.show(null);
  const factor = factorOf(chosen.id, store.park);
  const band = fanRows(series, factor);
  const start = Date.parse(series.start);
  const p50 = band.map(([ms, , value]) => [ms, value]);
  const known = pastOf(chosen) ? since(lineOf(shown.past, shown.past.truth_w, factor), start - BEFORE_MS) : [];
  const values = p50.map(([, value]) => value * 1000);
  drawings.fan.show({
    band, from: start - BEFORE_MS, until: start + series.p50_w.length * series.step_s * 1000, now: start,
    lines: [{ name: t("key_truth"), data: known, ink: INK.text, wide: true }, { name: t("key_p50"), data: p50, ink: INK.grid, wide: true }],
    label: t("fan_label", { name: chosen.name, from: kilowatts(Math.min(...values)), to: kilowatts(Math.max(...values)), hours: number((series.p50_w.length * series.step_s) / 3600) }),
  });
}

const pastOf = (chosen) => (chosen && !chosen.sum && shown.past?.point === chosen.id ? shown.past : null);

function drawPast(chosen, store) {
  const past = pastOf(chosen);
  const words = chosen?.sum ? t("past_of_sums") : shown.why ? `⚠ ${t("past_away", { why: shown.why })}` : "";
  byId("past-note").hidden = !words;
  setText(byId("past-note"), words);
  byId("past").hidden = Boolean(words);
  byId("leads").hidden = Boolean(words);
  if (!past) {
    setText(byId("past-age"), "");
    return drawings.past.show(null);
  }
  const factor = factorOf(chosen.id, store.park);
  const from = Date.parse(past.start);
  const until = from + past.truth_w.length * past.step_s * 1000;
  setText(byId("past-age"), t("past_as_of", { time: moment(until, store.now) }));
  const said = past.said.filter(({ lead_h }) => shown.leads.has(lead_h));
  const lines = said.map(({ lead_h, p50_w }) => ({ name: t("lead", { n: lead_h }), data: lineOf(past, p50_w, factor), ink: LEAD_INK[lead_h] }));
  return drawings.past.show({
    from, until, label: t("past_label", { name: chosen.name }),
    lines: [...lines, { name: t("key_truth"), data: lineOf(past, past.truth_w, factor), ink: INK.text, wide: true }],
  });
}

function key() {
  refill(byId("fan-key"), language(), () => [["truth", "key_truth"], ["p50", "key_p50"], ["band", "key_fan"]]
    .map(([mark, word]) => el("span", {}, el("i", { class: mark }), t(word))));
}
