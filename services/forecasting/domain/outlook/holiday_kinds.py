"""Kinds of days: workday, Saturday, Sunday or public holiday; make-up workdays are workdays.

Where the day of rest is another (a Friday), that is like a Sunday, and a Sunday is a workday. The
one module that knows the `holidays` library.
"""

from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np

from services.forecasting.domain.series import Ints

WORKDAY, SATURDAY, SUNDAY, HOLIDAY = 0, 1, 2, 3
_EPOCH = date(1970, 1, 1)


class UnknownCountry(ValueError):
    """A country whose holidays nobody has written down."""


def kinds_of(first_day: int, days: int, country: str | None) -> Ints:
    """Return the kinds of consecutive days counted from the epoch, `(days,)`."""
    dates = [_EPOCH + timedelta(days=first_day + i) for i in range(days)]
    kinds = np.array([max(WORKDAY, day.weekday() - 4) for day in dates], np.int64)
    if country is None:
        return kinds
    calendar = holiday_calendar(country)
    for i, day in enumerate(dates):
        if day in calendar:
            kinds[i] = HOLIDAY
        elif calendar.is_working_day(day):
            kinds[i] = WORKDAY
        elif kinds[i] == WORKDAY:
            kinds[i] = SUNDAY
    return kinds


@lru_cache(maxsize=16)
def holiday_calendar(country: str) -> holidays.HolidayBase:
    """Return a country's calendar; a subdivision follows a hyphen (`GB-ENG`)."""
    name, _, part = country.partition("-")
    try:
        return holidays.country_holidays(name, subdiv=part or None)
    except NotImplementedError as unknown:
        raise UnknownCountry(f"no holidays are known of {country!r}; use an ISO code") from unknown
