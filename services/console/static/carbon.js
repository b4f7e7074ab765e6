// The page of carbon: the books of one local month, where its electricity came from, what they come
// to by the rules, and what a person decides of them.

import { byId, el, refill, setText } from "./dom.js";
import { dayTime, zoneOffset } from "./format.js";
import { language, named, t } from "./i18n.js";
import { Questions } from "./carbon_asking.js";
import { drawAudit } from "./carbon_audit.js";
import { BookDecisions, drawMonthState, drawPending, drawRestated } from "./carbon_closing.js";
import { drawCertificates } from "./carbon_certificates.js";
import { drawClaims } from "./carbon_claims.js";
import { drawCosts } from "./carbon_costs.js";
import { drawFlows } from "./carbon_flows.js";
import { drawIndicators, historiesOf } from "./carbon_indicators.js";
import { drawLedgers } from "./carbon_ledgers.js";
import { drawMatching, matchingPath } from "./carbon_matching.js";
import { absent } from "./carbon_parts.js";
import { drawPurchase } from "./carbon_purchase.js";
import { drawReports } from "./carbon_reports.js";
import { drawResources } from "./carbon_resources.js";
import { unique } from "./carbon_model.js";
import { begin, page, soon } from "./page.js";

const [OFTEN_MS, SELDOM_MS, RARELY_MS] = [15_000, 60_000, 300_000];
const DAY_MS = 86_400_000;
const FIRST = ["totals", "origins", "matching", "restated"];
const LATER = ["costs", "resources", "exchanges", "audit"];
const questions = new Questions();
const given = { reportedOn: {} }; // by month the local day that was chosen
let decisions = null;

begin({ urgent: [], build, draw, renamed: () => (byId("month").dataset.key = "") });

function build(store) {
  decisions = new BookDecisions(store, () => questions.again());
  byId("month").addEventListener("change", () => (location.hash = byId("month").value));
  byId("reported-on").addEventListener("change", ({ target }) => {
    given.reportedOn[chosen()] = target.value;
    soon();
  });
  window.addEventListener("hashchange", soon);
  new ResizeObserver(soon).observe(byId("flows"));
}

const chosen = () => byId("month").value;

function draw() {
  const { park, now } = page.store;
  const months = questions.of("months", "/api/carbon-months", OFTEN_MS);
  fill(months);
  const month = chosen();
  const may = park.user.may_steer;
  const period = months.body?.find((one) => one.month === month);
  drawMonthState(period, localDay(now).slice(0, 7), may, decisions);
  if (!months.body) note(months.why);
  if (month) drawMonth(month, period, park, now);
  drawPending(questions.of("pending", "/api/carbon-pending", OFTEN_MS), month, may, decisions);
  drawIndicatorCard(month);
  drawReports(month, park);
  setText(byId("user"), may ? t("signed_in", { name: park.user.name }) : `${t("signed_in", { name: park.user.name })} · ${t("look_only")}`);
}

function drawMonth(month, period, park, now) {
  const since = reportedOn(month, period, now);
  const reported = since ? `&reported_on=${encodeURIComponent(since)}` : "";
  const totals = questions.of("totals", `/api/carbon-totals?month=${month}${reported}`, OFTEN_MS);
  const differences = since ? questions.of("differences", `/api/carbon-differences?month=${month}${reported}`, SELDOM_MS) : null;
  setText(byId("reported-note"), since ? t("reported_at", { time: dayTime(since) }) : "");
  drawLedgers(totals, differences, park);
  drawFlows(questions.of("origins", `/api/carbon-origins?month=${month}`, SELDOM_MS), month, park);
  drawOpen(questions.of("open", `/api/carbon-open-items?month=${month}`, SELDOM_MS), questions.answers.origins);
  drawMatching(questions.of("matching", matchingPath(month), SELDOM_MS), month, park);
  drawPurchase(month, park);
  drawCertificates(questions.of("certificates", `/api/carbon-certificates?year=${month.slice(0, 4)}`, SELDOM_MS), month.slice(0, 4), park);
  drawClaims(questions.of("claims", `/api/carbon-claim-quality?year=${month.slice(0, 4)}`, SELDOM_MS), month.slice(0, 4), park);
  drawRestated(questions.of("restated", `/api/carbon-restatements?month=${month}`, SELDOM_MS));
  drawLater(month, park);
}

// What reads the whole month anew is asked one after the other, once the cards above are there.
function drawLater(month, park) {
  const asked = LATER.map((name) => [name, `/api/carbon-${name}?month=${month}`]);
  const [costs, resources, exchanges, audit] = questions.inTurn(FIRST, asked, RARELY_MS, SELDOM_MS);
  drawCosts(costs, park);
  drawResources(resources, exchanges, park);
  drawAudit(audit, park);
}

function drawIndicatorCard(month) {
  const pages = questions.of("indicators", "/api/carbon-indicators", SELDOM_MS);
  const ids = historiesOf(pages.body);
  const histories = ids.length ? questions.of("histories", `/api/carbon-histories?indicators=${ids.map(encodeURIComponent).join(",")}`, RARELY_MS) : null;
  drawIndicators(pages, histories?.body, month);
}

// The months, newest first; the newest is shown unless the address names another.
function fill(months) {
  const all = [...(months.body ?? [])].reverse();
  if (!all.length) return;
  const label = ({ month, closed_at: closed, pending }) => `${month}${closed ? ` · ${t("closed")}` : ""}${pending ? ` · ${t("waits")}` : ""}`;
  refill(byId("month"), JSON.stringify([all, language()]), () => all.map((one) => el("option", { value: one.month }, label(one))));
  const wanted = location.hash.slice(1);
  const value = all.some(({ month }) => month === wanted) ? wanted : all[0].month;
  if (chosen() !== value) byId("month").value = value;
}

// While there are no months no card knows what to show.
function note(why) {
  for (const place of ["ledger-tabs", "flows", "costs", "resources", "audit", "open-list", "restated-list"]) refill(byId(place), JSON.stringify([why, language()]), () => [absent(why)]);
}

// As reported when: the end of the chosen local day, else when the month was closed; null without.
function reportedOn(month, period, now) {
  const input = byId("reported-on");
  input.max = localDay(now - DAY_MS);
  const day = given.reportedOn[month] ?? "";
  if (input.value !== day && document.activeElement !== input) input.value = day;
  if (!day) return period?.closed_at ?? null;
  const noon = Date.parse(`${day}T12:00:00Z`);
  const end = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS - zoneOffset(noon));
  return end.getTime() <= now ? end.toISOString() : null;
}

const localDay = (ms) => new Date(ms + zoneOffset(ms)).toISOString().slice(0, 10);

function drawOpen(items, origins) {
  const traced = origins?.body?.open_items ?? [];
  const all = unique([...(items.body ?? []), ...traced]);
  setText(byId("open-count"), items.body ? String(all.length) : "");
  refill(byId("open-list"), JSON.stringify([items, traced, language()]), () => [
    ...(items.body ? [] : [absent(items.why)]),
    all.length ? el("ul", { class: "items" }, ...all.map((one) => el("li", {}, named(one)))) : items.body ? el("p", { class: "quiet" }, t("open_none")) : null,
  ]);
}
