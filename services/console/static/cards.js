// Carbon, plan and data sources: what was accounted, what is intended, what it rests on.

import { byId, el, refill, setText } from "./dom.js";
import { hourMinute, kwh, moment, money, number, percent, span } from "./format.js";
import { has, language, named, t } from "./i18n.js";

const badge = (word, title, kind = "") => el("span", { class: `badge ${kind}`, title, tabindex: "0" }, word);

// ---- carbon

export function drawCarbon(store) {
  const { carbon } = store;
  if (!carbon) {
    refill(byId("carbon"), `none${language()}`, () => [el("p", { class: "quiet" }, t("no_carbon"))]);
    return;
  }
  setText(byId("carbon-until"), t("booked_until", { time: moment(carbon.booked_until, store.now) }));
  refill(byId("carbon"), language() + JSON.stringify(carbon), () => [
    el("div", { class: "ledgers" }, ledger(carbon, "location_based"), ledger(carbon, "market_based")),
    el("p", { class: "note" }, `≠ ${t("never_added")}`),
    el("div", { class: "facts" },
      el("div", {}, el("h3", {}, t("green_share")), el("p", { class: "number small" }, percent(carbon.green_share, 1)),
        el("p", { class: "note" }, t("green_of", { green: kwh(carbon.green_self_use_wh), all: kwh(carbon.consumption_wh) }))),
      indicator(carbon.indicator)),
    openItems(carbon.open_items),
  ]);
}

function ledger(carbon, name) {
  const total = carbon.ledgers[name];
  const badges = total ? [
    total.unverified ? badge(`⚑ ${t("unverified")}`, t("unverified_title"), "flag") : null,
    total.estimated ? badge(t("estimated", { n: number(total.estimated) }), t("estimated_title")) : null,
    total.restated ? badge(t("restated", { n: number(total.restated) }), t("restated_title")) : null,
  ] : [];
  return el("div", { class: "ledger", "data-ledger": name },
    el("h3", {}, t(name)),
    el("p", {}, el("span", { class: "number" }, total ? number(total.emissions_kg, total.emissions_kg < 100 ? 1 : 0) : "–"), el("span", { class: "unit" }, `kg ${(total?.gas || "CO2e").replace("2", "₂")}`)),
    el("p", { class: "badges" }, ...badges.filter(Boolean)));
}

function indicator({ value, target, rule, missing, unverified }) {
  return el("div", { class: "indicator" },
    el("h3", {}, t("indicator")),
    el("p", {}, value === null ? el("span", { class: "word" }, t("not_computable")) : [el("span", { class: "number small" }, number(value, 3)), el("span", { class: "unit" }, t("indicator_unit"))],
      unverified ? badge(`⚑ ${t("unverified")}`, t("unverified_title"), "flag") : null),
    el("details", {}, el("summary", { class: "note" }, [t("target", { n: number(target, 2) }), missing.length ? t("missing_count", { n: missing.length }) : null, t("rule")].filter(Boolean).join(" · ")),
      missing.length ? el("p", { class: "note" }, t("missing", { names: missing.map(named).join(t("list_between")) })) : null,
      el("p", { class: "note" }, named(rule))));
}

function openItems(items) {
  if (!items.length) return el("p", { class: "note" }, `✓ ${t("no_open_items")}`);
  return el("details", {}, el("summary", { class: "note" }, t("open_items", { n: items.length })), el("ul", { class: "note" }, ...items.map((item) => el("li", {}, named(item)))));
}

// ---- plan

