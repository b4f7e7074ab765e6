// The five numbers to see from afar: fresh, complete, not believed, set aside, buffered.

import { byId, el, setText } from "./dom.js";
import { energy, number, percent, span } from "./format.js";
import { t } from "./i18n.js";
import { deviceName } from "./quality_account.js";
import { totalsOf } from "./quality_model.js";

const NAMES = ["fresh", "complete", "doubted", "suspense", "spool"];
const NAMED = 3;

export class QualityTiles {
  constructor(store) {
    this.store = store;
    this.build();
  }

  build() {
    this.tiles = {};
    byId("tiles").replaceChildren(...NAMES.map((name) => {
      const tile = {
        value: el("span", { class: "number" }), unit: el("span", { class: "unit" }), word: el("span", { class: "word" }),
        fill: el("div", { class: "fill" }), note: el("p", { class: "note" }),
      };
      tile.root = el("div", { class: `card tile tile-${name}`, id: `tile-${name}` }, el("h2", {}, t(`tile_${name}`)),
        el("p", { class: "reading" }, tile.value, tile.unit, tile.word), el("div", { class: "bar", "aria-hidden": "true" }, tile.fill), tile.note);
      this.tiles[name] = tile;
      return tile.root;
    }));
  }

  draw(sources) {
    const totals = totalsOf(sources);
    this.fresh(sources);
    this.complete(totals);
    this.doubted(totals);
    this.suspense(this.store.asked.suspense);
    this.spool(this.store.asked.spool);
  }

  put(name, { value, unit = "", word = "", note = "", share = 0, state = "" }) {
    const tile = this.tiles[name];
    setText(tile.value, value);
    setText(tile.unit, unit);
    setText(tile.word, word);
    setText(tile.note, note);
    tile.note.title = note;
    tile.fill.style.width = `${Math.round(1000 * Math.min(1, Math.max(0, share))) / 10}%`;
    tile.root.classList.toggle("warn", state === "warn");
    tile.root.classList.toggle("bad", state === "bad");
  }

  fresh(sources) {
    const live = sources.filter((one) => one.live);
    const stale = live.filter((one) => one.live.stale).map((one) => one.id);
    const connections = sources.filter((one) => one.connection);
    const connected = connections.filter((one) => one.connection.connected).length;
    const names = stale.slice(0, NAMED).join(", ") + (stale.length > NAMED ? ` +${stale.length - NAMED}` : "");
    this.put("fresh", {
      value: number(live.length - stale.length), word: t("fresh_of", { n: number(live.length) }),
      share: live.length ? 1 - stale.length / live.length : 0,
      note: stale.length ? `⚠ ${t("stale_named", { names })}` : connections.length ? t("connected_of", { n: number(connected), all: number(connections.length) }) : "",
      state: stale.length || connected < connections.length ? "warn" : "",
    });
  }

  complete({ share, filled, expected }) {
    const missing = expected - filled;
    this.put("complete", {
      value: share === null ? "–" : number(floored(share), floored(share) === 100 ? 0 : 2), unit: share === null ? "" : "%", share: share ?? 0,
      note: !expected ? "" : t(missing ? "complete_note" : "complete_all", { missing: number(missing), all: number(expected) }),
      state: share !== null && share < 0.99 ? "warn" : "",
    });
  }

  doubted({ rejected, suspect, readings }) {
    const doubted = rejected + suspect;
    this.put("doubted", {
      value: readings ? number(doubted) : "–", word: readings ? t("of_readings", { n: number(readings) }) : "",
      share: readings ? doubted / readings : 0, note: readings ? t("doubted_note", { rejected: number(rejected), suspect: number(suspect) }) : "",
      state: doubted ? "warn" : "",
    });
  }

  suspense(account) {
    const [value, unit] = account ? energy(account.balance_wh).split(" ") : ["–", ""];
    const count = account ? `${number(account.count)}${account.more ? "+" : ""}` : "";
    this.put("suspense", {
      value, unit, word: account?.count ? t(account.count === 1 ? "suspense_one" : "suspense_entries", { n: count }) : "",
      note: !account ? "" : account.count ? this.largest(account.entries[0]) : `✓ ${t("suspense_none")}`, state: account?.count ? "warn" : "",
    });
  }

  largest(entry) {
    return t("suspense_largest", { point: deviceName(this.store, entry.point), wh: energy(entry.balance_wh) });
  }

  spool(spool) {
    if (!spool?.enabled) {
      this.put("spool", { value: spool ? t("spool_none") : "–", note: spool ? t("spool_none_note") : "" });
      return;
    }
    const share = spool.stored_bytes / spool.limit_bytes;
    const waits = spool.frames ? t("spool_note", { n: number(spool.frames), span: span(spool.oldest_age_s) }) : `✓ ${t("spool_empty")}`;
    this.put("spool", {
      value: percent(share, share && share < 0.1 ? 1 : 0).split(" ")[0], unit: "%", word: t("spool_full"), share,
      note: spool.dropped ? `⚠ ${t("spool_dropped", { n: number(spool.dropped) })} · ${waits}` : waits,
      state: spool.dropped || share > 0.8 ? "bad" : spool.frames ? "warn" : "",
    });
  }
}

// A share as percent with two digits, never rounded up to 100.
export const floored = (share) => Math.floor(share * 10_000) / 100;
