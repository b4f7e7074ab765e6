"""Forecasts issued one after the other, as they would have been: learning in time order."""

from collections.abc import Iterable, Iterator

from services.forecasting.domain.outlook.answering import Outlook, answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.forecaster import (
    due_to_learn,
    due_to_reckon,
    learn,
    reckon,
)
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State, now_of
from services.forecasting.domain.outlook.task import Task


def rolled(
    record: Record, task: Task, origins: Iterable[int], effort: Effort
) -> Iterator[tuple[int, Outlook]]:
    """Yield an outlook per origin, in the order given, which must be that of time."""
    state: State | None = None
    for origin in origins:
        known = cleaned(record.until(origin, task.reach), task)
        state = advanced(known, task, effort, state)
        yield origin, answer(known, state)


def advanced(known: Record, task: Task, effort: Effort, state: State | None) -> State:
    """Return a state that has learnt and reckoned as far as it is due."""
    now = now_of(known, task)
    if state is None or due_to_learn(state, effort, known):
        return learn(known, task, effort, state)
    return reckon(known, state) if due_to_reckon(state, now) else state
