// How near in time green supply was to consumption: scores by granularity, and the hours that are
// not all matched as a map of hours by days.

import { byId, el, refill, setText, svg } from "./dom.js";
import { dayTime, number, percent, zoneOffset } from "./format.js";
import { language, t } from "./i18n.js";
import { energyText, enterpriseName, roundedUp, whole } from "./carbon_model.js";
import { absent, nameCell, table } from "./carbon_parts.js";
import { soon } from "./page.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const [ROW, LEFT, TOP, BOTTOM] = [8, 42, 2, 18];
const chosen = { enterprise: "", isYear: false };

// The question about the chosen month, or its year, and whose.
export function matchingPath(month) {
  const whose = chosen.enterprise ? `&enterprise=${encodeURIComponent(chosen.enterprise)}` : "";
  return `/api/carbon-matching?${spanOf(month)}${whose}`;
}

export const spanOf = (month) => (chosen.isYear ? `year=${month.slice(0, 4)}` : `month=${month}`);
export const enterpriseChosen = () => chosen.enterprise;

export function drawMatching(matching, month, park) {
  choosers(month, park);
  const { body } = matching;
  const width = byId("unmatched").clientWidth;
  refill(byId("scores"), JSON.stringify([matching, chosen, language()]), () => (body ? [scores(body)] : [absent(matching.why)]));
  refill(byId("unmatched"), JSON.stringify([matching, width, language()]), () => (body ? [map(body, width)] : []));
  setText(byId("matching-until"), body?.known_until ? t("matching_until", { time: dayTime(body.known_until) }) : "");
}

function choosers(month, park) {
  refill(byId("matching-choice"), JSON.stringify([month, language()]), () => {
    const whose = [["", t("whole_park")], ...[...park.tenants.map(({ id }) => id), "park"].map((id) => [id, enterpriseName(id, park)])];
    const options = (all, value) => all.map(([key, word]) => el("option", { value: key, selected: key === value }, word));
    return [
      el("label", {}, el("span", {}, t("span")), el("select", { name: "span", onchange: ({ target }) => choose("isYear", target.value === "year") },
        ...options([["month", month], ["year", month.slice(0, 4)]], chosen.isYear ? "year" : "month"))),
      el("label", {}, el("span", {}, t("enterprise")), el("select", { name: "enterprise", onchange: ({ target }) => choose("enterprise", target.value) }, ...options(whose, chosen.enterprise))),
    ];
  });
}

function choose(what, value) {
  chosen[what] = value;
  soon();
}

function scores(body) {
  const own = body.enterprises.find((one) => one.enterprise === chosen.enterprise);
  const shown = chosen.enterprise ? own?.scores ?? [] : body.scores;
  if (!shown.length) return el("p", { class: "quiet" }, t("matching_none"));
  const unknown = body.unknown_quarters;
  const rows = shown.map((one) => el("tr", { "data-granularity": one.granularity },
    nameCell(t(`granularity_${one.granularity}`)),
    el("td", { class: "share" }, el("span", { class: "bar", "aria-hidden": "true" }, el("i", { class: "fill", style: `width:${((one.cfe ?? 0) * 100).toFixed(1)}%` }))),
    el("td", { class: "num" }, el("b", {}, percent(one.cfe, 1))),
    el("td", { class: "num" }, percent(one.matched, 1)),
    el("td", { class: "num", title: `${whole(one.matched_wh)} / ${whole(one.load_wh)} Wh` }, `${energyText(one.matched_wh)} / ${energyText(one.load_wh)}`)));
  return el("div", {}, table([[t("granularity"), false], ["", false], [t("cfe"), true], [t("matched"), true], [t("matched_of_load"), true]], rows, t("matching")),
    el("p", { class: "note" }, t("cfe_note")), unknown ? el("p", { class: "note warn-text" }, t("matching_unknown", { n: number(unknown) })) : null);
}

// Columns are local days, rows the hours of a day, midnight at the top.
function map(body, width) {
  const cells = cellsOf(body);
  const days = [...new Set(cells.map(({ day }) => day))];
  const step = (width - LEFT) / days.length;
  const most = roundedUp(cells.map(({ wh }) => wh ?? 0n));
  const column = new Map(days.map((day, place) => [day, place]));
  const rect = ({ day, hour, wh }) => (wh === null ? null : svg("rect", {
    class: wh === 0n ? "matched" : "lacking", x: LEFT + column.get(day) * step, y: TOP + hour * ROW, width: Math.max(0.6, step - (step > 6 ? 1 : 0)), height: ROW - 1,
    "fill-opacity": wh === 0n || !most ? null : (0.14 + (0.86 * Number(wh)) / Number(most)).toFixed(2),
  }, svg("title", {}, `${day} ${String(hour).padStart(2, "0")}:00  ${whole(wh)} Wh`)));
  const lacking = cells.filter(({ wh }) => wh).length;
  const says = t("unmatched_label", { n: number(lacking), all: number(cells.filter(({ wh }) => wh !== null).length) });
  return el("div", {}, el("p", { class: "heat-key" }, el("span", {}, says), el("span", {}, el("i", { class: "matched" }), t("heat_matched")), el("span", {}, el("i", { class: "lacking" }), t("heat_lacking", { most: energyText(most) }))),
    svg("svg", { class: "heat", viewBox: `0 0 ${width} ${TOP + 24 * ROW + BOTTOM}`, width, height: TOP + 24 * ROW + BOTTOM, role: "img", "aria-label": says },
      ...[0, 6, 12, 18].map((hour) => svg("text", { x: LEFT - 5, y: TOP + hour * ROW + 9, "text-anchor": "end" }, `${String(hour).padStart(2, "0")}:00`)),
      ...dayMarks(days, step).map(([place, word]) => svg("text", { x: LEFT + place * step, y: TOP + 24 * ROW + 14 }, word)),
      ...cells.map(rect).filter(Boolean)));
}

// Each hour with its local day and hour of day, in park time.
function cellsOf({ start, unmatched_wh: all }) {
  const first = Date.parse(start);
  let [offset, known] = [0, null];
  return all.map((wh, place) => {
    const at = first + place * HOUR_MS;
    if (Math.floor(at / DAY_MS) !== known) [known, offset] = [Math.floor(at / DAY_MS), zoneOffset(at)];
    const local = new Date(at + offset);
    return { day: local.toISOString().slice(0, 10), hour: local.getUTCHours(), wh: wh === null ? null : BigInt(wh) };
  });
}

// Of a month every fifth day, of a year the first of each month.
function dayMarks(days, step) {
  const isYear = days.length > 62;
  return days.map((day, place) => [place, isYear ? day.slice(0, 7) : String(Number(day.slice(8)))])
    .filter(([place]) => (isYear ? days[place].endsWith("-01") && step * 30 > 24 : place % 5 === 0))
    .map(([place, word]) => [place, isYear && step * 30 < 60 ? word.slice(5) : word]);
}
