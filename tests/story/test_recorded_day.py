"""A recorded day at high speed through the whole system; its invariants hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, timedelta

import grpc
import pytest

from parkflow.dispatch.v1 import dispatch_service_pb2 as wire
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from parkflow.dispatch.v1.setpoint_pb2 import SetpointOutcome
from services.demo.park_run import STORY_START
from services.energy.site import Park
from services.runtime.park_file import load_park
from tests.support.parks import PARK_ID, RunningPark, a_running_park
from tests.support.patience import until_now

SPEED = 120  # a lease lasts five seconds then, enough on a machine that others use too
SAMPLE_S = 150
DAY = timedelta(hours=24)
DAY_END = STORY_START + DAY
QUARTERS = 96
GRID_NG_PER_WH = {
    "park_acceptance": 832_500_000,
    "location_based": 530_600_000,
    "market_based": 609_600_000,
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def park() -> Iterator[RunningPark]:
    """The park after the recorded day has been played, still running."""
    with a_running_park(speed=SPEED, sample_period_s=SAMPLE_S) as running:
        running.play_until(DAY_END + timedelta(minutes=40))
        running.settle()
        yield running


@pytest.fixture(scope="module")
def site(park: RunningPark) -> Park:
    return load_park(park.run.park_file)


def rejected(park: RunningPark) -> list[tuple[object, ...]]:
    """Return the day's readings that validation did not believe, with its reason."""
    return park.rows(
        "SELECT p.name, r.event_time, r.value, r.doubt"
        " FROM history.reading r JOIN history.point p USING (point_id)"
        f" WHERE r.verdict = 3 AND r.event_time >= '{STORY_START.isoformat()}'"
        f" AND r.event_time < '{DAY_END.isoformat()}' ORDER BY 1, 2"
    )


def badly_ended(park: RunningPark) -> str:
    """Return how many set-points ended badly, by the hour they were issued in, device and why."""
    rows = park.rows(
        "SELECT issued_at, device_id, outcome_message FROM dispatch.setpoint"
        " WHERE outcome IN (2, 3, 4)"
    )
    found = Counter(
        (f"{issued_at:%d %H}h", str(device_id), SetpointOutcome.FromString(bytes(outcome)).reason)
        for issued_at, device_id, outcome in rows
    )
    return "\n".join(f"{count} {what}" for what, count in found.most_common(40))


def registers(park: RunningPark, point: str) -> tuple[int, int]:
    """Return a register's readings at the start and at the end of the day."""
    rows = park.rows(
        "SELECT r.value FROM history.reading r JOIN history.point p USING (point_id)"
        f" WHERE p.name = '{point}' AND r.verdict <> 3"
        f" AND r.event_time IN ('{STORY_START.isoformat()}', '{DAY_END.isoformat()}')"
        " ORDER BY r.event_time"
    )
    first, last = (int(value) for (value,) in rows)  # type: ignore[call-overload]
    return first, last


def test_everything_the_devices_published_is_in_history_unchanged(park: RunningPark) -> None:
    losses = park.losses(DAY_END)

    assert losses.published > 100_000
    assert rejected(park) == []
    assert not losses.any, f"lost {losses.missing[:5]}, changed {losses.different[:5]}"


def test_no_service_ended_by_itself(park: RunningPark) -> None:
    assert {name: s.restarts for name, s in park.run.services.items() if s.restarts} == {}


def test_nothing_was_buried(park: RunningPark) -> None:
    assert park.rows("SELECT body FROM history.result WHERE topic = 'telemetry.dead.v1'") == []


@pytest.mark.parametrize(
    ("point", "column"),
    [
        ("grid.import_energy_wh", "grid_import_wh"),
        ("grid.export_energy_wh", "grid_export_wh"),
        ("pv.generation_energy_wh", "pv_wh"),
        ("wind.generation_energy_wh", "wind_wh"),
        ("battery.charge_energy_wh", "charge_wh"),
        ("battery.discharge_energy_wh", "discharge_wh"),
    ],
)
def test_energy_booked_and_set_aside_is_the_difference_of_the_register(
    park: RunningPark, point: str, column: str
) -> None:
    first, last = registers(park, point)

    booked, set_aside = park.rows(
        f"SELECT sum({column}), count(*) FILTER (WHERE waits_for <> '')"
        " FROM carbon_accounting.quarter"
        f" WHERE start >= '{STORY_START.isoformat()}' AND start < '{DAY_END.isoformat()}'"
    )[0]

    assert set_aside == 0
    assert booked == last - first


