"""A minute without the database, then a minute without Kafka: waited out, nothing lost."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial

import pytest

from services.demo.park_run import STORY_START
from services.demo.service_process import says_serving
from tests.support.parks import RunningPark, a_running_park
from tests.support.patience import until_now
from tests.support.stack import frozen, killed

SPEED = 90
OUTAGE_S = 60.0
CALM_S = 15.0


def wait(park: RunningPark, seconds: float) -> None:
    """Let wall time pass while the supervisor looks after the services."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for service in park.run.services.values():
            assert service.running, f"{service.name} ended:\n{service.last_lines()}"
        time.sleep(0.5)


def until_kept(park: RunningPark, moment: datetime) -> None:
    """Wait until history has a reading of this instant of park time or a later one."""
    query = f"SELECT 1 FROM history.reading WHERE event_time >= '{moment.isoformat()}' LIMIT 1"
    until_now(lambda: park.rows(query), f"history has readings of {moment}")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_minute_without_database_and_a_minute_without_broker_lose_nothing() -> None:
    with a_running_park(speed=SPEED, sample_period_s=60) as park:
        until_kept(park, STORY_START)
        with frozen(park.run.postgres):
            wait(park, OUTAGE_S)
        until_kept(park, park.run.clock.now())
        with killed(park.run.kafka):
            wait(park, OUTAGE_S)
        wait(park, CALM_S)
        back_at = park.run.clock.now()

        losses = park.losses(back_at)
        assert not losses.any, f"lost {losses.missing[:5]}, changed {losses.different[:5]}"
        assert losses.published > 20_000
        for service in park.run.services.values():
            until_now(service.moves, f"{service.name} moves")
            if park.run.ports.grpc_of(service.name):
                until_now(partial(says_serving, service.address), f"{service.name} serves")
        logs = park.run.folder.path / "logs"
        assert '"what": "database"' in (logs / "history.log").read_text()
        assert '"what": "kafka"' in (logs / "ingest.log").read_text()
