// Small things that the cards of the page of carbon share: what is not there, tables, masses.

import { el } from "./dom.js";
import { has, named, t } from "./i18n.js";
import { grams, signedTonnes, tonnes } from "./carbon_model.js";

const NOT_BUILT = 501;

// A card whose service says nothing: waiting, or not available and why.
export function absent(why) {
  if (!why) return el("p", { class: "quiet" }, "…");
  const word = why.status === NOT_BUILT ? "not_built" : "not_available";
  return el("p", { class: "quiet warn-text" }, `⚠ ${t(word, { why: named(why.text) })}`);
}

// A cell of a mass: tonnes, with all its digits for whoever points at it.
export const massCell = (ng) => el("td", { class: "num", title: grams(ng) }, tonnes(ng));

// A cell of a difference; nothing where there is none.
export function moreCell(ng) {
  return el("td", { class: `num ${ng === 0n ? "" : "differs"}`, title: ng === 0n ? null : grams(ng) }, ng === 0n ? "" : signedTonnes(ng));
}

// A table of rows of cells; `head` is [word, is a number].
export function table(head, rows, name) {
  return el("table", { "aria-label": name },
    el("thead", {}, el("tr", {}, ...head.map(([word, isNumber]) => el("th", { scope: "col", class: isNumber ? "num" : "" }, word)))),
    el("tbody", {}, ...rows));
}

export const nameCell = (...words) => el("th", { scope: "row" }, ...words);

// An origin of electricity: its kind, and the year of supply where a store kept it over one.
export const originName = (key) => {
  const [kind, vintage] = key.split(" ");
  return `${wordOf("origin", kind)}${vintage ? ` ${vintage}` : ""}`;
};

// A name out of the books in the page's language; as it is where the page has no word for it.
export function wordOf(group, name) {
  const key = `${group}_${name.replaceAll(" ", "_")}`;
  const [kind, what] = name.split(":");
  if (has(key) || !what || !has(`${group}_${kind}`)) return has(key) ? t(key) : name;
  return `${t(`${group}_${kind}`)}: ${wordOf("carrier", what)}`;
}

// Reasons under a heading, as services say them; nothing where there are none.
export function said(word, texts) {
  if (!texts.length) return null;
  return el("div", { class: "doubts" }, el("h3", { class: "warn-text" }, `⚠ ${t(word)}`), el("ul", {}, ...texts.map((text) => el("li", {}, named(text)))));
}

// A reason with what it is about in front.
export const about = (name, why) => ({ en: `${name}: ${why.en}`, zh: `${name}：${why.zh}` });
