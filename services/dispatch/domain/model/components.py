"""What of a program hangs together without its shared rows: small programs that meet at prices.

Without the balances of electric nodes and the rules of the whole park a program falls into pieces:
a heating plant with its boilers, a process, a battery. Those that hold whole numbers are small
enough to be solved with these at given prices of the shared rows.

At any prices the sum of what the pieces cost at least is a bound of the whole (Lagrangian
relaxation; Geoffrion, 1974).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import bmat, csr_matrix, hstack, identity, vstack
from scipy.sparse.csgraph import connected_components

from services.dispatch.domain.model.program import Index, Program, Roles
from services.dispatch.domain.park.horizon import Floats

GENTLE = 20.0
"""What a violation costs where a solver is not to stumble over it, of the dearest other column."""


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A piece that holds whole numbers: its columns, its own rows, and the shared rows it is in."""

    columns: Index
    rows: Index
    shared: Index


def components(program: Program) -> Iterator[Component]:
    """Yield the pieces of a program that hold whole numbers."""
    shared = program.roles.shared_rows
    own = np.ones(len(program.row_lower), bool)
    own[shared] = False
    kept = np.flatnonzero(own)
    rows_of, columns_of = _labels(program.matrix[kept])
    in_shared = program.matrix[shared].tocsc()
    for label in np.unique(columns_of[program.integer]):
        columns = np.flatnonzero(columns_of == label)
        touched = shared[np.unique(in_shared[:, columns].indices)]
        yield Component(columns, kept[rows_of == label], touched)


def together(parts: Sequence[Component], most: int) -> list[Component]:
    """Return pieces in a row as one where there are more than `most`: each takes time to begin."""
    groups = np.array_split(np.arange(len(parts)), min(len(parts), most) or 1)
    return [_joined([parts[i] for i in group]) for group in groups if len(group)]


def _joined(parts: Sequence[Component]) -> Component:
    if len(parts) == 1:
        return parts[0]
    names = ("columns", "rows", "shared")
    return Component(*(_union([getattr(part, name) for part in parts]) for name in names))


def _union(each: Sequence[Index]) -> Index:
    return np.asarray(np.unique(np.concatenate(each)), np.int64)


def _labels(matrix: csr_matrix) -> tuple[Index, Index]:
    """Return the number of the piece of each row and of each column."""
    _, labels = connected_components(bmat([[None, matrix], [matrix.T, None]]), directed=False)
    return labels[: matrix.shape[0]], labels[matrix.shape[0] :]


def priced(program: Program, duals: Floats) -> Floats:
    """Return what each column costs with what it does to shared rows, at the prices of these."""
    shared = program.roles.shared_rows
    foreign = np.zeros_like(duals)
    foreign[shared] = duals[shared]
    return np.asarray(program.cost - program.matrix.T @ foreign, np.float64)


def alone(program: Program, part: Component, costs: Floats) -> Program:
    """Return a piece as a program of its own, at what its columns cost."""
    return Program(
        program.lower[part.columns],
        program.upper[part.columns],
        costs[part.columns],
        program.matrix[part.rows][:, part.columns],
        program.row_lower[part.rows],
        program.row_upper[part.rows],
        np.flatnonzero(np.isin(part.columns, program.integer)),
        {},
        {},
        Roles(seldom_columns=(_seldom(program, part),)),
    )


def _seldom(program: Program, part: Component) -> Index:
    seldom = np.concatenate([*program.roles.seldom_columns, np.zeros(0, np.int64)])
    return np.flatnonzero(np.isin(part.columns, seldom))


def faultless(piece: Program) -> Program:
    """Return a piece that must do without violations."""
    (seldom,), upper = piece.roles.seldom_columns, piece.upper.copy()
    upper[seldom] = piece.lower[seldom]
    return replace(piece, upper=upper)


def gentle(piece: Program) -> Program:
    """Return a piece whose violations cost less, which no solver stumbles over.

    What it costs at least is no more than what the piece costs at least.
    """
    (seldom,), cost = piece.roles.seldom_columns, piece.cost.copy()
    usual = np.delete(np.abs(cost), np.concatenate([seldom, piece.integer]))
    cost[seldom] = np.minimum(cost[seldom], GENTLE * usual.max(initial=0.0))
    return replace(piece, cost=cost)


def near(
    program: Program, part: Component, costs: Floats, values: Floats, price: Floats
) -> Program:
    """Return a piece as a program that pays `price` for each unit by which a shared row changes.

    Its first columns are the piece's. What it gives to shared rows in `values` is where it should
    stay near: the others have made their plans with it. `price`: one of each shared row of it.
    """
    own, count = alone(program, part, costs), len(part.shared)
    given = program.matrix[part.shared][:, part.columns]
    change = hstack([given, -identity(count), identity(count)])
    nothing = csr_matrix((len(part.rows), 2 * count))
    was = given @ values[part.columns]
    return Program(
        np.concatenate([own.lower, np.zeros(2 * count)]),
        np.concatenate([own.upper, np.full(2 * count, np.inf)]),
        np.concatenate([own.cost, price, price]),
        vstack([hstack([own.matrix, nothing]), change]).tocsr(),
        np.concatenate([own.row_lower, was]),
        np.concatenate([own.row_upper, was]),
        own.integer,
        {},
        {},
        own.roles,
    )
