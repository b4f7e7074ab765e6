"""Labelled faults played through validation, and how many of them it found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.energy.readings import Doubt
from services.validation.domain.advancing import advance
from services.validation.domain.batch import Batch
from services.validation.domain.gaps import gaps
from services.validation.domain.rules import Rules
from services.validation.domain.state import new_state
from tests.support.labelled_faults import FAULTS, Fault, Trial, renamed, trials_of
from tests.support.recorded_streams import Stream, recorded_streams, simulated_streams

START_US = 1_559_599_200_000_000
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Score:
    """What was found of one class. Shares are of readings; `false` of sound readings."""

    name: str
    injections: int
    readings: int
    doubted: int
    named: int
    sound: int
    false: int

    @property
    def recall(self) -> float:
        """Share of the marked readings that carry the fault's name."""
        return self.named / self.readings

    @property
    def false_share(self) -> float:
        """Share of sound readings that carry the fault's name or are not believed."""
        return self.false / self.sound


def played(fault: Fault, trials: list[Trial], streams: list[Stream]) -> Score:
    """Return how many of the marked readings ended with one of the fault's names."""
    rules = renamed(trials, streams)
    step_us = fault.minutes_apart * 60 * SECOND_US
    doubts, repeats = _final_doubts(trials, rules, step_us, fault.steps)
    marked = np.zeros(doubts.shape, np.bool_)
    for k, trial in enumerate(trials):
        marked[k, trial.marked] = True
    if fault.dropped:
        total = int(sum(len(trial.said) - len(trial.truth) for trial in trials))
        right = min(total, repeats)
        odd = int((doubts != Doubt.NONE).sum())
        return Score(fault.name, len(trials), total, right, right, doubts.size, odd)
    named = np.isin(doubts, fault.names)
    doubted = doubts != Doubt.NONE
    return Score(
        fault.name,
        len(trials),
        int(marked.sum()),
        int((marked & doubted).sum()),
        int((marked & named).sum()),
        int((~marked).sum()),
        int((~marked & doubted).sum()),
    )


def _final_doubts(
    trials: list[Trial], rules: Rules, step_us: int, steps: int
) -> tuple[NDArray[np.uint8], int]:
    """Return the final doubt of each (trial, step), and how many readings were duplicates."""
    said = np.concatenate([trial.said for trial in trials])
    point = np.repeat(np.arange(len(trials)), [len(trial.said) for trial in trials])
    order = np.argsort(said["arrives"], kind="stable")
    said, point = said[order], point[order]
    cuts = np.flatnonzero(np.append(True, said["arrives"][1:] != said["arrives"][:-1]))
    doubts = np.zeros((len(trials), steps), np.uint8)
    state, repeats = new_state(rules), 0
    for first, end in zip(cuts, np.append(cuts[1:], len(said)), strict=True):
        arrival_us = START_US + int(said["arrives"][first]) * step_us + SECOND_US
        batch = Batch(
            park_id="faults",
            source_id="faults",
            frame_id=str(first),
            arrival_us=arrival_us,
            point_ids=rules.ids,
            point_index=point[first:end].astype(np.uint32),
            event_time_us=START_US + said["at"][first:end] * step_us,
            value=said["value"][first:end],
            quality=np.zeros(end - first, np.uint8),
        )
        state, judged = advance(state, batch, rules)
        at = (judged.event_time_us - START_US) // step_us
        doubts[judged.point_index, at] = judged.doubt
        repeats += judged.dropped.get(Doubt.DUPLICATE, 0)
    return doubts, repeats


def gap_score(streams: list[Stream], count: int, seed: int) -> Score:
    """Return how many minutes of silence were reported, and how many of speech."""
    rng = np.random.default_rng(seed)
    silent = np.zeros((count, 300), np.bool_)
    for k in range(count):
        first = int(rng.integers(30, 200))
        silent[k, first : first + int(rng.integers(5, 90))] = True
    points = [streams[k % len(streams)] for k in range(count)]
    trials = [Trial(stream, stream.values, np.zeros(0), np.zeros(0, np.int64)) for stream in points]
    rules = renamed(trials, streams)
    reported = np.zeros(silent.shape, np.bool_)
    state = new_state(rules)
    for minute in range(silent.shape[1]):
        speaks = np.flatnonzero(~silent[:, minute])
        at_us = START_US + minute * 60 * SECOND_US
        values = np.array([(rules.minimum[k] + rules.maximum[k]) / 2 for k in speaks])
        batch = Batch(
            "faults",
            "faults",
            str(minute),
            at_us + SECOND_US,
            rules.ids,
            speaks.astype(np.uint32),
            np.full(len(speaks), at_us),
            values,
            np.zeros(len(speaks), np.uint8),
        )
        state, _ = advance(state, batch, rules)
        reported[gaps(state, rules, at_us + 2 * SECOND_US).row, minute] = True
    due = silent.copy()
    for later in range(1, 4):  # three periods of silence are allowed
        due[:, later:] &= silent[:, :-later]
    speech = ~silent
    found, false = int((due & reported).sum()), int((speech & reported).sum())
    return Score("gap", count, int(due.sum()), found, found, int(speech.sum()), false)


def all_scores(count: int = 300, seed: int = 1) -> list[Score]:
    """Return the score of every class: so many faults each, over all streams that can show it."""
    streams = [*recorded_streams(), *steered_streams()]
    scores = [
        played(fault, trials_of(fault, streams, count, seed + number), streams)
        for number, fault in enumerate(FAULTS)
    ]
    return [*scores, gap_score(streams, count, seed)]


def steered_streams() -> list[Stream]:
    """Return what is not recorded but simulated: grid meter, battery, some chargers; six days."""
    chargers = ("charger_01", "charger_07", "charger_20")
    devices = ("grid", "battery", *chargers)
    return [one for one in simulated_streams(6) if one.point.device_id in devices]


def as_table(scores: list[Score]) -> str:
    """Return the scores as Markdown."""
    rows = [
        "| class | injections | readings | doubted | named right | false positives |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for score in scores:
        doubted = 100 * score.doubted / score.readings
        rows.append(
            f"| {score.name} | {score.injections} | {score.readings:,} | {doubted:.2f} % "
            f"| {100 * score.recall:.2f} % | {100 * score.false_share:.3f} % |"
        )
    return "\n".join(rows)
