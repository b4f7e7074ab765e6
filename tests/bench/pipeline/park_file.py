"""A park of any number of points: the demo park with a fleet of chargers of five points each."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.energy.quantities import Quantity
from tests.support.builders import DEMO_PARK_FILE

PARK_ID = "bench-park"
POINTS_A_CHARGER = 5
LONG_AGO_S = 1_700_000_000.0
QUANTITIES = (
    Quantity.ACTIVE_POWER,
    Quantity.CONSUMPTION_ENERGY,
    Quantity.CONNECTED,
    Quantity.REQUESTED_ENERGY,
    Quantity.DEPARTURE,
)
_FLEET = """\
  - id: ev
    kind: charger
    name: {{en: Charger, zh: 充电桩}}
    count: {count}
    cabinets: 1
    source: fleet
    ttl: 5min
    power_kw: 7
    fail_safe: {{active_power_limit_kw: 2}}

sources:
  - {{id: fleet-1, protocol: mqtt, topic_prefix: fleet}}
"""


def write_park(file: Path, points: int) -> None:
    """Write a park file with a fleet of `points` points (and what the demo park has beside it)."""
    text = DEMO_PARK_FILE.read_text(encoding="utf-8").replace("id: demo-park", f"id: {PARK_ID}")
    before, rest = text.split("  - id: charger ", 1)
    after = rest.split("sources:\n", 1)[1]
    fleet = _FLEET.format(count=points // POINTS_A_CHARGER)
    file.write_text(before + fleet + after, encoding="utf-8")


def fleet_points(points: int) -> list[str]:
    """Return the ids of the fleet's points, charger by charger."""
    count = points // POINTS_A_CHARGER
    width = max(2, len(str(count)))
    return [
        f"ev_{charger + 1:0{width}d}.{quantity}"
        for charger in range(count)
        for quantity in QUANTITIES
    ]


def plausible_values(first: int, count: int, at: float) -> npt.NDArray[np.float64]:
    """Return a value of each of the points `[first, first + count)` at an epoch second.

    Every charger holds a vehicle: power swings by a tenth around half its rating, the register
    counts the mean, what the vehicle still wants falls as slowly as a day lets it.
    """
    number = np.arange(first, first + count)
    charger, quantity = number // POINTS_A_CHARGER, number % POINTS_A_CHARGER
    power_w = 3_500.0 + 350.0 * np.sin(at / 60.0 + charger)
    energy_wh = np.floor(3_500.0 * (at - LONG_AGO_S) / 3_600.0)
    choices = [
        power_w,
        charger + energy_wh,
        np.ones(count),
        np.full(count, 400_000.0 - at % 86_400.0),
        np.full(count, 2.0e9),
    ]
    return np.choose(quantity, choices)
