"""Settings of validation."""

from dataclasses import dataclass

from services.runtime.environment import CommonSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """The database URL is required. Each partition's state is kept every `checkpoint_every_s`."""

    grpc_port: int = 7107
    metrics_port: int = 9109
    checkpoint_every_s: float = 30.0

    def __post_init__(self) -> None:
        if not self.database_url:
            raise ValueError("PARKFLOW_DATABASE_URL is not set; validation cannot work without it")
        if not 0 < self.checkpoint_every_s <= 3600:
            raise ValueError(
                f"PARKFLOW_CHECKPOINT_EVERY_S is {self.checkpoint_every_s:g}; choose above 0, up "
                "to 3600"
            )
