"""A course that is partly known and partly columns of a program."""

from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.builder import Builder, Values
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """Columns, one for each of some `steps`, each times its factor."""

    steps: Index
    columns: Index
    factors: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """`known`, (steps,), plus `terms`. Without terms it is a course like any other."""

    known: Floats
    terms: tuple[Term, ...] = ()

    def __add__(self, other: "Linear") -> "Linear":
        return Linear(self.known + other.known, self.terms + other.terms)

    def __sub__(self, other: "Linear") -> "Linear":
        return self + other.times(-1.0)

    def times(self, factor: Values) -> "Linear":
        """Return each step's value times a factor."""
        each = np.broadcast_to(np.asarray(factor, np.float64), self.known.shape)
        terms = (Term(t.steps, t.columns, t.factors * each[t.steps]) for t in self.terms)
        return Linear(self.known * each, tuple(terms))

    def put_each(self, build: Builder, rows: Index) -> None:
        """Put each step's columns into its row; what is known is left to the caller."""
        for term in self.terms:
            build.put(rows[term.steps], term.columns, term.factors)

    def put_sum(self, build: Builder, row: Index) -> None:
        """Put the columns of steps that count into one row; what is known is left to the caller."""
        for term in self.terms:
            counts = np.flatnonzero(term.factors)
            build.put(row, term.columns[counts], term.factors[counts])


def nothing(steps: int) -> Linear:
    """Return zero in each step."""
    return Linear(np.zeros(steps))
