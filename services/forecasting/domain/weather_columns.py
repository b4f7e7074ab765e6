"""Which weather a series learns from."""

from services.forecasting.domain.targets import Shape
from services.forecasting.domain.weather import Foreseen, Weather

MOVED_BY = {
    Shape.SUN: (Weather.IRRADIANCE_W_M2, Weather.TEMPERATURE_C, Weather.CLOUD_COVER_PCT),
    Shape.WIND: (Weather.WIND_SPEED_M_S,),
    Shape.DEMAND: (Weather.TEMPERATURE_C,),
}
"""What moves a series. A model sees only where all its columns are known: few and telling ones."""
QUANTITIES = tuple(sorted({one for moved_by in MOVED_BY.values() for one in moved_by}))
COVERED = 0.5
"""Of a series' quarters; from less its models would learn next to nothing about the weather."""


def learnt_from(shape: Shape, weather: Foreseen, quarters: int) -> tuple[str, ...]:
    """Return the columns that a series learns from of which `quarters` are known.

    A quantity that was forecast for less of its past (or never) is none of them.
    """
    known = weather.known_of_the_last(quarters)
    wanted = (one.column for one in MOVED_BY[shape])
    return tuple(c for c in wanted if 0 < COVERED * quarters <= known.get(c, 0))
