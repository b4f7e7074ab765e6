"""Paths and sums of an issue: what the series of a park do together."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, SeriesForecast
from services.energy.site import Park
from services.forecasting.domain.availability import PLAN_TOLD
from services.forecasting.domain.joint.past_errors import PastErrors
from services.forecasting.domain.joint.paths import paths
from services.forecasting.domain.joint.spread import Spread
from services.forecasting.domain.joint.sums import BANDED_PATHS, Sum, Totals, banded, sums_of
from services.forecasting.domain.series import Floats, quarter_number
from services.forecasting.domain.targets import targets_of
from services.forecasting.joint_store import JointStore

KEPT_ANEW = timedelta(days=1)
KEPT_ANEW_WHERE_ONE_LACKS = timedelta(hours=6)
WEAK, PLANNED = "are weak", "can run in part only"
Known = Mapping[str, PastErrors]


class Joint:
    """Knows the park's sums, the bounds of its series, and how their errors hang together."""

    def __init__(self, park: Park, store: JointStore) -> None:
        self._store = store
        self._sums = sums_of(park)
        targets = targets_of(park)
        self._targets = frozenset(target.point_id for target in targets)
        self._bounds = {t.point_id: (t.lowest_w, t.highest_w) for t in targets}
        self._bounds |= {one.id: (one.lowest_w, one.highest_w) for one in self._sums}
        self._since: datetime | None = None
        self._known: dict[str, PastErrors] = {}

    async def known_for(self, issue_time: datetime, errors: Known) -> Known:
        """Return what an issue's paths are drawn from; keeps it anew once a day.

        What is returned is what is kept, to the bit: the paths are the same after a restart.
        """
        if self._since is None and (kept := await self._store.known_at(issue_time)) is not None:
            self._since, self._known = kept
        if self._is_due(issue_time, errors):
            newer = {**self._known, **errors}
            present = {name: newer[name] for name in newer if name in self._targets}
            self._known = await self._store.keep(issue_time, present)
            self._since = issue_time
        return self._known

    def _is_due(self, issue_time: datetime, errors: Known) -> bool:
        if self._since is None:
            return True
        lacks = not errors.keys() <= self._known.keys()
        return issue_time - self._since >= (KEPT_ANEW_WHERE_ONE_LACKS if lacks else KEPT_ANEW)

    async def known_at(self, issue_time: datetime) -> Known | None:
        """Return what an earlier issue's paths were drawn from, None once that is forgotten."""
        kept = await self._store.known_at(issue_time)
        return None if kept is None else kept[1]

    def spread(self, series: SeriesForecast) -> Spread:
        """Return the whole distribution of an issued series or sum."""
        quantiles = np.array([series.p10_w, series.p50_w, series.p90_w])
        bounds = self._bounds.get(series.point_id, (-np.inf, np.inf))
        return Spread.within(quantiles, *bounds, series.available_share)

    def _paths(
        self, issue: ForecastIssue, known: Known, count: int
    ) -> Iterator[tuple[str, Floats]]:
        """Yield `(count, steps)` of every series of an issue, the same each time."""
        spreads = {series.point_id: self.spread(series) for series in issue.series}
        errors = {name: known.get(name, PastErrors.none()) for name in spreads}
        return paths(spreads, errors, count, quarter_number(_issue_time(issue)))

    def add_sums(self, issue: ForecastIssue, known: Known) -> None:
        """Put the park's sums into an issue: medians added up, bands from its joint paths."""
        if not issue.series:
            return
        by_point = {series.point_id: series for series in issue.series}
        medians, drawn = Totals(self._sums), Totals(self._sums)
        for name, path_w in self._paths(issue, known, BANDED_PATHS):
            medians.put(name, np.array(by_point[name].p50_w))
            drawn.put(name, path_w)
        for one in self._sums:
            median_w, paths_w = medians.of(one), drawn.of(one)
            if median_w is not None and paths_w is not None:
                members = [by_point[name] for name in one.members]
                issue.aggregates.append(_sum_message(one, banded(median_w, paths_w), members))

    def scenarios(
        self, issue: ForecastIssue, known: Known, count: int, point_ids: list[str]
    ) -> wire.GetScenariosResponse:
        """Return paths of the series and sums of an issue that are named.

        All series when none is, all sums when none of them is.
        """
        answer = wire.GetScenariosResponse(
            park_id=issue.park_id,
            issue_time=issue.issue_time,
            start=issue.series[0].start,
            step=issue.series[0].step,
            count=count,
        )
        wanted = point_ids or [series.point_id for series in issue.series]
        sums = [one for one in self._sums if one.id in point_ids] or self._sums
        totals, drawn = Totals(sums), {}
        for name, path_w in self._paths(issue, known, count):
            totals.put(name, path_w)
            if name in wanted:
                drawn[name] = _path_message(name, path_w)
        answer.series.extend(drawn[name] for name in wanted if name in drawn)
        for one in sums:
            if (paths_w := totals.of(one)) is not None:
                answer.aggregates.append(_path_message(one.id, paths_w))
        return answer


def _issue_time(issue: ForecastIssue) -> datetime:
    moment: datetime = issue.issue_time.ToDatetime(tzinfo=UTC)
    return moment


def _path_message(name: str, paths_w: Floats) -> wire.ScenarioPaths:
    return wire.ScenarioPaths(point_id=name, power_w=paths_w.ravel())


def _sum_message(one: Sum, quantiles: Floats, members: list[SeriesForecast]) -> SeriesForecast:
    low, middle, high = np.clip(quantiles, one.lowest_w, one.highest_w).round(1) + 0.0
    reasons = [_reasons(series) for series in members]
    return SeriesForecast(
        point_id=one.id,
        start=members[0].start,
        step=members[0].step,
        p10_w=low,
        p50_w=middle,
        p90_w=high,
        method=f"sum of {len(members)} series",
        history_days=min(series.history_days for series in members),
        caveat="; ".join(
            f"{count} of {len(members)} members {what}"
            for what in (WEAK, PLANNED)
            if (count := sum(what in of_one for of_one in reasons))
        ),
    )


def _reasons(series: SeriesForecast) -> set[str]:
    """Return what a member's caveat says of its sum: a plan makes no forecast weak."""
    parts = filter(None, series.caveat.split("; "))
    return {PLANNED if part.startswith(PLAN_TOLD) else WEAK for part in parts}
