"""Quarter hours of one register: their believed, estimated and set-aside energy."""

from collections.abc import Iterable
from typing import NamedTuple

from services.validation.domain.energy.splitting import QUARTER_US, Weight, evenly, shares
from services.validation.domain.energy.steps import Method, Part, Step
from services.validation.domain.energy.table import RegisterRule


class Parts(NamedTuple):
    """The energy of one quarter hour [start, start + 15 min) of one register.

    The four energies add up to what the register counted. `written_off_wh` alone may be negative:
    it is what an edited interval has less than the register says. `believed_us` and `known_us`
    (believed or estimated) say for how much of the 900,000,000 µs; the first over the whole is
    the quality share. `methods` is a set of `Method`.
    """

    believed_wh: int = 0
    estimated_wh: int = 0
    suspense_wh: int = 0
    written_off_wh: int = 0
    believed_us: int = 0
    known_us: int = 0
    methods: int = 0

    def plus(self, part: Part, wh: int, duration_us: int, method: Method) -> "Parts":
        """Return these parts and one more."""
        known_us = 0 if part in (Part.SUSPENSE, Part.UNKNOWN) else duration_us
        return Parts(
            self.believed_wh + (wh if part is Part.BELIEVED else 0),
            self.estimated_wh + (wh if part is Part.ESTIMATED else 0),
            self.suspense_wh + (wh if part is Part.SUSPENSE else 0),
            self.written_off_wh + (wh if part is Part.WRITTEN_OFF else 0),
            self.believed_us + (duration_us if part is Part.BELIEVED else 0),
            self.known_us + known_us,
            self.methods | method,
        )

    @property
    def energy_wh(self) -> int:
        """What is counted: believed and estimated."""
        return self.believed_wh + self.estimated_wh

    def moved(self, before: "Parts", after: "Parts") -> "Parts":
        """Return these parts changed as much as `after` differs from `before`."""
        sums = (own + new - old for own, old, new in zip(self, before, after, strict=True))
        return Parts(*sums)._replace(methods=self.methods | after.methods)

    def edited(self, wh: int) -> "Parts":
        """Return these parts with another energy; what it differs by is written off."""
        return self._replace(
            believed_wh=0,
            estimated_wh=wh,
            written_off_wh=self.written_off_wh + self.energy_wh - wh,
            believed_us=0,
            known_us=QUARTER_US,
            methods=self.methods | Method.EDITED,
        )


NOTHING = Parts()


def intervals_of(steps: Iterable[Step], rule: RegisterRule) -> dict[int, Parts]:
    """Return the parts of each quarter that the steps touch, by its start."""
    intervals: dict[int, Parts] = {}
    for step in steps:
        for start_us, duration_us, wh in shares(
            step.wh, step.start_us, step.end_us, _weight(step, rule)
        ):
            parts = intervals.get(start_us, NOTHING)
            intervals[start_us] = parts.plus(step.part, wh, duration_us, step.method)
    return intervals


def _weight(step: Step, rule: RegisterRule) -> Weight:
    """Return how a step's energy lies over its time."""
    shaped = step.method & (Method.PROFILE | Method.ACCEPTED)
    return (rule.shape_of(step.start_us, step.end_us) if shaped else None) or evenly
