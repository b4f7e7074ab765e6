"""OCPP 1.6 and 2.0.1: a central system that charge points call (docs/protocols.md).

{id: ocpp-1, protocol: ocpp, host: 127.0.0.1, port: 9220, connectors: [{charge_point: CP1, …}]}
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.ingest.adapters.mapping import read_all
from services.ingest.adapters.ocpp.profiles import AMPERES, WATTS, Rate
from services.ingest.adapters.security import absolute_path, is_loopback
from services.runtime.field_protocols import Claim, Expected, FieldProtocol
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    Misread,
    above_zero,
    between,
    duration,
    number,
    one_of,
    plain_text,
    whole,
    yes_or_no,
)

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools

NO_FILE: Path | None = None
HEARTBEAT = timedelta(minutes=5)
LONGEST_IDENTITY = 48  # OCPP-J 2.0.1, 3.1.1


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector (1.6) or EVSE (2.0.1) of a charge point, and the device it is."""

    charge_point: str
    connector: int
    device_id: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who we are to charge points that connect by wss."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class OcppSettings:
    """Where charge points connect, and which there are.

    `password_file` holds a line `<identity>:<password>` for each charge point.
    """

    host: str
    port: int
    password_file: Path | None
    certificate: Certificate | None
    heartbeat: timedelta
    connectors: tuple[Connector, ...]


def identity(text: str) -> str:
    """Return the identity of a charge point: the last part of the address it calls."""
    if not 1 <= len(text) <= LONGEST_IDENTITY or any(character in text for character in "/:?# "):
        raise Misread(
            "is not the identity of a charge point",
            f"write 1 to {LONGEST_IDENTITY} characters without / : ? # and spaces",
        )
    return text


def _read(at: Section, expected: Expected) -> OcppSettings:
    host = at.may("host", plain_text, "127.0.0.1")
    password_file, certificate = _read_security(at, host)
    return at.build_open(
        OcppSettings,
        host=host,
        password_file=password_file,
        certificate=certificate,
        port=at.need("port", between(1, 65535, whole)),
        heartbeat=at.may("heartbeat", duration, HEARTBEAT),
        connectors=read_all(
            at.sections("connectors"),
            lambda entry: _read_connector(entry, expected),
            ("device", lambda connector: connector.device_id),
            ("connector", lambda connector: (connector.charge_point, connector.connector)),
        ),
    )


def _read_security(at: Section, host: str) -> tuple[Path | None, Certificate | None]:
    """Return the password file and the certificate; off loopback both are asked for."""
    password_file = at.may("password_file", absolute_path, NO_FILE)
    certificate = _read_certificate(at)
    insecure = at.may("allow_insecure", yes_or_no, False)
    if host is not WRONG and not is_loopback(host):
        if password_file is None:
            at.wrong("host", "is not loopback, and there is no password_file", "add password_file")
        if certificate is None and insecure is False:
            cure = "add tls, or allow_insecure: true if that network is trusted"
            at.wrong("host", "is not loopback, and there is no tls", cure)
    return password_file, certificate


def _read_certificate(at: Section) -> Certificate | None:
    section = at.may_section("tls")
    if section is None:
        return None
    return section.build(
        Certificate,
        certificate=section.need("certificate", absolute_path),
        key=section.need("key", absolute_path),
    )


def _read_connector(at: Section, expected: Expected) -> Connector:
    rate = at.build_open(
        Rate,
        unit=at.may("rate_unit", one_of(WATTS, AMPERES), WATTS),
        phases=at.may("phases", between(1, 3, whole), 3),
        voltage_v=at.may("voltage_v", above_zero(number), 230.0),
    )
    return at.build(
        Connector,
        charge_point=at.need("charge_point", identity),
        connector=at.may("connector", between(1, 63, whole), 1),
        device_id=at.need("device", expected.device),
        rate=rate,
    )


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.ocpp.adapter import OcppAdapter

    return OcppAdapter(source.id, cast(OcppSettings, source.settings), tools)


def _claim(settings: OcppSettings) -> Claim:
    what = f"{settings.port} of {settings.host}"
    return Claim("port", what, "one source a port", (settings.host, settings.port))


PROTOCOL = FieldProtocol("ocpp", _read, _open, _claim)
