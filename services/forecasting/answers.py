"""What each target's forecaster answers at an issue, from what was known then and nothing later."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from services.forecasting.charging import Sessions
from services.forecasting.domain.availability import Wholes, as_available
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.plans import NOTHING_PLANNED, Planned, caveat_of
from services.forecasting.domain.point_forecast import PointForecast, point_forecast
from services.forecasting.domain.series import Series
from services.forecasting.domain.targets import Target
from services.forecasting.domain.turbines import Young, with_curve
from services.forecasting.domain.weather import Foreseen
from services.forecasting.sparing import sparing_others
from services.forecasting.states import States

CURVE_ALONE = "curve alone"
"""What serves a turbine of which nothing was learnt."""


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """What an issue rests on: quarters that end by then; weather, plans, vehicles as known then."""

    series: Mapping[str, Series]
    weather: Foreseen
    sessions: Sessions = field(default_factory=lambda: Sessions({}))
    planned: Planned = NOTHING_PLANNED

    @property
    def whole(self) -> Mapping[str, Series]:
        """The series of the whole devices, as if all of each could always run."""
        return Wholes(self.series, self.planned)


@dataclass(slots=True)
class Answers:
    """Forecasts in the order of the targets, how many each kind gave, and whose answer failed."""

    forecasts: list[PointForecast] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    faulty: list[str] = field(default_factory=list)


def answers(states: States, targets: tuple[Target, ...], basis: Basis) -> Answers:
    """Return the answers; a target that nothing serves, or of which nothing is known, has none."""
    said = Answers()
    for target in targets:
        with sparing_others("answer", target.point_id) as turn:
            if (one := _answer(states, target, basis)) is not None:
                serving = states.serving(target.point_id)
                said.forecasts.append(one)
                said.kinds["curve" if serving is None else serving.kind] += 1
        if turn.failed:
            said.faulty.append(target.point_id)
    return said


def _answer(states: States, target: Target, basis: Basis) -> PointForecast | None:
    """Return the whole device's outlook, as much of it as can run by plan."""
    point, known = target.point_id, basis.series[target.point_id]
    weather = with_curve(basis.planned.beside(basis.weather, point, known.first_quarter), target)
    serving, outlook, weakness = states.serving(point), None, ""
    if serving is not None and np.isfinite(known.power_w).any():
        foreseen = serving.foreseen(weather)
        outlook = answer(states.record(basis.whole[point], point, foreseen), serving.state)
        outlook = basis.sessions.told(point, outlook)
        caveats = (serving.weakness, caveat_of(foreseen) if foreseen else "")
        weakness = "; ".join(filter(None, caveats))
    if (young := Young.of(target, basis.whole[point], weather)) is not None:
        outlook = young.outlook(outlook)
    if outlook is None:
        return None
    model = CURVE_ALONE if serving is None else serving.model
    made = point_forecast(outlook, known, target, model=model, weakness=weakness)
    return as_available(made, basis.planned.share(point, known.end_quarter, len(made.p50_w)))
