// Closing a month, what a closed month would say by now, and what was restated and why.

import { byId, el, refill, setText } from "./dom.js";
import { dayTime, number } from "./format.js";
import { language, named, t } from "./i18n.js";
import { exact, signedTonnes, tonnes } from "./carbon_model.js";
import { absent, massCell, moreCell, nameCell, table } from "./carbon_parts.js";
import { DecisionPanel } from "./quality_decide.js";

// What a person decides about the books; after it the page asks anew.
export class BookDecisions extends DecisionPanel {
  constructor(store, decided) {
    super(store);
    this.confirmWord = "decide_confirm_books";
    this.doneWord = "decision_done_books";
    this.box.addEventListener("close", decided);
  }

  close(month) {
    const known = el("label", { class: "tick" }, el("input", { type: "checkbox", name: "acknowledged" }), el("span", {}, t("acknowledge_open")));
    this.show("decide_close", [["fact_month", month]], [known], t("send_close", { month }), "/api/close-month",
      (form) => ({ month, acknowledged: form.get("acknowledged") === "on" }));
  }

  approve(one) {
    this.decide(one, "decide_approve", t("send_approve"), "/api/approve-restatement");
  }

  reject(one) {
    this.decide(one, "decide_reject", t("send_reject"), "/api/reject-restatement");
  }

  decide(one, title, send, path) {
    const facts = [["fact_month", one.month], ["fact_span", touched(one)], ["fact_why", named(one.because)], ["fact_found", dayTime(one.found_at)]];
    const sums = (one.differences ?? []).map((each) => [`ledger_${each.ledger}`, sumsText(each)]);
    this.show(title, [...facts, ...sums], [], send, path, () => ({ restatement_id: one.id, version: one.version }));
  }
}

const touched = (one) => t("touched", { n: number(one.quarters), from: dayTime(one.first), to: dayTime(one.last) });

// What a ledger says of these quarter hours, what it would say, and the difference.
const sumsText = ({ reported, known, more }) => `${tonnes(exact(reported))} → ${tonnes(exact(known))} (${signedTonnes(exact(more))}) t`;

// The state of the chosen month, and the button that closes it where that may be done.
export function drawMonthState(period, now, may, decisions) {
  const state = byId("month-state");
  const button = byId("close-month");
  const closed = period?.closed_at;
  setText(state, !period ? "" : closed ? t("closed_by", { user: period.closed_by, time: dayTime(closed), because: period.because }) : t("month_open"));
  state.title = state.textContent;
  button.hidden = !period || Boolean(closed) || !may || period.month >= now;
  setText(button, t("close_month"));
  button.onclick = () => decisions.close(period.month);
}

export function drawPending(pending, month, may, decisions) {
  const all = pending.body ?? [];
  const waiting = all.filter((one) => one.state === "pending");
  setText(byId("pending-count"), pending.body ? t("pending_n", { n: number(waiting.length) }) : "");
  refill(byId("pending-list"), JSON.stringify([pending, month, may, language()]), () => {
    if (!pending.body) return [absent(pending.why)];
    const shown = all.filter((one) => one.state === "pending" || one.month === month);
    if (!shown.length) return [el("p", { class: "quiet" }, t("pending_none"))];
    return [el("ul", { class: "waiting" }, ...shown.map((one) => item(one, may, decisions)))];
  });
}

function item(one, may, decisions) {
  const isPending = one.state === "pending";
  const label = (word) => `${t(word)} ${one.month}`;
  return el("li", { class: one.state, "data-id": one.id },
    el("p", { class: "head" }, el("b", {}, one.month), el("span", { class: "note" }, touched(one)), el("span", { class: `state ${isPending ? "warn-text" : ""}` }, t(`state_${one.state}`))),
    el("p", { class: "because" }, named(one.because)),
    el("p", { class: "note" }, isPending ? t("found_at", { time: dayTime(one.found_at) }) : t("decided_by", { user: one.decided_by, time: dayTime(one.decided_at), because: one.decided_because })),
    isPending && may ? el("p", { class: "choices" },
      el("button", { type: "button", "aria-label": label("approve"), onclick: () => decisions.approve(one) }, t("approve")),
      el("button", { type: "button", class: "plain", "aria-label": label("reject"), onclick: () => decisions.reject(one) }, t("reject"))) : null,
    isPending && !may ? el("p", { class: "note" }, t("decision_not_allowed")) : null);
}

export function drawRestated(restatements) {
  const body = restatements.body;
  const rows = body?.restatements ?? [];
  setText(byId("restated-count"), body ? t(body.count > rows.length ? "restated_newest" : "restated_n", { n: number(rows.length), all: number(body.count) }) : "");
  refill(byId("restated-list"), JSON.stringify([restatements, language()]), () => {
    if (!body) return [absent(restatements.why)];
    if (!rows.length) return [el("p", { class: "quiet" }, t("restated_none"))];
    const head = [[t("restated_quarter"), false], [t("ledger"), false], [t("because"), false], [t("was"), true], [t("is"), true], [t("more"), true]];
    return [table(head, rows.map(row), t("carbon_restated"))];
  });
}

function row(one) {
  const [was, is] = [exact(one.reversed), exact(one.booked)];
  return el("tr", {},
    nameCell(el("span", {}, dayTime(one.start)), el("span", { class: "note" }, t("known_at", { time: dayTime(one.known_at), version: one.version }))),
    el("td", {}, t(`ledger_${one.ledger}`)), el("td", { class: "because", title: one.because.en }, named(one.because)), massCell(was), massCell(is), moreCell(is - was));
}
