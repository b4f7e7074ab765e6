"""A training: the challenger is tried, judged, and where it won, learnt anew on everything."""

from dataclasses import dataclass
from math import exp, log

from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.training.scores import NOTHING, HeldBack
from services.forecasting.domain.training.trial import Trial, tried

ALIKE = 1e-6
"""Models that differ by less are the same: plain ones, or a constant series."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger is to serve, and why."""

    promoted: bool
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What came of a training; `state` is None where the challenger was rejected."""

    state: State | None
    scores: tuple[HeldBack, ...]
    verdict: Verdict


def taught(
    record: Record,
    task: Task,
    effort: Effort,
    champion: State | None,
    as_before: Record | None = None,
) -> Lesson:
    """Return a model learnt on all that is known, if one like it beat what serves now.

    A champion of another task (the park file has changed) can serve no more: it is not asked.
    `as_before` is the record as the champion looks at it, where that is with other weather.
    """
    rival = champion if champion is not None and champion.task == task else None
    trial = tried(record, task, effort, rival, as_before)
    verdict = judged(trial, rival)
    state = learn(record, task, effort, trial.challenger) if verdict.promoted else None
    return Lesson(state, trial.scores, verdict)


def judged(trial: Trial, champion: State | None) -> Verdict:
    """Decide by the geometric mean over the horizon classes of what is left of the error.

    The best naive method is chosen in hindsight: it is told, and decides nothing. Where it was
    better (a works holiday), what serves now was so even more clearly than the challenger.
    """
    first = champion is None
    if not trial.scores:
        return Verdict(first, _NOTHING_TO_COMPARE if first else _NOTHING_CAME)
    over_before = _mean([score.over_before for score in trial.scores])
    over_naive = _mean([score.over_naive for score in trial.scores])
    told = _told(trial, over_before, over_naive, first)
    good_enough = 1.0 + ALIKE if first else 1.0 - ALIKE
    if over_before >= good_enough:
        return Verdict(False, f"no better: {told}")
    return Verdict(True, told)


def _told(trial: Trial, over_before: float, over_naive: float, first: bool) -> str:
    than = "the plain models" if first else "the champion"
    seen = f", {trial.seen_days:.1f} of which it had learnt" if trial.seen_days else ""
    return (
        f"{_change(over_before)} than {than}, {_change(over_naive)} than the best naive method, "
        f"on {trial.held_back_days:.1f} days held back{seen}"
    )


def _change(ratio: float) -> str:
    return f"{abs(1.0 - ratio):.1%} {'more' if ratio > 1.0 else 'less'} error"


def _mean(ratios: list[float]) -> float:
    return exp(sum(log(max(ratio, NOTHING)) for ratio in ratios) / len(ratios))


_NOTHING_TO_COMPARE = "first model of a series too short to be compared"
_NOTHING_CAME = "too little came on the held-back days to compare by"
