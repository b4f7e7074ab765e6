"""Which foreseen columns a series learns from: weather, and of a load what it is to make."""

from services.forecasting.domain.plans import PRODUCTION
from services.forecasting.domain.targets import CURVE_POWER, Shape
from services.forecasting.domain.weather import Foreseen, Weather

MOVED_BY = {
    Shape.SUN: (
        Weather.IRRADIANCE_W_M2,
        Weather.TEMPERATURE_C,
        Weather.CLOUD_COVER_PCT,
        Weather.RELATIVE_HUMIDITY_PCT,
        Weather.WIND_SPEED_M_S,
        Weather.WIND_DIRECTION_DEG,  # brings haze, or clears it: 3 % of the error (decision 42)
        Weather.PRESSURE_HPA,
    ),
    Shape.WIND: (Weather.WIND_SPEED_M_S,),
    Shape.DEMAND: (Weather.TEMPERATURE_C,),
    Shape.MARKET: (),  # what the park's weather says of the whole grid's is little
}
"""What moves a series. A model sees only where all its columns are known: few and telling ones."""
ALSO_MOVED_BY = {Shape.DEMAND: (PRODUCTION,), Shape.WIND: (CURVE_POWER,)}
"""What is foreseen of some devices only: of a load what it is to make, of a turbine its curve."""
_MOVING = {one for moved_by in MOVED_BY.values() for one in moved_by}
QUANTITIES = tuple(sorted(_MOVING | {Weather.PRESSURE_HPA}))
"""What is read: with the pressure, which says how dense the air in a turbine is."""
COVERED = 0.5
"""Of a series' quarters; from less its models would learn next to nothing about the weather."""


def learnt_from(shape: Shape, weather: Foreseen, quarters: int) -> tuple[str, ...]:
    """Return the columns that a series learns from of which `quarters` are known.

    A quantity that was forecast for less of its past (or never) is none of them.
    """
    known = weather.known_of_the_last(quarters)
    wanted = tuple(one.column for one in MOVED_BY[shape])
    wanted += ALSO_MOVED_BY.get(shape, ())
    return tuple(c for c in wanted if is_covered(known.get(c, 0), quarters))


def is_covered(known: int, quarters: int) -> bool:
    """Whether so much is known of a series' quarters that models learn from it."""
    return 0 < COVERED * quarters <= known
