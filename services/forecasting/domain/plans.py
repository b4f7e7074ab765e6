"""Plans of devices as they are known: how much of each can run, and how much it is to make.

A plan is told by quarter hours. Of two words on a quarter the one that was made later stands, of
one maker's moment the one that came later. What a forecast of ours may use was known by its issue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from services.forecasting.domain.series import Floats, Ints
from services.forecasting.domain.targets import CURVE_POWER
from services.forecasting.domain.weather import Foreseen

PLANNED_LEAD = timedelta(hours=6)
"""How long before its quarter a production of the past was known: before the shift before it."""
PRODUCTION = "planned_production"
"""The column of a load's record that its production is."""


class PlanKind(IntEnum):
    """What is planned; the numbers are those of the wire."""

    AVAILABILITY = 1
    PRODUCTION = 2


MOST = {PlanKind.AVAILABILITY: 1.0, PlanKind.PRODUCTION: 1e9}


def value_mistake(kind: PlanKind, value: float) -> str:
    """Return what is wrong with a value; empty when nothing is."""
    if 0.0 <= value <= MOST[kind]:
        return ""
    return f"{kind.name.lower()} {value:g} is not in 0..{MOST[kind]:g}"


@dataclass(frozen=True, slots=True)
class PlanValue:
    """What one plan says of one quarter of a device."""

    device_id: str
    kind: PlanKind
    quarter: int
    value: float
    issue_time: datetime
    known_at: datetime
    user: str

    def __post_init__(self) -> None:
        if mistake := value_mistake(self.kind, self.value):
            raise ValueError(mistake)
        if self.known_at < self.issue_time:
            raise ValueError(f"known at {self.known_at}, before it was made at {self.issue_time}")


class Told(NamedTuple):
    """What stands of one kind and device, in the order of the quarters."""

    quarter: Ints
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """What stands for the devices of a park at one moment."""

    told: Mapping[tuple[str, PlanKind], Told]

    def share(self, point_id: str, first_quarter: int, count: int) -> Floats | None:
        """Return the share of a point's device that can run in each quarter `(count,)`.

        None where all of it can all the time: of most devices nothing is told.
        """
        told = self.told.get((_device(point_id), PlanKind.AVAILABILITY))
        share = None if told is None else _on_quarters(told, first_quarter, count, 1.0)
        return None if share is None or (share == 1.0).all() else share

    def beside(self, weather: Foreseen, point_id: str, first_quarter: int) -> Foreseen:
        """Return the weather with a point's production as a further column, where one is told."""
        told = self.told.get((_device(point_id), PlanKind.PRODUCTION))
        if told is None:
            return weather
        made = _on_quarters(told, first_quarter, len(weather.value), np.nan)[:, None]
        return replace(
            weather,
            columns=(*weather.columns, PRODUCTION),
            value=np.hstack((weather.value, made)),
            age_min=np.hstack((weather.age_min, np.where(np.isfinite(made), 0.0, np.nan))),
        )


NOTHING_PLANNED = Planned({})


def caveat_of(foreseen: Foreseen) -> str:
    """Return what is missing of weather and production from the issue on; empty: nothing is."""
    own = (PRODUCTION, CURVE_POWER)
    weather = foreseen.of(tuple(one for one in foreseen.columns if one not in own))
    return "; ".join(filter(None, (weather.caveat, _production_caveat(foreseen))))


def _production_caveat(foreseen: Foreseen) -> str:
    if PRODUCTION not in foreseen.columns:
        return ""
    ahead = np.isfinite(foreseen.value[foreseen.ahead :, foreseen.columns.index(PRODUCTION)])
    if not ahead.any():
        return "no production schedule"
    return "" if ahead.all() else f"production schedule for {ahead.mean():.0%} of the time ahead"


def _device(point_id: str) -> str:
    return point_id.rpartition(".")[0]


def _on_quarters(told: Told, first_quarter: int, count: int, otherwise: float) -> Floats:
    found = np.full(count, otherwise)
    at = told.quarter - first_quarter
    inside = (at >= 0) & (at < count)
    found[at[inside]] = told.value[inside]
    return found
