"""One quarter of an hour: from the energies of its registers to entries of every ledger."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.attribution import Flows, attributed
from services.carbon_accounting.domain.entries import Entry, EntryKey, Quality
from services.carbon_accounting.domain.factors import FactorSet
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS, Ledger
from services.carbon_accounting.domain.meters import Meters
from services.carbon_accounting.domain.words import QUARTER_US, Word

GRID_IMPORT = "grid-import"
NATURAL_GAS = "natural-gas"
PV_SELF_USE = "pv-self-use"
WIND_SELF_USE = "wind-self-use"
UNACCOUNTED_LOAD = "unaccounted-load"
UNACCOUNTED_SUPPLY = "unaccounted-supply"
QUANTITIES = (GRID_IMPORT, NATURAL_GAS, PV_SELF_USE, WIND_SELF_USE, UNACCOUNTED_LOAD)
SHOWN = 3

Words = Mapping[str, Word]
"""The words that stand on one quarter, by register."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything besides words that decides what is booked, and when a quarter is late."""

    meters: Meters
    factors: FactorSet
    ledger_from: datetime
    late_after: timedelta
    oldest: timedelta
    time_zone: ZoneInfo

    @property
    def fingerprint(self) -> str:
        """A short digest; quarters booked under another one are booked again."""
        factors = sorted(
            f"{factor.id} v{factor.version} {factor.mg_per_wh} {factor.trust} "
            f"{quantity} {factor.unverified_because}"
            for (_, quantity), factor in self.factors.by_quantity.items()
        )
        text = "\n".join([str(self.meters), *factors, str(self.late_after), str(self.time_zone)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Booked:
    """A quarter in the books; `set_aside` names what of it is not, by register."""

    start: datetime
    flows: Flows
    entries: tuple[Entry, ...]
    quality: Quality
    set_aside: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A quarter that cannot be booked (yet): `waits_for` names registers and what is known."""

    start: datetime
    waits_for: str
    set_aside: str = ""


Outcome = Booked | Waiting


@dataclass(frozen=True, slots=True)
class _Line:
    activity: str
    quantity: str
    scope: int
    energy_wh: int
    points: tuple[str, ...]


def book(start: datetime, words: Words, rules: Rules) -> Outcome:
    """Return the entries of the quarter that begins at `start`, or what is missing.

    Booked is what is believed or estimated, once that is known of every register for all of the
    quarter. What is set aside is never booked.
    """
    set_aside = _set_aside(words, rules.meters)
    if missing := [point for point in rules.meters.all if not _is_known(words.get(point))]:
        return Waiting(start, _waits_for(missing, words), set_aside)
    flows = _flows(words, rules.meters)
    lines = _lines(flows, rules.meters)
    entries = tuple(
        _entry(line, ledger, start, words, rules) for ledger in LIVE_LEDGERS for line in lines
    )
    return Booked(start, flows, entries, _quality(rules.meters.all, words), set_aside)


def _is_known(word: Word | None) -> bool:
    return word is not None and word.is_whole


def _flows(words: Words, meters: Meters) -> Flows:
    def counted(points: Sequence[str]) -> int:
        return sum(words[point].energy_wh for point in points)

    return Flows(
        grid_import_wh=counted(meters.grid_import),
        grid_export_wh=counted(meters.grid_export),
        pv_wh=counted(meters.pv),
        wind_wh=counted(meters.wind),
        charge_wh=counted(meters.charge),
        discharge_wh=counted(meters.discharge),
        loads_wh=counted(meters.loads),
        chargers_wh=counted(meters.chargers),
        gas_wh=tuple(counted([point]) for point in meters.gas),
        register_count=len(meters.electricity),
    )


def _lines(flows: Flows, meters: Meters) -> list[_Line]:
    """Return the lines of a quarter, always the same set; a line may be 0 Wh."""
    shares = attributed(flows)
    green = (*meters.pv, *meters.wind, *meters.grid_export)
    surplus = meters.electricity if shares.unaccounted_load_wh else ()
    deficit = meters.electricity if shares.unaccounted_supply_wh else ()
    return [
        _Line(GRID_IMPORT, GRID_IMPORT, 2, shares.grid_import_wh, meters.grid_import),
        _Line(PV_SELF_USE, PV_SELF_USE, 2, shares.pv_self_use_wh, green),
        _Line(WIND_SELF_USE, WIND_SELF_USE, 2, shares.wind_self_use_wh, green),
        _Line(UNACCOUNTED_LOAD, UNACCOUNTED_LOAD, 2, shares.unaccounted_load_wh, surplus),
        _Line(UNACCOUNTED_SUPPLY, GRID_IMPORT, 2, shares.unaccounted_supply_wh, deficit),
        *(
            _Line(f"gas:{point.split('.')[0]}", NATURAL_GAS, 1, energy_wh, (point,))
            for point, energy_wh in zip(meters.gas, flows.gas_wh, strict=True)
        ),
    ]


def _entry(line: _Line, ledger: Ledger, start: datetime, words: Words, rules: Rules) -> Entry:
    factor = rules.factors.of(ledger, line.quantity)
    return Entry(
        key=EntryKey(start, ledger, line.activity),
        scope=line.scope,
        energy_wh=line.energy_wh,
        factor=factor,
        unverified=factor.is_unverified_in(start.astimezone(rules.time_zone).year),
        quality=_quality(line.points, words),
        sources=tuple(f"{point}@{words[point].says}" for point in line.points),
        words=tuple(f"{point}@{words[point].origin}" for point in line.points),
    )


def _quality(points: Sequence[str], words: Words) -> Quality:
    measured = all(words[point].is_measured for point in points)
    return Quality.MEASURED if measured else Quality.ESTIMATED


def _set_aside(words: Words, meters: Meters) -> str:
    aside = [(point, words[point].suspense_wh) for point in meters.all if point in words]
    return _few([f"{wh} Wh of {point}" for point, wh in aside if wh])


def _waits_for(missing: Sequence[str], words: Words) -> str:
    """Name the registers, those with energy set aside first: somebody must decide about them."""
    aside = [point for point in missing if point in words and words[point].suspense_wh]
    others = [point for point in missing if point not in aside]
    return _few([_what_is_known(point, words.get(point)) for point in (*aside, *others)])


def _what_is_known(point: str, word: Word | None) -> str:
    if word is not None and word.suspense_wh:
        return f"{point} ({word.suspense_wh} Wh set aside)"
    if word is not None and word.known_us:
        return f"{point} (known for {word.known_us // 1_000_000} of {QUARTER_US // 1_000_000} s)"
    return point


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
