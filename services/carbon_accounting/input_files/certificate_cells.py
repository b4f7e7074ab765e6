"""Cells of a CSV row as what they mean; every mistake is kept with line, field, value and cure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.units import NotAUnit, UnitsDiffer, ratio
from services.carbon_accounting.input_files.mistakes import Mistake

E = TypeVar("E", bound=StrEnum)
FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST_NAME = 200
LARGEST_WH = 2**53
"""9 PWh, more than a country uses in a year: beyond it a digit is wrong, and int64 sums hold."""


class Cells:
    """One row. A getter returns None where it has noted a mistake or a cell that may be empty is.

    Times are ISO 8601 with an offset, or a date, which is its midnight in `zone`.
    """

    def __init__(self, file: str, line: int, row: Mapping[str, str | None], zone: ZoneInfo) -> None:
        self._place = (file, line)
        self._row = row
        self._zone = zone
        self.mistakes: list[Mistake] = []

    def wrong(self, field: str, cure: str, value: str | None = None) -> None:
        """Note a mistake."""
        told = self.text(field) if value is None else value
        self.mistakes.append(Mistake(*self._place, field, repr(told), cure))

    def text(self, field: str) -> str:
        """Return a cell, empty where there is none."""
        return (self._row.get(field) or "").strip()

    def name(self, field: str) -> str:
        """Return a cell that must not be empty."""
        if not (found := self.text(field)):
            self.wrong(field, "must not be empty")
        elif len(found) > LONGEST_NAME:
            self.wrong(
                field, f"must not be longer than {LONGEST_NAME} characters", f"{found[:20]}…"
            )
        return found

    def one_of(self, field: str, kinds: type[E], default: E | None = None) -> E | None:
        """Return the word a cell says."""
        found = self.text(field)
        if not found and default is not None:
            return default
        try:
            return kinds(found)
        except ValueError:
            self.wrong(field, f"must be one of {', '.join(kinds)}")
            return None

    def flag(self, field: str) -> bool:
        """Return whether a cell says yes; empty is no."""
        found = self.text(field).lower()
        if found not in ("", "yes", "no"):
            self.wrong(field, "must be yes or no")
        return found == "yes"

    def number(self, field: str) -> Fraction | None:
        """Return a number of at least 0, exactly."""
        try:
            found = Decimal(self.text(field))
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or abs(found.adjusted()) > 30 or found < 0:
            self.wrong(field, "must be a number of at least 0, as 12.5")
            return None
        return Fraction(found)

    def whole_wh(self, field: str, unit_field: str) -> int | None:
        """Return an energy as whole Wh, more than 0."""
        amount, unit_wh = self.number(field), self._unit_wh(unit_field)
        if amount is None or unit_wh is None:
            return None
        wh = amount * unit_wh
        if wh.denominator != 1 or not 0 < wh < LARGEST_WH:
            self.wrong(field, f"must be whole Wh above 0 and below {LARGEST_WH}; check the unit")
            return None
        return int(wh)

    def _unit_wh(self, field: str) -> Fraction | None:
        if not (unit := self.name(field)):
            return None
        try:
            return ratio(unit, "Wh")
        except (NotAUnit, UnitsDiffer) as mistake:
            self.wrong(field, f"{mistake}; give an energy as kWh or MWh")
            return None

    def moment(self, field: str) -> datetime | None:
        """Return an instant in UTC, None for an empty cell."""
        found = self.text(field)
        if not found:
            return None
        try:
            if len(found) == len("2025-01-31"):
                day = date.fromisoformat(found)
                if not FIRST_YEAR < day.year < LAST_YEAR:
                    raise ValueError
                return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)
            moment = datetime.fromisoformat(found)
        except ValueError:
            moment = datetime.min  # noqa: DTZ901 - without an offset, refused below
        if moment.tzinfo is not None and not FIRST_YEAR < moment.year < LAST_YEAR:
            self.wrong(field, f"must be of a year after {FIRST_YEAR} and before {LAST_YEAR}")
            return None
        if moment.tzinfo is None:
            self.wrong(field, "must be a date or a time with offset, as 2025-03-01T00:00+08:00")
            return None
        return moment.astimezone(UTC)

    def needed_moment(self, field: str) -> datetime | None:
        """Return an instant that must be told."""
        if not self.text(field):
            self.wrong(field, "must be told: a date or a time with offset")
        return self.moment(field)

    def day(self, field: str) -> date | None:
        """Return a date, None for an empty cell."""
        found = self.text(field)
        try:
            return date.fromisoformat(found) if found else None
        except ValueError:
            self.wrong(field, "must be a date, as 2023-01-01")
            return None

    def month(self, field: str) -> Month | None:
        """Return a month where the cell is one, as 2025-03; None, without a mistake, elsewise."""
        try:
            year, month = map(int, self.text(field).split("-"))
            return Month(year, month) if FIRST_YEAR < year < LAST_YEAR else None
        except ValueError:
            return None
