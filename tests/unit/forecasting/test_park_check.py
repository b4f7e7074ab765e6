"""What a park file must be for its forecasts: holidays somebody knows, not too many series."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from services.energy.site import DeviceKind, Park
from services.forecasting.domain.point_forecast import PointForecast
from services.forecasting.domain.targets import targets_of
from services.forecasting.messages import issue_message
from services.forecasting.park_check import check_holidays, check_size
from services.runtime.environment import SettingsError
from services.runtime.park_file import ParkFileError, load_park
from services.runtime.publishing import LARGEST_VALUE_BYTES
from tests.support.builders import DEMO_PARK_FILE, MORNING


def of_loads(count: int) -> Park:
    park = load_park(DEMO_PARK_FILE)
    load = park.devices_of(DeviceKind.LOAD)[0]
    loads = tuple(replace(load, id=f"load_{number:04}") for number in range(count))
    return replace(park, devices=loads)


def test_a_country_nobody_knows_the_holidays_of_is_refused_with_its_line(tmp_path: Path) -> None:
    file, text = tmp_path / "park.yaml", DEMO_PARK_FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("park:\n", "park:\n  holidays: XX\n", 1), encoding="utf-8")
    line = file.read_text(encoding="utf-8").splitlines().index("  holidays: XX") + 1

    with pytest.raises(ParkFileError) as told:
        check_holidays(load_park(file), file)

    assert str(told.value).startswith(
        f"line {line}: park.holidays: no public holidays are known of 'XX' - write an ISO code"
    )


@pytest.mark.parametrize("country", [None, "CN", "GB-ENG"])
def test_a_known_country_or_none_passes(country: str | None) -> None:
    park = replace(load_park(DEMO_PARK_FILE), holidays=country)

    check_holidays(park, DEMO_PARK_FILE)


def test_so_many_series_that_an_issue_fits_in_no_message_are_refused_with_the_limit() -> None:
    with pytest.raises(SettingsError, match=r"1703 series and sums .* up to some 13\d\d of them"):
        check_size(of_loads(1_700))


def test_an_issue_of_as_many_series_as_pass_fits_however_long_its_words_are() -> None:
    park = of_loads(1_300)
    said, part = np.full(192, 123_456.7), np.full(192, 0.123)
    words = {"method": "m" * 200, "caveat": "c" * 460}
    forecasts = [
        PointForecast(target.point_id, 0, said, said, said, share=part, history_days=60.0, **words)
        for target in targets_of(park)
    ]

    check_size(park)

    issue = issue_message(park.id, MORNING + timedelta(days=1), forecasts)
    assert issue.ByteSize() <= LARGEST_VALUE_BYTES
