"""The life of a service: one process, one event loop, started and stopped together.

A service's `__main__` is `run("ingest", Settings, assemble)`. `assemble(service)` registers what it
does (`react`, `fold`, `serve`, `keep_running`, `at_start`, `at_stop`) and returns; `run` does the
rest: reads settings, connects to the database and Kafka (waiting for them), starts streams, tasks
and the gRPC server, says SERVING, and on SIGTERM or SIGINT stops everything in the opposite order.
`python -m services.<name> migrate` applies the service's migrations and ends.
"""

import argparse
import asyncio
import gc
import inspect
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeVar

import faust

from services.energy.site import Park
from services.runtime.backlog import Backlog
from services.runtime.clock import ParkClock
from services.runtime.consuming import BatchHandler, consume_in_bulk
from services.runtime.database import Database, OldSchema, migrate
from services.runtime.environment import (
    CommonSettings,
    SettingsError,
    read_settings,
    settings_text,
)
from services.runtime.folding import Fold, Folding
from services.runtime.grpc_server import GrpcServer, InsecureAddress
from services.runtime.http_endpoint import HttpEndpoint
from services.runtime.kafka_security import security_from
from services.runtime.park_file import ParkFileError, load_park
from services.runtime.patience import patiently
from services.runtime.progress import Progress
from services.runtime.publishing import DeadLetterOffice, Publisher
from services.runtime.reacting import Handler, Reaction, add_agent, make_app
from services.runtime.telemetry import log_for, start_telemetry, stop_telemetry
from services.runtime.topics import TOPICS, Topic

S = TypeVar("S", bound=CommonSettings)
Task = Callable[[], Coroutine[Any, Any, None]]
Action = Callable[[S, Park], Coroutine[Any, Any, int]]
log = log_for(__name__)
STOP_S = 15.0
STREAMS_START_S = 10.0
LAST_WORDS_S = 8.0
COLLECT_AFTER = 10_000
"""Objects made and not freed: Python's own 700 is one frame of readings."""


