"""Months of the park's local calendar; their first hours move with the zone's clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from services.energy.time_grid import Interval


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month of a local calendar."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise ValueError(f"month {self.month} of {self.year} is none; give 1 to 12")

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @classmethod
    def read(cls, text: str) -> "Month":
        """Return the month of `2024-01`; ValueError for another text."""
        year, _, month = text.partition("-")
        is_one = len(year) == len("2024") and len(month) == len("01")
        if not (is_one and (year + month).isdecimal()):
            raise ValueError(f"{text!r} is no month; write one as 2024-01")
        return cls(int(year), int(month))

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> "Month":
        """Return the month of `zone` that holds `moment`."""
        local = moment.astimezone(zone)
        return cls(local.year, local.month)

    def plus(self, months: int) -> "Month":
        """Return the month so many months later."""
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)

    def start(self, zone: ZoneInfo) -> datetime:
        """Return its first instant, in UTC."""
        return datetime(self.year, self.month, 1, tzinfo=zone).astimezone(UTC)

    @property
    def first_day(self) -> date:
        """Its first local day."""
        return date(self.year, self.month, 1)

    def interval(self, zone: ZoneInfo) -> Interval:
        """Return the month as a half-open span in UTC."""
        return Interval(self.start(zone), self.plus(1).start(zone))
