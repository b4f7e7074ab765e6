"""Settings of the console."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from services.runtime.environment import CommonSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """Where the page is served and where the services are.

    On any address but loopback a user list is required: `PARKFLOW_USERS_FILE` names a file of
    `name:role:sha256-of-password` lines (role `viewer` or `operator`).
    """

    kafka: str = ""
    grpc_port: int = 0
    metrics_port: int = 9107
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    users_file: Path | None = None
    ingest_address: str = "127.0.0.1:7101"
    validation_address: str = "127.0.0.1:7107"
    history_address: str = "127.0.0.1:7102"
    forecasting_address: str = "127.0.0.1:7103"
    dispatch_address: str = "127.0.0.1:7104"
    carbon_accounting_address: str = "127.0.0.1:7105"
    alerting_address: str = "127.0.0.1:7106"

    def __post_init__(self) -> None:
        if self.users_file is None and not _is_loopback(self.http_host):
            raise ValueError(
                f"PARKFLOW_HTTP_HOST is {self.http_host}: anyone could steer the park; set "
                "PARKFLOW_USERS_FILE, or serve on 127.0.0.1"
            )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
