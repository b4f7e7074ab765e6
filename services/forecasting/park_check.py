"""What forecasting asks of a park file beyond its form."""

from services.energy.site import Park
from services.forecasting.domain.outlook.holiday_kinds import UnknownCountry, holiday_calendar
from services.runtime.environment import SettingsError


def check_holidays(park: Park) -> None:
    """Refuse a country whose public holidays nobody knows."""
    if park.holidays is None:
        return
    try:
        holiday_calendar(park.holidays)
    except UnknownCountry as unknown:
        raise SettingsError([f"park file: park.holidays: {unknown}"]) from None
