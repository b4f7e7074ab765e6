"""Settings of training."""

from dataclasses import dataclass

from services.forecasting.domain.outlook.effort import Effort
from services.runtime.environment import CommonSettings

MOST_WORKERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """The database URL is required.

    A model learns from `train_cases` cases a band of horizons and grows `train_rounds` trees; as
    many points as `train_workers` are learnt at once, each more in a process of its own. `niceness`
    is added to the process's own, so that whoever serves goes first.
    """

    kafka: str = ""
    grpc_port: int = 0
    metrics_port: int = 9110
    train_cases: int = 2_000
    train_rounds: int = 25
    train_workers: int = 1
    niceness: int = 10
    look_every_s: float = 5.0

    def __post_init__(self) -> None:
        if not self.database_url:
            raise ValueError("PARKFLOW_DATABASE_URL is not set; training cannot work without it")
        if self.train_cases < 500 or self.train_rounds < 1:
            raise ValueError(
                f"PARKFLOW_TRAIN_CASES is {self.train_cases}, PARKFLOW_TRAIN_ROUNDS "
                f"{self.train_rounds}; choose at least 500 and 1"
            )
        if not 1 <= self.train_workers <= MOST_WORKERS:
            raise ValueError(
                f"PARKFLOW_TRAIN_WORKERS is {self.train_workers}; choose 1 to {MOST_WORKERS}"
            )
        if not 0 <= self.niceness <= 19:
            raise ValueError(f"PARKFLOW_NICENESS is {self.niceness}; choose 0 to 19")
        if not 0 < self.look_every_s <= 60:
            raise ValueError(
                f"PARKFLOW_LOOK_EVERY_S is {self.look_every_s:g}; choose above 0, up to 60"
            )

    @property
    def effort(self) -> Effort:
        """How hard a model is trained."""
        return Effort(cases=self.train_cases, rounds=self.train_rounds)
