"""The books of the demo year once more: from the same files, with no line of the service's code.

Written from rules.md (factors A.2, C.2, C.4, C.6, D.1) and docs/carbon-tracing.md (§2-§7) for what
that park has: a grid without circles, one store by weighted average, certificates by year. Amounts
are Wh or Ndm3. `dividing` is how a mix is handed out: `in_whole_wh` by the cumulative floors of
§2.2, `in_fractions` exactly. With the first every total must be the command's to the nanogram; the
second shows what the whole Wh cost.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.reference.files import Park, park_of, readings_of, shares_of

getcontext().prec = 34
LOCAL = timedelta(hours=8)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
GREEN = ("pv", "wind")
UNKNOWN = ("unknown", "battery")

GRID_NG = {  # rules A.2 (fossil power of 2022), C.4 (average and residual mix of 2023), kg/kWh
    "park_acceptance": 832_500_000,
    "location_based": 530_600_000,
    "market_based": 609_600_000,
}
# rules C.2, natural gas: 0.01532 tC/GJ x 0.99 x 44/12 = 0.0556116 t/GJ = 55 611.6 ng/J
GAS_NG_PER_J = Fraction(15_320, 1) * Fraction(99, 100) * Fraction(44, 12)
GAS_J_PER_NDM3 = 38_931  # 389.31 GJ per 10 000 Nm3

Wh = Any
"""int or Decimal."""
Origin = tuple[str, str]
Mix = dict[Origin, Wh]
Energy = dict[tuple[str, str, str, str], Wh]
"""By month, enterprise, activity, kind of origin."""
GridPower = dict[tuple[str, str, str], Wh]
"""What counts as power of the grid, by line, activity and kind of origin."""
Dividing = Callable[[Mix, Sequence[Wh]], list[Mix]]


def in_whole_wh(mix: Mix, demands: Sequence[Wh]) -> list[Mix]:
    """Hand a mix out to demands and a rest, one origin after the other, by cumulative floors."""
    total = sum(mix.values())
    lacking = [*demands, total - sum(demands)]
    parts: list[Mix] = [{} for _ in lacking]
    for origin in sorted(o for o, wh in mix.items() if wh):
        upto = before = 0
        for at, wanted in enumerate(lacking):
            upto += wanted
            share = upto * mix[origin] // total
            parts[at][origin], before = share - before, share
        total -= mix[origin]
        lacking = [wanted - part[origin] for wanted, part in zip(lacking, parts, strict=True)]
    return parts


def in_fractions(mix: Mix, demands: Sequence[Wh]) -> list[Mix]:
    """Hand a mix out to demands and a rest exactly in proportion."""
    total = sum(mix.values())
    lacking = [*demands, total - sum(demands)]
    if not total:
        return [{} for _ in lacking]
    parts = [Decimal(wanted) / total for wanted in lacking]
    return [{o: wh * part for o, wh in mix.items() if wh} for part in parts]


@dataclass
class Books:
    """What the reference found."""

    supply: dict[tuple[str, str], Wh] = field(default_factory=lambda: defaultdict(int))
    """By month and kind, at nodes that are traced."""
    lines: dict[tuple[str, str, str], Wh] = field(default_factory=lambda: defaultdict(int))
    """By month, line and kind: loads, exports, losses, unaccounted loads."""
    energy: Energy = field(default_factory=lambda: defaultdict(int))
    burnt: dict[tuple[str, str, str], tuple[int, int]] = field(
        default_factory=lambda: defaultdict(lambda: (0, 0))
    )
    """By month, enterprise and unit: gas and ng."""
    grid: dict[str, list[GridPower]] = field(default_factory=dict)
    """By enterprise and interval."""
    dark: list[set[str]] = field(default_factory=list)
    """The nodes that are not traced, by interval."""
    months: list[str] = field(default_factory=list)
    held: Mix = field(default_factory=dict)


def shared(amount: Wh, weights: Mapping[str, int]) -> dict[str, Wh]:
    """Return parts of an amount: of whole Wh by cumulative floors over the enterprises' ids."""
    total, upto, before = sum(weights.values()), 0, 0
    parts: dict[str, Wh] = {}
    if not amount:
        return parts
    for name in sorted(weights):
        if isinstance(amount, Decimal):
            parts[name] = amount * weights[name] / total
            continue
        upto += weights[name]
        parts[name], before = amount * upto // total - before, amount * upto // total
    return parts


