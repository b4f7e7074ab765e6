"""What ingest is told by its environment (§10)."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from services.runtime.environment import CommonSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """Ingest's settings.

    `mqtt` is `mqtt://host:port` or `mqtts://…` (TLS; `mqtt_ca` when the authority is not a public
    one). `modbus_host` and `modbus_port` stand in for the park file's endpoints.
    """

    grpc_port: int = 7101
    metrics_port: int = 9101
    mqtt: str = "mqtt://127.0.0.1:11883"
    mqtt_user: str | None = None
    mqtt_password_file: Path | None = None
    mqtt_ca: Path | None = None
    modbus_host: str | None = None
    modbus_port: int | None = None

    def __post_init__(self) -> None:
        address = urlsplit(self.mqtt)
        if address.scheme not in ("mqtt", "mqtts") or not address.hostname:
            raise ValueError(f"PARKFLOW_MQTT {self.mqtt!r} is not like mqtt://127.0.0.1:11883")
        if self.mqtt_password_file is not None and not self.mqtt_password_file.is_file():
            raise ValueError(f"PARKFLOW_MQTT_PASSWORD_FILE {self.mqtt_password_file} is no file")
        if self.mqtt_password_file is not None and self.mqtt_user is None:
            raise ValueError("PARKFLOW_MQTT_PASSWORD_FILE is set; PARKFLOW_MQTT_USER must be too")
