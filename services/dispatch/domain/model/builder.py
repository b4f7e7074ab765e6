"""Collects columns and rows of a program, and what flows into each node."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix

from services.dispatch.domain.model.choices import Choice, OneWay
from services.dispatch.domain.model.prices import Limit, penalties, tie_per_kwh
from services.dispatch.domain.model.program import Index, Program, Roles
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Carrier
from services.dispatch.domain.park.problem import ParkProblem

__all__ = ["INFINITE", "MILLI", "Builder", "OneWay", "Values"]
MILLI = 1000.0
INFINITE = np.inf
Values = Floats | float


@dataclass
class Builder:
    """A program in the making. `steps` and `hours` are those of the horizon."""

    problem: ParkProblem
    price: dict[Limit, float] = field(init=False)
    tie_per_kwh: float = field(init=False)
    hours: Floats = field(init=False)
    one_way: list[Choice] = field(default_factory=list)
    start_rows: list[Index] = field(default_factory=list)
    """Rows of units' starts and stops; a relaxation may leave them out with `start_columns`."""
    start_columns: list[Index] = field(default_factory=list)
    _parts: dict[str, list[Floats]] = field(init=False)
    _entries: list[tuple[Index, Index, Floats]] = field(default_factory=list)
    _columns: dict[str, Index] = field(default_factory=dict)
    _rows: dict[str, Index] = field(default_factory=dict)
    _integer: list[Index] = field(default_factory=list)
    _shared: list[Index] = field(default_factory=list)
    _seldom_columns: list[Index] = field(default_factory=list)
    _seldom_rows: list[Index] = field(default_factory=list)
    _width: int = 0
    _height: int = 0
    _given: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.price, self.hours = penalties(self.problem), self.problem.horizon.hours
        self.tie_per_kwh = tie_per_kwh(self.problem)
        self._parts = {name: [] for name in ("lower", "upper", "cost", "row_lower", "row_upper")}
        for node in self.problem.every_node:
            self._given[node.id] = np.zeros(self.steps)
            electric = node.carrier is Carrier.ELECTRICITY
            nothing = np.zeros(self.steps)
            self.rows(f"{node.id}.balance", nothing, nothing, shared=electric)

    @property
    def steps(self) -> int:
        """How many steps the horizon has."""
        return len(self.hours)

    def columns(
        self,
        name: str,
        upper: Values,
        cost: Values = 0.0,
        *,
        lower: Values = 0.0,
        count: int | None = None,
        integer: bool = False,
        seldom: bool = False,
    ) -> Index:
        """Add columns, by default one a step, and return them. `cost` in currency units.

        `seldom`: columns of a violation, 0 in nearly every solution.
        """
        count = self.steps if count is None else count
        index = np.arange(self._width, self._width + count)
        self._width += count
        for part, values in (
            ("lower", lower),
            ("upper", upper),
            ("cost", np.multiply(cost, MILLI)),
        ):
            self._parts[part].append(np.broadcast_to(np.asarray(values, np.float64), (count,)))
        self._named(self._columns, name, index)
        if integer:
            self._integer.append(index)
        if seldom:
            self._seldom_columns.append(index)
        return index

    def rows(
        self,
        name: str,
        lower: Values,
        upper: Values,
        count: int | None = None,
        *,
        shared: bool = False,
        seldom: bool = False,
    ) -> Index:
        """Add rows, by default one a step, and return them.

        `shared`: they couple devices. `seldom`: they hardly ever bind.
        """
        count = self.steps if count is None else count
        index = np.arange(self._height, self._height + count)
        self._height += count
        for part, values in (("row_lower", lower), ("row_upper", upper)):
            self._parts[part].append(np.broadcast_to(np.asarray(values, np.float64), (count,)))
        self._named(self._rows, name, index)
        if shared:
            self._shared.append(index)
        if seldom:
            self._seldom_rows.append(index)
        return index

    def put(self, rows: Index, columns: Index, values: Values) -> None:
        """Set coefficients; the three are broadcast against each other."""
        shape = np.broadcast_shapes(np.shape(rows), np.shape(columns), np.shape(values))
        filled = np.broadcast_to(np.asarray(values, np.float64), shape).ravel()
        self._entries.append(
            (np.broadcast_to(rows, shape).ravel(), np.broadcast_to(columns, shape).ravel(), filled)
        )

    def join(self, prefix: str, weight: float, other: "Builder") -> None:
        """Add another program beside this one, its costs weighed and its whole numbers relaxed."""
        moved_columns, moved_rows = self._width, self._height
        for part, values in self._parts.items():
            factor = weight if part == "cost" else 1.0
            values.extend(factor * one for one in other._parts[part])
        for rows, columns, filled in other._entries:
            self._entries.append((rows + moved_rows, columns + moved_columns, filled))
        for name, index in other._columns.items():
            self._named(self._columns, prefix + name, index + moved_columns)
        for name, index in other._rows.items():
            self._named(self._rows, prefix + name, index + moved_rows)
        for node, given in other._given.items():
            self._given[prefix + node] = given
        for ours, theirs, moved in (
            (self._shared, other._shared, moved_rows),
            (self._seldom_rows, other._seldom_rows, moved_rows),
            (self.start_rows, other.start_rows, moved_rows),
            (self._seldom_columns, other._seldom_columns, moved_columns),
            (self.start_columns, other.start_columns, moved_columns),
        ):
            ours.extend(index + moved for index in theirs)
        self._width, self._height = moved_columns + other._width, moved_rows + other._height

    def flow(self, node: str, columns: Index, into: Values = 1.0) -> None:
        """Let columns (one a step) flow into a node, `into` kW a unit; negative takes from it."""
        self.put(self._rows[f"{node}.balance"], columns, into)

    def give(self, node: str, power_kw: Floats) -> None:
        """Let a known power flow into a node; negative takes from it."""
        self._given[node] = self._given[node] + power_kw

    def column(self, name: str) -> Index:
        """Return columns by name."""
        return self._columns[name]

    def has_columns(self, name: str) -> bool:
        """Whether there are columns of that name."""
        return name in self._columns

    def inflow(self, node: str, owner: str) -> Iterator[tuple[Index, Index, Floats]]:
        """Yield what a device's columns give to a node: steps, columns, and kW a unit of each."""
        balance = self._rows[f"{node}.balance"]
        names = (name for name in self._columns if name.rpartition(".")[0] == owner)
        owned = np.concatenate([*(self._columns[name] for name in names), np.zeros(0, np.int64)])
        for rows, columns, values in self._entries:
            into = np.isin(columns, owned) & np.isin(rows, balance)
            if into.any():
                yield rows[into] - balance[0], columns[into], values[into]

    def row(self, name: str) -> Index:
        """Return rows by name."""
        return self._rows[name]

    def has_rows(self, name: str) -> bool:
        """Whether there are rows of that name."""
        return name in self._rows

    def program(self, either_or: frozenset[tuple[int, int]] = frozenset()) -> Program:
        """Return the program; `either_or` are (index in `one_way`, step) that get binaries."""
        width, height, saved = self._width, self._height, len(self._entries)
        names = dict(self._columns), dict(self._rows)
        counts = {name: len(part) for name, part in self._parts.items()}, len(self._integer)
        for pair, step in sorted(either_or):
            self.one_way[pair].add(self, step)
        program = self._assembled()
        self._width, self._height, self._columns, self._rows = width, height, *names
        del self._entries[saved:], self._integer[counts[1] :]
        for name, count in counts[0].items():
            del self._parts[name][count:]
        return program

    def _assembled(self) -> Program:
        nothing = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        entries = zip(nothing, *self._entries, strict=True)
        rows, columns, values = (np.concatenate(part) for part in entries)
        matrix = coo_matrix((values, (rows, columns)), shape=(self._height, self._width)).tocsr()
        parts = {name: np.concatenate([nothing[2], *part]) for name, part in self._parts.items()}
        for node, given in self._given.items():
            balance = self._rows[f"{node}.balance"]
            parts["row_lower"][balance] = parts["row_upper"][balance] = -given
        integer = np.concatenate([*self._integer, np.zeros(0, np.int64)])
        return Program(
            parts["lower"],
            parts["upper"],
            parts["cost"],
            matrix,
            parts["row_lower"],
            parts["row_upper"],
            integer,
            dict(self._columns),
            dict(self._rows),
            self._roles(),
        )

    def _roles(self) -> Roles:
        return Roles(
            tuple(self._shared),
            tuple(self._seldom_columns),
            tuple(self._seldom_rows),
            tuple(self.start_rows),
            tuple(self.start_columns),
        )

    def _named(self, names: dict[str, Index], name: str, index: Index) -> None:
        if name in names:
            raise ValueError(f"{name} stands twice in the program")
        names[name] = index