class Tracing:
    """The tracing of one park: interval by interval, the store's content carried along."""

    def __init__(self, park: Park, dividing: Dividing) -> None:
        self.park, self.divided = park, dividing
        self.whole = dividing is in_whole_wh
        self.books = Books()
        self.held: Mix = {}
        self.carry = Fraction(0)
        self.gap = 0

    def trace(self, month: str, wh: Mapping[str, int | None]) -> None:
        """Trace one interval."""
        nodes = self.park.nodes
        dark = {n for n in nodes if any(wh[r] is None for r in self.park.registers(n))}
        net = (wh["main>campus"] or 0) - (wh["campus>main"] or 0)
        first, second = ("main", "campus") if net >= 0 else ("campus", "main")
        if first in dark and net:
            dark.add(second)
        known = {name: value or 0 for name, value in wh.items()}
        grid: dict[str, dict[str, Wh]] = defaultdict(lambda: defaultdict(int))
        gave = self._gives(known["battery.discharge"])
        charged: Mix = {}
        along: Mix = {}
        for node in (first, second):
            if node in dark:
                continue
            out = abs(net) if node == first else 0
            come = self._supply(month, node, known, {} if node == first else along, out)
            if node == "main":
                come = _sum(come, gave)
            charge = known["battery.charge"] if node == "main" else 0
            left = self._exports(month, node, come, known)
            stored, along_now, used = self.divided(left, [charge, out])
            if node == "main":
                charged = stored
            along = along_now if node == first else along
            self._uses(month, node, used, known, grid)
        if "main" in dark:
            charged = {UNKNOWN: known["battery.charge"]}
        self._takes(month, charged, grid)
        if wh["battery.charge"] is None or wh["battery.discharge"] is None:
            self.held = {UNKNOWN: sum(self.held.values())}
        self._note(month, grid, dark)

    def _supply(self, month: str, node: str, wh: Mapping[str, int], along: Mix, out: int) -> Mix:
        """Return what comes into a node; close its balance (§4)."""
        come: Mix = dict(along)
        for meter in self.park.meters:
            role = meter["role"]
            if meter.get("node", "main") == node and role in ("grid_import", "generation"):
                kind = meter.get("kind", "grid")
                come = _sum(come, {(kind, meter["id"]): wh[meter["id"]]})
                self.books.supply[month, kind] += wh[meter["id"]]
        inflow = abs(wh["main>campus"] - wh["campus>main"]) if along or not out else 0
        bought = sum(wh[m] for r in ("grid_import", "generation", "discharge")
                     for m in self.park.at(node, r))  # fmt: skip
        gone = sum(wh[m] for r in ("consumption", "export", "charge")
                   for m in self.park.at(node, r))  # fmt: skip
        self.gap = bought + (0 if out else inflow) - gone - out
        if self.gap < -len(self.park.registers(node)):
            self.books.supply[month, "unaccounted"] += -self.gap
            come = _sum(come, {("unaccounted", node): -self.gap})
        return come

    def _exports(self, month: str, node: str, come: Mix, wh: Mapping[str, int]) -> Mix:
        """Take export off: what is green first, then the rest (§2.3)."""
        out = sum(wh[m] for m in self.park.at(node, "export"))
        green = {o: v for o, v in come.items() if o[0] in GREEN}
        other = {o: v for o, v in come.items() if o[0] not in GREEN}
        beyond = max(0, out - sum(green.values()))
        first, left_green = self.divided(green, [out - beyond])
        then, left = self.divided(other, [beyond])
        for name in self.park.at(node, "export"):
            self._line(month, name, _sum(first, then))
        return _sum(left_green, left)

    def _uses(self, month: str, node: str, used: Mix, wh: Mapping[str, int], grid: Any) -> None:
        loads = self.park.at(node, "consumption")
        demands = {name: wh[name] for name in loads}
        unaccounted = 0
        if abs(self.gap) <= len(self.park.registers(node)):
            largest = max(loads, key=lambda name: demands[name])
            demands[largest] += self.gap
        else:
            unaccounted = max(0, self.gap)
        *parts, rest = self.divided(used, [*demands.values()])
        for name, part in zip(loads, parts, strict=True):
            self._owned(month, name, "electricity-use", part, grid)
        if unaccounted:
            self._owned(month, f"unaccounted-load@{node}", "unaccounted-load", rest, grid)

    def _gives(self, wanted: int) -> Mix:
        """Take what the battery gives out of it; what it does not hold is unknown (§6.3)."""
        there = sum(self.held.values())
        given, self.held = self.divided(self.held, [min(wanted, there)])
        beyond = max(0, wanted - there)
        return _sum(given, {UNKNOWN: beyond})

    def _takes(self, month: str, charged: Mix, grid: Any) -> None:
        """Put in what can come back (§6.2); the rest is lost."""
        total = sum(charged.values())
        if not total:
            return
        usable: Wh = Decimal(total) * self.park.efficiency.numerator
        usable /= self.park.efficiency.denominator
        if self.whole:
            parts = total * self.park.efficiency + self.carry
            usable, self.carry = int(parts), parts - int(parts)
        kept, lost = self.divided(charged, [usable])
        self.held = _sum(self.held, kept)
        self._owned(month, "losses@battery", "storage-loss", lost, grid)

    def _owned(self, month: str, line: str, activity: str, part: Mix, grid: Any) -> None:
        self._line(month, line, part)
        weights = shares_of(self.park, line, month)
        for (kind, _), wh in part.items():
            for name, own in shared(wh, weights).items():
                self.books.energy[month, name, activity, kind] += own
                if kind not in GREEN:
                    grid[name][line, activity, kind] += own

    def _line(self, month: str, line: str, part: Mix) -> None:
        for (kind, _), wh in part.items():
            self.books.lines[month, line, kind] += wh

    def _note(self, month: str, grid: Any, dark: set[str]) -> None:
        books, at = self.books, len(self.books.months)
        books.months.append(month)
        books.dark.append(dark)
        for name, of in grid.items():
            books.grid.setdefault(name, [])
            missing = at - len(books.grid[name])
            books.grid[name] += [{} for _ in range(missing)] + [of]


