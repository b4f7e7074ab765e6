"""Limits that bind, and what one more unit of room would save."""

from collections.abc import Iterator
from typing import Any

from services.dispatch.domain.explaining.because import Because, Kind
from services.dispatch.domain.explaining.marginal import NEAR, Column, Margins, Row
from services.dispatch.domain.explaining.words import (
    ACTIONS,
    BACKWARDS,
    LEVELS,
    ROWS,
    Word,
    word_of,
)
from services.dispatch.domain.park.problem import GROUPS, ParkProblem

ABSURDLY_FREE = 1e15
"""An upper bound beyond this is none."""


def bounds(device: Any, columns: list[Column], hours: float) -> Iterator[Because]:
    """Yield the bounds that a column is held back by."""
    kind = type(device).__name__
    for one in columns:
        if (word := word_of(ACTIONS, kind, one.what)) is not None:
            if one.is_high and one.binding < -NEAR and one.upper < ABSURDLY_FREE:
                yield _highest(one, word, -one.binding / hours, f"{one.upper:g} kW")
            elif one.is_low and one.binding > NEAR and one.what in BACKWARDS and one.lower < 0:
                word, room = BACKWARDS[one.what], one.binding / hours
                yield _highest(one, word, room, f"{-one.lower:g} kW")
        elif (word := LEVELS.get(one.what)) is not None:
            if one.is_high and one.binding < -NEAR and one.upper < ABSURDLY_FREE:
                yield _highest(one, word, -one.binding, f"{one.upper:g} kWh")
            elif one.is_low and one.binding > NEAR:
                yield _lowest(one, word)


def _highest(one: Column, word: Word, worth: float, most: str) -> Because:
    en, zh = f"{word.en} at its limit of {most}", f"{word.zh}达到上限 {most}"
    return Because(Kind.LIMIT, one.what, one.step, worth, "kWh", en, zh)


def _lowest(one: Column, word: Word) -> Because:
    en = f"{word.en} at its lowest, {one.lower:g} kWh"
    zh = f"{word.zh}达到下限 {one.lower:g} kWh"
    return Because(Kind.LIMIT, one.what, one.step, one.binding, "kWh", en, zh)


def shared(
    problem: ParkProblem, margins: Margins, device: Any, columns: list[Column], step: int
) -> Iterator[Because]:
    """Yield the limits that a device shares with others or with other steps."""
    kinds = {part.id: type(part).__name__ for group in GROUPS for part in getattr(problem, group)}
    hours = float(problem.horizon.hours[step])
    for row in margins.rows(device, columns):
        told = word_of(ROWS, kinds.get(row.owner, ""), row.what)
        if told is not None and not row.is_equality and _is_of(row, step):
            yield _limit(row, *told, step, hours)


def _is_of(row: Row, step: int) -> bool:
    """Whether a row is of this step: what a level allows the next step is told there."""
    return "_line" not in row.what or row.offset == step


def _limit(row: Row, word: Word, unit: str, step: int, hours: float) -> Because:
    worth = abs(row.dual) / hours if unit == "kWh" else abs(row.dual)
    unit = unit.removesuffix(" once")
    what = f"{row.owner}.{row.what}".lstrip(".")
    who = row.owner or "park"
    return Because(Kind.LIMIT, what, step, worth, unit, f"{word.en} ({who})", f"{word.zh}（{who}）")
