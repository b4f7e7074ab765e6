"""One training as a worker does it: bytes in, bytes out, so that it may run in another process."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from services.forecasting.domain.availability import of_the_whole
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.plans import Planned
from services.forecasting.domain.series import Floats, quarter_start
from services.forecasting.domain.series_record import record_of
from services.forecasting.domain.targets import Target
from services.forecasting.domain.training.due import FEWEST_QUARTERS
from services.forecasting.domain.training.lesson import Lesson, Verdict, taught
from services.forecasting.domain.training.scores import HeldBack
from services.forecasting.domain.turbines import with_curve
from services.forecasting.domain.weather import Foreseen
from services.forecasting.domain.weather_columns import learnt_from
from services.forecasting.registry.bodies import (
    Kept,
    body_of,
    columns_of,
    kept_of,
    ledger_of,
    with_ledger,
    with_standing,
)
from services.forecasting.registry.codec import UnreadableBody
from services.forecasting.registry.models import Learnt

NOTHING_TO_LEARN_FROM = "nothing to learn from: fewer than four quarters are known"
LONGEST_MISTAKE = 500  # characters: some say whole arrays


@dataclass(frozen=True, slots=True, eq=False)
class Serving:
    """What serves a point now, as the registry keeps it."""

    body: bytes
    standing: bytes | None
    ledger: bytes
    reckoned_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A series to learn: its quarter means in the published sign, and what serves it now.

    `weather`, with what is to be made, is foreseen of the same quarters and of the task's reach
    after them.
    """

    target: Target
    task: Task
    power_w: Floats
    first_quarter: int
    effort: Effort
    serving: Serving | None
    weather: Foreseen

    def record(self, columns: tuple[str, ...] = ()) -> Record:
        """Return the series with these columns of weather."""
        foreseen = self.weather.of(columns).value
        given = (self.power_w, self.first_quarter, self.target, self.task, foreseen)
        return cleaned(record_of(*given), self.task)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What came of it; `learnt` is None where the challenger was rejected."""

    trained_from: datetime
    trained_to: datetime
    known_quarters: int
    columns: tuple[str, ...]
    scores: tuple[HeldBack, ...]
    verdict: Verdict
    learnt: Learnt | None


def of_the_plan(work: Work, planned: Planned) -> Work:
    """Return the series of the whole device, beside what its turbine's curve and plans tell."""
    point, begin = work.target.point_id, work.first_quarter
    share = planned.share(point, begin, len(work.power_w))
    weather = planned.beside(with_curve(work.weather, work.target), point, begin)
    return replace(work, power_w=of_the_whole(work.power_w, share), weather=weather)


def made_of(work: Work) -> Made:
    """Return what was learnt."""
    bare = work.record()
    if bare.known < FEWEST_QUARTERS:
        return _made(work, bare, (), Lesson(None, (), Verdict(False, NOTHING_TO_LEARN_FROM)))
    weather = learnt_from(work.target.shape, work.weather, bare.known)
    record, (champion, caveat) = work.record(weather), _champion(work.serving)
    state = None if champion is None else champion.state
    as_before = record if champion is None else work.record(champion.weather)
    lesson = taught(record, work.task, work.effort, state, as_before)
    verdict = replace(lesson.verdict, reason=lesson.verdict.reason + caveat)
    return _made(work, record, weather, replace(lesson, verdict=verdict))


def failed(work: Work, mistake: Exception) -> Made:
    """Return that nothing was learnt by a mistake of ours; looks at nothing that may repeat it."""
    begin = work.first_quarter
    text = f"{type(mistake).__name__}: {mistake}".replace("\x00", "")[:LONGEST_MISTAKE]
    return Made(
        trained_from=quarter_start(begin),
        trained_to=quarter_start(begin + len(work.power_w)),
        known_quarters=int(np.isfinite(work.power_w).sum()),
        columns=(),
        scores=(),
        verdict=Verdict(False, f"training failed: {text}"),
        learnt=None,
    )


def _made(work: Work, record: Record, weather: tuple[str, ...], lesson: Lesson) -> Made:
    task, begin = work.task, int(record.days.minute[0])
    columns = columns_of(record, task, weather)
    return Made(
        trained_from=_instant(begin),
        trained_to=_instant(begin + len(record) * task.step_min),
        known_quarters=record.known,
        columns=columns,
        scores=lesson.scores,
        verdict=lesson.verdict,
        learnt=None if lesson.state is None else _learnt(lesson.state, columns),
    )


def _champion(serving: Serving | None) -> tuple[Kept | None, str]:
    """Return what serves now; where it cannot be read the plain models do, and that is said."""
    if serving is None:
        return None, ""
    try:
        kept = kept_of(serving.body)
        state = kept.state
        state = state if serving.standing is None else with_standing(state, serving.standing)
        state = with_ledger(state, serving.ledger, _minute(serving.reckoned_at))
        return replace(kept, state=state), ""
    except UnreadableBody as unreadable:
        return None, f" (the champion cannot be read: {unreadable})"


def _learnt(state: State, columns: tuple[str, ...]) -> Learnt:
    return Learnt(body_of(state, columns), ledger_of(state), _instant(state.reckoned_at))


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
