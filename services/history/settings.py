"""Settings of history."""

from dataclasses import dataclass

from services.history import partitions
from services.history.partitions import Partitioned
from services.runtime.environment import CommonSettings


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long what is kept: days of event time; 0 keeps for ever."""

    raw_days: int = 0
    quarter_days: int = 0
    hour_days: int = 0
    columnstore_days: int = 14
    journal_minutes: int = 60

    def __post_init__(self) -> None:
        if min(self.raw_days, self.quarter_days, self.hour_days, self.columnstore_days) < 0:
            raise ValueError(f"{self}: days are 0 (for ever) or more")
        if self.journal_minutes < 1:
            raise ValueError(f"journal_minutes is {self.journal_minutes}; keep at least 1")
        _require_longer("PARKFLOW_KEEP_QUARTER_DAYS", self.quarter_days, self.raw_days, 7)
        _require_longer("PARKFLOW_KEEP_HOUR_DAYS", self.hour_days, self.quarter_days, 28)

    def days(self) -> dict[Partitioned, int]:
        """Return how many days each partitioned relation keeps."""
        return {
            partitions.READING: self.raw_days,
            partitions.VERSION: self.raw_days,
            partitions.QUARTER: self.quarter_days,
            partitions.HOUR: self.hour_days,
            partitions.ENERGY: self.quarter_days,
            partitions.ENERGY_VERSION: self.quarter_days,
            partitions.ENERGY_HOUR: self.hour_days,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """The database URL is required. `keep_…` say how long what is kept; 0 days is for ever."""

    grpc_port: int = 7102
    metrics_port: int = 9102
    keep_raw_days: int = 0
    keep_quarter_days: int = 0
    keep_hour_days: int = 0
    keep_journal_minutes: int = 60
    columnstore_after_days: int = 14

    def __post_init__(self) -> None:
        if not self.database_url:
            raise ValueError("PARKFLOW_DATABASE_URL is not set; history cannot work without it")
        _ = self.keeping

    @property
    def keeping(self) -> Keeping:
        """How long what is kept; ValueError when a rollup would not outlive what it is made of."""
        return Keeping(
            self.keep_raw_days,
            self.keep_quarter_days,
            self.keep_hour_days,
            self.columnstore_after_days,
            self.keep_journal_minutes,
        )


def _require_longer(variable: str, coarse: int, fine: int, more: int) -> None:
    """A rollup is made anew from what it is made of: that must not be gone in part."""
    if coarse and (not fine or coarse < fine + more):
        wanted = f"at least {fine + more}, or 0" if fine else "0: what it is made of is kept"
        raise ValueError(f"{variable} is {coarse}; it must be {wanted}")
