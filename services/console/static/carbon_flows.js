// Electricity by origin as one picture: what came in at the left, where it went at the right. Every
// ribbon is a whole number of watt-hours, and each origin closes.

import { byId, el, refill, setText, svg } from "./dom.js";
import { percent } from "./format.js";
import { language, t } from "./i18n.js";
import { energyText, enterpriseName, flowsOf, totalOf, whole } from "./carbon_model.js";
import { absent, nameCell, originName, table, wordOf } from "./carbon_parts.js";

const [BAR, GAP, LINE, TOP] = [12, 12, 34, 6];
const [LEAST_HEIGHT, TALL] = [300, 60];
const SIDES = [[0.24, 118], [0.27, 172]]; // for the names on each side: of the width, at least px

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
  const all = totalOf(picture.origins);
  const height = Math.max(LEAST_HEIGHT, Math.max(picture.origins.length, picture.targets.length) * (LINE + GAP) + TALL);
  const scale = Math.min(...[picture.origins, picture.targets].map((nodes) => scaleOf(nodes, height)));
  const [left, right] = [placed(picture.origins, height, scale), placed(picture.targets, height, scale)];
  const [fromX, room] = SIDES.map(([share, least]) => Math.max(share * width, least));
  const toX = width - room;
  const ends = { left: new Map(), right: new Map() };
  const ordered = picture.origins.flatMap(({ key }) => picture.targets.flatMap((to) => picture.ribbons.filter((one) => one.origin === key && one.target === to.key)));
  const ribbons = ordered.map((one) => ribbon(one, [left.get(one.origin), right.get(one.target)], ends, [fromX + BAR, toX - BAR], scale, park));
  return [svg("svg", { viewBox: `0 0 ${width} ${height + 2 * TOP}`, width, height: height + 2 * TOP, role: "img", "aria-label": summary(picture, park) },
    svg("g", { transform: `translate(0 ${TOP})` }, ...ribbons,
      ...picture.origins.flatMap((node) => bar(node, left, fromX, -1, all, originName(node.key), partsText(node))),
      ...picture.targets.flatMap((node) => bar(node, right, toX - BAR, 1, all, targetName(node.key, park), whole(node.wh) + " Wh"))))];
}

const slotOf = (wh, scale) => Math.max(Number(wh) * scale, LINE);
const tallOf = (nodes, scale) => nodes.reduce((sum, { wh }) => sum + slotOf(wh, scale) + GAP, -GAP);

// The pixels of a watt-hour with which all nodes fit, each with room for its name.
function scaleOf(nodes, height) {
  let [low, high] = [0, height / Number(totalOf(nodes))];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (tallOf(nodes, middle) > height) high = middle;
    else low = middle;
  }
  return low;
}

// Where each node stands, in the middle of its slot; the column in the middle of the picture.
function placed(nodes, height, scale) {
  const found = new Map();
  let top = Math.max(0, (height - tallOf(nodes, scale)) / 2);
  for (const { key, wh } of nodes) {
    const [slot, tall] = [slotOf(wh, scale), Math.max(1.5, Number(wh) * scale)];
    found.set(key, { top: top + (slot - tall) / 2, tall, name: top + slot / 2 - LINE / 2 });
    top += slot + GAP;
  }
  return found;
}

function ribbon({ origin, target, wh }, [from, to], ends, [x1, x2], scale, park) {
  const a = from.top + (ends.left.get(origin) ?? 0);
  const b = to.top + (ends.right.get(target) ?? 0);
  const tall = Number(wh) * scale;
  ends.left.set(origin, (ends.left.get(origin) ?? 0) + tall);
  ends.right.set(target, (ends.right.get(target) ?? 0) + tall);
  const seen = Math.max(tall, 0.75);
  const middle = (x1 + x2) / 2;
  const path = `M${x1} ${a}C${middle} ${a} ${middle} ${b} ${x2} ${b}V${b + seen}C${middle} ${b + seen} ${middle} ${a + seen} ${x1} ${a + seen}Z`;
  return svg("path", { class: `ribbon kind-${origin.split(" ")[0]}`, d: path, "data-from": origin, "data-to": target, "data-wh": String(wh) },
    svg("title", {}, `${originName(origin)} → ${targetName(target, park)}: ${whole(wh)} Wh`));
}

function bar(node, places, x, side, all, name, title) {
  const place = places.get(node.key);
  const [tx, anchor] = side < 0 ? [x - 8, "end"] : [x + BAR + 8, "start"];
  const share = percent(Number(node.wh) / Number(all), 1);
  return [
    svg("rect", { class: `flow-end ${side < 0 ? `kind-${node.key.split(" ")[0]}` : "goes"}`, x, y: place.top, width: BAR, height: place.tall, rx: 2 }, svg("title", {}, title)),
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
