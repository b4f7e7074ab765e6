"""One training as a worker does it: bytes in, bytes out, so that it may run in another process."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats
from services.forecasting.domain.series_record import record_of
from services.forecasting.domain.targets import Target
from services.forecasting.domain.training.due import FEWEST_QUARTERS
from services.forecasting.domain.training.lesson import Lesson, Verdict, taught
from services.forecasting.domain.training.scores import HeldBack
from services.forecasting.registry.bodies import (
    body_of,
    columns_of,
    ledger_of,
    state_of,
    with_ledger,
    with_standing,
)
from services.forecasting.registry.codec import UnreadableBody
from services.forecasting.registry.models import Learnt

NOTHING_TO_LEARN_FROM = "nothing to learn from: fewer than four quarters are known"


@dataclass(frozen=True, slots=True, eq=False)
class Serving:
    """What serves a point now, as the registry keeps it."""

    body: bytes
    standing: bytes | None
    ledger: bytes
    reckoned_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A series to learn: its quarter means in the published sign, and what serves it now."""

    target: Target
    task: Task
    power_w: Floats
    first_quarter: int
    effort: Effort
    serving: Serving | None


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


def made_of(work: Work) -> Made:
    """Return what was learnt."""
    whole = record_of(work.power_w, work.first_quarter, work.target, work.task)
    record = cleaned(whole, work.task)
    if record.known < FEWEST_QUARTERS:
        return _made(record, work.task, Lesson(None, (), Verdict(False, NOTHING_TO_LEARN_FROM)))
    champion, caveat = _champion(work.serving)
    lesson = taught(record, work.task, work.effort, champion)
    verdict = replace(lesson.verdict, reason=lesson.verdict.reason + caveat)
    return _made(record, work.task, replace(lesson, verdict=verdict))


def failed(work: Work, mistake: Exception) -> Made:
    """Return that nothing was learnt by a mistake of ours."""
    record = record_of(work.power_w, work.first_quarter, work.target, work.task)
    verdict = Verdict(False, f"training failed: {type(mistake).__name__}: {mistake}")
    return _made(record, work.task, Lesson(None, (), verdict))


def _made(record: Record, task: Task, lesson: Lesson) -> Made:
    begin = int(record.days.minute[0])
    return Made(
        trained_from=_instant(begin),
        trained_to=_instant(begin + len(record) * task.step_min),
        known_quarters=record.known,
        columns=columns_of(record, task),
        scores=lesson.scores,
        verdict=lesson.verdict,
        learnt=None if lesson.state is None else _learnt(lesson.state, record),
    )


def _champion(serving: Serving | None) -> tuple[State | None, str]:
    """Return what serves now; where it cannot be read the plain models do, and that is said."""
    if serving is None:
        return None, ""
    try:
        state = state_of(serving.body)
        state = state if serving.standing is None else with_standing(state, serving.standing)
        return with_ledger(state, serving.ledger, _minute(serving.reckoned_at)), ""
    except UnreadableBody as unreadable:
        return None, f" (the champion cannot be read: {unreadable})"


def _learnt(state: State, record: Record) -> Learnt:
    body = body_of(state, columns_of(record, state.task))
    return Learnt(body, ledger_of(state), _instant(state.reckoned_at))


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
