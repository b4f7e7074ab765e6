// The page of forecasts: one series, what is said of it, what had been said, and how good that was.

import { byId, el, refill, setText } from "./dom.js";
import { Drawing, LEAD_INK } from "./forecasts_charts.js";
import { choices, factorOf, fanRows, lineOf, quantilesOf, saidOf, since, unitOf, valueText } from "./forecasts_model.js";
import { drawScores } from "./forecasts_scores.js";
import { drawServing } from "./forecasts_serving.js";
import { moment, number, span } from "./format.js";
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
  const series = chosen && saidOf(store.issue, chosen.id);
  header(series, store);
  drawServing(series, pastOf(chosen)?.models);
  if (chosen) ask48(chosen, store.issue.issue_time);
  drawFan(chosen, series, store);
  drawPast(chosen, store);
  drawScores(chosen?.kind === "sum" ? [] : pastOf(chosen)?.scores, shown.why);
  const { user } = store.park;
  setText(byId("user"), user.may_steer ? t("signed_in", { name: user.name }) : `${t("signed_in", { name: user.name })} · ${t("look_only")}`);
}

const wanted = () => decodeURIComponent(location.hash.slice(1));

function fill(all) {
  const group = (word, kind) => {
    const some = all.filter((one) => one.kind === kind);
    return some.length ? el("optgroup", { label: t(word) }, ...some.map(({ id, name }) => el("option", { value: id }, name))) : null;
  };
  refill(byId("choose"), JSON.stringify([all, language()]), () => ["series", "sum", "signal"].map((kind) => group(`group_${kind}`, kind)));
  const value = all.some(({ id }) => id === wanted()) ? wanted() : all[0]?.id;
  if (value !== undefined && byId("choose").value !== value) byId("choose").value = value;
}

function header(series, store) {
  const issued = store.issue?.issue_time;
  const age = issued ? (store.now - Date.parse(issued)) / 1000 : 0;
  const hours = series ? hoursOf(series) : "";
  setText(byId("issued"), issued ? t("issued", { time: moment(issued, store.now), hours }) : t("not_issued"));
  const warnings = [series?.caveat, age > OLD_S ? t("issue_old", { span: span(age) }) : ""].filter(Boolean);
  setText(byId("caveat"), warnings.length ? `⚠ ${warnings.join(" · ")}` : "");
}

const hoursOf = (series) => number((quantilesOf(series).p50.length * series.step_s) / 3600);

// Ask what had been said and how good it was: for each series and issue, now and then (a score may
// come some seconds after the issue), and again when it failed.
async function ask48({ id, kind }, issued) {
  const question = `${id} ${issued} ${Math.floor(Date.now() / ASK_EVERY_MS)}`;
  if (kind === "sum" || shown.asked === question) return;
  shown.asked = question;
  if (shown.past?.point !== id) Object.assign(shown, { past: null, why: "" });
  try {
    const what = kind === "signal" ? "signal-scores?signal" : "past-forecasts?point";
    const past = await ask(`/api/${what}=${encodeURIComponent(id)}`);
    if (shown.asked === question) Object.assign(shown, { past, why: "" });
  } catch (refusal) {
    if (shown.asked !== question) return;
    Object.assign(shown, { past: null, why: refusal.message });
    setTimeout(() => (shown.asked = shown.asked === question ? "" : shown.asked), AGAIN_MS);
  }
  soon();
}

function drawFan(chosen, series, store) {
  key(chosen?.kind === "signal" ? "key_published" : "key_truth");
  if (!series) return drawings.fan.show(null);
  const unit = unitOf(series);
  const band = fanRows(series, factorOf(chosen, store.park));
  const start = Date.parse(series.start);
  const until = start + band.length * series.step_s * 1000;
  const values = band.map(([, , value]) => value);
  const text = (value) => valueText(unit, value);
  drawings.fan.show({
    ...(chosen.kind === "signal" ? foreseenFrom(series, band) : foreseenAfter(chosen, band, start, store)),
    band, unit, until, now: start,
    label: t("fan_label", { name: chosen.name, from: text(Math.min(...values)), to: text(Math.max(...values)), unit, hours: hoursOf(series) }),
  });
}

const line = (word, data, ink) => ({ name: t(word), data, ink, wide: true });
const medians = (band) => band.map(([ms, , value]) => [ms, value]);

// A series: what was measured before the issue, and the medians.
function foreseenAfter(chosen, band, start, store) {
  const past = pastOf(chosen);
  const known = past ? since(lineOf(past, past.truth_w, factorOf(chosen, store.park)), start - BEFORE_MS) : [];
  return { from: start - BEFORE_MS, lines: [line("key_truth", known, INK.text), line("key_p50", medians(band), INK.grid)] };
}

// A signal: what was published, and the medians from there on.
function foreseenFrom(series, band) {
  const ended = Date.parse(series.published_until);
  const [known, ahead] = [medians(band).filter(([ms]) => ms < ended), medians(band).filter(([ms]) => ms >= ended)];
  return { from: Date.parse(series.start), lines: [line("key_published", known, INK.text), line("key_p50", [...known.slice(-1), ...ahead], INK.grid)] };
}

const pastOf = (chosen) => (chosen && chosen.kind !== "sum" && shown.past?.point === chosen.id ? shown.past : null);

function drawPast(chosen, store) {
  const past = chosen?.kind === "series" ? pastOf(chosen) : null;
  const words = chosen && chosen.kind !== "series" ? t(`past_of_${chosen.kind}`) : shown.why ? `⚠ ${t("past_away", { why: shown.why })}` : "";
  byId("past-note").hidden = !words;
  setText(byId("past-note"), words);
  byId("past").hidden = Boolean(words);
  byId("leads").hidden = Boolean(words);
  if (!past) {
    setText(byId("past-age"), "");
    return drawings.past.show(null);
  }
  const factor = factorOf(chosen, store.park);
  const from = Date.parse(past.start);
  const until = from + past.truth_w.length * past.step_s * 1000;
  setText(byId("past-age"), t("past_as_of", { time: moment(until, store.now) }));
  const said = past.said.filter(({ lead_h }) => shown.leads.has(lead_h));
  const lines = said.map(({ lead_h, p50_w }) => ({ name: t("lead", { n: lead_h }), data: lineOf(past, p50_w, factor), ink: LEAD_INK[lead_h] }));
  return drawings.past.show({
    from, until, unit: "kW", label: t("past_label", { name: chosen.name }),
    lines: [...lines, { name: t("key_truth"), data: lineOf(past, past.truth_w, factor), ink: INK.text, wide: true }],
  });
}

function key(known) {
  refill(byId("fan-key"), `${known} ${language()}`, () => [["truth", known], ["p50", "key_p50"], ["band", "key_fan"]]
    .map(([mark, word]) => el("span", {}, el("i", { class: mark }), t(word))));
}