export function drawPlan(store) {
  const { plan, control } = store;
  if (!plan) {
    refill(byId("plan"), `none${language()}`, () => [el("p", { class: "quiet" }, t("no_plan"))]);
    return;
  }
  const expired = Date.parse(plan.valid_until) < store.now;
  setText(byId("plan-until"), t(expired ? "plan_expired" : "valid_until", { time: moment(plan.valid_until, store.now) }));
  byId("plan-until").classList.toggle("warn-text", expired);
  const standIns = control?.stand_ins ?? [];
  refill(byId("plan"), language() + plan.plan_id + plan.issue_time + JSON.stringify([plan.cost, standIns]), () => {
    const hours = Math.round((plan.grid_power_w.length * plan.step_s) / 3600);
    const { currency, energy, wear, carbon, penalty } = plan.cost;
    const parts = [["cost_energy", energy], ["cost_wear", wear], ["cost_carbon", carbon], ["cost_penalty", penalty]];
    return [
      el("div", { class: "plan-head" },
        el("div", {}, el("span", { class: `badge origin-${plan.origin}` }, t(`origin_${plan.origin}`)), el("span", { class: "note" }, ` ${t("made_at", { time: hourMinute(plan.issue_time) })}`)),
        el("div", { class: "total" }, el("span", { class: "note" }, t("cost_total", { h: hours })), el("strong", {}, money(energy + wear + carbon + penalty, currency)))),
      el("dl", { class: "costs" }, ...parts.map(([word, amount]) => el("div", {}, el("dt", {}, t(word)), el("dd", {}, money(amount, currency))))),
      list("violations", plan.violations.map((broken) => violation(broken, store)), "warn"),
      list("caveats", plan.caveats),
      standIns.length ? list("stand_ins", standIns) : null,
    ];
  });
}

function violation({ limit, time, size, unit }, store) {
  const name = has(`limit_${limit}`) ? t(`limit_${limit}`) : limit;
  const [shown, as] = ["W", "Wh", "Wh h"].includes(unit) ? [size / 1000, `k${unit}`] : [size, unit];
  return `${name}, ${moment(time, store.now)}: ${number(shown, 1)} ${as}`;
}

function list(word, items, kind = "") {
  if (!items.length) return el("p", { class: "note" }, `✓ ${t(`no_${word}`)}`);
  return el("details", { class: kind }, el("summary", { class: "note" }, `${kind === "warn" ? "⚠ " : ""}${t(word, { n: items.length })}`),
    el("ul", { class: "note" }, ...items.slice(0, 50).map((item) => el("li", { lang: "en" }, item))));
}

// ---- sources

export function drawSources(store) {
  const sources = store.pulse?.sources ?? [];
  const box = byId("sources");
  refill(box, language() + sources.map((source) => source.id).join(), () => sources.map((source) => {
    const fill = el("div", { class: "fill" });
    return el("div", { class: "source", "data-source": source.id },
      el("span", { class: "name" }, source.id), el("div", { class: "bar" }, fill), el("span", { class: "age" }), el("span", { class: "state" }));
  }));
  let stale = 0;
  sources.forEach((source, place) => {
    const row = box.children[place];
    if (!row) return;
    stale += source.stale ? 1 : 0;
    row.classList.toggle("stale", source.stale);
    row.querySelector(".fill").style.width = `${source.age_s === null ? 100 : Math.min(100, (100 * Math.max(0, source.age_s)) / source.ttl_s)}%`;
    setText(row.querySelector(".age"), source.age_s === null ? t("source_never") : t("source_age", { age: span(source.age_s), ttl: span(source.ttl_s) }));
    setText(row.querySelector(".state"), source.stale ? `✕ ${t("stale")}` : `✓ ${t("source_fresh")}`);
  });
  const devices = store.park.devices.filter((device) => store.isStale(device)).length;
  const words = [stale ? t("some_stale", { n: stale }) : "", devices ? t("devices_stale", { n: devices }) : ""].filter(Boolean);
  setText(byId("sources-state"), words.length ? `⚠ ${words.join(" · ")}` : sources.length ? `✓ ${t("all_fresh")}` : "");
  byId("sources-state").classList.toggle("warn-text", words.length > 0);
}

export function drawLatency(store) {
  const { latency, park } = store;
  const ms = (value) => (value < 9950 ? t("milliseconds", { n: number(value) }) : span(value / 1000));
  setText(byId("latency"), latency?.count
    ? t("latency", { p50: ms(latency.p50_ms), p99: ms(latency.p99_ms), n: number(latency.count) })
    : t("latency_unknown"));
  setText(byId("user"), park.user.may_steer ? t("signed_in", { name: park.user.name }) : `${t("signed_in", { name: park.user.name })} · ${t("look_only")}`);
}
