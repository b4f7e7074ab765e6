// What is wrong, newest first; what is over fades into a short list below.

import { byId, el, refill, setText } from "./dom.js";
import { hourMinute, moment, span } from "./format.js";
import { has, language, named, t } from "./i18n.js";
import { ask } from "./stream.js";

const ICONS = { critical: "⬣", warning: "▲", info: "●", unspecified: "?" };
const RESOLVED_SHOWN = 5;
const RESOLVED_FOR_S = 4 * 3600;

export class Incidents {
  constructor(store, mayAct) {
    this.store = store;
    this.mayAct = mayAct;
    this.failures = new Map();
    this.announced = null;
  }

  draw() {
    const { store } = this;
    const all = [...store.incidents.values()];
    const open = all.filter((one) => one.state !== "resolved").sort(newest("raised_at"));
    const over = all.filter((one) => one.state === "resolved" && age(store, one.resolved_at) < RESOLVED_FOR_S)
      .sort(newest("resolved_at")).slice(0, RESOLVED_SHOWN);
    const old = store.incidentsKnown && store.peers.alerting === false;
    this.announce(open, over);
    const key = JSON.stringify([language(), store.incidentsKnown, old, open, over, [...this.failures]]);
    refill(byId("incident-list"), key, () => [
      old ? el("p", { class: "quiet warn-text" }, `⚠ ${t("incidents_old")}`) : null,
      !store.incidentsKnown ? el("p", { class: "quiet" }, t("incidents_unknown")) : null,
      store.incidentsKnown && !open.length ? el("p", { class: "quiet calm" }, `✓ ${t("no_incidents")}`) : null,
      el("ul", { class: "open" }, ...open.map((one) => this.openItem(one))),
      over.length ? el("h3", {}, t("recently_resolved")) : null,
      el("ul", { class: "over" }, ...over.map((one) => this.overItem(one))),
    ]);
    for (const item of byId("incident-list").querySelectorAll("[data-since]")) {
      const word = item.dataset.over ? "resolved_ago" : "ago";
      setText(item, t(word, { span: span(age(store, item.dataset.since)) }));
    }
    setText(byId("incident-count"), open.length ? t("open_count", { n: open.length }) : "");
    byId("incidents").classList.toggle("some", open.length > 0);
  }

  openItem(one) {
    const severity = t(`severity_${one.severity}`);
    return el("li", { class: `incident ${one.severity}${one.acknowledged_at ? " seen" : ""}`, "data-incident": one.incident_id },
      el("p", { class: "head" }, el("span", { class: "severity" }, el("span", { "aria-hidden": "true" }, `${ICONS[one.severity] ?? "?"} `), severity),
        el("strong", {}, has(`kind_${one.kind}`) ? t(`kind_${one.kind}`) : one.kind),
        el("span", { class: "age", "data-since": one.raised_at, title: hourMinute(one.raised_at) })),
      el("p", { class: "text" }, named(one.text)),
      el("p", { class: "deeds" }, this.deed(one), runbook(one.runbook)),
      this.failures.has(one.incident_id) ? el("p", { class: "warn-text" }, t("acknowledge_failed", { reason: this.failures.get(one.incident_id) })) : null);
  }

  deed(one) {
    if (one.acknowledged_at) {
      return el("span", { class: "note" }, `✓ ${t("acknowledged", { name: one.acknowledged_by, time: moment(one.acknowledged_at, this.store.now) })}`);
    }
    if (!this.mayAct) return null;
    return el("button", { type: "button", "aria-label": t("acknowledge_label", { text: named(one.text) }), onclick: (event) => this.acknowledge(one, event.currentTarget) }, t("acknowledge"));
  }

  async acknowledge(one, button) {
    button.disabled = true;
    this.failures.delete(one.incident_id);
    try {
      this.store.take("incident", await ask("/api/acknowledge", { incident_id: one.incident_id }));
      byId("incidents").focus({ preventScroll: true });
    } catch (refusal) {
      this.failures.set(one.incident_id, refusal.message);
      button.disabled = false;
    }
    this.draw();
  }

  overItem(one) {
    return el("li", {}, el("span", { class: "age", "data-since": one.resolved_at, "data-over": "1" }), el("span", { class: "text", title: named(one.text) }, named(one.text)));
  }

  // Say new and resolved incidents once to those who listen rather than look.
  announce(open, over) {
    const now = new Map([...open, ...over].map((one) => [one.incident_id, one.state]));
    if (this.announced) {
      const news = open.filter((one) => !this.announced.has(one.incident_id))
        .map((one) => t("new_incident", { severity: t(`severity_${one.severity}`), text: named(one.text) }));
      const gone = over.filter((one) => this.announced.get(one.incident_id) === "raised")
        .map((one) => t("incident_over", { text: named(one.text) }));
      if (news.length || gone.length) setText(byId("incident-news"), [...news, ...gone].join(" "));
    }
    if (this.store.incidentsKnown) this.announced = now;
  }
}

const newest = (field) => (a, b) => (a[field] < b[field] ? 1 : -1);
const age = (store, iso) => (store.now - Date.parse(iso)) / 1000;

function runbook(address) {
  if (!address) return null;
  const href = /^https?:\/\//.test(address) ? address : `/runbooks/${encodeURIComponent(address.split("/").pop())}`;
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, `${t("runbook")} ↗`);
}
