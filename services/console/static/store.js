// What the page knows: the newest event of each kind, the day's lines, and what was foreseen.

import { midnight } from "./format.js";

const MINUTE_MS = 60_000;
const ASKED = ["quality", "suspense", "balances", "edits", "spool", "connections", "answered"];

export class Store {
  constructor(park) {
    this.park = park;
    this.devices = new Map(park.devices.map((device) => [device.id, device]));
    this.points = new Map(); // point id -> {value, at}
    this.heardAt = new Map(); // device -> ms
    this.unsettled = {}; // readings that the next pulse will have summed
    this.pulse = null;
    this.control = null;
    this.plan = null;
    this.issue = null; // the newest forecast issue
    this.carbon = null;
    this.peers = {};
    this.latency = null;
    this.incidents = new Map();
    this.incidentsKnown = false;
    this.curves = { prices: new Map(), intensity: new Map() };
    this.lines = new Lines(park);
    this.foreseen = new Foreseen();
    this.asked = {}; // the answers that the data-quality page shows, by question
    this.changed = new Set();
  }

  get now() {
    return this.pulse ? Date.parse(this.pulse.park_time) : Date.now();
  }

  // Take one event; `changed` collects what has to be drawn again.
  take(kind, body) {
    const taken = {
      pulse: () => {
        this.settle();
        this.pulse = body;
        this.lines.live(body);
      },
      readings: () => Object.assign(this.unsettled, body),
      peers: () => (this.peers = body),
      control: () => (this.control = body),
      carbon: () => (this.carbon = body),
      plan: () => {
        this.plan = body;
        this.foreseen.takePlan(body);
      },
      forecast: () => {
        this.issue = body;
        this.foreseen.takeForecast(body);
      },
      prices: () => this.curves.prices.set(body.start, body),
      intensity: () => this.curves.intensity.set(body.start, body),
      incidents: () => {
        this.incidents = new Map(body.map((incident) => [incident.incident_id, incident]));
        this.incidentsKnown = true;
      },
      incident: () => {
        const shown = this.incidents.get(body.incident_id);
        if (!shown || shown.revision <= body.revision) this.incidents.set(body.incident_id, body);
      },
    };
    if (ASKED.includes(kind)) this.asked[kind] = body;
    taken[kind]?.();
    this.changed.add(kind === "incident" ? "incidents" : kind);
  }

  // Show the readings that the pulse has summed, so that parts and sums are of the same second.
  settle() {
    for (const [point, [value, at, suspect]] of Object.entries(this.unsettled)) {
      const time = Date.parse(at);
      const device = point.slice(0, point.indexOf("."));
      this.points.set(point, { value, at: time, suspect: Boolean(suspect) });
      this.heardAt.set(device, Math.max(time, this.heardAt.get(device) ?? 0));
    }
    this.unsettled = {};
  }

  value(device, quantity) {
    return this.points.get(`${device}.${quantity}`)?.value ?? null;
  }

  // When a device was last heard, in ms; null when never.
  heard(device) {
    return this.heardAt.get(device) ?? null;
  }

  isStale(device) {
    const at = this.heard(device.id);
    return at === null || this.now - at > device.ttl_s * 1000;
  }

  pointsOf(device) {
    const prefix = `${device}.`;
    return [...this.points].filter(([point]) => point.startsWith(prefix));
  }

  setpoint(device) {
    return this.control?.setpoints.find((setpoint) => setpoint.device_id === device) ?? null;
  }

  // The value of a price or intensity curve at a moment; null when no curve covers it.
  at(kind, field, ms) {
    for (const curve of [...this.curves[kind].values()].reverse()) {
      const slot = Math.floor((ms - Date.parse(curve.start)) / (curve.step_s * 1000));
      if (slot >= 0 && slot < curve[field].length) return curve[field][slot];
    }
    return null;
  }
}

// The lines of the local day in W, from history's means and then from the pulse, a point a minute.
export class Lines {
  constructor(park) {
    this.park = park;
    this.of = {};
    this.dayStart = 0;
    this.bucket = {};
  }

  // Which points the day is asked for, by line; production and charging stay signed as measured.
  static points(park) {
    const devices = (kind) => park.devices.filter((d) => d.kind === kind && d.carrier === "electricity");
    const of = (kind, quantity) => devices(kind).map((device) => `${device.id}.${quantity}`);
    return {
      grid: of("grid_meter", "active_power_w"),
      loads: of("load", "active_power_w"),
      pv: of("pv", "active_power_w"),
      available: of("pv", "available_power_w"),
      wind: of("wind", "active_power_w"),
      battery: of("battery", "active_power_w"),
      soc: of("battery", "state_of_charge_pct"),
      chargers: of("charger", "active_power_w"),
    };
  }

