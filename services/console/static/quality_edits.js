// What people decided: who, when, why, what it was before and after; and taking it back.

import { byId, el, refill } from "./dom.js";
import { energy, moment, number } from "./format.js";
import { has, language, t } from "./i18n.js";
import { pointName, spanText } from "./quality_account.js";
import { quarterName } from "./quality_strip.js";

const PARTS = ["believed_wh", "estimated_wh", "suspense_wh", "written_off_wh"];

export class Edits {
  constructor(store, decide) {
    this.store = store;
    this.decide = decide;
  }

  draw() {
    const { store } = this;
    const { edits } = store.asked;
    refill(byId("edit-list"), language() + JSON.stringify(edits ?? null) + Math.floor(store.now / 86_400_000), () => {
      if (!edits) return [el("p", { class: "quiet" }, t("nothing_known", { service: t("peer_validation") }))];
      if (!edits.length) return [el("p", { class: "quiet" }, t("no_edits"))];
      return [el("ul", { class: "edit-list" }, ...edits.map((one) => this.edit(one)))];
    });
  }

  edit(one) {
    const { store } = this;
    const mayRevoke = store.park.user.may_steer && !one.revoked && one.kind !== "revoked_edit_id";
    return el("li", { class: `edit${one.revoked ? " revoked" : ""}`, "data-edit": one.edit_id },
      el("p", { class: "head" }, el("span", {}, el("strong", {}, one.user), " ", el("span", { class: "note" }, moment(one.decided_at, store.now))),
        one.revoked ? el("span", { class: "badge" }, t("edit_revoked")) : null,
        mayRevoke ? el("button", { type: "button", "aria-label": t("revoke_label", { point: pointName(store, one.point), user: one.user }), onclick: () => this.decide.revoke(one) }, t("revoke")) : null),
      el("p", { class: "what" }, el("span", { class: "kind" }, kindName(one.kind)), ` ${pointName(store, one.point)}: ${whatText(one, store.now)}`),
      el("p", { class: "note because" }, `“${one.reason}”`),
      el("p", { class: "note change" }, ...change(one)));
  }
}

const kindName = (kind) => (has(`edit_${kind}`) ? t(`edit_${kind}`) : kind);

// What an edit says, in words.
export function whatText({ kind, what }, now) {
  switch (kind) {
    case "reading": {
      const holes = { belief: t(has(`belief_${what.belief}`) ? `belief_${what.belief}` : "belief_unspecified"), time: moment(what.at, now), wh: energy(what.wh) };
      return t(what.wh === null ? "edit_reading_what" : "edit_reading_value", holes);
    }
    case "interval":
      return t("edit_interval_what", { time: moment(what.start, now), wh: energy(what.wh), account: what.account });
    case "swap":
      return t("edit_swap_what", { time: moment(what.at, now), old: energy(what.old_end_wh), new: energy(what.new_start_wh) });
    case "ruling":
      return t(what.account ? "edit_ruling_write_off" : "edit_ruling_accept", { wh: energy(what.wh), span: spanText(what, now), account: what.account });
    default:
      return t("edit_revocation_what");
  }
}

// The parts that differ, before → after: quarter hour by quarter hour where there are few, else in sum.
function change({ before, after, quarters, each, beyond_memory: beyond }) {
  if (beyond) return [t("edit_beyond")];
  if (!quarters) return [t("edit_no_change")];
  if (quarters <= each.length) return each.map((one) => el("span", {}, `${quarterName(Date.parse(one.start))} `, ...parts(one.before, one.after)));
  const differing = parts(before, after);
  return [...(differing.length ? differing : [t("edit_same_sum")]), el("span", {}, t("edit_quarters", { n: number(quarters) }))];
}

function parts(before, after) {
  return PARTS.filter((part) => before[part] !== after[part]).map((part) => el("span", { class: "part", "data-part": part },
    `${t(`part_${part}`)} `, el("s", {}, energy(before[part])), " → ", el("b", {}, energy(after[part])), " "));
}
