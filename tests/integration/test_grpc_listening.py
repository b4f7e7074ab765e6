"""Who may listen and who may call: plain text on loopback only, elsewhere mutual TLS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.runtime.environment import CommonSettings
from services.runtime.grpc_client import open_channel
from services.runtime.grpc_server import GrpcServer, InsecureAddress
from tests.support.builders import DEMO_PARK_FILE, REPOSITORY

SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("host", ["0.0.0.0", "parkflow.example.com", "10.1.2.3"])
def test_a_service_refuses_to_listen_beyond_loopback_in_plain_text(
    host: str, tmp_path: Path
) -> None:
    environment = {
        "PARKFLOW_PARK": str(DEMO_PARK_FILE),
        "PARKFLOW_GRPC_HOST": host,
        "PARKFLOW_GRPC_PORT": "0",
        "PARKFLOW_METRICS_PORT": "0",
        "PARKFLOW_STATE": str(tmp_path),
        "PARKFLOW_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    }

    ended = subprocess.run(
        [sys.executable, "-m", "services.history"],
        env=os.environ | environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    told = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert ended.returncode == 1
    assert told == [
        f"history: gRPC on {host} needs mutual TLS: set PARKFLOW_TLS_CERT, PARKFLOW_TLS_KEY and "
        "PARKFLOW_TLS_CA, or listen on 127.0.0.1"
    ]
    assert "Traceback" not in ended.stderr


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates_in(tmp_path_factory.mktemp("secrets"))


@pytest.fixture(scope="module")
def other_certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates_in(tmp_path_factory.mktemp("strangers"))


def certificates_in(folder: Path) -> Path:
    """Make an authority and the certificates that the Compose system makes for itself."""
    subprocess.run(
        ["bash", str(REPOSITORY / "deploy" / "compose" / "certificates.sh")],
        env=os.environ | {"PARKFLOW_SECRETS": str(folder)},
        check=True,
        capture_output=True,
    )
    return folder


def settings(certificates: Path | None, name: str = "ingest") -> CommonSettings:
    """Return the settings of a process that has these certificates, or none."""
    tls: dict[str, Any] = {}
    if certificates is not None:
        tls = {
            "tls_cert": certificates / f"{name}-tls.crt",
            "tls_key": certificates / f"{name}-tls.key",
            "tls_ca": certificates / "ca.crt",
        }
    return CommonSettings(park=DEMO_PARK_FILE, grpc_port=0, metrics_port=0, **tls)


@asynccontextmanager
async def a_server(certificates: Path) -> AsyncIterator[str]:
    """A server that asks for certificates; yields its address."""
    server = GrpcServer(settings(certificates))
    await server.start()
    await server.set_serving(True)
    try:
        yield f"localhost:{server.port}"
    finally:
        await server.stop()


async def health_through(channel: grpc.aio.Channel) -> Any:
    """Ask whether the other end serves."""
    async with channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=30)
        return answer.status


async def test_a_client_with_a_certificate_of_the_authority_is_served(certificates: Path) -> None:
    async with a_server(certificates) as address:
        channel = open_channel(address, settings(certificates, "console"))

        assert await health_through(channel) == SERVING


async def test_a_client_without_certificate_is_refused(certificates: Path) -> None:
    authority = (certificates / "ca.crt").read_bytes()
    async with a_server(certificates) as address:
        plain = open_channel(address, settings(None))
        nameless = grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(authority))

        for channel in (plain, nameless):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await health_through(channel)
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_client_of_another_authority_is_refused(
    certificates: Path, other_certificates: Path
) -> None:
    async with a_server(certificates) as address:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await health_through(open_channel(address, settings(other_certificates)))

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_file_that_is_no_certificate_is_named(certificates: Path, tmp_path: Path) -> None:
    wrong = replace(settings(certificates), tls_cert=tmp_path / "wrong.crt")
    (tmp_path / "wrong.crt").write_text("not a certificate")

    with pytest.raises(InsecureAddress, match=r"PARKFLOW_TLS_CERT .*wrong\.crt"):
        await GrpcServer(wrong).start()
