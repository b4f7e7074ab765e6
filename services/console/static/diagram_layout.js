// Where things lie in the one-line diagram: sources left of the busbar, consumers right of it;
// on a narrow page everything to the right. Heights grow with the room there is.

const SOURCE_KINDS = ["grid_meter", "pv", "wind", "battery"];
const LINE = 40;
const HEADING = 26;
const SOURCE = 104;
const GAS = 44;
export const CELL = 22;
export const CELLS_IN_ROW = 13;

// Return {width, height, bus, rows}; a row is {type, y, device | devices | tenant, side}.
export function layout(park, pixels, room) {
  const narrow = pixels < 520;
  const parts = partsOf(park);
  const width = narrow ? 372 : 640;
  const scale = pixels / width;
  const left = narrow ? [] : parts.sources;
  const right = narrow ? [...parts.sources, ...parts.consumers] : parts.consumers;
  const tall = (rows) => rows.reduce((sum, row) => sum + row.height, 0);
  const wanted = Math.max(tall(left), tall(right)) + (parts.gas.length ? GAS : 0) + 34;
  const stretch = Math.min(1.7, Math.max(1, (room / scale) / wanted));
  const place = (rows, side, total) => {
    const own = total === null ? stretch : total / Math.max(1, tall(rows));
    let y = 26;
    return rows.map((row) => {
      const placed = { ...row, side, y, height: row.height * own };
      y += placed.height;
      return placed;
    });
  };
  const total = Math.max(tall(left), tall(right)) * stretch;
  const rows = [...place(left, "left", total), ...place(right, "right", total)];
  const end = 26 + total;
  return {
    narrow, width, rows, roomy: stretch > 1.25,
    bus: { x: narrow ? 12 : 276, top: 22, bottom: end - 4 },
    gas: parts.gas.length ? { y: end + GAS * stretch * 0.62, devices: parts.gas } : null,
    height: end + (parts.gas.length ? GAS * stretch + 6 : 8),
  };
}

function partsOf(park) {
  const electric = park.devices.filter((device) => device.carrier === "electricity");
  const sources = SOURCE_KINDS.flatMap((kind) => electric.filter((device) => device.kind === kind))
    .map((device) => ({ type: "source", device, height: SOURCE }));
  const loads = electric.filter((device) => device.kind === "load");
  const consumers = [];
  for (const tenant of [...park.tenants, null]) {
    const own = loads.filter((device) => (tenant ? device.tenant === tenant.id : !device.tenant));
    if (own.length > 1) consumers.push({ type: "tenant", tenant, devices: own, height: HEADING });
    consumers.push(...own.map((device) => ({ type: "load", device, height: LINE })));
  }
  const chargers = electric.filter((device) => device.kind === "charger");
  if (chargers.length) {
    const lines = Math.ceil(chargers.length / CELLS_IN_ROW);
    consumers.push({ type: "chargers", devices: chargers, height: 74 + lines * CELL });
  }
  return { sources, consumers, gas: park.devices.filter((device) => device.carrier === "natural_gas") };
}