def test_every_quarter_of_the_day_is_booked_and_its_balance_closes(park: RunningPark) -> None:
    rows = park.rows(
        "SELECT start, gap_wh FROM carbon_accounting.quarter"
        f" WHERE start >= '{STORY_START.isoformat()}' AND start < '{DAY_END.isoformat()}'"
    )

    assert len(rows) == QUARTERS
    assert max(abs(int(gap)) for _, gap in rows) <= 70  # type: ignore[call-overload]  1 Wh a register


def test_each_entry_of_grid_power_is_its_energy_times_the_ledger_s_factor(
    park: RunningPark,
) -> None:
    rows = park.rows(
        "SELECT ledger, amount, emissions_ng FROM carbon_accounting.current_entry"
        " WHERE origin LIKE 'grid:%'"
    )

    assert len(rows) > QUARTERS * 3
    for ledger, wh, emissions_ng in rows:
        assert emissions_ng == int(str(wh)) * GRID_NG_PER_WH[str(ledger)]


def test_what_enterprises_used_of_the_grid_is_what_was_imported_less_what_is_stored(
    park: RunningPark,
) -> None:
    """The battery holds what it did not give back: at most its content and its losses."""
    first, last = registers(park, "grid.import_energy_wh")

    for ledger, wh in park.rows(
        "SELECT ledger, sum(amount) FROM carbon_accounting.current_entry"
        " WHERE origin LIKE 'grid:%' AND carrier = 'electricity'"
        f" AND interval_start < '{DAY_END.isoformat()}' GROUP BY ledger"
    ):
        stored = last - first - int(str(wh))
        assert abs(stored) <= battery_wh(park), ledger


def battery_wh(park: RunningPark) -> int:
    """What the park's batteries can hold."""
    site = load_park(park.run.park_file)
    return sum(int(d.battery.capacity_wh) for d in site.devices if d.battery is not None)


@pytest.mark.parametrize("direction", ["import", "export"])
def test_no_quarter_hour_is_over_the_connection_limit(
    park: RunningPark, site: Park, direction: str
) -> None:
    limit_w = getattr(site.connection, f"{direction}_limit_w")

    worst_wh = park.rows(f"SELECT max(grid_{direction}_wh) FROM carbon_accounting.quarter")[0][0]

    assert float(worst_wh) * 4 <= limit_w  # type: ignore[arg-type]


def test_a_limit_passed_by_a_jump_of_the_load_is_kept_again_two_samples_later(
    park: RunningPark, site: Park
) -> None:
    rows = park.rows(
        "SELECT r.value, extract(epoch FROM r.arrival_time - r.event_time)"
        " FROM history.reading r JOIN history.point p USING (point_id)"
        " WHERE p.name = 'grid.active_power_w' ORDER BY r.event_time"
    )
    measured = [(float(value), float(late_s)) for value, late_s in rows]  # type: ignore[arg-type]
    limits = site.connection
    beyond = [
        power > limits.import_limit_w or -power > limits.export_limit_w for power, _ in measured
    ]

    longest = run = 0
    for is_beyond, (_, late_s) in zip(beyond, measured, strict=True):
        was_known = late_s < 2 * SAMPLE_S  # a machine that stood still could not steer
        run = run + 1 if is_beyond and was_known else 0
        longest = max(longest, run)

    assert longest <= 2
    assert sum(beyond) <= len(beyond) * 0.01


def test_every_setpoint_has_a_final_state(park: RunningPark) -> None:
    with grpc.insecure_channel(park.run.ports.address_of("dispatch")) as channel:
        dispatch = DispatchServiceStub(channel)
        request = wire.ListSetpointsRequest(park_id=PARK_ID, page_size=1000)

        def nothing_lingers() -> wire.ListSetpointsResponse | None:
            overdue = park.run.clock.now() - timedelta(minutes=15)
            answer = dispatch.ListSetpoints(request, timeout=30)
            lingering = [
                one.setpoint.setpoint_id
                for one in answer.setpoints
                if not one.HasField("outcome") and one.setpoint.expires_at.ToDatetime(UTC) < overdue
            ]
            return None if lingering else answer

        answer = until_now(nothing_lingers, "set-points beyond their lease have ended")

    ended_well = answer.achieved_count + answer.superseded_count
    ended_badly = answer.partial_count + answer.rejected_count + answer.expired_count
    assert answer.achieved_count > 100
    assert ended_badly <= 0.02 * (ended_well + ended_badly), badly_ended(park)


def test_there_was_a_plan_and_a_forecast_for_every_quarter(park: RunningPark) -> None:
    counts = dict(
        park.rows("SELECT topic, count(*) FROM history.result GROUP BY topic")  # type: ignore[arg-type]
    )

    assert int(counts["dispatch.plans.v1"]) >= QUARTERS  # type: ignore[index]
    assert int(counts["forecast.series.v1"]) >= QUARTERS  # type: ignore[index]
