// From what the store knows to the lines of the charts: [ms, kW] with gaps where nothing is known.

const GAP_MS = 20 * 60_000;
const QUARTER_MS = 900_000;

// Measured points as kW (or as they are), with a hole where readings were missing for long.
export function measured(points = [], factor = 0.001) {
  const line = [];
  let before = null;
  for (const [at, value] of points) {
    if (before !== null && at - before > GAP_MS) line.push([(at + before) / 2, null]);
    line.push([at, value * factor]);
    before = at;
  }
  return line;
}

// What was foreseen of some points together: rows [middle ms, low, middle, high] in kW. The ends
// are the sums of the points' ends, so that the band of several meters is on the wide side.
export function band(forecast, points, since, until, factor = 0.001) {
  const known = points.map((point) => forecast.get(point)).filter(Boolean);
  if (!known.length || known.length < points.length) return [];
  const rows = [];
  for (const at of [...known[0].keys()].sort((a, b) => a - b)) {
    if (at < since || at >= until) continue;
    const each = known.map((slots) => slots.get(at));
    if (each.some((row) => !row || row.includes(null))) continue;
    const sum = [0, 1, 2].map((end) => each.reduce((total, row) => total + row[end], 0) * factor);
    rows.push([at + QUARTER_MS / 2, Math.min(sum[0], sum[2]), sum[1], Math.max(sum[0], sum[2])]);
  }
  return rows;
}

// One column of the plan as steps: each value holds over its slot.
export function planned(plans, name, column, since, until, stepMs, factor = 0.001) {
  const slots = plans.get(name);
  if (!slots) return [];
  const line = [];
  let end = null;
  for (const at of [...slots.keys()].sort((a, b) => a - b)) {
    if (at < since || at >= until) continue;
    const value = slots.get(at)[column];
    if (end !== null && at > end) line.push([end, line[line.length - 1][1]], [end, null]);
    line.push([at, value === null || value === undefined ? null : value * factor]);
    end = at + stepMs;
  }
  if (line.length) line.push([Math.min(end, until), line[line.length - 1][1]]);
  return line;
}

// State of charge is planned for the END of each slot: points, not steps.
export function plannedLevels(plans, name, since, until, stepMs) {
  const slots = plans.get(name);
  if (!slots) return [];
  return [...slots.keys()].sort((a, b) => a - b)
    .map((at) => [at + stepMs, slots.get(at)[1]])
    .filter(([at, level]) => at >= since && at <= until && level !== null);
}

// A curve's steps; newer curves replace what they cover.
export function steps(curves, field, since, until) {
  const slots = new Map();
  for (const curve of curves) {
    curve[field].forEach((value, place) => {
      slots.set(Date.parse(curve.start) + place * curve.step_s * 1000, [value, curve.step_s * 1000]);
    });
  }
  const line = [];
  for (const at of [...slots.keys()].sort((a, b) => a - b)) {
    const [value, step] = slots.get(at);
    if (at + step <= since || at >= until) continue;
    line.push([Math.max(at, since), value], [Math.min(at + step, until), value]);
  }
  return line;
}

// The point of a line nearest to a moment, if near enough; `holds` for steps: the last before it.
export function at(line, ms, { holds = false, near = GAP_MS / 2 } = {}) {
  let best = null;
  for (const point of line) {
    if (holds) {
      if (point[0] <= ms) best = point;
      else break;
    } else if (best === null || Math.abs(point[0] - ms) < Math.abs(best[0] - ms)) best = point;
  }
  if (best === null || (!holds && Math.abs(best[0] - ms) > near)) return null;
  return best[1];
}
