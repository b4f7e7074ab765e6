"""Settings of forecasting."""

from dataclasses import dataclass

from services.runtime.environment import CommonSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """The database URL is required."""

    grpc_port: int = 7103
    metrics_port: int = 9103

    def __post_init__(self) -> None:
        if not self.database_url:
            raise ValueError("PARKFLOW_DATABASE_URL is not set; forecasting cannot work without it")
