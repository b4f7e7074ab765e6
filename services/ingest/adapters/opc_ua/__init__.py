"""OPC UA: monitored nodes in, writes out (docs/protocols.md).

id: plant, protocol: opc_ua, endpoint: "opc.tcp://10.0.0.5:4840", security: sign_and_encrypt, …
points: [{point: pv.active_power_w, node: "ns=2;s=PV.P", scale: -1000}]
setpoints: [{device: battery, quantity: active_power_w, node: "ns=2;s=Battery.Target"}]
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from services.energy.site import Source
from services.ingest.adapters.mapping import Order, Scale, read_all, read_order, read_scale
from services.ingest.adapters.security import absolute_path, is_loopback
from services.runtime.field_protocols import Expected, FieldProtocol
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    Misread,
    between,
    duration,
    one_of,
    plain_text,
    whole,
    yes_or_no,
)

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools

MODES = ("none", "sign", "sign_and_encrypt")
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NODE = re.compile(
    r"(?:(?:ns=(?P<index>\d{1,5})|nsu=(?P<uri>[^;]+));)?"
    rf"(?P<id>i=\d{{1,10}}|s=.+|g={_UUID}|b=[A-Za-z0-9+/]+={{0,2}})"
)


@dataclass(frozen=True, slots=True)
class NodeName:
    """A node: its namespace by index, or by URI (safe when the server counts anew), and its id."""

    namespace: int | str
    id: str


@dataclass(frozen=True, slots=True)
class MonitoredPoint:
    """A point and the node that shows it."""

    point_id: str
    node: NodeName
    scale: Scale


@dataclass(frozen=True, slots=True)
class WrittenTarget:
    """A set-point's node, and the node that shows what the device holds (itself by default)."""

    order: Order
    node: NodeName
    read_back: NodeName


@dataclass(frozen=True, slots=True)
class Security:
    """Basic256Sha256 with `mode`, or none; who we are. Files are read when the source is opened."""

    mode: str
    certificate: Path | None
    private_key: Path | None
    server_certificate: Path | None
    user: str | None
    password_file: Path | None
    application_uri: str


@dataclass(frozen=True, slots=True)
class OpcUaSettings:
    """One server. `queue` samples a node wait there while we are away; `history` is read back."""

    endpoint: str
    security: Security
    sampling: timedelta
    queue: int
    history: timedelta | None
    points: tuple[MonitoredPoint, ...]
    targets: tuple[WrittenTarget, ...]


def node_name(text: str) -> NodeName:
    """Return the node of its usual notation, e.g. `ns=2;s=PV.Power` or `nsu=urn:plant;i=1001`."""
    match = _NODE.fullmatch(text)
    if match is None:
        raise Misread("is not a node id", "write ns=2;s=PV.Power, ns=2;i=1001 or nsu=urn:plant;s=…")
    return NodeName(match["uri"] or int(match["index"] or 0), match["id"])


def _endpoint(text: str) -> str:
    address = urlsplit(text)
    if address.scheme != "opc.tcp" or not address.hostname or "@" in address.netloc:
        raise Misread("is not an endpoint", "write opc.tcp://host:4840; who we are stands in user")
    return text


def _read(at: Section, expected: Expected) -> OpcUaSettings:
    endpoint = at.need("endpoint", _endpoint)
    security = _read_security(at, endpoint)
    return at.build_open(
        OpcUaSettings,
        endpoint=endpoint,
        security=security,
        sampling=at.may("sampling", duration, timedelta(seconds=1)),
        queue=at.may("queue", between(1, 100_000, whole), 600),
        history=at.may("history", duration, None),
        points=read_all(
            at.sections("points"),
            lambda entry: entry.build(
                MonitoredPoint,
                point_id=entry.need("point", expected.point),
                node=entry.need("node", node_name),
                scale=read_scale(entry),
            ),
            ("point", lambda point: point.point_id),
        ),
        targets=read_all(
            at.may_sections("setpoints"),
            lambda entry: _read_target(entry, expected),
            ("device", lambda target: (target.order.device_id, target.order.quantity)),
        ),
    )


def _read_target(at: Section, expected: Expected) -> WrittenTarget:
    order = read_order(at, expected)
    node = at.need("node", node_name)
    return at.build(
        WrittenTarget, order=order, node=node, read_back=at.may("read_back", node_name, node)
    )


def _read_security(at: Section, endpoint: str) -> Security:
    mode = at.need("security", one_of(*MODES))
    insecure = at.may("allow_insecure", yes_or_no, False)
    host = "localhost" if endpoint is WRONG else urlsplit(endpoint).hostname or ""
    if mode == "none" and insecure is False and not is_loopback(host):
        at.wrong(
            "security",
            f"is none, and {host} is not this machine",
            "write sign_and_encrypt, or allow_insecure: true if that network is trusted",
        )
    secure = mode not in (WRONG, "none")
    user = at.may("user", plain_text, None)
    password_file = at.may("password_file", absolute_path, None)
    if (user is None) != (password_file is None):
        at.wrong("user", "and password_file belong together", "write both or neither")
    return at.build_open(
        Security,
        mode=mode,
        certificate=_file(at, "certificate", secure),
        private_key=_file(at, "private_key", secure),
        server_certificate=_file(at, "server_certificate", secure),
        user=user,
        password_file=password_file,
        application_uri=at.may("application_uri", plain_text, "urn:parkflow:ingest"),
    )


def _file(at: Section, key: str, needed: bool) -> Path | None:
    return at.need(key, absolute_path) if needed else at.may(key, absolute_path, None)


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.opc_ua.adapter import OpcUaAdapter

    return OpcUaAdapter(source.id, cast(OpcUaSettings, source.settings), tools)


PROTOCOL = FieldProtocol("opc_ua", _read, _open)
