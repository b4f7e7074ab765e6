// The top line: which park, when, how it is controlled, and whether all of it can be believed.

import { byId, el, refill, setAttribute, setText } from "./dom.js";
import { clock, day, hourMinute, number } from "./format.js";
import { inLanguage, language, named, setLanguage, t } from "./i18n.js";

const ICONS = { fresh_plan: "●", last_plan: "◐", rules: "▲", fail_safe: "■", unspecified: "?", none: "?" };
const SERVICES = [
  "ingest", "validation", "history", "forecasting", "dispatch", "carbon_accounting", "alerting",
];
const SILENT_CYCLE_S = 8;

export class Header {
  constructor(store) {
    this.store = store;
    byId("language").addEventListener("click", () => setLanguage(language() === "zh" ? "en" : "zh"));
    this.name();
  }

  name() {
    const { park } = this.store;
    setText(byId("park-name"), named(park.name));
    document.title = `${named(park.name)} · ${t("title")}`;
    for (const link of document.querySelectorAll(".views a")) link.href = inLanguage(link.dataset.path);
    const button = byId("language");
    setText(button, t("other_language"));
    button.setAttribute("aria-label", t("other_language_label"));
    button.lang = language() === "zh" ? "en" : "zh-CN";
    const speed = byId("speed");
    speed.hidden = park.speed === 1;
    setText(speed, t("speed", { n: number(park.speed, Number.isInteger(park.speed) ? 0 : 1) }));
    speed.title = t("speed_title");
  }

  draw(connection) {
    const { store } = this;
    if (store.pulse) {
      setText(byId("park-time"), clock(store.now));
      byId("park-time").dateTime = store.pulse.park_time;
      setText(byId("park-day"), day(store.now));
    }
    this.drawMode();
    this.drawServices();
    const link = byId("link");
    setAttribute(link, "class", `link ${connection}`);
    setText(link, connection === "live" ? `● ${t("page_live")}` : `○ ${t("page_lost")}`);
  }

  drawMode() {
    const mode = controlMode(this.store);
    const badge = byId("mode");
    setAttribute(badge, "class", `mode mode-${mode}`);
    setAttribute(badge, "title", t(`mode_${mode}_title`));
    setText(badge.querySelector(".icon"), ICONS[mode] ?? "?");
    setText(badge.querySelector("strong"), t(`mode_${mode}`));
  }

  drawServices() {
    const { peers } = this.store;
    const down = SERVICES.filter((name) => peers[name] !== true);
    const key = `${language()}${SERVICES.map((name) => peers[name])}`;
    const words = down.length
      ? t("services_down", { n: down.length, all: SERVICES.length, names: down.map((name) => t(`peer_${name}`)).join(", ") })
      : t("services_up", { n: SERVICES.length });
    setAttribute(byId("services"), "title", words);
    refill(byId("services"), key, () => [
      el("span", { class: "label" }, t("services")),
      ...SERVICES.map((name) => {
        const up = peers[name] === true;
        const label = t(up ? "service_up" : "service_down", { name: t(`peer_${name}`) });
        return el("span", { class: `peer ${up ? "up" : "down"}`, title: label, role: "img", "aria-label": label, "data-peer": name }, up ? "✓" : "✕");
      }),
      down.length ? el("strong", { class: "warn-text" }, down.length === 1 ? t(`peer_${down[0]}`) : `${down.length} ✕`) : null,
    ]);
  }
}

// How the park is controlled now; "none" when no cycle was heard for long.
export function controlMode(store) {
  const { control, park } = store;
  if (!control) return "none";
  const age = (store.now - Date.parse(control.cycle_time)) / 1000 / park.speed;
  return age > SILENT_CYCLE_S ? "none" : control.mode;
}

// The banner over everything when the stream is lost; it moves nothing.
export function banner(store, connection) {
  const box = byId("banner");
  const lost = connection === "lost";
  document.body.classList.toggle("lost", lost);
  if (box.hidden !== !lost) box.hidden = !lost;
  if (!lost) return;
  const last = store?.pulse ? ` ${t("lost_since", { time: hourMinute(store.now) })}` : "";
  setText(box, `⚠ ${t("lost_banner")}${last}`);
}
