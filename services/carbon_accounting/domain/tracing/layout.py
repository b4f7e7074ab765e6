"""A boundary as row numbers: which row of the amounts is which line, and at which node it hangs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from services.carbon_accounting.domain.tracing.boundary import Boundary, Meter, Role


@dataclass(frozen=True)
class Rows:
    """The lines of one role: their rows in the amounts, the nodes they hang at, their stores."""

    rows: tuple[int, ...]
    at: tuple[int, ...]
    store: tuple[int, ...]

    def at_node(self, node: int) -> list[int]:
        """Return the lines, by number within the role, that hang at a node."""
        return [line for line, where in enumerate(self.at) if where == node]

    def moved(self, places: Sequence[int]) -> "Rows":
        """Return the same lines where each node is another."""
        return replace(self, at=tuple(places[node] for node in self.at))


@dataclass(frozen=True)
class Layout:
    """Lines by role, and the directed edges between nodes (each pair of nodes has both)."""

    node_count: int
    supply: Rows
    load: Rows
    export: Rows
    charge: Rows
    discharge: Rows
    flow: Rows
    flow_to: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, boundary: Boundary) -> "Layout":
        """Return the layout; rows are those of `boundary.meters`."""
        node = {name: number for number, name in enumerate(boundary.nodes)}
        store = {one.id: number for number, one in enumerate(boundary.stores)}

        def rows(role: Role) -> Rows:
            found = [(row, m) for row, m in enumerate(boundary.meters) if m.role is role]
            return Rows(
                tuple(row for row, _ in found),
                tuple(node[m.node] for _, m in found),
                tuple(store.get(m.store, -1) for _, m in found),
            )

        flows = boundary.of(Role.FLOW)
        return cls(
            len(boundary.nodes),
            supply=rows(Role.SUPPLY),
            load=rows(Role.LOAD),
            export=rows(Role.EXPORT),
            charge=rows(Role.CHARGE),
            discharge=rows(Role.DISCHARGE),
            flow=rows(Role.FLOW),
            flow_to=tuple(node[m.to_node] for m in flows),
            edges=_edges(flows, node),
        )

    def merged(self, places: Sequence[int]) -> "Layout":
        """Return the layout in which each node is the one that `places` names."""
        roles = ("supply", "load", "export", "charge", "discharge", "flow")
        moved = {role: getattr(self, role).moved(places) for role in roles}
        edges = tuple((places[a], places[b]) for a, b in self.edges)
        return replace(self, edges=edges, **moved)

    @cached_property
    def edges_into(self) -> list[list[int]]:
        """The edges that end at each node."""
        return [[e for e, (_, b) in enumerate(self.edges) if b == n] for n in self._nodes]

    @cached_property
    def edges_out_of(self) -> list[list[int]]:
        """The edges that begin at each node."""
        return [[e for e, (a, _) in enumerate(self.edges) if a == n] for n in self._nodes]

    @cached_property
    def charges_at(self) -> list[list[int]]:
        """The charge lines of each node."""
        return [self.charge.at_node(n) for n in self._nodes]

    @cached_property
    def discharges_at(self) -> list[list[int]]:
        """The discharge lines of each node."""
        return [self.discharge.at_node(n) for n in self._nodes]

    @property
    def _nodes(self) -> range:
        return range(self.node_count)


def _edges(flows: Sequence[Meter], node: dict[str, int]) -> tuple[tuple[int, int], ...]:
    pairs = {tuple(sorted((node[m.node], node[m.to_node]))) for m in flows}
    return tuple(sorted(edge for a, b in pairs for edge in ((a, b), (b, a))))
