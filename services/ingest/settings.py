"""What ingest is told by its environment (§10)."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from services.ingest.spool.rules import SMALLEST_LIMIT_BYTES, Policy, Rules
from services.runtime.environment import CommonSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """Ingest's settings.

    `mqtt` is `mqtt://host:port` or `mqtts://…` (TLS; `mqtt_ca` when the authority is not a public
    one, `mqtt_cert` and `mqtt_key` when the broker asks who we are). `modbus_host` and
    `modbus_port` stand in for the park file's endpoints.

    `spool_folder` switches store-and-forward on: what Kafka does not take within `spool_after_s`
    waits there. Full is `spool_max_bytes` on disk or a frame older than `spool_max_age_hours` of
    park time; then `spool_policy` is to `refuse_newest` or to `drop_oldest`.
    """

    grpc_port: int = 7101
    metrics_port: int = 9101
    mqtt: str = "mqtt://127.0.0.1:11883"
    mqtt_user: str | None = None
    mqtt_password_file: Path | None = None
    mqtt_ca: Path | None = None
    mqtt_cert: Path | None = None
    mqtt_key: Path | None = None
    modbus_host: str | None = None
    modbus_port: int | None = None
    spool_folder: Path | None = None
    spool_max_bytes: int = 1024 * 1024 * 1024
    spool_max_age_hours: float = 168.0
    spool_policy: str = Policy.REFUSE_NEWEST
    spool_after_s: float = 1.0

    def __post_init__(self) -> None:
        address = urlsplit(self.mqtt)
        shown = self.mqtt.rpartition("@")[2]
        if address.scheme not in ("mqtt", "mqtts") or not address.hostname:
            raise ValueError(f"PARKFLOW_MQTT {shown!r} is not like mqtt://127.0.0.1:11883")
        if "@" in address.netloc:  # it would stand in logs
            raise ValueError(
                "PARKFLOW_MQTT names a user; who we are stands in PARKFLOW_MQTT_USER and "
                "PARKFLOW_MQTT_PASSWORD_FILE"
            )
        if self.mqtt_password_file is not None and not self.mqtt_password_file.is_file():
            raise ValueError(f"PARKFLOW_MQTT_PASSWORD_FILE {self.mqtt_password_file} is no file")
        if self.mqtt_password_file is not None and self.mqtt_user is None:
            raise ValueError("PARKFLOW_MQTT_PASSWORD_FILE is set; PARKFLOW_MQTT_USER must be too")
        if (self.mqtt_cert is None) != (self.mqtt_key is None):
            raise ValueError("PARKFLOW_MQTT_CERT and PARKFLOW_MQTT_KEY belong together: set both")
        self._require_sensible_spool()

    def _require_sensible_spool(self) -> None:
        if self.spool_policy not in list(Policy):
            raise ValueError(
                f"PARKFLOW_SPOOL_POLICY {self.spool_policy!r} is not one of {', '.join(Policy)}"
            )
        if self.spool_max_bytes < SMALLEST_LIMIT_BYTES:
            raise ValueError(
                f"PARKFLOW_SPOOL_MAX_BYTES {self.spool_max_bytes} is less than "
                f"{SMALLEST_LIMIT_BYTES}; a few large frames would fill it"
            )
        if self.spool_max_age_hours <= 0 or self.spool_after_s <= 0:
            raise ValueError(
                f"PARKFLOW_SPOOL_MAX_AGE_HOURS {self.spool_max_age_hours:g} and "
                f"PARKFLOW_SPOOL_AFTER_S {self.spool_after_s:g} must be above 0"
            )

    @property
    def spool_rules(self) -> Rules:
        """Return what the spool keeps to."""
        longest_age = timedelta(hours=self.spool_max_age_hours)
        return Rules(Policy(self.spool_policy), longest_age, self.spool_after_s)
