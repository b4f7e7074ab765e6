"""A broker that lets in only whom it knows, and only by TLS."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.demo.stack.mqtt import SYSTEM_PROGRAMS
from services.demo.stack.ports import free_port
from services.ingest.adapters.mqtt.adapter import broker_of
from services.ingest.adapters.mqtt.session import Broker, MqttSession, Received
from services.ingest.settings import Settings
from tests.support.patience import PATIENCE_S

MOSQUITTO = shutil.which("mosquitto", path=SYSTEM_PROGRAMS)
PASSWORDS = shutil.which("mosquitto_passwd")
pytestmark = pytest.mark.skipif(
    MOSQUITTO is None or PASSWORDS is None, reason="mosquitto is not installed"
)
CONFIGURED = """\
user root
listener {port} 127.0.0.1
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
allow_anonymous false
password_file {folder}/passwords
"""


def certificates_in(folder: Path) -> None:
    """An authority, and certificates of it for this machine and for us."""

    def openssl(*words: object) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    key = ["-newkey", "rsa:2048", "-nodes"]
    openssl(
        *("req", "-x509", *key, "-subj", "/CN=authority", "-days", "2"),
        *("-keyout", folder / "ca.key", "-out", folder / "ca.crt"),
    )
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
    for name in ("server", "client"):
        files = ["-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr"]
        openssl("req", *key, "-subj", f"/CN={name}", *files)
        openssl(
            *("x509", "-req", "-in", folder / f"{name}.csr", "-days", "2", "-CAcreateserial"),
            *("-CA", folder / "ca.crt", "-CAkey", folder / "ca.key"),
            *("-extfile", folder / "names", "-out", folder / f"{name}.crt"),
        )


@contextmanager
def a_guarded_broker(folder: Path) -> Iterator[str]:
    """A mosquitto that asks for TLS, a certificate, a user and a password; yields its address."""
    certificates_in(folder)
    assert MOSQUITTO is not None
    assert PASSWORDS is not None
    words = [PASSWORDS, "-b", "-c", str(folder / "passwords"), "ingest", "correct horse"]
    subprocess.run(words, check=True, capture_output=True)
    port = free_port()
    (folder / "conf").write_text(CONFIGURED.format(port=port, folder=folder), encoding="utf-8")
    process = subprocess.Popen([MOSQUITTO, "-c", str(folder / "conf")])
    try:
        yield f"mqtts://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


async def heard_by(broker: Broker, patience_s: float) -> list[Any]:
    """Return what a session hears of what it says itself within that time."""
    heard: list[Any] = []

    def hear(message: Received) -> None:
        heard.append(json.loads(message.payload))

    client = MqttSession(broker, "ingest", ["plant/pv"], hear, lambda up: None)
    client.start()
    try:
        async with asyncio.timeout(patience_s):
            while not heard:
                client.publish("plant/pv", b'{"kw": 5}')
                await asyncio.sleep(0.2)
    except TimeoutError:
        pass
    finally:
        await client.stop()
    return heard[:1]


async def test_a_guarded_broker_is_spoken_to_by_tls_as_a_user_with_a_certificate(
    tmp_path: Path,
) -> None:
    ours = (tmp_path / "client.crt", tmp_path / "client.key")
    with a_guarded_broker(tmp_path) as url:
        ca = str(tmp_path / "ca.crt")
        known = await heard_by(Broker(url, "ingest", "correct horse", ca, ours), PATIENCE_S)
        guessed = await heard_by(Broker(url, "ingest", "guessed", ca, ours), 2)
        nobody = await heard_by(Broker(url, "ingest", "correct horse", ca), 2)
        distrusted = await heard_by(Broker(url, "ingest", "correct horse", None, ours), 2)

    assert known == [{"kw": 5}]
    assert guessed == nobody == distrusted == []


def test_the_settings_name_the_files(tmp_path: Path) -> None:
    for name in ("password", "crt", "key"):
        (tmp_path / name).write_text("secret\n", encoding="utf-8")

    broker = broker_of(
        Settings(
            park=Path(),
            mqtt="mqtts://plant:8883",
            mqtt_user="ingest",
            mqtt_password_file=tmp_path / "password",
            mqtt_cert=tmp_path / "crt",
            mqtt_key=tmp_path / "key",
        )
    )

    assert (broker.user, broker.password) == ("ingest", "secret")
    assert broker.certificate == (tmp_path / "crt", tmp_path / "key")
