// One device: what it measures, why it does what it does, and taking over by hand.

import { byId, el, refill, setText } from "./dom.js";
import { directed } from "./diagram.js";
import { kw, moment, money, number, quantityName } from "./format.js";
import { has, language, named, t } from "./i18n.js";
import { overrideForm } from "./override.js";
import { ask } from "./stream.js";

const EXPLAIN_EVERY_MS = 15_000;

export class DevicePanel {
  constructor(store) {
    this.store = store;
    this.box = byId("device");
    this.device = null;
    this.box.addEventListener("close", () => {
      this.device = null;
      clearInterval(this.timer);
    });
    this.box.addEventListener("click", (event) => {
      if (event.target === this.box) this.box.close();
    });
  }

  open(device) {
    this.device = device;
    this.build();
    if (!this.box.open) this.box.showModal();
    clearInterval(this.timer);
    if (!device.steers) return;
    this.explain();
    this.timer = setInterval(() => this.explain(), EXPLAIN_EVERY_MS);
  }

  build() {
    if (!this.device) return;
    const { device, store } = this;
    this.now = el("div", { class: "now" });
    this.why = el("div", { class: "why", "aria-live": "polite" });
    const tenant = store.park.tenants.find((one) => one.id === device.tenant);
    const about = [tenant && named(tenant.name), device.source, device.id].filter(Boolean).join(" · ");
    this.box.replaceChildren(
      el("header", {},
        el("div", {}, el("h2", { id: "device-name" }, named(device.name)), el("p", { class: "note" }, about)),
        el("button", { type: "button", class: "plain", autofocus: true, "aria-label": t("close"), onclick: () => this.box.close() }, "✕")),
      this.now,
      ...(device.steers
        ? [el("h3", {}, t("why")), this.why, el("h3", {}, t("override")), overrideForm(device, store, () => this.explain())]
        : [el("p", { class: "note" }, t("not_steered"))]));
    if (device.steers) this.why.replaceChildren(el("p", { class: "quiet" }, t("why_loading")));
    this.draw();
  }

  draw() {
    if (!this.device) return;
    const { store, device } = this;
    const points = store.pointsOf(device.id);
    refill(this.now, language() + device.id + points.map(([point]) => point).join(), () => [
      el("table", {}, ...points.map(([point]) => el("tr", { "data-point": point },
        el("th", { scope: "row" }, quantityName(point)), el("td", { class: "num" }), el("td", { class: "note" })))),
    ]);
    for (const [point, { value, at, suspect }] of points) {
      const row = this.now.querySelector(`[data-point="${CSS.escape(point)}"]`);
      setText(row.children[1], shown(device, point, value, store.now));
      setText(row.children[2], moment(at, store.now) + (suspect ? ` · ${t("suspect")}` : ""));
    }
    this.now.classList.toggle("stale", store.isStale(device));
  }

  async explain() {
    const { device } = this;
    if (!device) return;
    const [reasons, overrides] = await Promise.allSettled([ask(`/api/explain/${encodeURIComponent(device.id)}`), ask("/api/overrides")]);
    if (this.device !== device) return;
    const children = [];
    if (overrides.status === "fulfilled") {
      children.push(...overrides.value.filter((one) => one.device_id === device.id).map((one) => this.inForce(one)));
    }
    children.push(...(reasons.status === "fulfilled"
      ? this.reasons(reasons.value)
      : [el("p", { class: "warn-text" }, t("why_failed", { reason: reasons.reason.message }))]));
    const unfolded = this.why.querySelector("details")?.open;
    this.why.replaceChildren(...children);
    const inputs = this.why.querySelector("details");
    if (inputs && unfolded) inputs.open = true;
  }

  inForce(one) {
    const line = t("override_line", { value: directed(this.device, one.value_w, one.quantity), time: moment(one.expires_at, this.store.now), user: one.user, reason: one.reason });
    const cancel = async (event) => {
      event.currentTarget.disabled = true;
      try {
        await ask("/api/cancel-override", { override_id: one.override_id });
      } catch (refusal) {
        setText(event.target, refusal.message);
      }
      this.explain();
    };
    return el("div", { class: "in-force" }, el("p", {}, el("strong", {}, `◆ ${t("overrides")}: `), line),
      this.store.park.user.may_steer ? el("button", { type: "button", onclick: cancel }, t("override_cancel")) : null);
  }

  reasons(given) {
    const { currency } = this.store.park;
    const price = (amount) => `${money(amount, currency, 3)}/kWh`;
    const { setpoint } = given;
    return [
      el("p", { class: "words" }, named(given.text)),
      el("dl", { class: "pairs" },
        ...pair(t("planned_power", { time: moment(given.step_start, this.store.now) }), directed(this.device, given.planned_power_w)),
        ...pair(t("setpoint_now"), setpoint
          ? `${directed(this.device, setpoint.value_w, setpoint.quantity)} · ${t("won_by", { who: t(`won_${setpoint.won_by}`) })} · ${t("expires", { time: moment(setpoint.expires_at, this.store.now) })}`
          : t("no_setpoint")),
        ...(given.marginal_price_per_kwh === null ? [] : pair(t("marginal_price"), price(given.marginal_price_per_kwh))),
        ...pair(t("binding"), given.binding_limits.length
          ? el("ul", {}, ...given.binding_limits.map((one) => el("li", {}, limitName(one), one.worth_per_kwh ? ` · ${t("worth", { price: price(one.worth_per_kwh) })}` : "")))
          : t("no_binding"))),
      given.inputs.length ? el("details", {}, el("summary", {}, t("inputs")), el("table", { class: "inputs" },
        el("tr", {}, el("th", {}, t("input_name")), el("th", {}, t("input_value")), el("th", {}, t("input_source"))),
        ...given.inputs.map((input) => el("tr", {}, el("td", {}, inputName(input.name)), el("td", { class: "num" }, inputValue(input)), el("td", { class: "note" }, input.source))))) : null,
    ].filter(Boolean);
  }
}

const pair = (name, value) => [el("dt", {}, name), el("dd", {}, value)];
const inputName = (name) => (has(`in_${name}`) ? t(`in_${name}`) : name);

function limitName({ limit, limit_zh: zh }) {
  if (zh) return language() === "zh" ? zh : limit;
  const key = `bind_${limit.replaceAll(/\W+/g, "_")}`;
  return has(key) ? t(key) : limit;
}

function inputValue({ value, unit }) {
  if (value === null) return "–";
  if (unit === "W") return kw(value);
  return `${number(value, Math.abs(value) < 10 ? 3 : 0)} ${unit}`;
}

function shown(device, point, value, now) {
  if (point.endsWith(".active_power_w")) return directed(device, value);
  if (point.endsWith(".connected")) return value > 0 ? t("yes") : t("no");
  if (point.endsWith("_epoch_s")) return value > 0 ? moment(value * 1000, now) : "–";
  if (point.endsWith("_w")) return kw(value);
  if (point.endsWith("_wh")) return `${number(value / 1000, 1)} kWh`;
  if (point.endsWith("_pct")) return `${number(value, 1)} %`;
  if (point.endsWith("_c")) return `${number(value, 1)} °C`;
  return point.endsWith("_w_m2") ? `${number(value)} W/m²` : number(value, 1);
}
