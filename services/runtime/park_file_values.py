"""How one scalar of a park file becomes a value: kW to W, prices to micros, durations, dates.

Each reader takes the text as it stands in the file and returns the value, or raises `Misread`.
"""

import difflib
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

T = TypeVar("T")
Reader = Callable[[str], T]
MICROS = 1_000_000
_DURATION = re.compile(r"(\d+)\s*(ms|s|min|h|d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class Misread(Exception):
    """A scalar that is not what it should be; both halves of the sentence for people."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} - {cure}")
        self.what = what
        self.cure = cure


MOST_DIGITS = 30
"""Before or behind the point; no size of a park has more."""


def nearest(text: str, known: Collection[str]) -> str:
    """Return the cure for a word that is not among the known ones."""
    if near := difflib.get_close_matches(text, known, n=1, cutoff=0.5):
        return f"did you mean {near[0]}?"
    return f"write one of {', '.join(known)}" if known else "declare it first"


def plain_text(text: str) -> str:
    """Return the text; empty is wrong."""
    if not text.strip():
        raise Misread("is empty", "write a text")
    return text


def identifier(text: str) -> str:
    """Return an id that is safe in topics, keys and column values."""
    if not _IDENTIFIER.fullmatch(text):
        raise Misread(
            "is not an id", "use lower-case letters, digits, - and _, starting with a letter"
        )
    return text


def decimal(text: str) -> Decimal:
    """Return the exact decimal number."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Misread("is not a number", "write a number like 12.5") from None
    if not number.is_finite():
        raise Misread("is not a finite number", "write a number like 12.5")
    if number and abs(number.adjusted()) > MOST_DIGITS:
        raise Misread("is beyond all measure", "check the unit")
    return number


def number(text: str) -> float:
    """Return the number."""
    return float(decimal(text))


def whole(text: str) -> int:
    """Return the whole number."""
    if not re.fullmatch(r"[+-]?\d{1,18}", text):
        raise Misread("is not a whole number", "write digits only, e.g. 52")
    return int(text)


def kilo(text: str) -> float:
    """Return W of kW, or Wh of kWh."""
    return float(decimal(text) * 1000)


def micros(text: str) -> int:
    """Return integer millionths of a currency amount; more than six decimals is wrong."""
    amount = decimal(text) * MICROS
    if amount != amount.to_integral_value():
        raise Misread("has more than six decimals", "round it to millionths of the currency unit")
    return int(amount)


def duration(text: str) -> timedelta:
    """Return a span like 250ms, 30s, 15min, 2h or 40d; never zero."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise Misread("is not a duration", "write a number and s, min, h or d, e.g. 15min")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def instant(text: str) -> datetime:
    """Return the UTC instant; a bare date is its midnight in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Misread("is not a date", "write 2019-06-03 or 2019-06-03T22:00:00Z") from None
    if len(text) > len("2019-06-03") and moment.tzinfo is None:
        raise Misread("has no time zone", "end it with Z for UTC, e.g. 2019-06-03T22:00:00Z")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def time_zone(text: str) -> ZoneInfo:
    """Return the zone of an IANA name."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Misread("is not a time zone", "write an IANA name like Asia/Shanghai") from None


def currency(text: str) -> str:
    """Return an ISO 4217 code."""
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise Misread("is not a currency code", "write three capitals of ISO 4217, e.g. CNY")
    return text


def country(text: str) -> str:
    """Return an ISO 3166 country code, or that of a part of it."""
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", text):
        raise Misread("is not a country code", "write ISO 3166, e.g. CN or GB-ENG")
    return text


def yes_or_no(text: str) -> bool:
    """Return the truth of true or false."""
    if text not in ("true", "false"):
        raise Misread("is neither true nor false", "write true or false")
    return text == "true"


def one_of(*words: str) -> Reader[str]:
    """Return a reader that takes only these words."""

    def read(text: str) -> str:
        if text not in words:
            raise Misread("is not known here", nearest(text, words))
        return text

    return read


def above_zero(reader: Reader[T]) -> Reader[T]:
    """Return a reader of a magnitude that must be greater than zero."""

    def read(text: str) -> T:
        value = reader(text)
        if decimal(text) <= 0:
            raise Misread("is not above zero", "limits and ratings are magnitudes above 0")
        return value

    return read


def not_negative(reader: Reader[T]) -> Reader[T]:
    """Return a reader of a magnitude; zero is allowed."""

    def read(text: str) -> T:
        value = reader(text)
        if decimal(text) < 0:
            raise Misread("is negative", "write 0 or more")
        return value

    return read


def between(low: float, high: float, reader: Reader[T]) -> Reader[T]:
    """Return a reader whose number, as written, must lie in [low, high]."""

    def read(text: str) -> T:
        value = reader(text)
        if not Decimal(str(low)) <= decimal(text) <= Decimal(str(high)):
            span = f"{low:.10g} to {high:.10g}"
            raise Misread(f"is outside {span}", f"write {span}")
        return value

    return read
