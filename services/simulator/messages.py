"""The devices' JSON on MQTT: telemetry out, commands in, results out (docs/names-and-ports.md)."""

import json
from datetime import UTC, datetime

from services.simulator.domain.faults import Garbage
from services.simulator.domain.samples import Values
from services.simulator.domain.setpoints import Accepted, Refused, SetPoint

GARBAGE = b'\x00\xff{"ts": "yesterday", "values": ['


class Undecodable(Exception):
    """A command that cannot be read; the text says why."""


def telemetry(values: Values | Garbage, at_s: int) -> bytes:
    """Return a telemetry message; not-a-number becomes the (improper) JSON word NaN."""
    if isinstance(values, Garbage):
        return GARBAGE
    return json.dumps({"ts": stamp(at_s), "values": values}, separators=(",", ":")).encode()


def setpoint(device_id: str, payload: bytes, at_s: int) -> SetPoint:
    """Return the set-point of a command that takes effect at `at_s`; Undecodable says why not."""
    try:
        command = json.loads(payload)
        expires = datetime.fromisoformat(command["expires_at"])
        if expires.tzinfo is None:
            raise ValueError(f"expires_at {command['expires_at']} needs a time zone")
        return SetPoint(
            setpoint_id=str(command["setpoint_id"]),
            device_id=device_id,
            quantity=str(command["quantity"]),
            value_w=float(command["value_w"]),
            expires_at_s=int(expires.timestamp()),
            at_s=at_s,
        )
    except (ValueError, KeyError, TypeError) as mistake:
        raise Undecodable(f"command is unreadable: {type(mistake).__name__} {mistake}") from None


def setpoint_id(payload: bytes) -> str:
    """Return the id in a command that could not be used; empty when there is none."""
    try:
        return str(json.loads(payload)["setpoint_id"])
    except (ValueError, KeyError, TypeError):
        return ""


def result(setpoint_id: str, verdict: Accepted | Refused, now: datetime) -> bytes:
    """Return the device's answer to a command."""
    answer = {
        "setpoint_id": setpoint_id,
        "result": "accepted" if isinstance(verdict, Accepted) else "rejected",
        "reason": verdict.reason if isinstance(verdict, Refused) else "",
        "read_back_w": verdict.read_back_w if isinstance(verdict, Accepted) else None,
        "ts": now.astimezone(UTC).isoformat(),
    }
    return json.dumps(answer).encode()


def stamp(at_s: int) -> str:
    """Return an instant as the devices write it."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
