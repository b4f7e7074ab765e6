// Taking over a device by hand. The same form sent again after silence is the same order: same
// idempotency key, same end.

import { el, setText } from "./dom.js";
import { moment } from "./format.js";
import { t } from "./i18n.js";
import { ask } from "./stream.js";

export function overrideForm(device, store, done) {
  if (!store.park.user.may_steer) return el("p", { class: "note" }, t("override_not_allowed"));
  const target = device.steers === "active_power_w";
  const most = (device.rating_w ?? 1e6) / 1000;
  const direction = target ? el("select", { name: "direction", "aria-label": t("override_direction") },
    el("option", { value: "1" }, t("override_power_charge")), el("option", { value: "-1" }, t("override_power_discharge"))) : null;
  const power = el("input", { name: "power", type: "number", min: "0", step: "any", required: true, inputmode: "decimal", placeholder: String(Math.round(most)), "aria-label": `${t(target ? "q_active_power_w" : "override_power_limit")} (kW)` });
  const minutes = el("input", { name: "minutes", type: "number", min: "1", max: "1440", step: "1", value: "30", required: true });
  const reason = el("input", { name: "reason", type: "text", maxlength: "200", required: true, autocomplete: "off" });
  const send = el("button", { type: "submit" }, t("override_send"));
  const outcome = el("p", { class: "outcome", role: "status" });
  let key = freshKey();
  let sent = "";
  let expires = "";

  const form = el("form", {
    class: "override", onsubmit: async (event) => {
      event.preventDefault();
      const order = {
        device_id: device.id, quantity: device.steers,
        value_w: Number(power.value) * 1000 * (direction ? Number(direction.value) : 1),
        minutes: Number(minutes.value), reason: reason.value,
      };
      if (JSON.stringify(order) !== sent) {
        key = freshKey();
        expires = new Date(store.now + order.minutes * 60_000).toISOString();
      }
      sent = JSON.stringify(order);
      send.disabled = true;
      setText(outcome, t("override_sending"));
      outcome.className = "outcome";
      try {
        const override = await ask("/api/override", { ...order, expires_at: expires, idempotency_key: key });
        sent = "";
        setText(outcome, `✓ ${t("override_done", { time: moment(override.expires_at, store.now) })}`);
        done();
      } catch (refusal) {
        const certain = refusal.status && refusal.status < 502;
        setText(outcome, `✕ ${t(certain ? "override_refused" : "override_unsure", { reason: refusal.message })}`);
        outcome.className = "outcome warn-text";
      }
      send.disabled = false;
    },
  },
  el("label", {}, el("span", {}, target ? t("override_direction") : t("override_power_limit")), el("span", { class: "joined" }, direction, power, el("span", { class: "unit" }, "kW"))),
  el("label", {}, el("span", {}, t("override_minutes")), minutes),
  el("label", { class: "wide" }, el("span", {}, t("override_reason")), reason),
  send, outcome);
  return form;
}

// Random enough to be this order's own; `randomUUID` is missing on plain-http addresses.
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
