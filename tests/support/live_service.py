"""CarbonService over live books in PostgreSQL, asked over loopback or with a certificate."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from parkflow.carbon.v1.carbon_service_pb2_grpc import (
    CarbonServiceStub,
    add_CarbonServiceServicer_to_server,
)
from services.carbon_accounting.answering import Answered, reading_database
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.inventory.choosing import chosen
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.rpc.access import Guarded
from services.carbon_accounting.settings import Settings
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.environment import CommonSettings
from services.runtime.grpc_client import open_channel
from services.runtime.grpc_server import GrpcServer
from tests.support.builders import DEMO_PARK_FILE
from tests.support.carbon import the_store
from tests.support.carbon_rpc import the_rpc
from tests.support.live_books import MAY

NOW = MAY + timedelta(days=45)
CALL_S = 30.0
SERVICE = "parkflow.carbon.v1.CarbonService"
PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants:
  - {id: a, name: {en: Anvil Works, zh: 铁砧厂}}
  - {id: b, name: {en: Bakery, zh: 面包房}}
accounting:
  factor_year: 2023
  acceptance_factor_year: 2023
  meters:
    - {id: grid, role: grid_import}
    - {id: out, role: export}
    - {id: pv, role: generation, kind: pv}
    - {id: pv_b, role: generation, kind: pv, enterprise: b}
    - {id: load_a, role: consumption, enterprise: a}
    - {id: load_b, role: consumption, enterprise: b}
    - {id: lamps, role: consumption}
    - {id: bat_in, role: charge, store: bat}
    - {id: bat_out, role: discharge, store: bat}
  stores:
    - {id: bat, round_trip_efficiency: 0.9}
"""


@dataclass
class Running:
    """A service that answers; `stub` is an operator on this machine."""

    database: Database
    server: GrpcServer
    stub: Any
    rules: LiveRules


def a_site(folder: Path) -> Site:
    """The mill: a, b and lamps of the park's, two roofs, a battery."""
    file = folder / "mill.yaml"
    file.write_text(PARK, encoding="utf-8")
    return load_site(file)


def rules_in(folder: Path) -> LiveRules:
    """Booked from the first of May on; a quarter is late after two hours."""
    site = a_site(folder)
    rules = Rules(chosen(site, the_store()), site.choices.region, site.time_zone)
    return LiveRules(Accounted(site, rules), MAY, timedelta(hours=2))


@asynccontextmanager
async def serving(
    url: str,
    folder: Path,
    *,
    secrets: Path | None = None,
    now: datetime = NOW,
    rules: LiveRules | None = None,
    connections: int = 5,
    statement_s: int = 30,
) -> AsyncIterator[Running]:
    """Serve on a migrated database; with `secrets` over mutual TLS, asked by `console` then.

    Answers are read from so many connections, no statement for longer than `statement_s`; a long
    call waits 0.3 s for its turn.
    """
    database, asked = (
        Database("carbon_accounting", url),
        Settings(
            park=DEMO_PARK_FILE,
            database_url=url,
            answering_connections=connections,
            answer_statement_s=statement_s,
        ),
    )
    reading = reading_database("carbon_accounting", asked)
    await database.start()
    await reading.start()
    server = GrpcServer(settings(secrets, "carbon-accounting"))
    rules = rules or rules_in(folder)
    clock = ParkClock(now, time.time(), 1.0)
    rpc = the_rpc(database, RulesNow(rules), clock, reading=reading)
    servicer = Guarded(Answered(rpc, asked, patience_s=0.3), rules.site)
    server.add(add_CarbonServiceServicer_to_server, servicer, SERVICE)
    await server.start()
    try:
        async with open_channel(address(server), settings(secrets, "console")) as channel:
            yield Running(database, server, CarbonServiceStub(channel), rules)
    finally:
        await server.stop()
        await reading.stop()
        await database.stop()


@asynccontextmanager
async def as_caller(running: Running, secrets: Path, name: str) -> AsyncIterator[Any]:
    """A stub whose certificate has this common name."""
    certified(secrets, name)
    async with open_channel(address(running.server), settings(secrets, file_of(name))) as channel:
        yield CarbonServiceStub(channel)


def address(server: GrpcServer) -> str:
    return f"localhost:{server.port}"


def settings(secrets: Path | None, name: str) -> CommonSettings:
    plain = CommonSettings(park=DEMO_PARK_FILE, grpc_port=0, metrics_port=0)
    if secrets is None:
        return plain
    return replace(
        plain,
        tls_cert=secrets / f"{name}-tls.crt",
        tls_key=secrets / f"{name}-tls.key",
        tls_ca=secrets / "ca.crt",
    )


def file_of(name: str) -> str:
    return name.replace("/", "_").replace("=", "_") or "nobody"


def authority(folder: Path) -> Path:
    """An authority and the services' certificates, as Compose makes them."""
    subprocess.run(
        ["bash", "deploy/compose/certificates.sh"],
        env=os.environ | {"PARKFLOW_SECRETS": str(folder)},
        check=True,
        capture_output=True,
    )
    return folder


def certified(secrets: Path, name: str) -> None:
    """Make a client's certificate with this common name; a / in it needs a backslash."""
    file = secrets / file_of(name)
    subject = "/O=somebody" if not name else "/CN=" + name.replace("/", "\\/")
    key, request = f"{file}-tls.key", f"{file}.csr"
    elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl("req", "-new", *elliptic, "-keyout", key, "-subj", subject, "-out", request)
    signed = ["-CA", str(secrets / "ca.crt"), "-CAkey", str(secrets / "ca.key")]
    _openssl("x509", "-req", "-in", request, *signed, "-days", "2", "-out", f"{file}-tls.crt")


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)
