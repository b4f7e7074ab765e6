"""How to reach Kafka: plain on loopback, SASL over TLS elsewhere (PARKFLOW_KAFKA_*)."""

import ssl
from collections.abc import Mapping
from pathlib import Path


def security_from(environ: Mapping[str, str]) -> dict[str, object]:
    """Return aiokafka's security arguments; empty when nothing is set (plain text)."""
    if "PARKFLOW_KAFKA_USER" not in environ:
        return {}
    password_file = environ.get("PARKFLOW_KAFKA_PASSWORD_FILE", "")
    if not password_file:
        raise ValueError("PARKFLOW_KAFKA_USER is set; PARKFLOW_KAFKA_PASSWORD_FILE must be too")
    context = ssl.create_default_context(cafile=environ.get("PARKFLOW_KAFKA_CA") or None)
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": environ.get("PARKFLOW_KAFKA_MECHANISM", "SCRAM-SHA-512"),
        "sasl_plain_username": environ["PARKFLOW_KAFKA_USER"],
        "sasl_plain_password": Path(password_file).read_text(encoding="utf-8").strip(),
        "ssl_context": context,
    }
