// The indicators: a line each with its value, its target by the park's size, the verdict, what the
// year will come to and its months; opened, the formula, both readings and what is missing.

import { byId, el, refill, setText, svg } from "./dom.js";
import { dayTime, number, zoneOffset } from "./format.js";
import { language, named, t } from "./i18n.js";
import { absent } from "./carbon_parts.js";

const FIRST = ["national_park", "green_direct"];
const SYSTEMS = ["national_park", "green_direct", "national_factory", "province", "park"];
const [WIDE, TALL] = [110, 26];
const opened = new Set();

// Which indicators' months are to be asked for.
export const historiesOf = (pages) => (pages?.year_to_date.indicators ?? []).filter(({ system }) => FIRST.includes(system)).map(({ id }) => id);

// Indicators are those of the running month and year, whichever month is `chosen`.
export function drawIndicators(pages, histories, chosen) {
  const { body } = pages;
  setText(byId("indicators-until"), body ? periodText(body, chosen) : "");
  refill(byId("indicator-list"), JSON.stringify([pages, histories, language()]), () => (body ? all(body, histories) : [absent(pages.why)]));
}

// The local month and year that a page is about.
function periodOf({ month: { start } }) {
  const at = Date.parse(start);
  const month = new Date(at + zoneOffset(at)).toISOString().slice(0, 7);
  return { month, year: month.slice(0, 4) };
}

function periodText(body, chosen) {
  const until = body.year_to_date.booked_until;
  const { month, year } = periodOf(body);
  const parts = [chosen && chosen !== month ? t("indicators_period", { month, year, chosen }) : "", until ? t("booked_until", { time: dayTime(until) }) : ""];
  return parts.filter(Boolean).join(" · ");
}

function all(body, histories) {
  const shown = body.year_to_date.indicators;
  const groups = [...new Set([...SYSTEMS, ...shown.map(({ system }) => system)])];
  const parts = groups.filter((system) => shown.some((one) => one.system === system)).map((system) => {
    const rows = shown.filter((one) => one.system === system).map((one) => row(one, body, histories));
    return FIRST.includes(system) ? el("section", { class: "system" }, el("h3", {}, t(`system_${system}`)), ...rows)
      : folded(`system ${system}`, "system", el("summary", {}, el("h3", {}, `${t(`system_${system}`)} (${rows.length})`)), rows);
  });
  const foreseen = named(body.year_end.foreseen_by);
  return [...(parts.length ? [head(periodOf(body))] : [el("p", { class: "quiet" }, t("indicators_none"))]), ...parts, ...identities(body), foreseen ? el("p", { class: "note" }, t("foreseen_by", { says: foreseen })) : null];
}

function head(period) {
  const words = ["indicator", "year_to_date", "target", "verdict", "year_end", "this_month", "months"];
  return el("div", { class: "aim-line head", "aria-hidden": "true" }, ...words.map((word) => el("span", {}, t(`head_${word}`, period))));
}

// Details that stay open when they are drawn anew.
function folded(name, kind, summary, parts) {
  const ontoggle = ({ target }) => opened[target.open ? "add" : "delete"](name);
  return el("details", { class: kind, "data-name": name, open: opened.has(name), ontoggle }, summary, ...parts);
}

function row(one, body, histories) {
  const at = (page) => body[page].indicators.find(({ id }) => id === one.id);
  const ahead = at("year_end");
  const line = el("summary", { class: "aim-line" },
    el("span", { class: "name" }, named(one.name), one.unverified.length ? el("span", { class: "warn-text", title: t("carbon_unverified") }, " ⚠") : null),
    el("span", { class: "value" }, ...valueParts(one)),
    el("span", { class: "target" }, ...targetParts(one)),
    el("span", {}, verdict(one.verdict)),
    el("span", { class: "value ahead" }, ...(ahead ? [...valueParts(ahead), ahead.value === null ? null : verdict(ahead.verdict)] : ["–"])),
    el("span", { class: "value month" }, ...(at("month") ? valueParts(at("month")) : ["–"])),
    sparkline(one, histories));
  return folded(one.id, "aim", line, [more(one, ahead, body.words)]);
}

const text = (value, unit) => (unit === "percent" ? number(value, 1) : number(value, Math.abs(value) >= 100 ? 1 : 3));
export const unitText = (unit) => (unit === "percent" ? "%" : unit);

// The value, below it the range of its readings; or that there is none.
function valueParts({ value, unit, readings, missing }) {
  const others = readings.filter((one) => one.value !== null && one.value !== value);
  return [
    value === null ? el("span", { class: "none" }, missing.length ? t("inputs_missing", { n: missing.length }) : t("no_value")) : el("b", {}, text(value, unit), el("span", { class: "unit" }, unitText(unit))),
    ...others.map((one) => el("span", { class: "note" }, `${t(`side_${one.side}`)} ${text(one.value, unit)}`)),
  ];
}

