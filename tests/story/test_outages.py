"""A minute without the database, then a minute without Kafka: waited out, nothing lost."""

from __future__ import annotations

import time

import pytest

from services.demo.service_process import says_serving
from tests.support.parks import RunningPark, a_running_park
from tests.support.stack import frozen, killed

SPEED = 60
OUTAGE_S = 60.0
CALM_S = 15.0


def wait(park: RunningPark, seconds: float) -> None:
    """Let wall time pass while the supervisor looks after the services."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for service in park.run.services.values():
            assert service.running, f"{service.name} ended:\n{service.last_lines()}"
        time.sleep(0.5)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_minute_without_database_and_a_minute_without_broker_lose_nothing() -> None:
    with a_running_park(speed=SPEED, sample_period_s=60) as park:
        wait(park, CALM_S)
        with frozen(park.run.postgres):
            wait(park, OUTAGE_S)
        wait(park, CALM_S)
        with killed(park.run.kafka):
            wait(park, OUTAGE_S)
        wait(park, 2 * CALM_S)
        back_at = park.run.clock.now()
        wait(park, CALM_S)

        losses = park.losses(back_at)
        assert not losses.any, f"lost {losses.missing[:5]}, changed {losses.different[:5]}"
        assert losses.published > 20_000
        for service in park.run.services.values():
            assert service.moves(), f"{service.name} stands still"
            if park.run.ports.grpc_of(service.name):
                assert says_serving(service.address), f"{service.name} does not serve"
        logs = park.run.folder.path / "logs"
        assert '"what": "database"' in (logs / "history.log").read_text()
        assert '"what": "kafka"' in (logs / "ingest.log").read_text()
