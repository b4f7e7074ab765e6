"""A challenger and what serves now, both let loose on the newest days, which are held back.

The challenger learns on what lies before them; both are weighed by what was known before them.
Of the days since the champion learnt, half teach the challenger and half judge: it must know more
than the champion, and the champion must not have learnt the days that it is judged by. A champion
that was taught with other weather looks at a record of its own, which differs in nothing else.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.fitting import plain
from services.forecasting.domain.outlook.forecaster import learn, listened, reckon, rehearsed
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State, now_of
from services.forecasting.domain.outlook.task import MINUTES_A_DAY, Task
from services.forecasting.domain.series import Floats
from services.forecasting.domain.training.scores import HeldBack, scores_of

LONGEST_DAYS, SHORTEST_DAYS = 14, 3
YOUNG_SHARE = 0.25
CAUGHT_UP_MIN = 28 * MINUTES_A_DAY
"""Words that a champion was not asked for in time are asked for now, as far back as this."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The challenger with its words on the held-back days, and how it and the others did.

    Its weights and bands are those from before these days: whoever learns anew weighs anew.
    Of the days held back the champion had already learnt `seen_days`.
    """

    challenger: State
    scores: tuple[HeldBack, ...]
    held_back_days: float
    seen_days: float


def tried(
    record: Record,
    task: Task,
    effort: Effort,
    champion: State | None,
    as_before: Record | None = None,
) -> Trial:
    """Return how a challenger and what serves now would have done on the held-back days.

    `as_before` is the record with the weather that the champion was taught with, where that is
    other weather than the record's.
    """
    as_before = record if as_before is None else as_before
    held_back = held_back_rows(record, task, champion)
    begin = len(record) - held_back
    known, known_before = (one.until(begin, task.reach) for one in (record, as_before))
    challenger, before = _rivals(record, known, known_before, task, effort, champion)
    began = now_of(known, task)
    spoken, said = _spoken(challenger, record, began)
    _, said_before = _spoken(before, as_before, began)
    words = _since(spoken.ledger, began)
    truth = words.truth(record, task)
    return Trial(
        challenger=spoken,
        scores=scores_of(words, truth, said, said_before, task) if len(words.minute) else (),
        held_back_days=held_back / task.day,
        seen_days=_seen_days(known, task, champion),
    )


def held_back_rows(record: Record, task: Task, champion: State | None) -> int:
    """Return how many of the newest rows are held back: a quarter of a young series."""
    longest = LONGEST_DAYS * task.day
    if champion is not None:
        fresh = (now_of(record, task) - champion.learnt_at) // task.step_min
        longest = int(np.clip(fresh // 2, SHORTEST_DAYS * task.day, longest))
    return min(longest, int(YOUNG_SHARE * len(record)))


def _rivals(
    record: Record,
    known: Record,
    known_before: Record,
    task: Task,
    effort: Effort,
    champion: State | None,
) -> tuple[State, State]:
    """Return the challenger and what it has to beat, weighed when the held-back days began.

    A challenger is weighed by what the champion's models of the same names said before. Where
    there is no champion, or some of them were silent, it rehearses: it learns some weeks earlier.
    Without a champion it has to beat the plain models, which serve where none is kept.
    """
    if champion is None:
        challenger = reckon(known, rehearsed(record, task, effort))
        return challenger, reckon(known, replace(challenger, fitted=plain(known, task)))
    began = now_of(known, task)
    ledger = _of(champion.ledger, champion.ledger.minute < began)
    reckoned_at = int(np.clip(champion.reckoned_at, began - CAUGHT_UP_MIN, began))
    then = reckon(known_before, replace(champion, ledger=ledger, reckoned_at=reckoned_at))
    challenger = learn(known, task, effort, then)
    if not _names(challenger) <= _heard(challenger.ledger):
        challenger = reckon(known, rehearsed(record, task, effort))
    return challenger, then


def _names(state: State) -> set[str]:
    return {model.name for model in state.fitted.models}


def _heard(ledger: Ledger) -> set[str]:
    """Return the models that ever said anything."""
    return {name for name, said in ledger.said.items() if np.isfinite(said).any()}


def _spoken(weighed: State, record: Record, began: int) -> tuple[State, Floats]:
    """Return a state after the held-back days, and its medians `(origins, horizons)` of them."""
    after = listened(weighed, record)
    words = _since(after.ledger, began)
    if not len(words.minute):
        return after, np.empty((0, len(words.horizons)))
    return after, weighed.seeing.mixture.mixed(words.said, words.horizons)


def _since(ledger: Ledger, minute: int) -> Ledger:
    """Return the words of origins from `minute` on."""
    return _of(ledger, ledger.minute >= minute)


def _of(ledger: Ledger, rows: NDArray[np.bool_]) -> Ledger:
    said = {name: one[rows] for name, one in ledger.said.items()}
    return replace(ledger, minute=ledger.minute[rows], said=said)


def _seen_days(known: Record, task: Task, champion: State | None) -> float:
    learnt_min = 0 if champion is None else champion.learnt_at - now_of(known, task)
    return max(0, learnt_min) / MINUTES_A_DAY
