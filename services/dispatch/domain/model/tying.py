"""Whole numbers of an hour tied to one: a much smaller program that is nearly as good."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from services.dispatch.domain.model.program import Index, Program
from services.dispatch.domain.park.horizon import MOMENT_H, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Tied:
    """`column_of`: the column of the tied program that stands for each of the whole one."""

    program: Program
    column_of: Index


def hours_of(begins_h: Floats) -> Index:
    """Return the first step of the hour in which each step begins, (steps,)."""
    hours = np.floor(begins_h + MOMENT_H)
    return np.asarray(np.searchsorted(hours, hours), np.int64)


def leaders(program: Program, first: Index) -> Index:
    """Return for each column which one it follows: the whole number of its hour's first step.

    Others, and those that are not bounded like the first of their hour, follow themselves. So do
    those of processes: hours do not add up to each duration, and what begins begins in one step.
    """
    follows = np.arange(len(program.lower))
    whole = np.zeros(len(program.lower), bool)
    whole[program.integer] = True
    for name, columns in program.columns.items():
        is_process = f"{name.rpartition('.')[0]}.runs" in program.rows
        if len(columns) == len(first) and whole[columns].all() and not is_process:
            leading = columns[first]
            alike = program.lower[leading] == program.lower[columns]
            alike &= program.upper[leading] == program.upper[columns]
            follows[columns] = np.where(alike, leading, columns)
    return follows


def tied(program: Program, follows: Index) -> Tied:
    """Return the program in which columns that follow the same one are one."""
    kept, column_of = np.unique(follows, return_inverse=True)
    ones = np.ones(len(follows))
    shape = len(follows), len(kept)
    merge = csr_matrix((ones, (np.arange(len(follows)), column_of)), shape=shape)
    smaller = replace(
        program,
        lower=program.lower[kept],
        upper=program.upper[kept],
        cost=merge.T @ program.cost,
        matrix=(program.matrix @ merge).tocsr(),
        integer=np.unique(column_of[program.integer]),
    )
    return Tied(smaller, column_of)
