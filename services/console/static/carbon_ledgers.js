// The ledgers side by side, never added: a tab each with its total, and below the parts of one.

import { byId, el, refill } from "./dom.js";
import { number, percent } from "./format.js";
import { language, named, t } from "./i18n.js";
import { before, enterpriseName, grams, keysOf, ledgerOf, ledgersIn, signedTonnes, tonnes, whole } from "./carbon_model.js";
import { absent, massCell, moreCell, nameCell, originName, said, table, wordOf } from "./carbon_parts.js";
import { soon } from "./page.js";

const shown = { ledger: "park_acceptance" };

// Draw what was answered about a month: {known, reported}, and why it came to differ.
export function drawLedgers(totals, differences, park) {
  const key = JSON.stringify([totals, differences, shown.ledger, language()]);
  const { body } = totals;
  refill(byId("ledger-tabs"), key, () => (body ? tabs(body) : [absent(totals.why)]));
  refill(byId("ledger"), key, () => (body ? chosen(body, differences, park) : []));
}

function tabs({ known, reported }) {
  const ledgers = ledgersIn([...known, ...(reported ?? [])]);
  if (!ledgers.length) return [el("p", { class: "quiet" }, t("nothing_booked"))];
  if (!ledgers.includes(shown.ledger)) [shown.ledger] = ledgers;
  return ledgers.map((ledger) => tab(ledgerOf(known, ledger), reported && ledgerOf(reported, ledger)));
}

function tab(now, then) {
  const isShown = now.ledger === shown.ledger;
  const more = then ? now.total - then.total : 0n;
  return el("button", {
    type: "button", role: "tab", "aria-selected": String(isShown), "aria-controls": "ledger", tabindex: isShown ? "0" : "-1",
    "data-ledger": now.ledger, title: grams(now.total), onclick: () => choose(now.ledger), onkeydown: walked,
  },
    el("span", { class: "name" }, t(`ledger_${now.ledger}`)),
    el("span", { class: "total" }, el("b", {}, tonnes(now.total)), el("span", { class: "unit" }, `t ${now.gas}`)),
    el("span", { class: "note" }, estimatedText(now)),
    more === 0n ? null : el("span", { class: "note differs" }, t("since_reported", { more: signedTonnes(more) })),
    now.unverified.length ? el("span", { class: "note warn-text" }, `⚠ ${t("carbon_unverified")}`) : null);
}

function choose(ledger) {
  shown.ledger = ledger;
  soon();
}

// The tabs are one stop of the keyboard; the arrows choose.
function walked(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = [...byId("ledger-tabs").querySelectorAll("[role=tab]")];
  const next = all[(all.indexOf(event.currentTarget) + step + all.length) % all.length];
  choose(next.dataset.ledger);
  requestAnimationFrame(() => requestAnimationFrame(() => byId("ledger-tabs").querySelector("[aria-selected=true]")?.focus()));
}

const estimatedText = ({ estimated, entries }) => (entries ? t("estimated_share", { share: percent(estimated / entries, 1) }) : t("no_entries"));

function chosen({ known, reported }, differences, park) {
  const now = ledgerOf(known, shown.ledger);
  const then = reported && differing(now, ledgerOf(reported, shown.ledger));
  byId("ledger").classList.toggle("is-compared", Boolean(then));
  return [
    el("div", { class: "ledger-part by-scope" }, el("h3", {}, t("by_scope")), byScope(now, then)),
    el("div", { class: "ledger-part by-enterprise" }, el("h3", {}, t("by_enterprise")), byEnterprise(now, then, park)),
    el("div", { class: "ledger-part by-activity" }, el("h3", {}, t("by_activity")), byActivity(now), said("unverified_because", now.unverified),
      then ? reasons(differences, now.ledger, park) : reported ? el("p", { class: "quiet" }, t("as_was")) : null),
  ];
}

