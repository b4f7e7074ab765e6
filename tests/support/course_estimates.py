"""Gaps cut into recorded means, estimated by history and two other ways, against the recording."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from services.energy.like_days import QUARTER_US
from services.energy.quantities import Quantity
from services.history.domain.courses import courses_of
from services.history.domain.filling import filled, holes_in, weeks_of
from services.history.domain.gaps import Course, Floats
from services.history.domain.weeks import Weeks
from tests.support.builders import a_park
from tests.support.gap_estimates import DAY, LENGTHS_H, ZONE, first_quarters, kind_of
from tests.support.recorded_streams import recorded_streams, recordings

WAYS = ("straight line", "day before", "history")
BEFORE = 5 * 7 * DAY
_IN_UNITS = {Quantity.IRRADIANCE: "irradiance, W/m²", Quantity.TEMPERATURE: "temperature, °C"}


@dataclass(frozen=True)
class Score:
    """What gaps of a length came to: mean absolute error by way, of weather in its unit.

    Of powers it is a share of the mean power.
    """

    kind: str
    hours: int
    gaps: int
    errors: tuple[float, ...]


@dataclass(frozen=True)
class Cut:
    """A gap of one stream: what was recorded and each estimate."""

    kind: str
    recorded: Floats
    estimates: tuple[Floats, ...]


@lru_cache(maxsize=1)
def scores() -> list[Score]:
    """Return what every length came to, by kind of stream."""
    streams = _streams()
    found = []
    for hours in LENGTHS_H:
        cuts = [cut for first in first_quarters(hours) for cut in _cuts(streams, first, hours * 4)]
        for kind in dict.fromkeys(cut.kind for cut in cuts):
            own = [cut for cut in cuts if cut.kind == kind]
            found.append(Score(kind, hours, len(own), _errors(own)))
    return sorted(found, key=lambda score: (score.kind, score.hours))


def _errors(cuts: list[Cut]) -> tuple[float, ...]:
    recorded = np.concatenate([cut.recorded for cut in cuts])
    scale = 1.0 if "," in cuts[0].kind else float(np.abs(recorded).mean())
    return tuple(
        float(np.abs(np.concatenate([cut.estimates[way] for cut in cuts]) - recorded).mean())
        / scale
        for way in range(len(WAYS))
    )


def _streams() -> list[tuple[str, Course, Floats]]:
    """Return kind, course and quarter-hour means of what was recorded, as if without registers."""
    courses = courses_of(a_park())
    found = []
    for stream in recorded_streams():
        if (course := courses.get(stream.point.id)) is None:
            continue
        kind = _IN_UNITS.get(
            stream.point.quantity, kind_of(a_park().device(stream.point.device_id))
        )
        found.append((kind, replace(course, registers=()), stream.values[::15]))
    return found


def _cuts(streams: list[tuple[str, Course, Floats]], first: int, quarters: int) -> Iterator[Cut]:
    begin, end = first - BEFORE, first + quarters
    for kind, course, mean in streams:
        recorded = mean[first:end]
        if np.isnan(mean[first - DAY : end + 1]).any() or not np.abs(recorded).sum():
            continue
        cut = mean[begin : end + 1].copy()
        cut[BEFORE : BEFORE + quarters] = np.nan
        line = np.linspace(cut[BEFORE - 1], cut[-1], quarters + 2)[1:-1]
        day_before = np.resize(mean[first - DAY : first], quarters)
        yield Cut(kind, recorded, (line, day_before, _estimated(cut, begin, quarters, course)))


def _estimated(cut: Floats, begin: int, quarters: int, course: Course) -> Floats:
    """Return what history makes of a gap at the end of five weeks."""
    mean, first = cut[np.newaxis], recordings().start_s // 900 + begin
    asked = slice(BEFORE, BEFORE + quarters)
    holes = holes_in(mean, first * QUARTER_US, asked, [course])
    span = weeks_of(holes, ZONE)
    past = None if span is None else Weeks(span[0], mean[:, span[0] - first : span[1] - first])
    return filled(mean, holes, past, [course], ZONE)[0][0, asked]


def as_table(found: list[Score]) -> str:
    """Return the scores as Markdown."""
    rows = [f"| streams | gap | gaps | {' | '.join(WAYS)} |", "|---|--:|--:|" + "--:|" * len(WAYS)]
    for score in found:
        errors = " | ".join(f"{e:.1f}" if "," in score.kind else f"{e:.2f}" for e in score.errors)
        length = f"{score.hours} h" if score.hours < 72 else f"{score.hours // 24} d"
        rows.append(f"| {score.kind} | {length} | {score.gaps} | {errors} |")
    return "\n".join(rows)
