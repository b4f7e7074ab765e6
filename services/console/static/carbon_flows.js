// Electricity by origin as one picture: what came in at the left, where it went at the right. Every
// ribbon is a whole number of watt-hours, and each origin closes.

import { byId, el, refill, setText, svg } from "./dom.js";
import { percent } from "./format.js";
import { language, t } from "./i18n.js";
import { energyText, enterpriseName, flowsOf, totalOf, whole } from "./carbon_model.js";
import { absent, nameCell, originName, table, wordOf } from "./carbon_parts.js";

const [BAR, GAP, LINE, TOP] = [12, 12, 34, 6];
const LEAST_HEIGHT = 300;
const SIDE = 0.27; // of the width, for the names on each side

export function drawFlows(origins, month, park) {
  const box = byId("flows");
  const width = box.clientWidth;
  const picture = origins.body && flowsOf(origins.body, month);
  const key = JSON.stringify([origins, month, width, language()]);
  closing(picture, origins.body);
  refill(box, key, () => (picture ? drawing(picture, width, park) : [absent(origins.why)]));
  byId("flows-table").hidden = !picture?.ribbons.length;
  refill(byId("flows-table").querySelector(".body"), key, () => (picture ? [exactTable(picture, park)] : []));
}

function closing(picture, answered) {
  const place = byId("flows-close");
  if (!picture?.ribbons.length) return setText(place, "");
  const isClosed = picture.isClosed && !answered.gaps.length;
  place.classList.toggle("warn-text", !isClosed);
  const gaps = answered.gaps.map((gap) => `${originName(gap.kind)} ${whole(gap.energy_wh)} Wh`).join(", ");
  return setText(place, isClosed ? t("flows_closed", { wh: whole(totalOf(picture.origins)) }) : `⚠ ${t("flows_open", { gaps })}`);
}

export function targetName(key, park) {
  return key.startsWith("enterprise ") ? enterpriseName(key.slice(11), park) : wordOf("way", key);
}

function drawing(picture, width, park) {
  if (!picture.ribbons.length) return [el("p", { class: "quiet" }, t("flows_none"))];
  const rows = Math.max(picture.origins.length, picture.targets.length);
  const height = Math.max(LEAST_HEIGHT, rows * (LINE + GAP));
  const all = totalOf(picture.origins);
  const [left, right] = [placed(picture.origins, height, all), placed(picture.targets, height, all)];
  const [fromX, toX] = [width * SIDE, width * (1 - SIDE)];
  const ends = { left: new Map(), right: new Map() };
  const ordered = picture.origins.flatMap(({ key }) => picture.targets.flatMap((to) => picture.ribbons.filter((one) => one.origin === key && one.target === to.key)));
  const ribbons = ordered.map((one) => ribbon(one, [left.get(one.origin), right.get(one.target)], ends, [fromX + BAR, toX - BAR], [all, height, rows, park]));
  return [svg("svg", { viewBox: `0 0 ${width} ${height + 2 * TOP}`, width, height: height + 2 * TOP, role: "img", "aria-label": summary(picture, park) },
    svg("g", { transform: `translate(0 ${TOP})` }, ...ribbons,
      ...picture.origins.flatMap((node) => bar(node, left, fromX, -1, all, originName(node.key), partsText(node))),
      ...picture.targets.flatMap((node) => bar(node, right, toX - BAR, 1, all, targetName(node.key, park), whole(node.wh) + " Wh"))))];
}

const scaleOf = (height, rows, all) => (height - (rows - 1) * GAP) / Number(all);

// Where each node stands: its bar and, kept apart from its neighbours, its name.
function placed(nodes, height, all) {
  const scale = scaleOf(height, nodes.length, all);
  const found = new Map();
  let [top, free] = [0, 0];
  for (const { key, wh } of nodes) {
    const tall = Math.max(1.5, Number(wh) * scale);
    const name = Math.max(free, Math.min(top + tall / 2 - LINE / 2, height - LINE));
    found.set(key, { top, tall, scale, name: Math.max(0, name) });
    [top, free] = [top + tall + GAP, Math.max(0, name) + LINE + 2];
  }
  liftNames([...found.values()], height);
  return found;
}

// Names that were pushed below the end move up, with those above them.
function liftNames(places, height) {
  let end = height;
  for (const place of places.reverse()) {
    place.name = Math.min(place.name, end - LINE);
    end = place.name - 2;
  }
}

function ribbon({ origin, target, wh }, [from, to], ends, [x1, x2], [, , , park]) {
  const a = from.top + (ends.left.get(origin) ?? 0);
  const b = to.top + (ends.right.get(target) ?? 0);
  const [ta, tb] = [Number(wh) * from.scale, Number(wh) * to.scale];
  ends.left.set(origin, (ends.left.get(origin) ?? 0) + ta);
  ends.right.set(target, (ends.right.get(target) ?? 0) + tb);
  const middle = (x1 + x2) / 2;
  const path = `M${x1} ${a}C${middle} ${a} ${middle} ${b} ${x2} ${b}V${b + Math.max(tb, 0.75)}C${middle} ${b + tb} ${middle} ${a + ta} ${x1} ${a + Math.max(ta, 0.75)}Z`;
  return svg("path", { class: `ribbon kind-${origin.split(" ")[0]}`, d: path, "data-from": origin, "data-to": target, "data-wh": String(wh) },
    svg("title", {}, `${originName(origin)} → ${targetName(target, park)}: ${whole(wh)} Wh`));
}

function bar(node, places, x, side, all, name, title) {
  const place = places.get(node.key);
  const [tx, anchor] = side < 0 ? [x - 8, "end"] : [x + BAR + 8, "start"];
  const share = percent(Number(node.wh) / Number(all), 1);
  return [
    svg("rect", { class: `node ${side < 0 ? `kind-${node.key.split(" ")[0]}` : "goes"}`, x, y: place.top, width: BAR, height: place.tall, rx: 2 }, svg("title", {}, title)),
    svg("text", { class: "node-name", x: tx, y: place.name + 14, "text-anchor": anchor }, name),
    svg("text", { class: "node-energy", x: tx, y: place.name + 30, "text-anchor": anchor }, `${energyText(node.wh)} · ${share}`),
  ];
}

const partsText = (node) => node.parts.map(({ key, wh }) => `${wordOf("way", key)}: ${whole(wh)} Wh`).join("\n");

const summary = (picture, park) => `${t("flows")}: ${picture.origins.map(({ key, wh }) => `${originName(key)} ${energyText(wh)}`).join(", ")} → ${picture.targets.map(({ key, wh }) => `${targetName(key, park)} ${energyText(wh)}`).join(", ")}`;

function exactTable(picture, park) {
  const cell = (origin, target) => picture.ribbons.filter((one) => one.origin === origin && one.target === target).reduce((sum, { wh }) => sum + wh, 0n);
  const amount = (wh) => el("td", { class: "num" }, wh ? whole(wh) : "");
  const head = [["Wh", false], ...picture.origins.map(({ key }) => [originName(key), true]), [t("total"), true]];
  const rows = picture.targets.map(({ key, wh }) => el("tr", {}, nameCell(targetName(key, park)), ...picture.origins.map((from) => amount(cell(from.key, key))), amount(wh)));
  return table(head, [...rows, el("tr", { class: "sum" }, nameCell(t("total")), ...picture.origins.map(({ wh }) => amount(wh)), amount(totalOf(picture.targets)))], t("flows_table"));
}
