// The form for a decision: what it is about, the choice, why, and that it was checked. Sent again after
// silence it is the same decision: same key.

import { byId, el, setText } from "./dom.js";
import { energy, moment, number } from "./format.js";
import { t } from "./i18n.js";
import { asideWords, pointName, spanText } from "./quality_account.js";
import { whatText } from "./quality_edits.js";
import { ask } from "./stream.js";

export class DecisionPanel {
  constructor(store) {
    this.store = store;
    this.box = byId("decision");
    this.confirmWord = "decide_confirm";
    this.doneWord = "decision_done";
    this.box.addEventListener("click", (event) => {
      if (event.target === this.box) this.box.close();
    });
  }

  // Decide on an entry of the account: release it, or first judge the reading that claims it.
  entry(one) {
    const { store } = this;
    const facts = [
      ["fact_point", pointName(store, one.point)], ["fact_span", spanText(one, store.now)],
      ["fact_energy", `${energy(one.balance_wh)} (${number(one.balance_wh)} Wh)`], ["fact_why", asideWords(one.reason)[1]],
    ];
    if (one.reason === "unconfirmed") this.judge(one, facts);
    else this.release(one, facts);
  }

  release(one, facts) {
    const account = el("input", { name: "account", type: "text", maxlength: "200", autocomplete: "off", placeholder: t("account_hint"), "aria-label": t("account_name"), disabled: true });
    const choice = choices(t("choose_into"), "into", [["intervals", "into_intervals"], ["account", "into_account"]], (chosen) => {
      account.disabled = chosen !== "account";
      account.required = chosen === "account";
    });
    this.show("decide_release", facts, [choice, account], t("send_release", { wh: energy(one.balance_wh) }), "/api/release-suspense",
      (form) => ({ entry_id: one.entry_id, balance_wh: one.balance_wh, into: form.get("into"), ...(form.get("account") ? { account: form.get("account") } : {}) }));
  }

  judge(one, facts) {
    const choice = choices(t("choose_belief", { time: moment(one.end, this.store.now) }), "belief", [["believed", "belief_take"], ["withdrawn", "belief_drop"]]);
    this.show("decide_judge", facts, [choice], t("send_judge"), "/api/judge-reading",
      (form) => ({ point: one.point, source: one.source, event_time: one.end, belief: form.get("belief") }));
  }

  revoke(one) {
    const { store } = this;
    const facts = [
      ["fact_point", pointName(store, one.point)], ["fact_by", `${one.user}, ${moment(one.decided_at, store.now)}`],
      ["decide_revoke", whatText(one, store.now)], ["fact_reason", one.reason],
    ];
    this.show("decide_revoke", facts, [], t("send_revoke"), "/api/revoke-edit", () => ({ revoked_edit_id: one.edit_id }));
  }

  show(title, facts, choice, send, path, orderOf) {
    const { name } = this.store.park.user;
    this.box.replaceChildren(
      el("header", {}, el("h2", { id: "decision-title" }, t(title)),
        el("button", { type: "button", class: "plain", "aria-label": t("close"), onclick: () => this.box.close() }, "✕")),
      el("dl", { class: "pairs" }, ...facts.flatMap(([word, text]) => [el("dt", {}, t(word)), el("dd", {}, text)]), el("dt", {}, t("decide_user")), el("dd", {}, name)),
      this.form(choice, send, path, orderOf));
    this.box.showModal();
  }

  form(choice, sendWords, path, orderOf) {
    const outcome = el("p", { class: "outcome", role: "status" });
    const send = el("button", { type: "submit" }, sendWords);
    let [key, sent] = [freshKey(), ""];
    const onsubmit = async (event) => {
      event.preventDefault();
      const form = new FormData(event.currentTarget);
      const order = { ...orderOf(form), reason: form.get("reason"), confirmed: form.get("confirmed") === "on" };
      if (sent && JSON.stringify(order) !== sent) key = freshKey();
      sent = JSON.stringify(order);
      send.disabled = true;
      say(outcome, t("decision_sending"));
      try {
        await ask(path, { ...order, idempotency_key: key });
        say(outcome, `✓ ${t(this.doneWord)}`);
        this.closeSoon(outcome);
      } catch (refusal) {
        const certain = refusal.status && refusal.status < 502;
        say(outcome, `✕ ${t(certain ? "decision_refused" : "decision_unsure", { reason: refusal.message })}`, "warn-text");
        send.disabled = false;
      }
    };
    return el("form", { class: "decision", onsubmit }, ...choice,
      el("label", {}, el("span", {}, t("decide_reason")), el("textarea", { name: "reason", rows: "2", maxlength: "2000", required: true })),
      el("label", { class: "tick" }, el("input", { type: "checkbox", name: "confirmed", required: true }), el("span", {}, t(this.confirmWord))),
      send, outcome);
  }

  closeSoon(outcome) {
    setTimeout(() => {
      if (this.box.open && outcome.isConnected) this.box.close();
    }, 1500);
  }
}

function choices(words, name, options, onchoose = () => {}) {
  return el("fieldset", {}, el("legend", {}, words),
    ...options.map(([value, word]) => el("label", { class: "tick" },
      el("input", { type: "radio", name, value, required: true, onchange: () => onchoose(value) }), el("span", {}, t(word)))));
}

function say(outcome, text, kind = "") {
  setText(outcome, text);
  outcome.className = `outcome ${kind}`;
}

// Random enough to be this decision's own; `randomUUID` is missing on plain-http addresses.
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