class Service(Generic[S]):
    """One running service. Everything a shell needs hangs here; domains never see it."""

    def __init__(self, name: str, settings: S, park: Park, schema: str | None = None) -> None:
        self.name = name
        self.settings = settings
        self.park = park
        self.clock: ParkClock = settings.clock
        self.kafka_security = security_from(os.environ)
        self.progress = Progress()
        self.publisher = Publisher(name, settings.kafka, self.kafka_security)
        self.dead_letters = DeadLetterOffice(name, self.publisher, self.clock)
        self.database = Database(schema or name, settings.database_url)
        self.grpc = GrpcServer(settings)
        self._http = HttpEndpoint(settings, self.progress.stalled)
        self._app: faust.App | None = None
        self._streams_start: asyncio.Future[None] | None = None
        self._tasks: list[tuple[str, Task]] = []
        self._at_start: list[Callable[[], Awaitable[None]]] = []
        self._at_stop: list[Callable[[], Awaitable[None]]] = []
        self._kafka_patience_s: float | None = None
        self._ended: asyncio.Event = asyncio.Event()
        self._failure: BaseException | None = None

    # ---- what `assemble` calls

    def react(self, topic: Topic, handler: Handler) -> None:
        """Let `handler` take every message of `topic`, in order per partition (Faust)."""
        self._must_read(topic)
        if self._app is None:
            self._app = make_app(self.name, self.settings.kafka, self.kafka_security)
        app = self._app
        reaction: Reaction = Reaction(
            topic,
            handler,
            self.dead_letters,
            self.progress.stage(
                f"consume {topic.name}",
                has_work=lambda: app.started and reaction.is_behind(app.consumer),
            ),
            self.fail,
        )
        add_agent(app, reaction)

    def react_in_bulk(
        self,
        topics: list[Topic],
        handler: BatchHandler,
        *,
        group: str = "",
        backlog: Backlog | None = None,
    ) -> None:
        """Let `handler` take batches whose offsets are committed after it returned (aiokafka).

        `backlog` is kept up to date before each batch.
        """
        for topic in topics:
            self._must_read(topic)
        what = f"consume in bulk {group}".strip()
        stage = self.progress.stage(what)

        async def consume() -> None:
            await consume_in_bulk(
                topics,
                handler,
                service=self.name,
                bootstrap=self.settings.kafka,
                security=self.kafka_security,
                dead_letters=self.dead_letters,
                stage=stage,
                group=group,
                backlog=backlog,
            )

        self.keep_running(what, consume)

    def fold(self, topic: Topic, fold: Fold, *, group: str, keep_every_s: float) -> None:
        """Let `fold` follow the partitions of `topic` that the group gives this process."""
        self._must_read(topic)
        stage = self.progress.stage(f"fold {topic.name}")

        async def folding() -> None:
            await Folding(
                topic,
                fold,
                group=group,
                bootstrap=self.settings.kafka,
                security=self.kafka_security,
                dead_letters=self.dead_letters,
                stage=stage,
                keep_every_s=keep_every_s,
            ).run()

        self.keep_running(f"fold {topic.name}", folding)

    def serve(self, register: Callable[[Any, Any], None], servicer: Any, name: str) -> None:
        """Serve a gRPC servicer; `name` is its full name (`parkflow.history.v1.HistoryService`)."""
        self.grpc.add(register, servicer, name)

    def keep_running(self, name: str, task: Task) -> None:
        """Run `task` from start to stop. If it ends or raises, the service ends with an error."""
        self._tasks.append((name, task))

    def start_without_kafka(self, patience_s: float) -> None:
        """Start though Kafka is away after `patience_s`; what is published waits for it."""
        self._kafka_patience_s = patience_s

    def at_start(self, action: Callable[[], Awaitable[None]]) -> None:
        """Run `action` once connected, before any stream starts (rebuild state here)."""
        self._at_start.append(action)

    def at_stop(self, action: Callable[[], Awaitable[None]]) -> None:
        """Run `action` after the streams have stopped, while Kafka and the database are there."""
        self._at_stop.append(action)

    def fail(self, error: BaseException) -> None:
        """End the process with an error; whoever runs it starts it again."""
        self._failure = self._failure or error
        self._ended.set()

    def end(self) -> None:
        """End the process in good order."""
        self._ended.set()

    def _must_read(self, topic: Topic) -> None:
        if topic not in TOPICS or self.name not in topic.readers:
            raise ValueError(f"{self.name} is not a reader of {topic.name} in the topic map")

    # ---- its life

    async def live(self) -> int:
        """Start, run until told to end, stop; return the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        starting = asyncio.ensure_future(self._start())
        ending = asyncio.ensure_future(self._ended.wait())
        running: list[asyncio.Task[None]] = []
        try:
            await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
            else:
                running = starting.result()
                await ending
        except (OldSchema, InsecureAddress, OSError) as error:
            sys.stderr.write(f"{self.name}: {error}\n")
            return 1
        except Exception as error:
            self._failure = self._failure or error
        finally:
            ending.cancel()
            await self._stop(running)
        if self._failure is not None:
            log.error("failed", exc_info=self._failure)
            return 1
        return 0

    async def _start(self) -> list[asyncio.Task[None]]:
        await self._http.start()
        await self.grpc.start()
        if self.settings.database_url:
            await self.database.start()
        if self.settings.kafka:
            await self.publisher.start(self._kafka_patience_s)
        for action in self._at_start:
            await action()
        _let_the_collector_rest()
        if self._app is not None:
            self._tasks.append(("streams", self._stream))
        self.progress.begin()
        running = [asyncio.create_task(self._guard(name, task)) for name, task in self._tasks]
        await self.grpc.set_serving(True)
        self._http.ready = True
        log.info("started", clock=str(self.clock), park_time=self.clock.now().isoformat())
        return running

    async def _stream(self) -> None:
        """Start the agents, and leave them running.

        After a kill -9 the group lets this process in only when the session of its predecessor
        has run out; calls and cycles must not wait for that.
        """
        if self._app is not None:
            await self.publisher.connected()  # Faust can be started once only
            self._streams_start = asyncio.ensure_future(patiently(self._app.start, "kafka"))
            await asyncio.shield(self._streams_start)
            await self._ended.wait()

    async def _stop_streams(self, app: faust.App) -> None:
        """Stop the agents, once a start under way is through.

        Faust that is cut off in the middle of its start leaves a thread behind that nothing ends.
        """
        if self._streams_start is not None:
            await asyncio.wait({self._streams_start}, timeout=STREAMS_START_S)
            self._streams_start.cancel()
        if app.started:
            await app.stop()

    async def _guard(self, name: str, task: Task) -> None:
        try:
            await task()
            if not self._ended.is_set():
                self.fail(RuntimeError(f"task {name!r} ended by itself"))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self.fail(error)

    async def _stop(self, running: list[asyncio.Task[None]]) -> None:
        log.info("stopping")
        try:
            async with asyncio.timeout(STOP_S):
                self._http.ready = False
                await self.grpc.set_serving(False)
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
                if self._app is not None:
                    await self._stop_streams(self._app)
                await self.grpc.stop()
                for action in reversed(self._at_stop):
                    await action()
                if self.settings.kafka:
                    await self.publisher.stop()
                await self.database.stop()
                await self._http.stop()
        except TimeoutError:
            log.error("stop_took_too_long", limit_s=STOP_S)
        log.info("stopped")


def _let_the_collector_rest() -> None:
    """Take what stands at the start, the park and all code, out of every later collection.

    With 50,000 points going through it took a tenth of the time; what comes and goes with messages
    is freed by its count, so cycles may wait for a larger round.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def end_hard_after(seconds: float, code: int) -> None:
    """End the process then, whatever still hangs. Everything that counts survives a kill -9."""

    def end() -> None:
        log.error("ended_hard", after_s=seconds)
        os._exit(code)

    watchdog = threading.Timer(seconds, end)
    watchdog.daemon = True
    watchdog.start()


