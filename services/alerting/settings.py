"""What alerting is told by its environment (§10)."""

from dataclasses import dataclass

from services.runtime.environment import CommonSettings

WATCHED = ("ingest", "validation", "history", "forecasting", "dispatch", "carbon_accounting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """The database URL is required. `watched` are the peers whose health is asked for."""

    grpc_port: int = 7106
    metrics_port: int = 9106
    watched: str = ",".join(WATCHED)
    ingest_address: str = "127.0.0.1:7101"
    validation_address: str = "127.0.0.1:7107"
    history_address: str = "127.0.0.1:7102"
    forecasting_address: str = "127.0.0.1:7103"
    dispatch_address: str = "127.0.0.1:7104"
    carbon_accounting_address: str = "127.0.0.1:7105"

    def __post_init__(self) -> None:
        if not self.database_url:
            raise ValueError("PARKFLOW_DATABASE_URL is not set; alerting cannot work without it")
        if unknown := set(self.watched_services) - set(WATCHED):
            raise ValueError(
                f"PARKFLOW_WATCHED names {', '.join(sorted(unknown))}; "
                f"choose of {', '.join(WATCHED)}, or 'none'"
            )

    @property
    def watched_services(self) -> tuple[str, ...]:
        """Return the names of the peers to watch."""
        if self.watched.strip() == "none":
            return ()
        return tuple(name.strip() for name in self.watched.split(",") if name.strip())

    def address_of(self, service: str) -> str:
        """Return where a peer serves gRPC."""
        return str(getattr(self, f"{service}_address"))
