"""The park as it plays on: steps it, and remembers what a restart needs to repeat itself.

Samples are not stored. The state at the last one that the broker acknowledged is, with the
set-points accepted since, and the same set-points give the same samples.
"""

from collections import deque
from dataclasses import dataclass

from services.simulator.domain import park
from services.simulator.domain.demo_park import starting_state
from services.simulator.domain.samples import ParkSample, sampled
from services.simulator.domain.setpoints import Accepted, Refused, SetPoint, judged
from services.simulator.domain.state import ParkState
from services.simulator.domain.world import DeviceMode, World


@dataclass(frozen=True, slots=True)
class Saved:
    """What survives a kill: `head_s` is how far the story has been told, whoever heard it."""

    story_start_s: int
    acknowledged_s: int
    head_s: int
    checkpoint: ParkState
    setpoints: tuple[SetPoint, ...] = ()
    backfilled: bool = False


def opening(world: World, start_s: int) -> Saved:
    """Return the beginning of a story in which nothing has been told."""
    return Saved(start_s, start_s - 1, start_s, starting_state(world, start_s))


class Story:
    """One told story. `retold` are the samples from the checkpoint to the head."""

    def __init__(self, world: World, saved: Saved) -> None:
        self.world = world
        self.start_s = saved.story_start_s
        self.acknowledged_s = saved.acknowledged_s
        self.backfilled = saved.backfilled
        self._setpoints = list(saved.setpoints)
        self._states: deque[ParkState] = deque([saved.checkpoint])
        first = sampled(world, saved.checkpoint, park.powers(world, saved.checkpoint))
        self.retold = [first, *self.tell(saved.head_s)]

    @property
    def head_s(self) -> int:
        """The instant up to which the story has been told."""
        return self._states[-1].at_s

    @property
    def next_sample_s(self) -> int:
        """When the next sample is due."""
        period_s = self.world.sample_period_s
        return self.head_s - self.head_s % period_s + period_s

    def tell(self, until_s: int) -> list[ParkSample]:
        """Return the samples of (head, until_s]; the head is then at the last of them."""
        samples: list[ParkSample] = []
        while self.next_sample_s <= until_s:
            begin_s, end_s = self.head_s, self.next_sample_s
            due = [s for s in self._setpoints if begin_s <= s.at_s < end_s]
            state, told = park.advance(self.world, self._states[-1], end_s, due)
            self._states.append(state)
            samples += told
        return samples

    def answer(self, setpoint: SetPoint) -> Accepted | Refused:
        """Return the device's answer; an accepted set-point takes effect in the next step."""
        local = self.world.mode is DeviceMode.LOCAL
        verdict = judged(setpoint, self.world.device(setpoint.device_id), local=local)
        if isinstance(verdict, Accepted):
            self._setpoints.append(setpoint)
        return verdict

    def acknowledge(self, at_s: int) -> None:
        """Remember that everything up to `at_s` has arrived at the broker."""
        self.acknowledged_s = max(self.acknowledged_s, at_s)
        while len(self._states) > 1 and self._states[1].at_s <= self.acknowledged_s:
            self._states.popleft()
        begin_s = self._states[0].at_s
        self._setpoints = [s for s in self._setpoints if s.at_s >= begin_s]

    def saved(self) -> Saved:
        """Return what has to be on disk before the told samples leave the house."""
        return Saved(
            story_start_s=self.start_s,
            acknowledged_s=self.acknowledged_s,
            head_s=self.head_s,
            checkpoint=self._states[0],
            setpoints=tuple(self._setpoints),
            backfilled=self.backfilled,
        )

    @property
    def state(self) -> ParkState:
        """The park at the head."""
        return self._states[-1]
