"""Stamps of files: minutes since the epoch, on the clock that they were written by."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_ZONE = re.compile(r"[+-][\d:]+$")
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class BadStamp(ValueError):
    """A stamp that is none."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """One stamp; `aware` when it names its zone. A naive one is counted as if it were UTC."""

    text: str
    moment: datetime

    @classmethod
    def of(cls, text: str) -> "Stamp":
        """Return the stamp of an ISO 8601 text; BadStamp otherwise."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise BadStamp(f"{text!r} is no time; write 2019-01-31T13:45Z") from None
        near = _EARLIEST.year <= moment.year <= _LATEST.year  # else its UTC may be no time at all
        if not near or not _EARLIEST <= _utc(moment) < _LATEST:
            raise BadStamp(f"{text!r} is outside 1970 to 2199")
        if moment.second or moment.microsecond:
            raise BadStamp(f"{text!r} is not on a whole minute")
        return cls(text, moment)

    @property
    def aware(self) -> bool:
        """Whether the stamp names its zone."""
        return self.moment.tzinfo is not None

    @property
    def minute(self) -> int:
        """Minutes since the epoch."""
        return (_utc(self.moment) - _EPOCH) // _MINUTE

    def later(self, minutes: int) -> str:
        """Return the text of a later stamp, written the same way."""
        moment = self.moment + minutes * _MINUTE
        if not minutes:
            return self.text
        separator = "T" if "T" in self.text else " "
        clock = _ZONE.sub("", self.text[10:])
        text = moment.isoformat(separator, "seconds" if clock.count(":") > 1 else "minutes")
        return text.replace("+00:00", "Z") if self.text.endswith(("Z", "z")) else text


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