  // Take history's means of one line; a slot counts only where every device of the line has one.
  past(line, points, answer, now) {
    const series = points.map((point) => answer[point]).filter(Boolean);
    if (!series.length || series.length < points.length) return;
    const [first] = series;
    const start = Date.parse(first.start);
    const step = first.step_s * 1000;
    const found = [];
    for (let slot = 0; slot < first.values.length; slot += 1) {
      const end = start + (slot + 1) * step;
      const values = series.map((one) => one.values[slot]);
      if (end > now || values.some((value) => value === null || value === undefined)) continue;
      const sum = values.reduce((a, b) => a + b, 0);
      found.push([start + (slot + 0.5) * step, line === "soc" ? sum / values.length : sum]);
    }
    const last = found.length ? found[found.length - 1][0] + step / 2 : 0;
    const since = (this.of[line] || []).filter(([at]) => at > last);
    this.of[line] = [...found, ...since];
  }

  // Append the pulse; what is stale or unknown leaves a gap, never an old value.
  live(pulse) {
    const at = Date.parse(pulse.park_time);
    const start = midnight(at);
    if (start !== this.dayStart) {
      this.dayStart = start;
      this.of = {};
      this.bucket = {};
    }
    const flow = (name) => {
      const { power_w: power, stale } = pulse.flows[name];
      return stale.length ? null : power;
    };
    const fresh = (name, value) => (pulse.flows[name].stale.length ? null : value);
    this.append("grid", at, flow("grid"));
    this.append("loads", at, flow("loads"));
    this.append("pv", at, flow("pv"));
    this.append("available", at, fresh("pv", pulse.pv_available_w));
    this.append("wind", at, flow("wind"));
    this.append("battery", at, flow("battery"));
    this.append("soc", at, fresh("battery", pulse.battery_soc_pct));
    this.append("chargers", at, flow("chargers"));
  }

  append(line, at, value) {
    if (value === null || value === undefined) return;
    const points = (this.of[line] ||= []);
    const minute = Math.floor(at / MINUTE_MS);
    const last = this.bucket[line];
    if (last && last.minute === minute && points.length) {
      last.count += 1;
      const point = points[points.length - 1];
      point[1] += (value - point[1]) / last.count;
    } else {
      this.bucket[line] = { minute, count: 1 };
      points.push([at, value]);
    }
  }
}

// What had been foreseen for each slot before it began: a newer issue replaces only what it covers.
export class Foreseen {
  constructor() {
    this.forecast = new Map(); // point -> Map(slot ms -> [p10, p50, p90])
    this.planned = new Map(); // "grid" or device -> Map(slot ms -> [power, soc at the slot's end, curtailed])
    this.stepMs = 900_000;
  }

  takeForecast(issue) {
    for (const [point, series] of Object.entries(issue.series)) {
      const rows = series.p50_w.map((p50, slot) => [series.p10_w[slot], p50, series.p90_w[slot]]);
      write(this.forecast, point, Date.parse(series.start), series.step_s * 1000, rows);
    }
  }

  takePlan(plan) {
    const start = Date.parse(plan.start);
    this.stepMs = plan.step_s * 1000;
    write(this.planned, "grid", start, this.stepMs, plan.grid_power_w.map((power) => [power]));
    for (const [device, planned] of Object.entries(plan.devices)) {
      const rows = planned.power_w.map((power, slot) =>
        [power, planned.state_of_charge_pct[slot] ?? null, planned.curtailed_w[slot] ?? null]);
      write(this.planned, device, start, this.stepMs, rows);
    }
  }

  // Take what the console remembers of the day; what newer issues said since stays.
  remember({ forecast, planned }) {
    for (const [into, given] of [[this.forecast, forecast], [this.planned, planned]]) {
      for (const [name, rows] of Object.entries(given)) {
        const slots = into.get(name) ?? new Map();
        into.set(name, slots);
        for (const [at, ...values] of rows) if (!slots.has(at)) slots.set(at, values);
      }
    }
  }

  forget(before) {
    for (const all of [this.forecast, this.planned]) {
      for (const slots of all.values()) for (const at of slots.keys()) if (at < before) slots.delete(at);
    }
  }
}

function write(into, name, start, stepMs, rows) {
  const slots = into.get(name) ?? new Map();
  into.set(name, slots);
  for (const at of slots.keys()) if (at >= start) slots.delete(at);
  rows.forEach((row, slot) => slots.set(start + slot * stepMs, row));
}
