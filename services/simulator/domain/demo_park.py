"""A park to play with in one process: `DemoPark.at(world, start).advance(until, set-points)`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.simulator.domain import park
from services.simulator.domain.battery import BatteryState
from services.simulator.domain.chargers import ChargersState, plugged
from services.simulator.domain.recorded import MILLI
from services.simulator.domain.samples import ParkSample, sampled
from services.simulator.domain.setpoints import SetPoint
from services.simulator.domain.state import ParkState
from services.simulator.domain.world import DeviceMode, World

FIRST_STATE_OF_CHARGE_PCT = 50.0
# Vehicles that are there when the story starts have been charging without control for so long.
CHARGING_BEFORE_S = 36 * 3600


@dataclass(frozen=True, slots=True)
class DemoPark:
    """The simulated park at one instant; advancing it gives a new one."""

    world: World
    state: ParkState

    @classmethod
    def at(cls, world: World, start: datetime) -> "DemoPark":
        """Return the park as the story finds it at `start`: battery half full, no set-points."""
        return cls(world, starting_state(world, seconds(start)))

    @property
    def now(self) -> datetime:
        """The instant this park is at."""
        return datetime.fromtimestamp(self.state.at_s, UTC)

    def advance(
        self, until: datetime, setpoints: Iterable[SetPoint] = ()
    ) -> tuple["DemoPark", list[ParkSample]]:
        """Return the park at `until` and the samples on the way there (see `park.advance`)."""
        state, samples = park.advance(self.world, self.state, seconds(until), setpoints)
        return replace(self, state=state), samples

    def sample(self) -> ParkSample:
        """Return what the meters show right now."""
        return sampled(self.world, self.state, park.powers(self.world, self.state))


def seconds(moment: datetime) -> int:
    """Return whole seconds since the epoch; ValueError for a naive or broken instant."""
    if moment.tzinfo is None or moment.microsecond:
        raise ValueError(f"{moment} must be a whole second with a time zone; use UTC")
    return int(moment.timestamp())


def starting_state(world: World, start_s: int) -> ParkState:
    """Return the park at the start of a story; grid and battery registers begin at 0."""
    before_s = max(start_s - CHARGING_BEFORE_S, world.recordings.start_s)
    uncontrolled = replace(world, mode=DeviceMode.REMOTE, sample_period_s=900)
    charging, _ = park.advance(uncontrolled, _untouched(world, before_s), start_s)
    return replace(_untouched(world, start_s), chargers=charging.chargers)


def _untouched(world: World, at_s: int) -> ParkState:
    battery, recordings = world.battery, world.recordings
    row, column = recordings.row(at_s), recordings.column(world.pv.id)
    stored_wh = battery.capacity_wh * FIRST_STATE_OF_CHARGE_PCT / 100.0
    begun_wh = float(recordings.register_mwh[row, column]) / MILLI
    into_wh = float(world.pv_available_w[row]) * ((at_s - recordings.start_s) % 900) / 3600
    return ParkState(
        at_s=at_s,
        battery=BatteryState(stored_wh),
        chargers=plugged(ChargersState.idle(world.ports.count), world.sessions, at_s),
        generated_wh=begun_wh + into_wh,
    )
