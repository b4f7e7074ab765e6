// The one-line diagram: what flows where now, what is stale, and the way to each explanation.

import { byId, setAttribute, setText, svg } from "./dom.js";
import { CELL, CELLS_IN_ROW, layout } from "./diagram_layout.js";
import { hourMinute, kw, number } from "./format.js";
import { named, t } from "./i18n.js";
import { hatching, symbol } from "./symbols.js";

const FLOWING_W = 500;

export class Diagram {
  constructor(store, open) {
    this.store = store;
    this.open = open;
    this.box = byId("diagram");
    this.build();
    new ResizeObserver(() => this.resized()).observe(this.box);
  }

  resized() {
    const size = `${Math.round(this.box.clientWidth / 8)}x${Math.round(this.box.clientHeight / 8)}`;
    if (size !== this.size) {
      this.size = size;
      this.build();
      this.draw();
    }
  }

  build() {
    const free = getComputedStyle(this.box).flexGrow !== "0" ? this.box.clientHeight : 0;
    const plan = layout(this.store.park, this.box.clientWidth || 640, free);
    this.nodes = [];
    const { bus } = plan;
    const drawing = svg("svg", { viewBox: `0 0 ${plan.width} ${plan.height}`, class: plan.roomy ? "roomy" : null, role: "group", "aria-label": t("diagram") },
      hatching(),
      svg("line", { x1: bus.x, x2: bus.x, y1: bus.top, y2: bus.bottom, class: "bus" }),
      svg("text", { x: bus.x, y: 12, class: "small", "text-anchor": plan.narrow ? "start" : "middle" }, t("busbar")));
    for (const row of plan.rows) drawing.append(this.row(row, plan));
    if (plan.gas) drawing.append(this.gas(plan.gas, plan));
    this.box.replaceChildren(drawing);
  }

  row(row, plan) {
    if (row.type === "tenant") return this.tenant(row, plan);
    if (row.type === "chargers") return this.chargers(row, plan);
    return row.type === "source" ? this.source(row, plan) : this.load(row, plan);
  }

  // ---- the parts

  source({ device, side, y, height }, { bus, width, narrow }) {
    const middle = y + height / 2;
    const left = side === "left";
    const at = left ? 194 : 58;
    const node = this.node(device, `source kind-${device.kind}`, {
      from: [bus.x, middle], to: [left ? at + 25 : at - 25, middle],
    });
    const text = left ? { x: 0, anchor: "start" } : { x: 96, anchor: "start" };
    node.glyph = svg("g", { class: "symbol", transform: `translate(${at} ${middle})` }, ...symbol(device.kind));
    node.name = svg("text", { x: text.x, y: middle - 26, class: "name" }, named(device.name));
    node.value = svg("text", { x: narrow ? width - 2 : text.x, y: narrow ? middle - 22 : middle + 4, class: "value big", "text-anchor": narrow ? "end" : "start" });
    node.word = svg("text", { x: text.x, y: narrow ? middle - 4 : middle + 23, class: "word" });
    node.note = svg("text", { x: text.x, y: narrow ? middle + 15 : middle + 41, class: "small" });
    node.level = node.glyph.querySelector(".level");
    node.root.append(node.glyph, node.name, node.value, node.word, node.note);
    return this.ready(node, [left ? -4 : 26, y + 3, (left ? bus.x - 4 : width - 26), height - 6]);
  }

  load({ device, y, height }, { bus, width }) {
    const middle = y + height / 2;
    const node = this.node(device, "load", { from: [bus.x, middle], to: [bus.x + 50, middle] });
    const x = bus.x + 74;
    node.glyph = svg("g", { class: "symbol", transform: `translate(${bus.x + 57} ${middle})` }, ...symbol("load"));
    node.name = svg("text", { x, y: middle + 5, class: "name" }, named(device.name));
    node.value = svg("text", { x: width - 2, y: middle + 6, class: "value", "text-anchor": "end" });
    node.note = svg("text", { x, y: middle + 19, class: "small" });
    node.root.append(node.glyph, node.name, node.value, node.note);
    return this.ready(node, [bus.x + 44, y + 1, width - bus.x - 42, height - 2]);
  }

  tenant({ tenant, devices, y, height }, { bus, width }) {
    const sum = svg("text", { x: width - 2, y: y + height - 5, class: "small", "text-anchor": "end" });
    this.nodes.push({ draw: () => setText(sum, `Σ ${kw(this.sum(devices))}`) });
    return svg("g", { class: "tenant" },
      svg("line", { x1: bus.x + 50, x2: width, y1: y + height, y2: y + height }),
      svg("text", { x: bus.x + 50, y: y + height - 5, class: "small" }, tenant ? named(tenant.name) : t("site")), sum);
  }

