// Both languages of the page. Every text a person reads is here or comes from a service in both.

import { carbonWords } from "./carbon_words.js";
import { forecastWords } from "./forecasts_words.js";
import { qualityWords } from "./quality_words.js";
import { words as pageWords } from "./words.js";

const words = { ...pageWords, ...qualityWords, ...forecastWords, ...carbonWords };

const KEPT_AS = "parkflow-language";
const listeners = new Set();
let current = chosen();

function chosen() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "zh" || asked === "en") return asked;
  try {
    const kept = localStorage.getItem(KEPT_AS);
    if (kept === "zh" || kept === "en") return kept;
  } catch { /* storage may be switched off */ }
  return (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const language = () => current;

// The address of another page, in the language this one was asked for.
export function inLanguage(path) {
  const asked = new URLSearchParams(location.search).get("lang");
  return asked === current ? `${path}?lang=${asked}` : path;
}

export function onLanguage(listener) {
  listeners.add(listener);
}

export function setLanguage(wanted) {
  current = wanted;
  try {
    localStorage.setItem(KEPT_AS, wanted);
  } catch { /* storage may be switched off */ }
  applyLanguage();
  for (const listener of listeners) listener();
}

// A text with its {holes} filled.
export function t(key, holes = {}) {
  const text = words[key]?.[current === "zh" ? 1 : 0];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (_, name) => holes[name] ?? "");
}

export const has = (key) => key in words;

// A name that comes in both languages.
export const named = (text) => text?.[current] || text?.en || "";

// Put the page's own texts into `root`: data-t is the text, data-t-label the accessible name.
export function applyLanguage(root = document) {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
  for (const element of root.querySelectorAll("[data-t-title]")) element.title = t(element.dataset.tTitle);
}
