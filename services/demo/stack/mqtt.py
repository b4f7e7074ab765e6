"""The MQTT broker: our own small one, or mosquitto when the user asks for it.

Ours is the default even where mosquitto is installed: the demo then behaves alike on every machine,
and it is the one that loses nothing acknowledged on a kill -9 (mosquitto keeps its sessions in
memory and writes a snapshot now and then, here once a second). `services.demo.mqtt_broker` tells
why it is not amqtt.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import sys
from pathlib import Path

from services.demo.stack.child import Recipe
from services.demo.stack.errors import StackProblem
from services.demo.stack.folder import StateFolder
from services.demo.stack.ports import LOOPBACK
from services.demo.stack.server import Server

CHOICE = "PARKFLOW_MQTT_BROKER"
MOSQUITTO = "mosquitto"
SYSTEM_PROGRAMS = "/usr/local/sbin:/usr/sbin:/sbin"
SOURCES = Path(__file__).parents[3]

PROBE_ID = b"parkflow-probe"
ACCEPTED = b"\x20\x02\x00\x00"
GOODBYE = b"\xe0\x00"

MOSQUITTO_SETTINGS = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {home}/
autosave_interval 1
max_queued_messages 0
log_dest stdout
log_type error
log_type warning
"""


class Mqtt(Server):
    """One MQTT 3.1.1 broker."""

    name = "MQTT"
    port_variable = "PARKFLOW_PORT_MQTT"

    def __init__(
        self, folder: StateFolder, *, port: int = 11883, broker: str | None = None
    ) -> None:
        """`broker` is "" for ours, "mosquitto", or the path of a mosquitto."""
        super().__init__(folder, port=port)
        self.home = folder.path / "mqtt"
        self.broker = os.environ.get(CHOICE, "") if broker is None else broker

    @property
    def url(self) -> str:
        """The broker's address as a URL."""
        return f"mqtt://{self.address}"

    def prepare(self) -> None:
        """Make its folder; write mosquitto's settings."""
        self.home.mkdir(exist_ok=True)
        if self.broker:
            self._settings_file.write_text(self._mosquitto_settings())

    def recipe(self) -> Recipe:
        """The chosen broker."""
        return Recipe(
            name=self.name,
            command=self._mosquitto_command() if self.broker else self._our_command(),
            log=self.folder.log("mqtt"),
            folder=self.home,
            environment={"PYTHONPATH": str(SOURCES)},
        )

    def answers(self) -> bool:
        """Whether a CONNECT is accepted."""
        body = b"\x00\x04MQTT\x04\x02\x00\x0a" + struct.pack(">H", len(PROBE_ID)) + PROBE_ID
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as link:
                link.sendall(bytes([0x10, len(body)]) + body)
                accepted = link.makefile("rb").read(4) == ACCEPTED
                link.sendall(GOODBYE)
        except OSError:
            return False
        return accepted

    @property
    def _settings_file(self) -> Path:
        return self.home / "mosquitto.conf"

    def _our_command(self) -> list[str | Path]:
        return [
            sys.executable, "-m", "services.demo.mqtt_broker",
            str(self.port), self.home / "sessions.sqlite",
        ]  # fmt: skip

    def _mosquitto_command(self) -> list[str | Path]:
        found = shutil.which(self.broker, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PROGRAMS}")
        if found is None:
            raise StackProblem(
                f"{CHOICE}={self.broker}: there is no such program.",
                f"install mosquitto, or unset {CHOICE} for the broker that Parkflow brings.",
            )
        return [found, "-c", self._settings_file]

    def _mosquitto_settings(self) -> str:
        step_down = "" if os.geteuid() else "user root\n"  # it cannot reach our folder otherwise
        return MOSQUITTO_SETTINGS.format(port=self.port, home=self.home) + step_down
