"""What is offered: CSV of `name`, `technology`, `price_per_mwh`, `max_mwh`, `profile`.

A price is of the park's currency, a volume whole MWh. `profile` names a column of the file of
profiles, in kWh by `time`, summed up by hour; without one an offer is delivered flat.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import Wrong, numbers, texts, times
from services.carbon_accounting.domain.inventory.amounts import LARGEST, Amounts, whole
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.matching.periods import Periods
from services.carbon_accounting.domain.matching.purchase import Offer
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.runtime.park_file_values import Misread, decimal, nearest

COLUMNS = ("name", "technology", "price_per_mwh", "max_mwh")
PROFILE = "profile"
MOST_OFFERS, MOST_MWH, DEAREST = 50, 10**9, 10**6
PER_KWH = in_base("kWh")[0]
Tell = Callable[[str, str, str], None]
"""Takes a field, what is wrong with it, and the cure."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A row of the file: an offer, and the column that says its shape, empty for flat."""

    line: int
    offer: Offer
    profile: str


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Shapes in Wh by name, each of shape (rows,), and when each row begins, us since 1970."""

    starts_us: Amounts
    shapes_wh: dict[str, Amounts]


def read_profiles(path: Path | None, site: Site) -> Profiles:
    """Return the shapes of a file, none without one; BadFiles with every mistake."""
    if path is None:
        return Profiles(np.zeros(0, np.int64), {})
    table = table_of(path)
    if "time" not in table.columns:
        cure = "name the columns time, and one a profile"
        raise BadFiles([*table.odd, Mistake(table.file, 1, "time", "is no column", cure)])
    mistakes, wrong = [*table.odd], list[Wrong]()
    starts_us = times(table.columns["time"], site.time_zone, wrong)
    mistakes += _told(table, "time", wrong)
    names = [name for name in table.columns if name != "time"]
    shapes = {name: _shape(table, name, mistakes) for name in names}
    if mistakes:
        raise BadFiles(mistakes)
    return Profiles(starts_us, shapes)


def _shape(table: Table, name: str, mistakes: list[Mistake]) -> Amounts:
    wrong: list[Wrong] = []
    values, _ = numbers(table.columns[name], wrong)
    odd = (values < 0) | (values * float(PER_KWH) >= LARGEST)
    cure = "write kWh from 0 on"
    wrong += [Wrong(int(row), f"is {values[row]:g}", cure) for row in np.flatnonzero(odd)]
    mistakes += _told(table, name, wrong)
    return whole(np.where(odd, 0.0, values), PER_KWH)


def _told(table: Table, name: str, wrong: list[Wrong]) -> Iterator[Mistake]:
    for one in wrong:
        yield Mistake(table.file, int(table.lines[one.row]), name, one.what, one.cure)


def read_offers(path: Path, profiles: Profiles) -> list[Offered]:
    """Return the offers of a file; BadFiles with every mistake."""
    table = table_of(path)
    mistakes = [*table.odd]
    cure = f"give the columns {', '.join((*COLUMNS, PROFILE))}; the last may lack"
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        told = (Mistake(table.file, 1, name, "is no column", cure) for name in lacking)
        raise BadFiles([*mistakes, *told])
    if not 0 < len(table) <= MOST_OFFERS:
        what = f"holds {len(table)} offers"
        mistakes.append(Mistake(table.file, 1, "file", what, f"give 1 to {MOST_OFFERS}"))
    found = [_offered(table.file, *row, profiles, mistakes) for row in _rows(table)]
    _check_names(table.file, [*_rows(table)], mistakes)
    if mistakes:
        raise BadFiles(mistakes)
    return [one for one in found if one is not None]


def _rows(table: Table) -> Iterator[tuple[int, dict[str, str]]]:
    columns = {
        name: texts(table.columns[name]) for name in (*COLUMNS, PROFILE) if name in table.columns
    }
    for row, line in enumerate(table.lines.tolist()):
        yield line, {name: names[of_row[row]] for name, (names, of_row) in columns.items()}


def _offered(
    file: str, line: int, row: dict[str, str], profiles: Profiles, mistakes: list[Mistake]
) -> Offered | None:
    def tell(name: str, what: str, cure: str) -> None:
        mistakes.append(Mistake(file, line, name, what, cure))

    price = _number(row, "price_per_mwh", DEAREST, tell)
    volume = _number(row, "max_mwh", MOST_MWH, tell)
    if volume is not None and volume != int(volume):
        tell("max_mwh", f"is {row['max_mwh']!r}", "write whole MWh")
        volume = None
    if not row["name"]:
        tell("name", "is empty", "give each offer its own")
    profile = row.get(PROFILE, "")
    if profile and profile not in profiles.shapes_wh:
        cure = nearest(profile, sorted(profiles.shapes_wh)) if profiles.shapes_wh else "--profiles"
        tell(PROFILE, f"names {profile!r}, no column of the file of profiles", cure)
    if price is None or volume is None:
        return None
    return Offered(line, Offer(row["name"], row["technology"], price, int(volume)), profile)


def _number(row: dict[str, str], name: str, most: int, tell: Tell) -> Decimal | None:
    try:
        found: Decimal = decimal(row[name])
    except Misread:
        found = Decimal(-1)
    if not 0 <= found <= most:
        tell(name, f"is {row[name]!r}", f"write a number from 0 to {most}")
        return None
    return found


def _check_names(
    file: str, rows: list[tuple[int, dict[str, str]]], mistakes: list[Mistake]
) -> None:
    seen: set[str] = set()
    for line, row in rows:
        if row["name"] and row["name"] in seen:
            what = f"is {row['name']!r} a second time"
            mistakes.append(Mistake(file, line, "name", what, "give each offer its own"))
        seen.add(row["name"])


def shaped(file: str, offered: list[Offered], profiles: Profiles, hours: Periods) -> list[Offer]:
    """Return the offers by hour; BadFiles where a profile has nothing in these hours."""
    mistakes, found = list[Mistake](), list[Offer]()
    hour = hours.holding(profiles.starts_us, profiles.starts_us)
    for one in offered:
        shape = np.zeros(hours.count, np.int64)
        if one.profile:
            here = hour >= 0
            np.add.at(shape, hour[here], profiles.shapes_wh[one.profile][here])
        if one.profile and not shape.any():
            what = f"{one.profile!r} holds nothing in the hours of the readings"
            cure = "give its kWh in these hours"
            mistakes.append(Mistake(file, one.line, PROFILE, what, cure))
            continue
        offer = one.offer
        profile_wh = shape if one.profile else None
        told = (offer.name, offer.technology, offer.price_per_mwh, offer.max_mwh)
        found.append(Offer(*told, profile_wh))
    if mistakes:
        raise BadFiles(mistakes)
    return found
