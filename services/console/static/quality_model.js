// What the data-quality page shows, worked out of the answers: the day's cells, totals, ages. No DOM.

export const QUARTER_MS = 900_000;
export const QUARTERS = 96;
const PATIENCE_S = 15;
const VERDICTS = ["rejected", "suspect", "believed", "unspecified"];

// The start of the first of the 96 quarter hours of which the last one is running.
export const firstQuarter = (nowMs) => Math.floor(nowMs / QUARTER_MS) * QUARTER_MS - (QUARTERS - 1) * QUARTER_MS;

// Every source of the park file with what is said of it; what validation knows besides comes last.
export function sourcesOf({ park, pulse, asked }) {
  const quality = new Map((asked.quality ?? []).map((one) => [one.id, one]));
  const connections = new Map((asked.connections ?? []).map((one) => [one.id, one]));
  const live = new Map((pulse?.sources ?? []).map((one) => [one.id, one]));
  const rows = park.sources.map(({ id, protocol }) => ({ id, protocol }));
  const known = new Set(rows.map((row) => row.id));
  for (const id of quality.keys()) if (!known.has(id)) rows.push({ id, protocol: "" });
  return rows.map((row) => ({
    ...row, quality: quality.get(row.id) ?? null, connection: connections.get(row.id) ?? null, live: live.get(row.id) ?? null,
  }));
}

// The 96 cells of a source from `first` on: {at, state, n, all}. After what validation told, a source
// that is silent has nothing, and of one that is not nothing is said yet.
export function cellsOf({ quality, live }, first) {
  const begun = quality ? Date.parse(quality.first) : 0;
  return Array.from({ length: QUARTERS }, (_, place) => {
    const at = first + place * QUARTER_MS;
    if (!quality) return { at, state: "unknown", n: 0, all: 0 };
    const told = Math.round((at - begun) / QUARTER_MS);
    if (told >= quality.filled.length) return { at, state: live?.stale && isSilent(quality, at) ? "silent" : "pending", n: 0, all: 0 };
    if (told < 0) return { at, state: "unknown", n: 0, all: 0 };
    const [n, all] = [quality.filled[told], quality.expected[told]];
    if (told === quality.filled.length - 1) return { at, state: "running", n, all };
    return { at, state: !all ? "unknown" : n >= all ? "full" : n ? "partial" : "missing", n, all };
  });
}

const isSilent = (quality, at) => Date.parse(quality.newest_event) < at;

// Sums over all sources.
export function totalsOf(sources) {
  const told = sources.filter((one) => one.quality).map((one) => one.quality);
  const sum = (take) => told.reduce((total, one) => total + take(one), 0);
  const all = (values) => values.reduce((a, b) => a + b, 0);
  const [filled, expected] = [sum((one) => all(one.filled)), sum((one) => all(one.expected))];
  return {
    filled, expected, share: expected ? filled / expected : null,
    readings: sum((one) => one.readings),
    rejected: sum((one) => one.verdicts.rejected),
    suspect: sum((one) => one.verdicts.suspect),
    believed: sum((one) => one.verdicts.believed),
  };
}

// The reasons of all sources, the gravest verdict and then the most frequent first.
export function reasonsOf(sources) {
  const found = new Map();
  for (const { id, quality } of sources) {
    for (const { reason, verdict, count } of quality?.reasons ?? []) {
      const one = found.get(reason) ?? { reason, verdict, count: 0, where: [] };
      one.count += count;
      one.where.push({ id, count });
      found.set(reason, one);
    }
  }
  const rank = ({ verdict }) => VERDICTS.indexOf(verdict);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || b.count - a.count);
}

// How old an answer is: {known, at, away, age_s}; away once it was not given again for 15 s of the wall.
export function ageOf({ asked, park, now }, question) {
  const at = asked.answered?.[question] ?? null;
  if (!at) return { known: false, at: null, away: true, age_s: null };
  const age = (now - Date.parse(at)) / 1000;
  return { known: true, at, away: age / park.speed > PATIENCE_S, age_s: age };
}