def _sum(one: Mix, other: Mix) -> Mix:
    return {o: one.get(o, 0) + other.get(o, 0) for o in {**one, **other}}


def traced_books(folder: Path, dividing: Dividing) -> Books:
    """Return the books of `park.yaml` and `readings.csv`."""
    park = park_of(folder / "park.yaml")
    starts, columns = readings_of(folder / "readings.csv", park)
    tracing = Tracing(park, dividing)
    meters = [m["id"] for m in park.meters]
    for at, start in enumerate(starts):
        month = f"{start.astimezone(EPOCH.tzinfo) + LOCAL:%Y-%m}"
        tracing.trace(month, {name: columns[name][at] for name in meters})
        for stream in park.streams:
            _burn(tracing.books, park, month, stream, columns[stream["id"]][at])
    tracing.books.held = tracing.held
    return tracing.books


def _burn(
    books: Books, park: Park, month: str, stream: Mapping[str, Any], amount: int | None
) -> None:
    """Book gas: per Wh of net heat, or per Ndm3 by the default or the measured NCV (C.2)."""
    if amount is None:
        return
    unit, ng = "Wh", round(GAS_NG_PER_J * 3_600)
    if stream["unit"] == "Nm3":
        measured = stream.get("ncv_gj_per_unit")
        joule = round(Decimal(str(measured)) * 10**6) if measured else GAS_J_PER_NDM3
        unit, ng = "Ndm3", round(GAS_NG_PER_J * joule)
    for name, part in shared(amount, shares_of(park, stream["id"], month)).items():
        had, made = books.burnt[month, name, unit]
        books.burnt[month, name, unit] = (had + part, made + part * ng)
