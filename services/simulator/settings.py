"""What the simulator is told by its environment (§10)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.runtime.clock import ParkClock
from services.runtime.environment import CommonSettings
from services.simulator.domain.faults import Fault, parsed
from services.simulator.domain.world import DeviceMode

SERVICES = Path(__file__).parents[1]
IN_REPOSITORY = SERVICES.parent / "parks" / "demo-data"
IN_WHEEL = SERVICES / "demo" / "parks" / "demo-data"
RECORDED_DATA = IN_REPOSITORY if IN_REPOSITORY.is_dir() else IN_WHEEL
QUARTER_S = 900
REAL_TIME_PERIOD_S = 5
FAST_PERIOD_S = 60
FASTEST_PERIOD_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """The simulator's settings; `state` is a folder it may write to.

    `sample_period` is park seconds, 0 chooses by the clock's speed. `devices` is `remote` or
    `local` (set-points refused). `story_start` overrides the clock's origin at the first start.
    `backfill_days` of history are pushed to ingest once, 0 for none; of the market at each start.
    `faults` see domain/faults.py.
    """

    grpc_port: int = 0
    metrics_port: int = 9108
    mqtt: str = "mqtt://127.0.0.1:11883"
    mqtt_user: str | None = None
    mqtt_password_file: Path | None = None
    mqtt_ca: Path | None = None
    modbus_host: str = "127.0.0.1"
    modbus_port: int = 5020
    ingest_address: str = "127.0.0.1:7101"
    data: Path = RECORDED_DATA
    state: Path
    devices: str = DeviceMode.REMOTE.value
    sample_period: int = 0
    story_start: str = ""
    backfill_days: int = 21
    market: bool = True
    faults: str = ""
    journal: Path | None = None

    def __post_init__(self) -> None:
        if self.devices not in list(DeviceMode):
            raise ValueError(f"PARKFLOW_DEVICES is 'remote' or 'local', not {self.devices!r}")
        if self.sample_period < 0 or (self.sample_period and QUARTER_S % self.sample_period):
            raise ValueError(
                f"PARKFLOW_SAMPLE_PERIOD {self.sample_period} must divide 900, e.g. 5, 60 or 300"
            )
        if not 0 <= self.backfill_days <= 40:
            raise ValueError(f"PARKFLOW_BACKFILL_DAYS {self.backfill_days} is not within 0..40")
        if self.clock == ParkClock.wall():
            raise ValueError(
                "PARKFLOW_CLOCK is 'wall', but the recordings are of 2019: "
                "set it like '2019-06-03T22:00:00Z@<wall epoch seconds>x60'"
            )
        _ = self.fault_list, self.story_start_s
        object.__setattr__(self, "kafka", "")  # devices have no back door into the log

    @property
    def knows_ingest(self) -> bool:
        """Whether anything is pushed to ingest; without, it may not even exist."""
        return self.market or self.backfill_days > 0

    @property
    def mode(self) -> DeviceMode:
        """The devices' local/remote switch."""
        return DeviceMode(self.devices)

    @property
    def fault_list(self) -> tuple[Fault, ...]:
        """The faults to inject; ValueError says what is wrong with their text."""
        return parsed(self.faults)

    @property
    def sample_period_s(self) -> int:
        """Park seconds between samples: about one sample a wall second, at most 15 minutes."""
        if self.sample_period:
            return self.sample_period
        if self.clock.speed < FAST_PERIOD_S:
            return REAL_TIME_PERIOD_S if self.clock.speed < 10 else 15
        return FAST_PERIOD_S if self.clock.speed <= FASTEST_PERIOD_S else FASTEST_PERIOD_S

    @property
    def story_start_s(self) -> int:
        """Where the story begins when there is no state yet, on the sample grid."""
        start = self.clock.park_origin
        if self.story_start:
            start = datetime.fromisoformat(self.story_start)
            if start.tzinfo is None:
                raise ValueError(f"PARKFLOW_STORY_START {self.story_start} needs a zone, e.g. Z")
        at_s = int(start.astimezone(UTC).timestamp())
        return at_s - at_s % self.sample_period_s
