"""What forecasting asks of a park file beyond its form."""

from pathlib import Path

from services.energy.site import Park
from services.forecasting.domain.charging.fleets import fleets_of
from services.forecasting.domain.joint.sums import sums_of
from services.forecasting.domain.outlook.holiday_kinds import UnknownCountry, holiday_calendar
from services.forecasting.domain.power_curve import UnknownTurbine, curve_of
from services.forecasting.domain.series_record import HORIZONS
from services.forecasting.domain.targets import targets_of
from services.runtime.environment import SettingsError
from services.runtime.park_file import mistake_in
from services.runtime.publishing import LARGEST_VALUE_BYTES

QUANTILES_BYTES = 3 * (8 * HORIZONS + 3)
SHARES_BYTES = 4 * HORIZONS + 3
WORDS_BYTES = 760
"""Of a series: its method and caveats at their longest, start, step and what frames a message."""


def check_holidays(park: Park, file: Path | str) -> None:
    """Refuse a country whose public holidays nobody knows, with its line in the park file."""
    if park.holidays is None:
        return
    try:
        holiday_calendar(park.holidays)
    except UnknownCountry:
        what = f"no public holidays are known of {park.holidays!r}"
        cure = "write an ISO code such as CN or GB-ENG, or leave it out"
        raise mistake_in(file, "park", "holidays", what, cure) from None


def check_fleets(park: Park) -> None:
    """Refuse a device or virtual point that has the name of a charging fleet."""
    taken = {device.id for device in park.devices}
    taken |= {one.id.rpartition(".")[0] for one in park.virtual_points}
    names = (fleet.point_id.rpartition(".")[0] for fleet in fleets_of(park))
    if mistakes := [
        f"park file: {name!r} is the name of the charging fleet's forecast: rename what is so named"
        for name in names
        if name in taken
    ]:
        raise SettingsError(mistakes)


def check_turbines(park: Park) -> None:
    """Refuse a type of turbine of which nobody knows the power curve."""
    mistakes = []
    for target in targets_of(park):
        if target.turbine is not None:
            try:
                curve_of(target.turbine, -target.lowest_w)
            except UnknownTurbine as unknown:
                mistakes.append(f"park file: {target.point_id.rpartition('.')[0]}: {unknown}")
    if mistakes:
        raise SettingsError(mistakes)


def check_size(park: Park) -> None:
    """Refuse a park whose issue of all series would not fit in a message."""
    names = [target.point_id for target in targets_of(park)] + [one.id for one in sums_of(park)]
    size = sum(QUANTILES_BYTES + SHARES_BYTES + WORDS_BYTES + len(name.encode()) for name in names)
    if size > LARGEST_VALUE_BYTES:
        most = LARGEST_VALUE_BYTES * len(names) // size
        raise SettingsError(
            [
                f"park file: devices: {len(names)} series and sums to forecast, but an issue of all"
                f" fits in a message of {LARGEST_VALUE_BYTES} bytes up to some {most} of them;"
                " run a park file each for parts of the park"
            ]
        )
