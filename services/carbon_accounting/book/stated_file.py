"""Numbers that others published, as `--stated` gives them: CSV, a row a number, some a statement.

`statement` names what belongs together, `check` how: `total` (one `total`, several `part`, an empty
value is not stated), `pair` (`including`, `excluding`, `part`) or `ratio` (`ratio`, `numerator`,
the `denominator` that it must have, and `other` ones). `name` names parts and denominators,
`source` says where it was published. All values of a statement are in one unit.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import texts
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.runtime.park_file_values import Misread, decimal, nearest

COLUMNS = ("statement", "check", "role", "name", "value", "source")
ONCE = {
    "total": ("total",),
    "pair": ("including", "excluding", "part"),
    "ratio": ("ratio", "numerator", "denominator"),
}
"""By check: the roles that stand once."""
MANY = {"total": ("part",), "pair": (), "ratio": ("other",)}
NAMED = {("total", "part"), ("ratio", "denominator"), ("ratio", "other")}
MAY_LACK = {("total", "part")}


@dataclass(frozen=True, slots=True)
class Number:
    """One published number; `value` None: it was not stated."""

    line: int
    role: str
    name: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Statement:
    """Numbers that belong together, of one check."""

    name: str
    check: str
    source: str
    numbers: tuple[Number, ...]

    def of(self, role: str) -> Decimal:
        """Return the number of a role that stands once."""
        return next(one.value for one in self.numbers if one.role == role and one.value is not None)

    def named(self, *roles: str) -> dict[str, Decimal | None]:
        """Return the numbers of these roles by name."""
        return {one.name: one.value for one in self.numbers if one.role in roles}


def read_stated(path: Path) -> tuple[Statement, ...]:
    """Return the statements in the order of the file; BadFiles with every mistake."""
    table = table_of(path)
    cure = f"give the columns {', '.join(COLUMNS)}"
    lacking = [name for name in COLUMNS if name not in table.columns]
    mistakes = [*table.odd, *(Mistake(table.file, 1, n, "is no column", cure) for n in lacking)]
    if not mistakes and not len(table):
        mistakes.append(Mistake(table.file, 1, "file", "states nothing", "give a row a number"))
    if mistakes:
        raise BadFiles(mistakes)
    rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, row in _rows(table):
        rows.setdefault(row["statement"], []).append((line, row))
    found = [_statement(table.file, name, some, mistakes) for name, some in rows.items()]
    if mistakes:
        raise BadFiles(mistakes)
    return tuple(found)


def _rows(table: Table) -> Iterator[tuple[int, dict[str, str]]]:
    columns = {name: texts(table.columns[name]) for name in COLUMNS}
    for row, line in enumerate(table.lines.tolist()):
        yield line, {name: names[of_row[row]] for name, (names, of_row) in columns.items()}


def _statement(
    file: str, name: str, rows: Sequence[tuple[int, dict[str, str]]], mistakes: list[Mistake]
) -> Statement:
    first, check = rows[0][0], rows[0][1]["check"]
    told = [
        *((first, *one) for one in _odd_statement(name, check, [row for _, row in rows])),
        *((line, *one) for line, row in rows for one in _odd_row(row, check)),
    ]
    mistakes += [Mistake(file, *one) for one in told]
    source = next((row["source"] for _, row in rows if row["source"]), "")
    numbers = tuple(Number(line, row["role"], row["name"], _value(row)) for line, row in rows)
    return Statement(name, check, source, numbers)


def _odd_statement(
    name: str, check: str, rows: Sequence[dict[str, str]]
) -> Iterator[tuple[str, str, str]]:
    if not name:
        yield "statement", "is empty", "name what the numbers belong to"
    if check not in ONCE:
        yield "check", f"is {check!r}", nearest(check, [*ONCE])
        return
    if not any(row["source"] for row in rows):
        yield "source", "is empty", "say where it was published"
    roles = Counter(row["role"] for row in rows)
    for role in ONCE[check]:
        if roles[role] != 1:
            what = f"{role!r} stands {roles[role]} times in {name!r}"
            yield "role", what, f"a {check} has one {role}"
    if check == "total" and not roles["part"]:
        yield "role", f"'part' does not stand in {name!r}", "give the parts of the total"
    for twice, count in Counter(row["name"] for row in rows if row["name"]).items():
        if count > 1:
            yield "name", f"{twice!r} stands {count} times in {name!r}", "give each its own"


def _odd_row(row: dict[str, str], check: str) -> Iterator[tuple[str, str, str]]:
    if check not in ONCE:
        return
    key, roles = (check, row["role"]), (*ONCE[check], *MANY[check])
    if row["check"] != check:
        yield "check", f"is {row['check']!r}, and {check!r} above", "a statement has one check"
    if row["role"] not in roles:
        yield "role", f"is {row['role']!r}", nearest(row["role"], roles)
    if key in NAMED and not row["name"]:
        yield "name", "is empty", f"name the {row['role']}"
    if not row["value"] and key not in MAY_LACK:
        yield "value", "is empty", "give the number as it was published"
    elif row["value"] and _value(row) is None:
        yield "value", f"is {row['value']!r}, no number", "write it as published, as 5.14"


def _value(row: dict[str, str]) -> Decimal | None:
    try:
        return decimal(row["value"])
    except Misread:
        return None
