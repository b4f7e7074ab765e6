// Per source: connected, fresh, silent points, complete over the day, doubted, set aside.

import { byId, el, refill, setText } from "./dom.js";
import { energy, moment, number, span } from "./format.js";
import { language, t } from "./i18n.js";
import { pointName } from "./quality_account.js";
import { cellsOf } from "./quality_model.js";
import { hours, quarterName, strip } from "./quality_strip.js";
import { floored } from "./quality_tiles.js";

const KEY = ["full", "partial", "missing", "unknown"];

export function drawSources(sources, first, store) {
  const box = byId("source-list");
  refill(byId("strip-key"), language(), () => KEY.map((state) => el("span", {}, el("i", { class: `mark ${state}` }), t(`key_${state}`))));
  const told = JSON.stringify(sources.map(({ id, quality, connection, live }) => [id, quality, connection, live?.stale]));
  refill(box, language() + first + told, () => [head(first), ...sources.map((one) => row(one, first, store))]);
  sources.forEach((one, place) => freshness(box.children[place + 1], one.live));
}

function head(first) {
  return el("div", { class: "source-row head" },
    el("span", {}, t("head_source")), el("span", {}, t("head_age")), el("span", { class: "num" }, t("head_complete")),
    el("span", { class: "hours", title: t("head_strip") }, ...hours(first).map(([share, text]) => el("i", { style: `left:${share * 100}%` }, text))),
    el("span", { class: "num" }, t("head_doubted")), el("span", { class: "num" }, t("head_suspense")));
}

function row(source, first, store) {
  const { id, protocol, quality, connection } = source;
  const cells = cellsOf(source, first);
  return el("div", { class: "source-row", "data-source": id },
    el("div", { class: "who" }, dot(connection), el("div", {}, el("strong", { title: id }, id || t("no_source_id")), el("span", { class: "note" }, protocol, quality?.unheard ? el("span", { class: "warn-text unheard" }, ` · ${t("unheard", { n: number(quality.unheard) })}`) : null))),
    el("div", { class: "fresh" }, el("div", { class: "bar" }, el("div", { class: "fill" })), el("span", { class: "age" }), silentNote(quality?.silent, store)),
    el("div", { class: "num" }, el("span", { class: "share" }, quality && quality.completeness !== null ? `${number(floored(quality.completeness), 2)} %` : "–"), energyNote(quality?.energy)),
    strip(cells.map(shown), t("strip_label", {
      source: id, share: quality?.completeness == null ? "–" : `${number(floored(quality.completeness), 2)} %`,
      n: cells.filter((cell) => ["partial", "missing", "silent"].includes(cell.state)).length,
    })),
    el("div", { class: "num doubts" }, ...doubts(quality)),
    el("div", { class: `num aside-wh${quality?.suspense_wh ? " warn-text" : ""}` }, quality ? (quality.suspense_wh ? energy(quality.suspense_wh) : "0") : "–"));
}

// How many of its points are silent; which ones, since when, is in the tooltip.
function silentNote(silent, store) {
  if (!silent?.count) return null;
  const each = silent.longest.map(({ point, since, period_s }) => t("silent_point", { point: pointName(store, point), time: moment(since, store.now), period: span(period_s) }));
  const more = silent.count - each.length;
  const title = [...each, ...(more > 0 ? [t("silent_more", { n: number(more) })] : [])].join("\n");
  const words = t(silent.count === 1 ? "silent_one" : "silent_many", { n: number(silent.count) });
  return el("span", { class: "silent warn-text", title, tabindex: "0", "aria-label": `${words}: ${title}` }, `⚠ ${words}`);
}

// Of the quarter hours of its registers: how many are believed in full.
function energyNote(told) {
  if (!told?.quarters) return null;
  const title = t("energy_share_title", { believed: number(told.believed), estimated: number(told.estimated), all: number(told.quarters) });
  return el("span", { class: "note energy", title }, t("energy_share", { n: `${number(Math.floor((100 * told.believed) / told.quarters))} %` }));
}

function dot(connection) {
  const words = !connection ? t("connection_unknown") : connection.connected ? t("connected") : t("not_connected", { why: connection.why });
  const state = !connection ? "unknown" : connection.connected ? "up" : "down";
  return el("span", { class: `plug ${state}`, role: "img", "aria-label": words, title: words }, state === "up" ? "✓" : state === "down" ? "✕" : "?");
}

function doubts(quality) {
  if (!quality) return ["–"];
  const { rejected, suspect } = quality.verdicts;
  const part = (n, verdict, glyph) => (n ? el("span", { class: verdict, title: t(`verdict_${verdict}`) }, `${glyph} ${number(n)}`) : null);
  const parts = [part(rejected, "rejected", "✕"), part(suspect, "suspect", "◐")].filter(Boolean);
  return parts.length ? parts : ["0"];
}

function shown({ at, state, n, all }) {
  return {
    state, height: state === "running" ? 1 : all ? n / all : 0,
    title: t(`cell_${state}`, { time: quarterName(at), n: number(n), all: number(all) }),
  };
}

// The age moves every second; nothing else of the row does.
function freshness(row, live) {
  if (!row) return;
  row.classList.toggle("stale", live?.stale ?? false);
  const fill = row.querySelector(".fill");
  fill.style.width = `${!live || live.age_s === null ? 0 : Math.min(100, (100 * Math.max(0, live.age_s)) / live.ttl_s)}%`;
  setText(row.querySelector(".age"), !live ? "–" : live.age_s === null ? t("source_never") : `${live.stale ? "✕ " : ""}${t("source_age", { age: span(live.age_s), ttl: span(live.ttl_s) })}`);
}

