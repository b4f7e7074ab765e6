"""The whole system on one machine: servers, topics, schemas, services, simulator; supervised.

Used by `make demo` and by the story tests. A service that ends by itself is started again, as
Kubernetes would; how often is counted.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from services.demo.addresses import MODULES, SERVICES, Ports
from services.demo.clock_file import ClockFile
from services.demo.service_process import REPOSITORY, ServiceProcess
from services.demo.stack import Kafka, Mqtt, Postgres, Server, Stack, StackProblem, StateFolder
from services.demo.stack.ports import LOOPBACK
from services.runtime.clock import ParkClock
from services.runtime.database import migrate, migration_files
from services.runtime.patience import patiently
from services.runtime.topics import create_missing

STORY_START = datetime(2019, 6, 3, 22, 0, tzinfo=UTC)
START_LEAD_S = 4.0
BACK_OFF_S = 1.0
STOP_ORDER = (
    "alerting",
    "simulator",
    "console",
    "dispatch",
    "ingest",
    "validation",
    "forecasting_training",
    "forecasting",
    "carbon_accounting",
    "history",
)

Report = Callable[[str, float], None]


class ParkRun:
    """One running park. `start`, then `supervise` now and then, then `stop`."""

    def __init__(
        self,
        state: Path,
        *,
        ports: Ports,
        speed: float,
        park_file: Path = REPOSITORY / "parks" / "demo.yaml",
        story_start: datetime = STORY_START,
        environment: Mapping[str, str] | None = None,
        report: Report = lambda what, seconds: None,
    ) -> None:
        self.folder = StateFolder(state)
        self.ports = ports
        self.speed = speed
        self.park_file = park_file
        self.story_start = story_start
        self.kafka = Kafka(self.folder, port=ports.kafka, controller_port=ports.kafka_controller)
        self.postgres = Postgres(self.folder, port=ports.postgres)
        self.mqtt = Mqtt(self.folder, port=ports.mqtt)
        self.stack = Stack(self.kafka, self.postgres, self.mqtt)
        self.services: dict[str, ServiceProcess] = {}
        self.clock = ParkClock.wall()
        self._stopped_at = story_start
        self._clock_file = ClockFile(self.folder.path / "clock.json")
        self._extra = dict(environment or {})
        self._report = report

    # ---- start

    def start(self) -> None:
        """Bring everything up, step by step; whatever a user can mend is a `StackProblem`.

        What has come up until then stays up: `stop` ends it.
        """
        with self._step("Kafka, PostgreSQL and MQTT"):
            self.stack.start()
        with self._step("topics"):
            asyncio.run(patiently(lambda: create_missing(self.kafka.address), "kafka"))
        with self._step("database schemas"):
            asyncio.run(self._migrate())
        self.clock = self._resumed_clock()
        self.services = {name: self._service(name) for name in SERVICES}
        with self._step("services"):
            self._start_services()

    async def _migrate(self) -> None:
        for service in SERVICES:
            if migration_files(service):
                await migrate(service, self.postgres.url())

    def _resumed_clock(self) -> ParkClock:
        park_time = self._clock_file.read() or self.story_start
        return ParkClock(park_time, time.time() + START_LEAD_S, self.speed)

    def _start_services(self) -> None:
        with ThreadPoolExecutor(len(self.services)) as pool:
            starts = [pool.submit(service.start) for service in self.services.values()]
            try:
                wait(starts)
            except BaseException:  # ctrl-C: the starts under way give up
                for service in self.services.values():
                    service.stop()
                raise
        problems = [problem for start in starts if (problem := start.exception())]
        if problems:
            raise problems[0]

    def _service(self, name: str) -> ServiceProcess:
        return ServiceProcess(
            self.folder,
            name,
            grpc_port=self.ports.grpc_of(name),
            metrics_port=self.ports.metrics_of(name),
            environment=self.environment_of(name),
        )

    def environment_of(self, service: str) -> dict[str, str]:
        """Return the settings of one service as environment variables."""
        state = self.folder.path / service
        state.mkdir(parents=True, exist_ok=True)
        variables = {
            "PARKFLOW_PARK": str(self.park_file),
            "PARKFLOW_KAFKA": self.kafka.address,
            "PARKFLOW_CLOCK": str(self.clock),
            "PARKFLOW_GRPC_PORT": str(self.ports.grpc_of(service) or 0),
            "PARKFLOW_METRICS_PORT": str(self.ports.metrics_of(service)),
            "PARKFLOW_MQTT": self.mqtt.url,
            "PARKFLOW_MODBUS_HOST": LOOPBACK,
            "PARKFLOW_MODBUS_PORT": str(self.ports.modbus),
            "PARKFLOW_HTTP_PORT": str(self.ports.console_http),
            "PARKFLOW_STATE": str(state),
            "PARKFLOW_SPOOL_FOLDER": str(state / "spool"),
            "PARKFLOW_STORY_START": self.story_start.isoformat(),
            **{
                f"PARKFLOW_{peer.upper()}_ADDRESS": self.ports.address_of(peer)
                for peer in SERVICES
                if self.ports.grpc_of(peer)
            },
        }
        if migration_files(MODULES.get(service, service).split(".")[0]):
            variables["PARKFLOW_DATABASE_URL"] = self.postgres.url()
        return {**variables, **self._extra}

    # ---- while it runs

    def supervise(self) -> list[str]:
        """Start again what ended by itself; return a sentence for each."""
        self._clock_file.write(max(self.clock.now(), self.story_start))
        sentences = []
        for service in self.services.values():
            if not service.running and time.monotonic() - service.started_at > BACK_OFF_S:
                service.restarts += 1
                sentences.append(f"{service.name} had ended; started again ({service.restarts})")
                service.start()
        for server in self.stack.servers:
            if not server.running:
                raise StackProblem(
                    f"{server.name} has ended by itself. Its last words:\n{server.last_lines()}",
                    "start again; if it persists, `make demo-clean` starts afresh.",
                )
        return sentences

    def everyone(self) -> list[Server]:
        """Return every child, servers first."""
        return [*self.stack.servers, *self.services.values()]

    def memory_bytes(self) -> dict[str, int]:
        """Return what every child holds."""
        return {child.name: child.memory_bytes() for child in self.everyone()}

    def wait_until_park(self, moment: datetime, *, tick: Callable[[], None]) -> None:
        """Wait until park time reaches `moment`, supervising; call `tick` about every second."""
        while self.clock.now() < moment:
            self.supervise()
            tick()
            left = self.clock.wall_seconds(moment - self.clock.now())
            time.sleep(min(1.0, max(0.05, left)))

    # ---- stop

    def stop_simulator(self) -> datetime:
        """Stop the devices and return park time then; everything else goes on."""
        if self.services["simulator"].running:
            self.services["simulator"].stop()
            self._stopped_at = max(self.clock.now(), self.story_start)
            self._clock_file.write(self._stopped_at)
        return self._stopped_at

    def stop(self) -> None:
        """Stop every child, who would raise alarms first and the servers last."""
        if self.services:
            with self._step("stopping the services"):
                for name in STOP_ORDER:
                    if name == "simulator":
                        self.stop_simulator()
                    else:
                        self.services[name].stop()
        with self._step("stopping Kafka, PostgreSQL and MQTT"):
            self.stack.stop()

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._report(what, time.monotonic() - began)
