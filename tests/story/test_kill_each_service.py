"""Kill -9 of each service in turn: afterwards everything kept is what it would have been.

The devices are switched to local, as a real inverter can be: their telemetry is then a function
of time alone, and two runs can be compared byte for byte. One thing tells of the kill, and should:
what reached a killed ingest more than a quarter hour of park time late is believed as LATE.
"""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from services.demo.addresses import SERVICES
from services.demo.park_run import STORY_START
from services.energy.readings import Doubt
from tests.support.parks import RunningPark, a_running_park
from tests.support.patience import until_now

SPEED = 120
SAMPLE_S = 60
COMPARED = timedelta(hours=2)
PLAYED = COMPARED + timedelta(minutes=40)
BETWEEN_KILLS = timedelta(minutes=12)

READINGS = f"""
    SELECT p.name, r.event_time, r.value, r.verdict, COALESCE(NULLIF(r.doubt, {Doubt.LATE:d}), 0)
      FROM history.reading r JOIN history.point p USING (point_id)
     WHERE r.event_time >= '{STORY_START.isoformat()}'
       AND r.event_time < '{(STORY_START + COMPARED).isoformat()}'
     ORDER BY 1, 2
"""
ENTRIES = f"""
    SELECT * FROM carbon_accounting.current_entry
     WHERE interval_end <= '{(STORY_START + COMPARED).isoformat()}'
     ORDER BY interval_start, ledger, meter, enterprise, activity, origin, factors
"""


Row = tuple[object, ...]


def kept_after(park: RunningPark) -> tuple[list[Row], list[Row]]:
    """Return history and ledger once everything published has arrived."""
    losses = park.losses(STORY_START + COMPARED)
    assert not losses.any, f"lost {losses.missing[:5]}, changed {losses.different[:5]}"
    assert losses.published > 10_000
    park.settle()
    return park.rows(READINGS), park.rows(ENTRIES)


def differing(after_kills: list[Row], undisturbed: list[Row]) -> list[tuple[Row | None, ...]]:
    """Return the first few rows that are not the same, side by side."""
    pairs = itertools.zip_longest(after_kills, undisturbed)
    return list(itertools.islice((pair for pair in pairs if pair[0] != pair[1]), 5))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_after_kill_9_of_each_service_history_and_ledger_equal_an_undisturbed_run() -> None:
    with a_running_park(
        speed=SPEED, sample_period_s=SAMPLE_S, PARKFLOW_DEVICES="local"
    ) as undisturbed:
        undisturbed.play_until(STORY_START + PLAYED)
        readings, entries = kept_after(undisturbed)

    with a_running_park(
        speed=SPEED, sample_period_s=SAMPLE_S, PARKFLOW_DEVICES="local"
    ) as disturbed:
        moments = itertools.count(1)
        for service in SERVICES:
            disturbed.play_until(STORY_START + next(moments) * BETWEEN_KILLS)
            disturbed.kill(service)
        disturbed.play_until(STORY_START + PLAYED)
        until_now(disturbed.everybody_runs, "who was killed is started again")
        readings_after_kills, entries_after_kills = kept_after(disturbed)
        restarts = {name: service.restarts for name, service in disturbed.run.services.items()}

    assert restarts == dict.fromkeys(SERVICES, 1)
    assert differing(readings_after_kills, readings) == []
    assert differing(entries_after_kills, entries) == []
    assert entries
