"""A park file that names a country without known holidays is refused by its field."""

from dataclasses import replace

import pytest

from services.forecasting.park_check import check_holidays
from services.runtime.environment import SettingsError
from services.runtime.park_file import load_park
from tests.support.builders import DEMO_PARK_FILE


def test_a_country_nobody_knows_the_holidays_of_is_refused_with_its_field() -> None:
    park = replace(load_park(DEMO_PARK_FILE), holidays="XX")

    with pytest.raises(SettingsError, match=r"park\.holidays: no holidays are known of 'XX'"):
        check_holidays(park)


@pytest.mark.parametrize("country", [None, "CN", "GB-ENG"])
def test_a_known_country_or_none_passes(country: str | None) -> None:
    check_holidays(replace(load_park(DEMO_PARK_FILE), holidays=country))
