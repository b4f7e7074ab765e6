"""The two-year life of a GEC, counted from its generation month (rules D.2)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.local_month import Month

LIFE_MONTHS = 24
EXPIRY_TRUST = "M"
"""Two years are read in the rules; that they end with the month is convention (rules D.2)."""


def expiry(generation: Month, zone: ZoneInfo) -> datetime:
    """Return when a GEC ends: with the month 24 months after its generation month (D.2, M)."""
    return generation.plus(LIFE_MONTHS).interval(zone).end