  chargers({ devices, y }, { bus, width }) {
    const middle = y + 22;
    const x = bus.x + 74;
    const node = this.node(null, "load chargers", { from: [bus.x, middle], to: [bus.x + 50, middle] });
    node.glyph = svg("g", { class: "symbol", transform: `translate(${bus.x + 57} ${middle})` }, ...symbol("load"));
    node.value = svg("text", { x: width - 2, y: middle + 6, class: "value", "text-anchor": "end" });
    node.note = svg("text", { x, y: middle + 24, class: "small" });
    const shift = (width - x - CELLS_IN_ROW * CELL) / 2 + 1;
    const cells = devices.map((device, place) => this.cell(device, place, x + shift, middle + 34));
    node.root.append(node.glyph, svg("text", { x, y: middle + 5, class: "name" }, t("chargers")), node.value, node.note,
      svg("g", { role: "group", "aria-label": t("chargers"), onkeydown: (event) => walk(event, cells) }, ...cells.map((cell) => cell.root)));
    cells[0]?.root.setAttribute("tabindex", "0");
    node.draw = () => this.drawChargers(node, cells);
    this.nodes.push(node);
    return node.root;
  }

  cell(device, place, x, y) {
    const left = x + (place % CELLS_IN_ROW) * CELL;
    const top = y + Math.floor(place / CELLS_IN_ROW) * CELL;
    const title = svg("title");
    const root = svg("g", {
      class: "cell", role: "button", tabindex: "-1", transform: `translate(${left} ${top})`,
      onclick: () => this.open(device),
    }, title, svg("rect", { width: CELL - 5, height: CELL - 5, rx: 3 }), svg("path", { d: "M10 2.5L5 9.5H8L7 14.5L12.2 7.2H9Z", class: "bolt" }),
    svg("circle", { cx: 8.5, cy: 8.5, r: 3, class: "dot" }));
    return { device, root, title };
  }

  gas({ y, devices }, { width, narrow }) {
    const group = svg("g", { class: "gas" }, svg("line", { x1: 0, x2: width, y1: y - 24, y2: y - 24 }));
    group.append(svg("g", { class: "symbol", transform: `translate(9 ${y - 3})` }, ...symbol("gas")));
    if (!narrow) group.append(svg("text", { x: 24, y: y + 2, class: "small" }, t("gas")));
    const from = narrow ? 26 : 100;
    devices.forEach((device, place) => {
      const x = from + (place * (width - from)) / devices.length;
      const value = svg("text", { x, y: y + 11, class: "value less" });
      const root = svg("g", {}, svg("text", { x, y: y - 7, class: "small" }, named(device.name)), value);
      group.append(root);
      this.nodes.push({
        draw: () => {
          const stale = this.store.isStale(device);
          setAttribute(root, "class", stale ? "stale" : "");
          setText(value, `${kw(this.store.value(device.id, "thermal_power_w"))}${stale ? ` · ${t("stale")}` : ""}`);
        },
      });
    });
    return group;
  }

  // ---- one device

  node(device, kind, { from, to }) {
    const d = `M${from[0]} ${from[1]}L${to[0]} ${to[1]}`;
    const middle = (from[0] + to[0]) / 2;
    const node = { device, kind };
    node.arrow = svg("path", { d: "M-5 -6L5 0L-5 6", class: "arrow" });
    node.at = [middle, from[1], to[0] < from[0]];
    node.root = svg("g", { class: `node ${kind}` }, svg("path", { d, class: "wire" }), svg("path", { d, class: "flow" }), node.arrow);
    return node;
  }