function targetParts({ target, direction, unit, no_target: why }) {
  if (!target) return [el("span", { class: "none", title: named(why) }, t("no_target"))];
  return [el("span", {}, `${direction === "at_most" ? "≤" : "≥"} ${number(Number(target.limit), digitsOf(target.limit))} ${unitText(unit)}`), el("span", { class: "note" }, named(target.says))];
}

const digitsOf = (limit) => (limit.split(".")[1] ?? "").length;

const verdict = (word) => el("span", { class: `verdict ${word}` }, `${{ met: "✓ ", missed: "✕ ", open: "? " }[word] ?? ""}${t(`aim_verdict_${word}`)}`);

// The months as a line, with the target; holes where there is no value.
function sparkline(one, histories) {
  const months = histories?.[one.id];
  const known = (months ?? []).filter(({ value }) => value !== null);
  if (!known.length) return el("span", { class: "spark none" }, months ? "–" : "");
  const limit = one.target ? Number(one.target.limit) : null;
  const values = [...known.map(({ value }) => value), ...(limit === null ? [] : [limit])];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (place) => (months.length < 2 ? WIDE / 2 : 3 + (place * (WIDE - 6)) / (months.length - 1));
  const y = (value) => (high === low ? TALL / 2 : TALL - 3 - ((value - low) / (high - low)) * (TALL - 6));
  const points = months.map(({ value }, place) => (value === null ? null : [x(place).toFixed(1), y(value).toFixed(1)]));
  const path = points.map((point, place) => (point ? `${points[place - 1] ? "L" : "M"}${point.join(" ")}` : "")).join("");
  const says = known.map(({ day, value }) => `${day.slice(0, 7)}: ${text(value, one.unit)}`).join("\n");
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDE} ${TALL}`, width: WIDE, height: TALL, role: "img", "aria-label": `${t("head_months")}: ${says.replaceAll("\n", "; ")}` },
    svg("title", {}, says),
    limit === null ? null : svg("line", { class: "limit", x1: 0, x2: WIDE, y1: y(limit), y2: y(limit) }),
    svg("path", { d: path }),
    ...points.filter(Boolean).slice(-1).map(([cx, cy]) => svg("circle", { cx, cy, r: 2.5 })));
}

const inputNames = (names, words) => names.map((name) => (words[name] ? `${named(words[name])} (${name})` : name)).join(t("list_between"));
const inOne = (texts) => texts.map(named).join(t("list_between"));

function more(one, ahead, words) {
  const rows = [
    ["formula", el("code", {}, one.formula)],
    ...one.readings.map((each) => [`side_${each.side}`, el("span", {}, named(each.says), " ", el("code", {}, each.formula), each.missing.length ? ` — ${t("carbon_missing")}: ${inputNames(each.missing, words)}` : "")]),
    one.missing.length ? ["carbon_missing", inputNames(one.missing, words)] : null,
    one.reasons.length ? ["no_value", inOne(one.reasons)] : null,
    one.target ? ["carbon_target", `${named(one.target.says)} — ${named(one.target.source)} [${one.target.trust}]`] : ["no_target", named(one.no_target) || "–"],
    one.confirm.length ? ["confirm", inOne(one.confirm)] : null,
    one.unverified.length ? ["carbon_unverified", inOne(one.unverified)] : null,
    ahead?.not_foreseen.length ? ["not_foreseen", inputNames(ahead.not_foreseen, words)] : null,
    ["source", `${named(one.source)} [${one.trust}]`],
    ["carbon_version", `${one.id} v${one.version}`],
  ].filter(Boolean);
  return el("dl", { class: "pairs" }, ...rows.flatMap(([word, says]) => [el("dt", {}, t(word)), el("dd", {}, says)]));
}

function identities({ year_to_date: { identities: found }, words }) {
  if (!found.length) return [];
  return [el("section", { class: "system" }, el("h3", {}, t("identities")), el("ul", { class: "identities" }, ...found.map((one) => el("li", {},
    el("span", {}, named(one.name)),
    el("span", { class: `verdict ${{ true: "met", false: "missed" }[one.closes] ?? "no_value"}` }, identityText(one, words))))))];
}

function identityText({ closes, difference, unit, missing }, words) {
  if (closes === null) return missing.length ? `${t("carbon_missing")}: ${inputNames(missing, words)}` : t("no_value");
  return closes ? `✓ ${t("identity_closes")}` : `✕ ${t("identity_breaks", { difference: number(difference, 1), unit })}`;
}