// What was reported, where any part of it differs from what is known now.
function differing(now, then) {
  const parts = ["scopes", "beside", "enterprises"];
  return parts.some((part) => keysOf(now[part], then[part]).some((key) => before(now[part], key) !== before(then[part], key))) ? then : null;
}

// The columns of a comparison: one, or known now beside reported and what it is more.
const columns = (then, unit) => (then ? [[t("as_known"), true], [t("as_reported"), true], [t("more"), true]] : [[unit, true]]);
const cells = (ng, was, then) => (then ? [massCell(ng), massCell(was), moreCell(ng - was)] : [massCell(ng)]);

function compared(now, then, parts, word) {
  return keysOf(now[parts], then?.[parts]).map((key) => {
    const [ng, was] = [before(now[parts], key), before(then?.[parts], key)];
    return el("tr", {}, nameCell(...[word(key)].flat()), ...cells(ng, was, then));
  });
}

function byScope(now, then) {
  const unit = `t ${now.gas}`;
  const name = ([scope, category]) => [el("span", { class: "scope" }, t(`scope_${scope}`)), el("span", {}, wordOf("category", category))];
  const beside = compared(now, then, "beside", name);
  return table([[then ? unit : "", false], ...columns(then, unit)], [
    ...compared(now, then, "scopes", name),
    el("tr", { class: "sum" }, nameCell(t("total")), ...cells(now.total, then?.total ?? 0n, then)),
    ...(beside.length ? [el("tr", { class: "apart" }, el("th", { scope: "rowgroup", colspan: then ? 4 : 2 }, t("not_counted")))] : []),
    ...beside,
  ], t("by_scope"));
}

function byEnterprise(now, then, park) {
  const unit = `t ${now.gas}`;
  const rows = compared(now, then, "enterprises", ([id]) => enterpriseName(id, park));
  const sum = el("tr", { class: "sum" }, nameCell(t("total")), ...cells(now.total, then?.total ?? 0n, then));
  return table([[then ? unit : "", false], ...columns(then, unit)], [...rows, sum], t("by_enterprise"));
}

// Every activity with its amount in base units, so that whoever doubts a number can follow it.
function byActivity(now) {
  const rows = now.activities.map(({ key: [activity, carrier, origin, unit, beside], amount, total, entries, estimated }) => el("tr", {},
    nameCell(el("span", {}, wordOf("activity", activity)), el("span", { class: "note" }, [wordOf("carrier", carrier), origin ? originName(origin) : "", beside ? t("not_counted") : ""].filter(Boolean).join(" · "))),
    el("td", { class: "num" }, `${whole(amount)} ${unit}`),
    el("td", { class: "num", title: t("estimated_of", { n: number(estimated), all: number(entries) }) }, entries ? percent(estimated / entries, 1) : "–"),
    massCell(total)));
  return table([["", false], [t("amount"), true], [t("carbon_estimated"), true], [`t ${now.gas}`, true]], rows, t("by_activity"));
}

// A text as a line begins.
const begun = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

// Why the books differ from what was reported.
function reasons(differences, ledger, park) {
  if (!differences) return null;
  if (!differences.body) return el("div", { class: "why" }, el("h3", {}, t("why_differs")), absent(differences.why));
  const own = differences.body.filter((one) => one.ledger === ledger);
  if (!own.length) return el("div", { class: "why" }, el("h3", {}, t("why_differs")), el("p", { class: "quiet" }, t("differs_not")));
  const rows = own.flatMap((one) => one.changes.map((change) => el("tr", {},
    nameCell(el("span", {}, begun(named(change.reason))), el("span", { class: "note" }, enterpriseName(one.enterprise, park))),
    el("td", { class: "num" }, number(change.entries)), moreCell(BigInt(change.more.g) * 10n ** 9n + BigInt(change.more.ng)))));
  return el("div", { class: "why" }, el("h3", {}, t("why_differs")), table([["", false], [t("entries"), true], [t("more"), true]], rows, t("why_differs")));
}
