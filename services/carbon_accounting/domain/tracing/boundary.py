"""What is traced: the nodes of a park's grid, the meters at them, the stores behind them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.tracing.origins import SUPPLY_KINDS

LINE_MARK = "@"
"""Stands in the ids of lines that are no meter: `unaccounted-load@<node>`, `losses@<store>`."""


class Role(StrEnum):
    """What a meter counts, in one direction, never negative (conventions §2.3)."""

    SUPPLY = "supply"
    LOAD = "load"
    EXPORT = "export"
    CHARGE = "charge"
    DISCHARGE = "discharge"
    FLOW = "flow"


class ExportPolicy(StrEnum):
    """Which of a node's power is exported (docs/ledgers.md, `Export`)."""

    GREEN_FIRST = "green_first"
    PROPORTIONAL = "proportional"


class Allocation(StrEnum):
    """What a store gives first; EnergyTag asks that the method is declared (rules D.4)."""

    WEIGHTED_AVERAGE = "weighted_average"
    FIFO = "fifo"


_NEEDS = {
    Role.SUPPLY: "kind",
    Role.CHARGE: "store",
    Role.DISCHARGE: "store",
    Role.FLOW: "to_node",
}


@dataclass(frozen=True, slots=True)
class Meter:
    """One register at a node: a supply has its `kind`, a charge or discharge its `store`.

    A flow counts what goes from `node` to `to_node`; a line that is metered both ways has two.
    `source` names the source of a supply where several meters are one (default: the meter's id).
    """

    id: str
    role: Role
    node: str
    kind: str = ""
    source: str = ""
    store: str = ""
    to_node: str = ""

    def __post_init__(self) -> None:
        if mistakes := [*self._mistakes()]:
            raise ValueError(f"meter {self.id!r} ({self.role}): " + "; ".join(mistakes))

    def _mistakes(self) -> Iterable[str]:
        if not self.id or LINE_MARK in self.id:
            yield f"an id is not empty and has no {LINE_MARK}"
        for name in ("kind", "store", "to_node"):
            value, needed = getattr(self, name), _NEEDS.get(self.role) == name
            if needed and not value:
                yield f"{name} is missing"
            if value and not needed:
                yield f"{name} {value!r} does not belong to this role"
        if self.kind and self.kind not in SUPPLY_KINDS:
            yield f"kind {self.kind!r} is none of {', '.join(sorted(SUPPLY_KINDS))}"
        if self.source and self.role is not Role.SUPPLY:
            yield f"source {self.source!r} does not belong to this role"
        if self.to_node and self.to_node == self.node:
            yield f"node and to_node are both {self.node!r}"


@dataclass(frozen=True, slots=True)
class Store:
    """A store: how much of a charged Wh can come back, and which of its content goes first.

    `capacity_wh`: content beyond it was lost, whatever the efficiency says (None: no such limit).
    """

    id: str
    round_trip_efficiency: Fraction
    allocation: Allocation = Allocation.WEIGHTED_AVERAGE
    capacity_wh: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.round_trip_efficiency <= 1:
            raise ValueError(
                f"store {self.id!r}: round_trip_efficiency {self.round_trip_efficiency} must be "
                "above 0 and at most 1"
            )
        if self.capacity_wh is not None and self.capacity_wh <= 0:
            raise ValueError(
                f"store {self.id!r}: capacity_wh {self.capacity_wh} must be above 0; leave it out "
                "where it is not known"
            )


@dataclass(frozen=True, slots=True)
class Boundary:
    """Nodes, meters and stores, in the order of their ids whatever order they were given in."""

    nodes: tuple[str, ...]
    meters: tuple[Meter, ...]
    zone: ZoneInfo
    stores: tuple[Store, ...] = ()
    export: ExportPolicy = field(default=ExportPolicy.GREEN_FIRST, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(sorted(self.nodes)))
        object.__setattr__(self, "meters", tuple(sorted(self.meters, key=lambda m: m.id)))
        object.__setattr__(self, "stores", tuple(sorted(self.stores, key=lambda s: s.id)))
        if mistakes := [*self._twice(), *self._nowhere(), *self._half_metered()]:
            raise ValueError("the boundary cannot be traced: " + "; ".join(mistakes))

    def of(self, role: Role) -> tuple[Meter, ...]:
        """Return the meters of a role, in the order of their ids."""
        return tuple(meter for meter in self.meters if meter.role is role)

    def registers_of(self, node: str) -> tuple[Meter, ...]:
        """Return the meters whose values a node's balance needs."""
        return tuple(m for m in self.meters if node in (m.node, m.to_node))

    def _twice(self) -> Iterable[str]:
        meters, stores = [m.id for m in self.meters], [s.id for s in self.stores]
        if not self.nodes:
            yield "it has no node"
        for noun, ids in (("node", list(self.nodes)), ("meter", meters), ("store", stores)):
            for one, count in sorted(Counter(ids).items()):
                if count > 1:
                    yield f"{noun} {one!r} stands {count} times"

    def _nowhere(self) -> Iterable[str]:
        stores = {store.id for store in self.stores}
        for meter in self.meters:
            for node in (meter.node, meter.to_node):
                if node not in (*self.nodes, "") or not meter.node:
                    yield f"meter {meter.id!r} is at node {node!r}, which is not declared"
            if meter.store and meter.store not in stores:
                yield f"meter {meter.id!r} is of store {meter.store!r}, which is not declared"

    def _half_metered(self) -> Iterable[str]:
        for store in self.stores:
            roles = {meter.role for meter in self.meters if meter.store == store.id}
            for role in {Role.CHARGE, Role.DISCHARGE} - roles:
                yield f"store {store.id!r} has no {role} meter"