def parser_of(
    module: str,
    kind: type[CommonSettings],
    actions: Sequence[str] = (),
    commands: Mapping[str, str] | None = None,
) -> argparse.ArgumentParser:
    """Return what a service's command line may be, with its settings and what else it can do."""
    others = commands or {}
    also = "".join(f"  {name:9} {what}\n" for name, what in others.items())
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=f"Parkflow, {module}. {inspect.getdoc(kind) or ''}",
        epilog=(f"also (each with a --help of its own):\n{also}\n" if also else "")
        + f"settings are environment variables:\n{settings_text(kind)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "action",
        nargs="?",
        default="run",
        choices=["run", "migrate", *actions, *others],
        help="run until told to end (the default), or bring the database's schema up to date",
    )
    return parser


def run(
    name: str,
    kind: type[S],
    assemble: Callable[[Service[S]], Awaitable[None] | None],
    actions: Mapping[str, Action[S]] | None = None,
    schema: str | None = None,
    module: str = "",
    commands: Mapping[str, str] | None = None,
) -> None:
    """Be the `__main__` of a service; ends the process.

    `actions` are further things `python -m services.<name> <action>` can do and end. `schema` is
    that of the service of which this process is a part, where it is not one by itself; `module` is
    what is run then. `commands` are those that the module takes before, for `--help`.
    """
    more = actions or {}
    parser = parser_of(module or f"services.{name}", kind, (*more,), commands or {})
    arguments = parser.parse_args()
    if arguments.action in (commands or {}):
        parser.error(f"{arguments.action} goes first, before everything else")
    try:
        settings = read_settings(kind, os.environ)
        park = load_park(settings.park)
    except (SettingsError, ParkFileError, OSError, ValueError) as mistakes:
        sys.stderr.write(f"{name} cannot start:\n{mistakes}\n")
        sys.exit(2)
    start_telemetry(name, settings.log_level)
    try:
        if arguments.action == "migrate":
            applied = asyncio.run(migrate(schema or name, settings.database_url))
            log.info("migrated", applied=applied or "nothing: up to date")
            sys.exit(0)
        if arguments.action in more:
            sys.exit(asyncio.run(more[arguments.action](settings, park)))
        sys.exit(asyncio.run(_live(name, settings, park, assemble, schema)))
    finally:
        stop_telemetry()


async def _live(
    name: str,
    settings: S,
    park: Park,
    assemble: Callable[[Service[S]], Awaitable[None] | None],
    schema: str | None,
) -> int:
    service = Service(name, settings, park, schema)
    try:
        result = assemble(service)
    except (OSError, SettingsError, ParkFileError) as error:
        sys.stderr.write(f"{name} cannot start: {error}\n")
        return 2
    if result is not None:
        await result
    code = await service.live()
    end_hard_after(LAST_WORDS_S, code)  # a task may hang on a broker and hear no cancelling
    return code
