"""`stated.csv`: each published statement held against itself; what does not fit is an open item.

Nothing is repaired, and nothing of it is booked (rules G, last paragraph).
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import assert_never

from services.carbon_accounting.book.stated_file import Statement
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.indicators.stated import (
    Agrees,
    Breaks,
    Finding,
    Incomplete,
    judged_pair,
    judged_ratio,
    judged_total,
)
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem

HEADER = (
    *("statement", "check", "stated", "computed", "difference", "allowed"),
    *("finding", "what", "source"),
)
STATED = {"total": "total", "pair": "including", "ratio": "ratio"}
"""By check: the role of the number that is held against the others."""
CORRECT = "have it corrected where it was published, nothing of it is repaired here"
COMPLETE = "state what lacks"


def judged(one: Statement) -> Finding:
    """Return whether the numbers of a statement fit each other."""
    match one.check:
        case "total":
            return judged_total(one.of("total"), one.named("part"))
        case "pair":
            return judged_pair(*(one.of(role) for role in ("including", "excluding", "part")))
        case _:
            (name,) = one.named("denominator")
            known = {k: v for k, v in one.named("denominator", "other").items() if v is not None}
            return judged_ratio(one.of("ratio"), one.of("numerator"), name, known)


def write_stated(path: Path, statements: Sequence[Statement]) -> None:
    """Write a line for each statement, in the order of the file."""
    write_table(path, HEADER, map(_row, statements))


def of_stated(statements: Sequence[Statement]) -> Iterator[OpenItem]:
    """Yield an item for each statement that contradicts itself or cannot be checked."""
    for one in statements:
        match judged(one):
            case Agrees():
                continue
            case Breaks() as broken:
                stated = one.of(STATED[one.check])
                computed = _shown(Fraction(stated) - broken.difference)
                what = f"states {stated}, what it is made of comes to {computed}"
                told = "; ".join(filter(None, (what, broken.looks_like)))
                yield OpenItem(Kind.CONTRADICTION, one.name, told, CORRECT)
            case Incomplete(lacking):
                what = f"cannot be checked, not stated is {', '.join(lacking)}"
                yield OpenItem(Kind.CONTRADICTION, one.name, what, COMPLETE)
            case never:
                assert_never(never)


def _row(one: Statement) -> tuple[object, ...]:
    stated, found = one.of(STATED[one.check]), judged(one)
    head = (one.name, one.check, stated)
    match found:
        case Agrees():
            return (*head, None, None, None, "agrees", "", one.source)
        case Breaks(difference, allowed, looks_like):
            numbers = (Fraction(stated) - difference, difference, allowed)
            return (*head, *map(_shown, numbers), "breaks", looks_like, one.source)
        case Incomplete(lacking):
            what = f"not stated is {', '.join(lacking)}"
            return (*head, None, None, None, "incomplete", what, one.source)
        case never:
            assert_never(never)


def _shown(number: Fraction) -> str:
    return f"{float(number):.10g}"
