"""What a park or one of its enterprises took in as energy, in tce (rules C.1).

Electricity counts as consumed, by the kind of its origin; own plants that burn fuel count by their
fuel, not by their power. What is not known in every interval makes its line doubtful; electricity
of which nothing is known has no amount.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.boundary import boundary_of
from services.carbon_accounting.domain.auditing.comprehensive import (
    Comprehensive,
    comprehensive,
)
from services.carbon_accounting.domain.auditing.comprehensive import Stream as Taken
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.indicators.partial import partly_known
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.site import Activity, Site, Stream
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.tracing.origins import GREEN, GRID_POWER

ELECTRICITY, HEAT = "electricity", "heat"
GREEN_POWER, GRID = "green-power", "grid-power"
"""The lines of electricity, beside those of streams by their ids."""
ENERGY_STREAMS = (Activity.COMBUSTION, Activity.PURCHASED_HEAT)


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """Books with what their energy is worth in tce."""

    inventory: Inventory
    site: Site
    factors: FactorStore

    def of(self, months: Collection[str], enterprise: str | None = None) -> Comprehensive:
        """Return the energy of these local months, of all or of one enterprise."""
        taken = (*self._electricity(months, enterprise), *self._streams(months, enterprise))
        return comprehensive(taken, self._basis(max(months)))

    def _electricity(self, months: Collection[str], enterprise: str | None) -> Iterator[Taken]:
        wh = self._wh(months, enterprise)
        green: int | None = sum(wh[kind] for kind in {*wh} & GREEN)
        grid: int | None = sum(wh[kind] for kind in {*wh} & GRID_POWER)
        doubts = self.power_doubts(months, enterprise)
        if self.knows_no_power(months, enterprise):
            green = grid = None
        own = Taken(GREEN_POWER, ELECTRICITY, green, "Wh", doubts=doubts)
        yield replace(own, is_non_fossil=True, is_clean=True)
        yield Taken(GRID, ELECTRICITY, grid, "Wh", doubts=doubts)

    def _wh(self, months: Collection[str], enterprise: str | None) -> dict[str, int]:
        """Return what was consumed by kind of origin."""
        wh: dict[str, int] = defaultdict(int)
        for (month, whose, kind), by_hour in self.inventory.by_hour.wh.items():
            if month in months and enterprise in (None, whose):
                wh[kind] += int(by_hour.sum())
        return wh

    def knows_no_power(self, months: Collection[str], enterprise: str | None = None) -> bool:
        """Whether some electricity is unknown and none is known: there is no amount, not 0."""
        is_unknown = bool(self.power_doubts(months, enterprise))
        return is_unknown and not any(self._wh(months, enterprise).values())

    def power_doubts(
        self, months: Collection[str], enterprise: str | None = None
    ) -> tuple[str, ...]:
        """Return whether the electricity of these months is not wholly known, as a reason."""
        unknown = self.inventory.unknown_power
        if any(month in months and enterprise in (None, whose) for month, whose in unknown):
            return (partly_known(ELECTRICITY),)
        return ()

    def _streams(self, months: Collection[str], enterprise: str | None) -> Iterator[Taken]:
        for stream in self.site.streams:
            if stream.activity in ENERGY_STREAMS:
                amount = self._counted(stream, months, enterprise)
                if amount is not None:
                    yield _taken(stream, amount, self._stream_doubts(stream, months))

    def _counted(
        self, stream: Stream, months: Collection[str], enterprise: str | None
    ) -> int | None:
        """Return what was counted; None where an enterprise has no part in the stream."""
        if enterprise is None:
            return sum(self.inventory.streams.get((month, stream.id), 0) for month in months)
        parts = self.inventory.stream_parts
        mine = [parts[key] for m in months if (key := (m, enterprise, stream.id)) in parts]
        return sum(mine) if mine else None

    def _stream_doubts(self, stream: Stream, months: Collection[str]) -> tuple[str, ...]:
        partly = any((month, stream.id) in self.inventory.partly_known for month in months)
        return (partly_known(stream.id),) if partly else ()

    def _basis(self, month: str) -> Basis:
        region, day = self.site.choices.region, date.fromisoformat(f"{month}-01")
        return Basis(boundary_of(Ledger.PARK_ACCEPTANCE), self.factors, region, day)


def _taken(stream: Stream, amount: int, doubts: tuple[str, ...]) -> Taken:
    """Return a stream as energy; what is metered as heat has the coefficient of heat."""
    per_unit, base = in_base(stream.unit)
    ncv = None if stream.ncv_gj is None else round(Fraction(stream.ncv_gj) * 10**9 / per_unit)
    return Taken(
        stream.id,
        stream.substance,
        amount,
        base,
        is_non_fossil=stream.biogenic,
        is_clean=stream.biogenic,
        ncv_j=ncv,
        doubts=doubts,
        coefficient=HEAT if base == "Wh" and ncv is None else "",
    )
