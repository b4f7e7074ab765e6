// The suspense account: what is set aside, of which register, why, since when; and deciding on it.

import { byId, el, refill } from "./dom.js";
import { energy, moment, number, quantityName } from "./format.js";
import { has, language, named, t } from "./i18n.js";

export class Account {
  constructor(store, decide) {
    this.store = store;
    this.decide = decide;
  }

  draw() {
    const { store } = this;
    const account = store.asked.suspense;
    const key = language() + JSON.stringify(account ?? null) + Math.floor(store.now / 86_400_000);
    refill(byId("entry-list"), key, () => {
      if (!account) return [el("p", { class: "quiet" }, t("nothing_known", { service: t("peer_validation") }))];
      if (!account.count) return [el("p", { class: "quiet calm" }, `✓ ${t("suspense_calm")}`)];
      return [
        el("ul", { class: "entries" }, ...account.entries.map((one) => this.entry(one))),
        account.entries.length < account.count || account.more
          ? el("p", { class: "note" }, t("suspense_shown", { n: number(account.entries.length), all: `${number(account.count)}${account.more ? "+" : ""}` })) : null,
      ];
    });
  }

  entry(one) {
    const { store } = this;
    const [reason, why] = asideWords(one.reason);
    const point = pointName(store, one.point);
    return el("li", { class: `entry ${one.reason}`, "data-entry": one.entry_id },
      el("p", { class: "head" }, el("strong", {}, point), el("span", { class: "wh", title: `${number(one.balance_wh)} Wh` }, energy(one.balance_wh))),
      el("p", { class: "note" }, spanText(one, store.now), " · ", el("span", { class: "why", title: why, tabindex: "0" }, reason), " · ", t("entry_since", { time: moment(one.opened_at, store.now) })),
      store.park.user.may_steer
        ? el("button", { type: "button", "aria-label": t("decide_label", { wh: energy(one.balance_wh), point }), onclick: () => this.decide.entry(one) }, t("decide")) : null);
  }
}

export function asideWords(reason) {
  const key = has(`aside_${reason}`) ? reason : "unspecified";
  return [t(`aside_${key}`), t(`aside_${key}_title`)];
}

export const spanText = ({ start, end }, now) => t("entry_span", { start: moment(start, now), end: moment(end, now) });

// A point as people call it: its device and what it measures.
export function pointName(store, point) {
  return store.devices.has(deviceOf(point)) ? `${deviceName(store, point)} · ${quantityName(point)}` : point;
}

export const deviceName = (store, point) => named(store.devices.get(deviceOf(point))?.name) || point;
const deviceOf = (point) => point.slice(0, point.lastIndexOf("."));
