"""The control desk: what is believed, planned, ordered and leased, and one cycle over all of it.

It only holds state; every decision is made by the pure functions it calls with a frozen snapshot.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.dispatch.domain.control import Decision, decide
from services.dispatch.domain.curves import Book
from services.dispatch.domain.expected import Forecast
from services.dispatch.domain.feed_in import Counter, counted, feed_in_of
from services.dispatch.domain.framing import Knowledge
from services.dispatch.domain.leasing import Issued, issued
from services.dispatch.domain.plan import Plan, guide_at
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.signals import Signal, Signals
from services.dispatch.domain.snapshot import Lease, Needs, Order, Snapshot, Trims, frozen
from services.energy.quantities import Quantity
from services.energy.site import DeviceKind


@dataclass
class Desk:
    """State of the controller between cycles; rebuilt from log and database after a start."""

    plant: Plant
    signals: Signals = field(default_factory=Signals)
    import_prices: Book = field(default_factory=Book)
    export_prices: Book = field(default_factory=Book)
    intensities: Book = field(default_factory=Book)
    forecast: Forecast | None = None
    plan: Plan | None = None
    orders: dict[str, Order] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    counters: dict[str, Counter] = field(default_factory=dict)
    trims: Trims = field(default_factory=Trims)

    def believe(self, point_id: str, signal: Signal) -> None:
        """Take in one believed reading."""
        self.signals.believe(point_id, signal)

    def count(self, point_id: str, value_wh: float, at: datetime, since: datetime) -> None:
        """Take in one reading of a register of the feed-in rule."""
        counter = counted(self.counters.get(point_id), point_id, value_wh, at, since)
        if counter is not None:
            self.counters[point_id] = counter

    def snapshot(self, now: datetime, needs: Mapping[str, Needs] | None = None) -> Snapshot:
        """Freeze everything one cycle rests on."""
        readings = self.signals.newest()
        grid = readings.get(self.plant.meter.point_id(Quantity.ACTIVE_POWER))
        return frozen(
            Snapshot(
                taken_at=now,
                readings=readings,
                aligned=self.signals.at(grid.event_time) if grid else readings,
                guide=guide_at(self.plant, self.plan, now) if self.plan else None,
                orders=tuple(o for o in self.orders.values() if now < o.expires_at),
                leases=dict(self.leases),
                trims=self.trims,
                needs=needs or {},
            )
        )

    def cycle(
        self,
        now: datetime,
        *,
        may_issue: bool = True,
        needs: Mapping[str, Needs] | None = None,
    ) -> tuple[Snapshot, Decision, list[Issued]]:
        """Run one control cycle and remember what it issued (nothing, when it may not)."""
        snapshot = self.snapshot(now, needs)
        decision = decide(self.plant, snapshot)
        if not may_issue:
            return snapshot, decision, []
        out = issued(self.plant, decision.commands, self.leases, snapshot_id=snapshot.id, now=now)
        self.trims = decision.trims
        for issue in out:
            self.leases[issue.lease.device_id] = issue.lease
        return snapshot, decision, out

    def knowledge(self) -> Knowledge:
        """Return what the planner knows now."""
        meter = self.plant.meter
        return Knowledge(
            readings=self.signals.newest(),
            forecast=self.forecast,
            import_prices=self.import_prices,
            export_prices=self.export_prices,
            intensities=self.intensities,
            feed_in=feed_in_of(
                self.counters,
                meter.point_id(Quantity.EXPORT_ENERGY),
                meter.point_id(Quantity.IMPORT_ENERGY),
                self.generation_points(),
            ),
        )

    def generation_points(self) -> list[str]:
        """Return the generation registers that count for the feed-in rule."""
        sources = self.plant.park.devices_of(DeviceKind.PV, DeviceKind.WIND)
        return [device.point_id(Quantity.GENERATION_ENERGY) for device in sources]
