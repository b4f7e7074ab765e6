"""Calling other services: channels with or without mutual TLS, trace context in the metadata."""

import json
from pathlib import Path

import grpc

from services.runtime.environment import CommonSettings
from services.runtime.telemetry import carrier_of_current

CALL_S = 5.0
READ_AGAIN = {
    "name": [{"service": "parkflow.history.v1.HistoryService"}],
    "retryPolicy": {
        "maxAttempts": 4,
        "initialBackoff": "0.2s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    },
}
"""Reads of history change nothing, so a lost connection is tried again within the deadline."""
OPTIONS = [
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.service_config", json.dumps({"methodConfig": [READ_AGAIN]})),
]


def open_channel(address: str, settings: CommonSettings) -> grpc.aio.Channel:
    """Return a channel to a peer; mutual TLS when this process has a certificate."""
    if settings.tls_cert is None:
        return grpc.aio.insecure_channel(address, options=OPTIONS)
    credentials = grpc.ssl_channel_credentials(
        _bytes(settings.tls_ca), _bytes(settings.tls_key), _bytes(settings.tls_cert)
    )
    return grpc.aio.secure_channel(address, credentials, options=OPTIONS)


def _bytes(file: Path | None) -> bytes | None:
    return file.read_bytes() if file else None


def trace_metadata() -> tuple[tuple[str, str], ...]:
    """Return the metadata that continues the current trace in the called service."""
    return tuple(carrier_of_current().items())
