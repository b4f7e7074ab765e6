// Numbers, powers, times and spans as people read them, in the page's language and the park's zone.

import { has, language, t } from "./i18n.js";

const ABSENT = "–";
const made = new Map();
let zone = "UTC";

export function setZone(name) {
  zone = name;
  made.clear();
}

function cached(key, make) {
  const full = `${language()}|${zone}|${key}`;
  if (!made.has(full)) made.set(full, make(language() === "zh" ? "zh-CN" : "en-GB"));
  return made.get(full);
}

const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

// A number with a fixed count of digits after the point; a dash when it is not known.
export function number(value, digits = 0) {
  if (!known(value)) return ABSENT;
  const format = cached(`n${digits}`, (locale) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  const text = format.format(value);
  return /^-0([.,]0*)?$/.test(text) ? text.slice(1) : text;
}

// Watts as kW without the unit; small powers with one digit.
export function kilowatts(watts) {
  if (!known(watts)) return ABSENT;
  const kw = watts / 1000;
  if (Math.abs(kw) < 0.05) return number(0);
  return number(kw, Math.abs(kw) < 9.95 ? 1 : 0);
}

export const kw = (watts) => (known(watts) ? `${kilowatts(watts)} kW` : ABSENT);
export const percent = (share, digits = 0) => (known(share) ? `${number(share * 100, digits)} %` : ABSENT);
export const kwh = (wattHours) => (known(wattHours) ? `${number(wattHours / 1000, 0)} kWh` : ABSENT);

// Watt-hours as kWh with as many digits as matter.
export function energy(wattHours) {
  if (!known(wattHours)) return ABSENT;
  const size = Math.abs(wattHours) / 1000;
  return `${number(wattHours / 1000, size < 9.995 ? 2 : size < 999.95 ? 1 : 0)} kWh`;
}

// What a point measures.
export function quantityName(point) {
  const quantity = point.slice(point.lastIndexOf(".") + 1);
  return has(`q_${quantity}`) ? t(`q_${quantity}`) : quantity;
}

// An amount of money with the park's currency.
export function money(amount, currency, digits = 2) {
  if (!known(amount)) return ABSENT;
  return cached(`m${currency}${digits}`, (locale) =>
    new Intl.NumberFormat(locale, {
      style: "currency", currency, currencyDisplay: "code",
      minimumFractionDigits: digits, maximumFractionDigits: digits,
    })).format(amount);
}

const dated = (key, options) => (moment) =>
  moment ? cached(key, (locale) => new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: "h23", ...options }))
    .format(new Date(moment)) : ABSENT;

export const clock = dated("clock", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const hourMinute = dated("hm", { hour: "2-digit", minute: "2-digit" });
export const day = dated("day", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
export const dayTime = dated("dt", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

// A time of today as hours and minutes, of another day with its date.
export function moment(iso, nowMs) {
  if (!iso) return ABSENT;
  return day(iso) === day(nowMs) ? hourMinute(iso) : dayTime(iso);
}

// A span of time in the largest two units that matter.
export function span(seconds) {
  if (!known(seconds)) return ABSENT;
  const s = Math.max(0, Math.round(seconds));
  if (s < 120) return t("span_s", { n: s });
  if (s < 7200) return t("span_min", { n: Math.round(s / 60) });
  if (s < 172800) return t("span_h", { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
  return t("span_d", { n: Math.floor(s / 86400) });
}

// How far the park's clock is ahead of UTC at a moment, in ms.
export function zoneOffset(ms) {
  const parts = Object.fromEntries(
    cached("parts", () => new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
      hour: "numeric", minute: "numeric", second: "numeric",
    })).formatToParts(new Date(ms)).map(({ type, value }) => [type, Number(value)]));
  const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return local - Math.floor(ms / 1000) * 1000;
}

// The instant of local midnight `days` after the local day of `ms`; days of 23 and 25 hours come out right.
export function midnight(ms, days = 0) {
  const local = new Date(ms + zoneOffset(ms));
  const wanted = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + days);
  const first = wanted - zoneOffset(ms);
  return wanted - zoneOffset(first);
}
