"""What must come out the same by several ways, of each month and year to date, as a table."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from services.carbon_accounting.book.edition import edition_of, identities
from services.carbon_accounting.book.indicators import DIGITS, snapshots_of
from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.indicators.expressions import (
    expression_of,
    names_in,
    one_line,
)
from services.carbon_accounting.domain.indicators.identities import (
    Breaks,
    Closes,
    Closing,
    Identity,
    Undecided,
    closing,
    values_of_sides,
)
from services.carbon_accounting.domain.indicators.meanings import base_of
from services.carbon_accounting.domain.indicators.snapshots import Snapshot
from services.carbon_accounting.domain.indicators.values import Known, Value
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary
from services.carbon_accounting.domain.inventory.measuring import Measuring

COLUMNS = (
    *("period", "kind", "identity", "name_en", "name_zh", "finding", "difference", "allowed"),
    *("unit", "values", "missing", "unverified", "sides"),
)
BETWEEN = "; "


def write_identities(path: Path, inputs: Inputs, measuring: Measuring) -> None:
    """Write a line for each identity and period; a side without a value is empty."""
    vocabulary = edition_of(inputs.site).vocabulary
    rows = (
        _row(period, one, snapshot, vocabulary)
        for period, snapshot in snapshots_of(inputs, measuring)
        for one in identities()
    )
    write_table(path, COLUMNS, rows)


def _row(
    period: str, one: Identity, snapshot: Snapshot, vocabulary: Vocabulary
) -> tuple[object, ...]:
    found = closing(one, snapshot, vocabulary)
    values = (_number(v, one) for v in values_of_sides(one, snapshot, vocabulary))
    return (
        *(period, snapshot.period.kind, one.id, one.names.en, one.names.zh),
        *(type(found).__name__.lower(), *_difference(found), one.unit, BETWEEN.join(values)),
        *(_missing(found), BETWEEN.join(_doubts(one, snapshot.doubts))),
        BETWEEN.join(map(one_line, one.sides)),
    )


def _number(value: Value, one: Identity) -> str:
    if not isinstance(value, Known):
        return ""
    return f"{float(value.value / base_of(one.unit)):.{DIGITS}g}"


def _difference(found: Closing) -> tuple[str, str]:
    """Return by how much the sides differ and, where that is too much, what was allowed."""
    match found:
        case Closes(difference):
            return f"{float(difference):.{DIGITS}g}", ""
        case Breaks(difference=difference, allowed=allowed):
            return f"{float(difference):.{DIGITS}g}", f"{float(allowed):.{DIGITS}g}"
        case Undecided():
            return "", ""


def _missing(found: Closing) -> str:
    return ", ".join(map(str, found.reasons)) if isinstance(found, Undecided) else ""


def _doubts(one: Identity, doubts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    names = [name for side in one.sides for name in names_in(expression_of(side))]
    yield from dict.fromkeys(why for name in names for why in doubts.get(name, ()))
