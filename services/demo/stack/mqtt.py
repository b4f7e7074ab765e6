"""An MQTT broker: mosquitto when installed, else amqtt."""

from __future__ import annotations

import shutil
import socket
import struct
import sys
from pathlib import Path

from services.demo.stack.child import Recipe
from services.demo.stack.folder import StateFolder
from services.demo.stack.ports import LOOPBACK
from services.demo.stack.server import Server

AMQTT_BROKER = Path(__file__).with_name("amqtt_broker.py")
PROBE_ID = b"parkflow-probe"
ACCEPTED = b"\x20\x02\x00\x00"


class Mqtt(Server):
    """One MQTT 3.1.1 broker."""

    name = "MQTT"
    port_variable = "PARKFLOW_PORT_MQTT"

    def __init__(self, folder: StateFolder, *, port: int = 11883) -> None:
        super().__init__(folder, port=port)
        self.home = folder.path / "mqtt"

    @property
    def url(self) -> str:
        """The broker's address as a URL."""
        return f"mqtt://{self.address}"

    def prepare(self) -> None:
        """Make its folder and settings."""
        self.home.mkdir(exist_ok=True)

    def recipe(self) -> Recipe:
        """The broker."""
        return Recipe(
            name=self.name,
            command=[sys.executable, AMQTT_BROKER, str(self.port)],
            log=self.folder.log("mqtt"),
            folder=self.home,
        )

    def answers(self) -> bool:
        """Whether a CONNECT is accepted."""
        body = b"\x00\x04MQTT\x04\x02\x00\x0a" + struct.pack(">H", len(PROBE_ID)) + PROBE_ID
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as link:
                link.sendall(bytes([0x10, len(body)]) + body)
                accepted = link.makefile("rb").read(4) == ACCEPTED
                link.sendall(b"\xe0\x00")
        except OSError:
            return False
        return accepted
