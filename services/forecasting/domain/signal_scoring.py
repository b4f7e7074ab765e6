"""How good an issue's word on a signal was, where it was a forecast: telling what is published is
no merit.

Classes of horizons count from the issue, as those of series do; what anyone could have said is what
was known where publication ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from services.forecasting.domain.scoring import HorizonClass, Said, Scores, Truths, scored
from services.forecasting.domain.series import Floats


@dataclass(frozen=True, slots=True, eq=False)
class SignalSaid:
    """What one issue said of a signal, `(quarters,)` from the issue on, in the signal's unit."""

    signal_id: str
    issue_quarter: int
    published_until: int
    p10: Floats
    p50: Floats
    p90: Floats


def signal_scores(said: SignalSaid, truths: Truths) -> Iterator[Scores]:
    """Yield the scores of each class that held quarters which were not published.

    A published quarter behind a hole is known by its band, which has no width.
    """
    told = said.published_until - said.issue_quarter
    forecast = np.where(said.p10 < said.p90, said.p50, np.nan)
    for horizon in HorizonClass:
        part = slice(max(horizon.first - 1, told), int(horizon))
        steps = np.arange(len(said.p50))[part] + 1
        from_end = Said(
            said.published_until,
            (said.signal_id,),
            steps - told,
            said.p10[None, part],
            forecast[None, part],
            said.p90[None, part],
        )
        found = scored(from_end, horizon, truths)
        if len(found):
            yield replace(found, issue_quarter=said.issue_quarter)