  ready(node, [x, y, width, height]) {
    node.root.prepend(svg("rect", { x, y, width, height, rx: 6, class: "hit" }));
    node.root.setAttribute("role", "button");
    node.root.setAttribute("tabindex", "0");
    node.root.dataset.device = node.device.id;
    node.root.addEventListener("click", () => this.open(node.device));
    node.root.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.open(node.device);
      }
    });
    node.draw = () => this.drawNode(node);
    this.nodes.push(node);
    return node.root;
  }

  sum(devices) {
    const values = devices.map((device) => this.store.value(device.id, "active_power_w"));
    return values.some((value) => value === null) ? null : values.reduce((a, b) => a + b, 0);
  }

  // ---- every second

  draw() {
    for (const node of this.nodes) node.draw();
    const weather = this.store.park.devices.find((device) => device.kind === "weather");
    if (!weather) return;
    const temperature = this.store.value(weather.id, "temperature_c");
    const text = temperature === null ? "" : t("weather_text", {
      temperature: number(temperature, 1), irradiance: number(this.store.value(weather.id, "irradiance_w_m2")),
    });
    setText(byId("weather"), this.store.isStale(weather) && text ? `${text} · ${t("stale")}` : text);
  }

  drawNode(node) {
    const { device } = node;
    const power = this.store.value(device.id, "active_power_w");
    const stale = this.store.isStale(device);
    this.flow(node, power, stale, device.kind === "grid_meter");
    setText(node.value, power === null ? t("no_reading") : kw(Math.abs(power)));
    if (node.word) setText(node.word, power === null ? "" : wordOf(device, power));
    setText(node.note, stale ? this.staleText(device) : this.noteOf(device, power));
    if (node.level) {
      const height = 36 * Math.max(0, Math.min(100, this.store.value(device.id, "state_of_charge_pct") ?? 0)) / 100;
      setAttribute(node.level, "y", (18 - height).toFixed(1));
      setAttribute(node.level, "height", height.toFixed(1));
    }
    const said = stale ? `${node.value.textContent}, ${node.note.textContent}` : node.value.textContent;
    setAttribute(node.root, "aria-label", t("explain_open", { name: named(device.name), value: `${said} ${node.word?.textContent ?? ""}` }));
  }

  flow(node, power, stale, intoPark) {
    const flowing = power !== null && !stale && Math.abs(power) > FLOWING_W;
    const toBus = intoPark ? power > 0 : power < 0;
    setAttribute(node.root, "class", [
      "node", node.kind, stale && "stale", flowing && "flowing", flowing && (toBus ? "to-bus" : "from-bus"),
    ].filter(Boolean).join(" "));
    const [x, y, leftwards] = node.at;
    const turned = toBus !== leftwards ? 180 : 0;
    setAttribute(node.arrow, "transform", `translate(${x} ${y}) rotate(${turned})`);
  }

  staleText(device) {
    const at = this.store.heard(device.id);
    return at === null ? t("never_heard") : t("stale_since", { time: hourMinute(at) });
  }

  noteOf(device, power) {
    const notes = [];
    if (device.kind === "battery") {
      const soc = this.store.value(device.id, "state_of_charge_pct");
      if (soc !== null) notes.push(`${number(soc, 0)} %`);
    }
    if (device.kind === "pv" && power !== null) {
      const cut = (this.store.value(device.id, "available_power_w") ?? 0) + power;
      if (cut > 5000) notes.push(t("curtailed_now", { n: kw(cut) }));
    }
    const setpoint = this.store.setpoint(device.id);
    if (setpoint && meansSomething(setpoint, device)) {
      const key = setpoint.quantity === "active_power_w" ? "set_to" : "limited_to";
      notes.push(t(key, { value: directed(device, setpoint.value_w, setpoint.quantity) }));
    }
    if (setpoint?.won_by === "operator") notes.push(`◆ ${t("by_operator")}`);
    return notes.join(" · ");
  }

  drawChargers(node, cells) {
    const flow = this.store.pulse?.flows.chargers;
    const counts = { charging: 0, connected: 0, free: 0 };
    let stale = 0;
    for (const { device, root, title } of cells) {
      const state = chargerState(this.store, device);
      counts[state] += 1;
      const old = this.store.isStale(device);
      stale += old ? 1 : 0;
      setAttribute(root, "class", `cell ${state}${old ? " stale" : ""}`);
      const power = this.store.value(device.id, "active_power_w");
      const words = `${named(device.name)}: ${old ? this.staleText(device) : t(`charger_${state}`)}${power > 0 ? `, ${kw(power)}` : ""}`;
      setText(title, words);
      setAttribute(root, "aria-label", words);
    }
    this.flow(node, flow?.power_w ?? null, stale === cells.length, false);
    setText(node.value, kw(flow?.power_w ?? null));
    setText(node.note, t("chargers_summary", counts) + (stale ? ` · ${stale} ${t("stale")}` : ""));
  }
}

export function chargerState(store, device) {
  if ((store.value(device.id, "active_power_w") ?? 0) > 100) return "charging";
  return (store.value(device.id, "connected") ?? 0) > 0 ? "connected" : "free";
}

// A word for the direction of a power, in the language of the people at the wall.
export function wordOf(device, power) {
  if (Math.abs(power) <= FLOWING_W) return device.kind === "battery" ? t("idle") : t("nothing_flows");
  if (device.kind === "grid_meter") return power > 0 ? t("importing") : t("exporting");
  if (device.kind === "battery") return power > 0 ? t("charging") : t("discharging");
  return power > 0 ? t("draws") : t("feeds_in");
}

// A power with its direction in words instead of a sign; limits and what only draws have none.
export function directed(device, watts, quantity = "active_power_w") {
  const plain = quantity !== "active_power_w" || !["battery", "pv", "wind", "grid_meter"].includes(device.kind);
  if (plain || watts === null || Math.abs(watts) <= FLOWING_W) return kw(watts);
  return `${wordOf(device, watts)} ${kw(Math.abs(watts))}`;
}

// A limit at or above the rating limits nothing and would only be noise.
function meansSomething(setpoint, device) {
  return setpoint.quantity === "active_power_w" || setpoint.value_w < (device.rating_w ?? Infinity) * 0.995;
}

// Arrow keys walk through the charging points; Enter opens one.
function walk(event, cells) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: CELLS_IN_ROW, ArrowUp: -CELLS_IN_ROW }[event.key];
  const here = cells.findIndex((cell) => cell.root === document.activeElement);
  if (step && here >= 0) {
    event.preventDefault();
    const next = cells[here + step];
    if (!next) return;
    cells[here].root.setAttribute("tabindex", "-1");
    next.root.setAttribute("tabindex", "0");
    next.root.focus();
  } else if ((event.key === "Enter" || event.key === " ") && here >= 0) {
    event.preventDefault();
    cells[here].root.dispatchEvent(new Event("click"));
  }
}

