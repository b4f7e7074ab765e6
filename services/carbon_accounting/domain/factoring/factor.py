"""One version of one factor: what it is of, where and when it holds, and how far to trust it.

A factor with a gas turns amounts into emissions; one without is a coefficient, such as a heat of
combustion, an oxidation rate or a coal equivalent (rules C, H).
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import UnitsDiffer, ratio

ANYWHERE = "*"
UNVERIFIED_TRUST = {"M": "known but not read in any text (M)", "GAP": "a gap in the rules (GAP)"}
TRUST = ("V", "V2", "D", *UNVERIFIED_TRUST)
BASE_UNITS = ("Wh", "g", "dm3", "Ndm3", "pcs")
GASES_OF_EMISSIONS = ("CO2", "CO2e")


@dataclass(frozen=True, slots=True)
class Validity:
    """Local days [start, end) on which a factor holds; None is no limit."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end <= self.start:
            raise ValueError(f"valid_until {self.end} must be after valid_from {self.start}")

    def covers(self, day: date) -> bool:
        """Whether the factor holds on this local day."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: "Validity") -> bool:
        """Whether there is a day on which both hold."""
        return (self.start or date.min) < (other.end or date.max) and (other.start or date.min) < (
            self.end or date.max
        )

    @property
    def year(self) -> int | None:
        """The calendar year it is, if it is one."""
        if self.start is None or self.end is None:
            return None
        new_years = self.start.timetuple().tm_yday == self.end.timetuple().tm_yday == 1
        return self.start.year if new_years and self.end.year == self.start.year + 1 else None

    def __str__(self) -> str:
        """The published year where it is one, as `2023`; `*` for always; else both days."""
        if self == ALWAYS:
            return ANYWHERE
        return str(self.year or f"{self.start or ''}..{self.end or ''}")


ALWAYS = Validity()


@dataclass(frozen=True, slots=True)
class FuelParts:
    """What a fuel's factor is made of, so that a measured part can replace the default.

    `carbon_t_per_gj` None: the factor itself is stated per energy (CBAM). `oxidation` None: it
    depends on the equipment (solids, rules C.2).
    """

    ncv: Fraction
    ncv_unit: str
    carbon_t_per_gj: Fraction | None
    oxidation: Fraction | None


@dataclass(frozen=True, slots=True)
class Factor:
    """One row of a factor file, for one ledger. `value` is None when only the parts are stated."""

    ledger: Ledger
    quantity: str
    gas: str
    region: str
    validity: Validity
    version: int
    value: Fraction | None
    digits: int
    unit: str
    trust: str
    source: str
    published: date | None = None
    unverified_because: str = ""
    parts: FuelParts | None = None

    def __post_init__(self) -> None:
        if self.trust not in TRUST:
            raise ValueError(f"factor {self.id}: trust {self.trust!r} is none of {TRUST}")
        if self.version < 1 or (self.value is not None and self.value < 0):
            raise ValueError(
                f"factor {self.id}: value {self.value} must be at least 0 and version "
                f"{self.version} at least 1"
            )

    @property
    def id(self) -> str:
        """Its name without the version, as `location_based/grid-electricity/CN/2023`."""
        return f"{self.ledger.key}/{self.quantity}/{self.region}/{self.validity}"

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why numbers made with it must be shown as unverified; empty when they need not (H.6)."""
        found = (UNVERIFIED_TRUST.get(self.trust, ""), self.unverified_because)
        return tuple(f"{self.quantity}: {reason}" for reason in found if reason)

    def stated(self) -> Fraction:
        """Return the stated value; ValueError when only parts are stated."""
        if self.value is None:
            raise ValueError(f"factor {self.id} states no value, only parts; give the equipment")
        return self.value

    @property
    def shown(self) -> str:
        """The stated value with its unit, as `0.11 tCO2/GJ`."""
        return f"{float(self.stated()):.{self.digits}f} {self.unit}"

    def per(self, base: str) -> Fraction:
        """Return exact ng of its gas per `base`, an energy, a mass, a volume or a piece.

        UnitsDiffer names both units: what is per m3 cannot meet a kWh.
        """
        nanogram = "ngCO2" if self.gas in GASES_OF_EMISSIONS else "ng"
        return self.stated() * crossing(self.unit, f"{nanogram}/{base}", self)

    def ng_per(self, base: str) -> int:
        """Return whole ng per `base`, rounded once, half to even; UnitsDiffer as `per`."""
        return round(self.per(base))


known_ratio = cache(ratio)
"""Exact ratios of units, each computed once: a book crosses the same few a million times."""


def crossing(source: str, target: str, factor: Factor) -> Fraction:
    """Return how many `target` one `source` is; UnitsDiffer names the factor and the cure."""
    try:
        return known_ratio(source, target)
    except UnitsDiffer:
        raise UnitsDiffer(
            f"factor {factor.id} is in {source} and cannot become {target}; meter the activity in "
            "the factor's unit, declare a conversion (NCV, normal conditions) or add a factor in "
            "the meter's unit"
        ) from None
