"""What a node's units must be on for, said beforehand: a relaxation that is less far off (§7).

A relaxation runs a unit for a tenth of an hour where a tenth of its power is needed. Whole numbers
cannot: a boiler that alone can carry what nobody else can give is on, or something else is. Of

    sum of outputs >= need,  0 <= output <= most · on

such a row follows for each choice of units taken as they are, at their most, and by being on
("flow cover"; Padberg, Van Roy and Wolsey, 1985):

    outputs of those as they are + sum of min(most, rest) · on >= rest = need - most of those at it

Where `most` is above the rest this says more than the sum of outputs does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.sparse import csr_matrix, diags, vstack

from services.dispatch.domain.model.program import Index, Program
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Unit

MOST_UNITS = 4
"""A node with more units gets no rows: their number doubles with each unit."""
LEAST_KW = 1e-3
"""What is needed beyond the others, and what a row says more, to be worth a row."""


@dataclass(frozen=True, slots=True, eq=False)
class _Supplier:
    """A unit that is on or off: what it gives to the node ((steps, columns) kW), at most, if on."""

    given: csr_matrix
    most_kw: Floats
    on: Index


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """What a node's units must give, (steps,) kW, and what all others may give to it."""

    need_kw: Floats
    others: csr_matrix
    suppliers: tuple[_Supplier, ...]


def covered(program: Program, problem: ParkProblem) -> Program:
    """Return the program with a row for everything that must be on; its solutions are the same."""
    blocks = [block for node in _nodes(program, problem) for block in _covers(node)]
    if not blocks:
        return program
    rows = vstack(blocks)
    return replace(
        program,
        matrix=vstack([program.matrix, rows]).tocsr(),
        row_lower=np.concatenate([program.row_lower, np.ones(rows.shape[0])]),
        row_upper=np.concatenate([program.row_upper, np.full(rows.shape[0], np.inf)]),
    )


def _nodes(program: Program, problem: ParkProblem) -> Iterator[_Node]:
    """Yield the nodes that few units serve on their own, without what everybody shares."""
    shared = program.roles.shared_rows
    for node in problem.every_node:
        rows = program.rows[f"{node.id}.balance"]
        units = [unit for unit in problem.units if _serves(unit, node.id, program)]
        if 1 <= len(units) <= MOST_UNITS and not np.isin(rows, shared).any():
            yield from _node(program, rows, units)


def _serves(unit: Unit, node: str, program: Program) -> bool:
    gives = any(output.node == node for output in unit.outputs)
    return gives and unit.input_node != node and f"{unit.id}.on" in program.columns


def _node(program: Program, rows: Index, units: list[Unit]) -> Iterator[_Node]:
    """Yield the node of these balances; none where what flows there may be below zero."""
    balance = program.matrix[rows]
    suppliers = tuple(_supplier(program, balance, unit) for unit in units)
    others = balance - sum(supplier.given for supplier in suppliers)
    others.eliminate_zeros()
    if (program.lower[others.indices] >= 0.0).all():
        yield _Node(program.row_lower[rows], others.maximum(0.0), suppliers)


def _supplier(program: Program, balance: csr_matrix, unit: Unit) -> _Supplier:
    owned = np.zeros(balance.shape[1])
    for name, columns in program.columns.items():
        if name.rpartition(".")[0] == unit.id:
            owned[columns] = 1.0
    given = (balance @ diags(owned)).tocsr()
    reach = np.where(owned > 0, program.upper, 0.0)
    return _Supplier(given, given.maximum(0.0) @ reach, program.columns[f"{unit.id}.on"])


def _covers(node: _Node) -> Iterator[csr_matrix]:
    """Yield a block of rows, each at least 1, for every way to take the units."""
    for ways in product(("as is", "at most", "by being on"), repeat=len(node.suppliers)):
        by_on = ways.count("by being on")
        if by_on == 1 or (by_on > 1 and "as is" not in ways):
            block = _cover(node, dict(zip(node.suppliers, ways, strict=True)))
            if block.shape[0]:
                yield block


def _cover(node: _Node, ways: dict[_Supplier, str]) -> csr_matrix:
    """Return the rows of the steps in which they say something."""
    taken = {way: [one for one, its in ways.items() if its == way] for way in set(ways.values())}
    rest_kw = node.need_kw - sum(one.most_kw for one in taken.get("at most", ()))
    by_on = taken["by being on"]
    tells = (rest_kw > LEAST_KW) & np.any([one.most_kw > rest_kw + LEAST_KW for one in by_on], 0)
    row = node.others + sum(one.given for one in taken.get("as is", ()))
    for one in by_on:
        steps, enough_kw = np.arange(len(one.on)), np.minimum(one.most_kw, rest_kw)
        row = row + csr_matrix((enough_kw, (steps, one.on)), shape=node.others.shape)
    return diags(1.0 / rest_kw[tells]) @ row.tocsr()[tells]
