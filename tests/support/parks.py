"""A whole running park for story tests, and looks into what it kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from services.demo.addresses import Ports
from services.demo.loss_check import Losses, journal_of, losses_when_settled
from services.demo.park_run import STORY_START, ParkRun
from services.runtime.topics import EDITS, FORECASTS, INTERVALS, PLANS, RAW, READINGS
from tests.support.log_read import until_read

PARK_ID = "demo-park"
SETTLE_S = 120.0
KEPT_LOGS = os.environ.get("PARKFLOW_KEEP_LOGS")


@dataclass
class RunningPark:
    """A park that runs, with the journal of everything its devices published."""

    run: ParkRun
    journal: Path

    def play_until(self, moment: datetime) -> None:
        """Let it run until park time reaches `moment`, starting again what ends."""
        self.run.wait_until_park(moment, tick=lambda: None)

    def play(self, span: timedelta) -> None:
        """Let it run for a span of park time."""
        self.play_until(self.run.clock.now() + span)

    def everybody_runs(self) -> bool:
        """Start again what has ended; return whether nothing had."""
        self.run.supervise()
        return all(service.running for service in self.run.services.values())

    def losses(self, until: datetime) -> Losses:
        """Return what history lacks of the readings published before `until`."""
        published = journal_of(self.journal, until)
        return losses_when_settled(
            self.run.ports.address_of("history"), PARK_ID, published, SETTLE_S
        )

    def settle(self) -> None:
        """Wait until all that is in the log now is judged, booked and kept."""
        asyncio.run(asyncio.wait_for(self._settled(), SETTLE_S))

    async def _settled(self) -> None:
        kafka, validation = self.run.kafka.address, f"parkflow-validation-{PARK_ID}"
        await until_read(kafka, validation, RAW)
        await until_read(kafka, f"{validation}-accounts", INTERVALS, EDITS)
        await until_read(kafka, "parkflow-carbon_accounting-bulk", INTERVALS)
        await until_read(kafka, "parkflow-history-bulk", READINGS, INTERVALS, PLANS, FORECASTS)

    def kill(self, service: str) -> None:
        """SIGKILL a service; the supervisor starts it again."""
        self.run.services[service].kill()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query to the park's database."""
        with psycopg.connect(self.run.postgres.url()) as connection:
            return connection.execute(query.encode()).fetchall()


@contextmanager
def a_running_park(
    *,
    speed: float,
    sample_period_s: int,
    story_start: datetime = STORY_START,
    **environment: str,
) -> Iterator[RunningPark]:
    """Bring a whole park up on free ports in a folder of its own; end it whatever happens."""
    state = Path(tempfile.mkdtemp(prefix="parkflow-story-"))
    state.chmod(0o755)
    journal = state / "journal.csv"
    run = ParkRun(
        state,
        ports=Ports.free(),
        speed=speed,
        story_start=story_start,
        environment={
            "PARKFLOW_JOURNAL": str(journal),
            "PARKFLOW_SAMPLE_PERIOD": str(sample_period_s),
            **environment,
        },
    )
    try:
        run.start()
        yield RunningPark(run, journal)
    finally:
        run.stop()
        _keep_logs(state)
        run.folder.clear()


def _keep_logs(state: Path) -> None:
    """Copy the logs to the folder PARKFLOW_KEEP_LOGS names, for looking into a failure."""
    if KEPT_LOGS:
        target = Path(KEPT_LOGS) / f"{int(time.time())}"
        target.mkdir(parents=True, exist_ok=True)
        for log in (state / "logs").glob("*.log*"):
            with contextlib.suppress(OSError):
                (target / log.name).write_bytes(log.read_bytes())
