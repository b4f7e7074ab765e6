"""Whether what a park declares can be booked at all: the largest amount of each, on trial.

A unit that cannot meet its factor, coal without its equipment, or an amount too large for exact
nanograms is the input's mistake. It is told before anything is booked, with what and where: at the
row of an own factor that fits nothing, at the readings that are too large, else at the stream.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from services.carbon_accounting.book.readings_file import MOST_LINES, lines_of
from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.electricity import quantity_of, supplied
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.inventory.electricity import OWN_FUELLED
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site, Stream
from services.carbon_accounting.domain.inventory.streams import (
    Booking,
    booking_of,
    quantities_of,
)
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.factor_import import own_lines
from services.carbon_accounting.input_files.mistakes import Mistake
from services.runtime.park_file_sections import open_file

GRID = "grid"
Refused = Callable[[int], str | None]
"""Says why so many base units cannot be booked, None where they can."""


@dataclass(frozen=True, slots=True)
class Given:
    """The files that a booking is tried with: `readings` None where the history counts."""

    park: Path
    readings: Path | None
    factors: Sequence[Path]


@dataclass(frozen=True, slots=True)
class _Tried:
    """A way of booking and what of; `line` of the park file is blamed where no row of a file is.

    With a `measured_ncv` it is the park file that says how much carbon a unit has.
    """

    subject: str
    meters: tuple[str, ...]
    line: int | None
    book: Booking
    quantities: Callable[[Ledger], tuple[str, ...]]
    measured_ncv: bool = False


@dataclass
class _Trial:
    """All that is on trial, and the first refusal of each place."""

    given: Given
    site: Site
    data: ActivityData
    rules: Rules
    told: dict[object, str] = field(default_factory=dict)

    def of(self, one: _Tried) -> None:
        """Try one way of booking in every ledger, with every factor that holds in between."""
        largest = max(int(self._amounts(meter).max(initial=1)) for meter in one.meters)
        for ledger in self.site.ledgers:
            quantities = one.quantities(ledger)
            for _, basis in self.rules.bases(ledger, quantities, self.data.starts_us):
                refused = partial(_refusal, one.book, basis)
                if (always := refused(1)) is not None:
                    self._unfit(one, basis, quantities, always)
                elif (too_large := refused(largest)) is not None:
                    self._too_large(one, refused, too_large)

    def _amounts(self, meter: str) -> Whole:
        amounts: Whole = self.data.amounts[self.data.rows[meter]]
        return amounts

    def _unfit(self, one: _Tried, basis: Basis, quantities: Sequence[str], refusal: str) -> None:
        """Blame the own factors that a refusal names, else the park file."""
        what, cure = _told(refusal)
        own = [one for one in self._own(basis, quantities) if one[2].id in refusal]
        for file, line, factor in own:
            mistake = Mistake(file, line, "unit", f"{factor.unit!r}: {one.subject} {what}", cure)
            self.told.setdefault((file, line), str(mistake))
        if not own:
            self._blame_park(one, what, cure)

    def _own(self, basis: Basis, quantities: Sequence[str]) -> Iterator[tuple[str, int, Factor]]:
        lines = own_lines(self.given.factors)
        for quantity in quantities:
            found = basis.factors.find(basis.boundary.ledger, quantity, basis.region, basis.at)
            if isinstance(found, Factor) and (found.id, found.version) in lines:
                yield *lines[found.id, found.version], found

    def _blame_park(self, one: _Tried, what: str, cure: str) -> None:
        park = self.given.park.name
        said = f"{one.subject}: {what} - {cure}"
        if one.line is not None:
            said = str(Mistake(park, one.line, one.subject, what, cure))
        self.told.setdefault(one.subject, said)

    def _too_large(self, one: _Tried, refused: Refused, refusal: str) -> None:
        """Blame the readings of so much and more; the park file where no reading is of a file."""
        what, cure = _told(refusal)
        path, found = self.given.readings, False
        for meter in () if one.measured_ncv or path is None else one.meters:
            amounts = self._amounts(meter)
            different = np.unique(amounts).tolist()
            border = bisect_left(different, True, key=lambda n: refused(max(1, n)) is not None)
            starts_us = self.data.starts_us[np.isin(amounts, different[border:])]
            for line in lines_of(path, self.site, meter, starts_us)[:MOST_LINES] if path else ():
                found = True
                told = str(Mistake(path.name if path else "", line, meter, what, cure))
                self.told.setdefault((meter, line), told)
        if not found:
            self._blame_park(one, what, cure)


def impossible(given: Given, site: Site, data: ActivityData, rules: Rules) -> list[str]:
    """Return a line for each stream, own factor and reading that cannot be booked."""
    trial, lines = _Trial(given, site, data, rules), _lines_of_streams(given.park)
    for one in site.streams:
        trial.of(_of_stream(one, lines.get(one.id, 1)))
    for kind in _kinds(site):
        trial.of(_of_power(kind, site, data))
    return [*trial.told.values()]


def _of_stream(one: Stream, line: int) -> _Tried:
    subject, quantities = f"accounting.streams[{one.id}]", quantities_of(one)
    has_ncv = one.ncv_gj is not None
    return _Tried(subject, (one.id,), line, booking_of(one), lambda _: quantities, has_ncv)


def _of_power(kind: str, site: Site, data: ActivityData) -> _Tried:
    most = {m.id: int(data.amounts[data.rows[m.id]].max(initial=1)) for m in site.meters}
    book = partial(supplied, kind, max(most, key=lambda name: most[name]))
    return _Tried(
        "electricity", tuple(most), None, book, lambda ledger: (quantity_of(kind, ledger),)
    )


def _lines_of_streams(park: Path) -> dict[str, int]:
    top = open_file(park, [])
    streams = [] if top is None else top.section("accounting").may_sections("streams")
    return {at.scalar("id") or "": at.line for at in streams}


def _kinds(site: Site) -> list[str]:
    made = {OWN_FUELLED.get(meter.kind, meter.kind) for meter in site.meters if meter.kind}
    return sorted(made | {GRID}) if site.meters else []


def _told(refusal: str) -> tuple[str, str]:
    """Return a refusal as what is wrong and its cure."""
    what, _, cure = refusal.partition("; ")
    return f"cannot be booked: {what}", cure or "correct the unit or the factor"


def _refusal(book: Booking, basis: Basis, amount: int) -> str | None:
    """Return why so much cannot be booked, None where it can."""
    try:
        book(np.array([amount], np.int64), basis)
    except ValueError as error:
        return str(error)
    return None
