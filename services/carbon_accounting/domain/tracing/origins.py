"""Where a Wh came from: kind of supply, the source it came in by, the year it was supplied in."""

from dataclasses import dataclass

OWN_GREEN = frozenset({"pv", "wind", "hydro", "biomass"})
DIRECT_LINE_GREEN = frozenset(f"direct-line-{kind}" for kind in OWN_GREEN)
GREEN = OWN_GREEN | DIRECT_LINE_GREEN
SUPPLY_KINDS = GREEN | {"grid", "chp", "fossil"}
UNKNOWN = "unknown"
UNACCOUNTED = "unaccounted"
GRID_POWER = frozenset({"grid", UNKNOWN, UNACCOUNTED})
NO_VINTAGE = 0


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """One origin of electricity.

    `source` is the supply meter, or the source it was declared to belong to; for `unknown` it is
    the store, for `unaccounted` the node. `vintage` is the local calendar year of supply (a store
    keeps it), 0 for `unknown`.
    """

    kind: str
    source: str
    vintage: int

    def __post_init__(self) -> None:
        if self.kind not in SUPPLY_KINDS | {UNKNOWN, UNACCOUNTED}:
            known = ", ".join(sorted(SUPPLY_KINDS | {UNKNOWN, UNACCOUNTED}))
            raise ValueError(f"origin of {self.source}: kind {self.kind!r} is none of {known}")
        if (self.kind == UNKNOWN) != (self.vintage == NO_VINTAGE):
            raise ValueError(
                f"origin {self.kind} of {self.source} has vintage {self.vintage}; "
                f"{NO_VINTAGE} belongs to {UNKNOWN} and to nothing else"
            )

    @property
    def is_green(self) -> bool:
        """Whether it is renewable by its physical path."""
        return self.kind in GREEN

    @property
    def counts_as_grid_power(self) -> bool:
        """Whether it has the factor of grid power: what is not known is never green."""
        return self.kind in GRID_POWER


def unknown_of(store_id: str) -> Origin:
    """Return the origin of what a store gave or holds and nobody can say where it came from."""
    return Origin(UNKNOWN, store_id, NO_VINTAGE)


def unaccounted_at(node: str, vintage: int) -> Origin:
    """Return the origin of what was consumed at a node without a metered supply."""
    return Origin(UNACCOUNTED, node, vintage)
