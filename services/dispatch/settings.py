"""What dispatch is told by its environment (§10)."""

from dataclasses import dataclass
from datetime import timedelta

from services.runtime.environment import CommonSettings

LEAST_MEMORY_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """Dispatch's settings.

    `dispatch` off: plans are made and published, but no set-point is issued.
    `sample_period_s` is the park time between two samples of the devices. A simulation has
    `simulation_time_limit_s`, or what its caller asks for up to `simulation_longest_s`, and
    `simulation_memory_bytes` at most.
    """

    grpc_port: int = 7104
    metrics_port: int = 9104
    forecasting_address: str = "127.0.0.1:7103"
    dispatch: bool = True
    sample_period_s: float = 60.0
    solver_time_limit_s: float = 3.0
    simulation_time_limit_s: float = 10.0
    simulation_longest_s: float = 60.0
    simulation_memory_bytes: int = 512 * 2**20

    def __post_init__(self) -> None:
        if self.sample_period_s <= 0:
            raise ValueError(
                f"PARKFLOW_SAMPLE_PERIOD_S must be above 0, got {self.sample_period_s}"
            )
        if self.solver_time_limit_s <= 0:
            raise ValueError(
                f"PARKFLOW_SOLVER_TIME_LIMIT_S must be above 0, got {self.solver_time_limit_s}"
            )
        if self.simulation_memory_bytes < LEAST_MEMORY_BYTES:
            raise ValueError(
                f"PARKFLOW_SIMULATION_MEMORY_BYTES must be at least {LEAST_MEMORY_BYTES}, what a "
                f"small problem takes, got {self.simulation_memory_bytes}"
            )
        if not 0 < self.simulation_time_limit_s <= self.simulation_longest_s:
            raise ValueError(
                "PARKFLOW_SIMULATION_TIME_LIMIT_S must be above 0 and at most "
                f"PARKFLOW_SIMULATION_LONGEST_S, got {self.simulation_time_limit_s} and "
                f"{self.simulation_longest_s}"
            )

    @property
    def sample_period(self) -> timedelta:
        """Return the park time between two samples."""
        return timedelta(seconds=self.sample_period_s)


def cycle_wall_s(speed: float, sample_period_s: float) -> float:
    """Return the wall time between two control cycles: 1 s, less where park time runs faster."""
    return 1.0 if speed <= 60.0 else max(0.2, sample_period_s / speed)
