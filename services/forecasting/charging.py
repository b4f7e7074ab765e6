"""The vehicles plugged in at an issue, and what they tell an outlook of the fleet's next hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from services.energy.site import Park
from services.forecasting.charging_store import ChargingStore
from services.forecasting.domain.charging.connected import (
    AHEAD,
    LOOK_BACK_DAYS,
    Said,
    like_days,
    own_w,
    told,
)
from services.forecasting.domain.charging.demand import power_w, quarter_min
from services.forecasting.domain.charging.fleets import Fleet, fleets_of
from services.forecasting.domain.charging.words import QUARTER_MIN
from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.series import QUARTERS_A_DAY, Floats, Series, quarter_number
from services.forecasting.sparing import sparing_others

SAID_QUARTERS = LOOK_BACK_DAYS * QUARTERS_A_DAY


@dataclass(frozen=True, slots=True, eq=False)
class Connected:
    """What is known of one fleet at an issue."""

    series: Series
    course_w: Floats
    own_w: Floats
    said: Said
    highest_w: float

    def told(self, outlook: Outlook) -> Outlook:
        """Return the outlook with what vehicles tell of its first hours."""
        return told(outlook, self.own_w, self.said, self.series, self.highest_w)

    def kept(self, outlook: Outlook) -> Said:
        """Return what was said at this issue, for those to come."""
        return Said(
            np.array([self.series.end_quarter]),
            self.course_w[None],
            self.own_w[None],
            outlook.quantiles[None, :, :AHEAD],
        )


class Sessions:
    """The fleets of one issue; remembers what the outlooks said of them."""

    def __init__(self, fleets: Mapping[str, Connected]) -> None:
        self._fleets = fleets
        self.said: dict[str, Said] = {}

    def told(self, point_id: str, outlook: Outlook) -> Outlook:
        """Return the outlook of a fleet with what its vehicles tell; any other one as it is."""
        if (fleet := self._fleets.get(point_id)) is None:
            return outlook
        self.said[point_id] = fleet.kept(outlook)
        return fleet.told(outlook)


class Charging:
    """Knows the fleets of one park."""

    def __init__(self, park: Park, store: ChargingStore) -> None:
        self._park = park
        self._fleets = fleets_of(park)
        self._store = store

    async def at(self, issue_time: datetime, series: Mapping[str, Series]) -> Sessions:
        """Return what is known of every fleet at an issue: words of earlier quarters only."""
        issue, fleets = quarter_number(issue_time), {}
        for fleet in self._fleets:
            if fleet.point_id in series:
                with sparing_others("hear vehicles", fleet.point_id):
                    fleets[fleet.point_id] = await self._connected(
                        fleet, issue, series[fleet.point_id]
                    )
        return Sessions(fleets)

    async def _connected(self, fleet: Fleet, issue: int, known: Series) -> Connected:
        stays = await self._store.stays_before(fleet, issue)
        course_w = power_w(stays, quarter_min(issue), QUARTER_MIN, AHEAD)
        if known.newest_age_quarters:  # nobody knows who is plugged in (§4)
            course_w = np.full(AHEAD, np.nan)
        said = await self._store.said(fleet.point_id, issue - SAID_QUARTERS, issue)
        like = like_days(issue, self._park.time_zone, self._park.holidays)
        own = own_w(course_w, said, known, like)
        return Connected(known, course_w, own, said, sum(fleet.rating_w.values()))

    async def keep(self, sessions: Sessions) -> None:
        """Keep what was said of the fleets at an issue."""
        for point_id, said in sessions.said.items():
            await self._store.keep_said(point_id, said, int(said.quarter[0]) - SAID_QUARTERS)
