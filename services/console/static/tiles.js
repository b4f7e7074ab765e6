// The five big numbers: grid, production, consumption, battery, price and intensity.

import { byId, el, setAttribute, setText } from "./dom.js";
import { kilowatts, kw, kwh, money, number, percent } from "./format.js";
import { named, t } from "./i18n.js";
import { wordOf } from "./diagram.js";

const NAMES = ["grid", "production", "consumption", "battery", "market"];

export class Tiles {
  constructor(store) {
    this.store = store;
    this.build();
  }

  build() {
    this.tiles = {};
    byId("tiles").replaceChildren(...NAMES.map((name) => {
      const tile = {
        value: el("span", { class: "number" }), unit: el("span", { class: "unit" }), word: el("span", { class: "word" }),
        note: el("p", { class: "note" }), extra: el("div", { class: "extra" }),
      };
      tile.root = el("div", { class: `card tile tile-${name}`, id: `tile-${name}` },
        el("h2", {}, t(`tile_${name}`)), el("p", { class: "reading" }, tile.value, tile.unit, tile.word), tile.extra, tile.note);
      this.tiles[name] = tile;
      return tile.root;
    }));
    this.tiles.grid.extra.append(this.limitBar());
    this.level = el("div", { class: "fill" });
    this.tiles.battery.extra.append(el("div", { class: "bar level" }, this.level));
  }

  limitBar() {
    this.bar = el("div", { class: "fill" });
    this.zero = el("div", { class: "zero" });
    return el("div", { class: "bar limit", "aria-hidden": "true" }, this.bar, this.zero);
  }

  draw() {
    const { pulse } = this.store;
    if (!pulse) return;
    this.grid(pulse.flows.grid);
    const production = together([pulse.flows.pv, pulse.flows.wind]);
    const consumption = together([pulse.flows.loads, pulse.flows.chargers]);
    this.produced(pulse.flows, production, consumption);
    this.consumed(pulse.flows, consumption);
    this.battery(pulse);
    this.market();
  }

  put(name, { value, unit = "kW", word = "", note = "", stale = [] }) {
    const tile = this.tiles[name];
    setText(tile.value, value);
    setText(tile.unit, value === "–" ? "" : unit);
    setText(tile.word, word);
    setText(tile.note, stale.length ? `⚠ ${t("includes_stale", { names: this.names(stale) })}` : note);
    tile.root.classList.toggle("stale", stale.length > 0);
    setAttribute(tile.note, "title", tile.note.textContent);
  }

  names(devices) {
    const shown = devices.slice(0, 3).map((id) => named(this.store.devices.get(id)?.name) || id);
    return shown.join(", ") + (devices.length > 3 ? ` +${devices.length - 3}` : "");
  }

  grid({ power_w: power, stale }) {
    const importW = this.store.control?.import_limit_w ?? this.store.park.import_limit_w;
    const exportW = this.store.control?.export_limit_w ?? this.store.park.export_limit_w;
    const limit = power < 0 ? exportW : importW;
    const share = power === null ? 0 : Math.abs(power) / limit;
    const over = share > 1;
    this.put("grid", {
      value: power === null ? "–" : kilowatts(Math.abs(power)), stale,
      word: power === null ? t("no_reading") : wordOf({ kind: "grid_meter" }, power),
      note: power === null ? "" : `${over ? `⚠ ${t("over_limit")} · ` : ""}${t(power < 0 ? "of_export_limit" : "of_import_limit", { n: percent(share), limit: kw(limit) })}`,
    });
    this.tiles.grid.root.classList.toggle("over", over);
    const total = importW + exportW;
    const zero = (100 * exportW) / total;
    const reach = (100 * Math.min(Math.abs(power ?? 0), limit)) / total;
    this.zero.style.left = `${zero}%`;
    this.bar.style.left = `${power < 0 ? zero - reach : zero}%`;
    this.bar.style.width = `${reach}%`;
  }

  produced(flows, production, consumption) {
    const share = production.power !== null && consumption.power > 0 ? -production.power / consumption.power : null;
    this.put("production", {
      value: production.power === null ? "–" : kilowatts(-production.power), stale: production.stale,
      word: share === null ? "" : t("covers_short", { n: percent(share) }),
      note: t("production_parts", { pv: kw(negated(flows.pv.power_w)), wind: kw(negated(flows.wind.power_w)) }),
    });
  }

  consumed(flows, consumption) {
    this.put("consumption", {
      value: kilowatts(consumption.power), stale: consumption.stale,
      note: t("consumption_parts", { loads: kw(flows.loads.power_w), chargers: kw(flows.chargers.power_w) }),
    });
  }

  battery({ flows, battery_soc_pct: soc }) {
    const { power_w: power, stale } = flows.battery;
    const capacity = this.store.park.devices.find((device) => device.kind === "battery")?.capacity_wh;
    this.put("battery", {
      value: number(soc, 0), unit: "%", stale,
      word: power === null ? "" : `${wordOf({ kind: "battery" }, power)}${Math.abs(power) > 500 ? ` ${kw(Math.abs(power))}` : ""}`,
      note: soc === null || !capacity ? "" : t("stored", { kwh: kwh((capacity * soc) / 100), all: kwh(capacity) }),
    });
    this.level.style.width = `${soc ?? 0}%`;
  }

  market() {
    const { store } = this;
    const price = store.at("prices", "import_price_per_kwh", store.now);
    const later = store.at("prices", "import_price_per_kwh", store.now + 3_600_000);
    const intensity = store.at("intensity", "intensity_g_per_kwh", store.now);
    this.put("market", {
      value: number(price, 3), unit: `${store.park.currency}/kWh`,
      note: `${intensity === null ? "–" : number(intensity)} gCO₂/kWh${later === null ? "" : ` · ${t("next_price", { price: money(later, store.park.currency, 3) })}`}`,
    });
  }
}

const negated = (power) => (power === null ? null : -power);

function together(flows) {
  const known = flows.map((flow) => flow.power_w).filter((power) => power !== null);
  return { power: known.length ? known.reduce((a, b) => a + b, 0) : null, stale: flows.flatMap((flow) => flow.stale) };
}
