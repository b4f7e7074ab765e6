"""How a wind turbine of a park file makes power of wind: a known type, or its own power curve."""

from itertools import pairwise
from typing import cast

from services.energy.site import Turbine
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import above_zero, kilo, not_negative, number, plain_text

BEYOND_RATING = 1.1
"""How far a curve may pass the rating: type plates are rounded."""
NO_CURVE = ((), ())
Points = tuple[tuple[float, ...], tuple[float, ...]]


def read_turbine(at: Section, rating_w: float) -> Turbine | None:
    """Return the turbine of a wind device's entry, None where it tells of none."""
    hub_height_m = at.may("hub_height_m", above_zero(number), None)
    wind_height_m = at.may("wind_height_m", above_zero(number), 10.0)
    name, curve = at.may("turbine", plain_text, None), _read_curve(at, rating_w)
    if name is None and curve == NO_CURVE:
        return None
    key = "power_curve" if name is None else "turbine"
    if name is not None and curve != NO_CURVE:
        at.wrong(key, "stands beside power_curve", "keep one of the two")
    elif hub_height_m is None:
        at.wrong(key, "stands without hub_height_m", "write the height of the hub over ground")
    elif WRONG not in (hub_height_m, wind_height_m, name, curve):
        return Turbine(hub_height_m, wind_height_m, name, *curve)
    return cast(Turbine, WRONG)


def _read_curve(at: Section, rating_w: float) -> Points:
    section = at.may_section("power_curve")
    if section is None:
        return NO_CURVE
    points = (
        section.each("speed_m_s", not_negative(number)),
        section.each("power_kw", not_negative(kilo)),
    )
    section.close()
    told = WRONG in points or _tell_wrong(section, *points, rating_w)
    return cast(Points, WRONG) if told else points


def _tell_wrong(
    section: Section, speed_m_s: tuple[float, ...], power_w: tuple[float, ...], rating_w: float
) -> bool:
    """Tell what is wrong with a curve; return whether something is."""
    if len(speed_m_s) != len(power_w) or len(speed_m_s) < 2:
        counts = f"has {len(power_w)} powers beside {len(speed_m_s)} speeds"
        section.wrong("power_kw", counts, "write a power for each of at least two speeds")
    elif any(one >= other for one, other in pairwise(speed_m_s)):
        section.wrong("speed_m_s", "does not rise from one to the next", "sort the points")
    elif rating_w is not WRONG and not 0.0 < max(power_w) <= BEYOND_RATING * rating_w:
        text = f"reaches {max(power_w) / 1000:g} kW beside rated_kw {rating_w / 1000:g}"
        section.wrong("power_kw", text, "is the unit right?")
    else:
        return False
    return True
