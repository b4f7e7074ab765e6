"""What a linear program cannot say by itself: only the steps that break it get binaries."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import Floats

if TYPE_CHECKING:
    from services.dispatch.domain.model.builder import Builder

NOISE_KW = 1e-4


class Choice(Protocol):
    """A rule of one device that holds in each step."""

    @property
    def name(self) -> str:
        """Unique among choices."""

    @property
    def steps(self) -> int:
        """In how many steps it holds."""

    def broken(self, values: Floats) -> Iterator[int]:
        """Yield the steps in which a solution breaks the rule."""

    def add(self, build: "Builder", step: int) -> Index:
        """Add binaries with which the rule holds in a step, and return them."""

    def chosen(self, values: Floats, step: int) -> Floats:
        """Return 0 or 1 for each of these binaries, as a solution that breaks it comes nearest."""


@dataclass(frozen=True, slots=True, eq=False)
class OneWay:
    """Two flows of which only one may be at a time, (steps,) columns each."""

    name: str
    forward: Index
    backward: Index
    most_forward: Floats
    most_backward: Floats

    @property
    def steps(self) -> int:
        """In how many steps there is a direction."""
        return len(self.forward)

    def broken(self, values: Floats) -> Iterator[int]:
        """Yield the steps in which both flows are there at once."""
        both = np.minimum(values[self.forward], values[self.backward])
        yield from np.flatnonzero(both > NOISE_KW).tolist()

    def add(self, build: "Builder", step: int) -> Index:
        """Add the direction of a step: 1 is forward."""
        name = f"{self.name}.way[{step}]"
        choice = build.columns(name, 1.0, count=1, integer=True)
        forward = build.rows(f"{name}.forward", -np.inf, 0.0, 1)
        build.put(forward, self.forward[step : step + 1], 1.0)
        build.put(forward, choice, -self.most_forward[step])
        backward = build.rows(f"{name}.backward", -np.inf, self.most_backward[step], 1)
        build.put(backward, self.backward[step : step + 1], 1.0)
        build.put(backward, choice, self.most_backward[step])
        return choice

    def chosen(self, values: Floats, step: int) -> Floats:
        """Return the direction of the larger flow."""
        forward, backward = float(values[self.forward[step]]), float(values[self.backward[step]])
        return np.array([float(forward >= backward)])


@dataclass(frozen=True, slots=True, eq=False)
class InOrder:
    """Pieces of a curve, (steps,) columns each: none is begun before the one before is full."""

    name: str
    pieces: tuple[Index, ...]
    widths_kw: Floats
    """How wide each piece is, (pieces, steps)."""

    @property
    def steps(self) -> int:
        """In how many steps there is a flow."""
        return len(self.pieces[0])

    def broken(self, values: Floats) -> Iterator[int]:
        """Yield the steps in which a piece is begun before the one before is full."""
        filled = np.array([values[piece] for piece in self.pieces])
        early = (filled[1:] > NOISE_KW) & (filled[:-1] < self.widths_kw[:-1] - NOISE_KW)
        yield from np.flatnonzero(early.any(axis=0)).tolist()

    def add(self, build: "Builder", step: int) -> Index:
        """Add for each piece but the last whether it is full, which the next one waits for."""
        name, count = f"{self.name}.full[{step}]", len(self.pieces) - 1
        full = build.columns(name, 1.0, count=count, integer=True)
        columns = np.array([piece[step] for piece in self.pieces])
        filled = build.rows(f"{name}.filled", 0.0, np.inf, count)
        build.put(filled, columns[:-1], 1.0)
        build.put(filled, full, -self.widths_kw[:-1, step])
        begun = build.rows(f"{name}.begun", -np.inf, 0.0, count)
        build.put(begun, columns[1:], 1.0)
        build.put(begun, full, -self.widths_kw[1:, step])
        return full

    def chosen(self, values: Floats, step: int) -> Floats:
        """Return which pieces what flows would fill from the left."""
        flow_kw = sum(float(values[piece[step]]) for piece in self.pieces)
        ends_kw = np.cumsum(self.widths_kw[:-1, step])
        return np.asarray(flow_kw >= ends_kw - NOISE_KW, np.float64)
