"""Requirements over gRPC: kept, in force, readable as they were, refused with every mistake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import psycopg
import pytest

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from parkflow.dispatch.v1 import requirement_pb2 as kinds
from services.dispatch.domain.triggers import planned, reason_to_plan
from services.energy.time_grid import QUARTER
from services.runtime.database import migrate
from tests.support.builders import after
from tests.support.calls import named_fields, not_found, violations
from tests.support.requirements import Dispatch, a_dispatch, a_run, a_target, at, told, window

HOUR = timedelta(hours=1)


@pytest.fixture
async def url(fresh_database: str) -> str:
    await migrate("dispatch", fresh_database)
    return fresh_database


@pytest.fixture
async def dispatch(url: str) -> AsyncIterator[Dispatch]:
    async with a_dispatch(url) as serving:
        yield serving


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value


async def test_what_is_set_is_in_force_and_listed_with_who_when_and_until_when(
    dispatch: Dispatch,
) -> None:
    kept = await dispatch.set(a_target(6.0, idempotency_key="night"))

    assert dispatch.in_force == [kept.requirement_id]
    assert await dispatch.listed() == [kept]
    assert (kept.order.user, kept.order.reason) == ("li", "a test")
    assert kept.valid_until == at(6)
    assert after() <= kept.set_at.ToDatetime(after().tzinfo) <= after(60)


async def test_the_same_key_again_is_the_same_requirement_even_once_it_is_over(
    dispatch: Dispatch,
) -> None:
    first = await dispatch.set(a_target(6.0, idempotency_key="night"))
    dispatch.wait(7 * HOUR)

    again = await dispatch.set(a_target(6.0, idempotency_key="night"))

    assert again == first
    assert dispatch.in_force == []


async def test_a_key_is_not_used_for_another_requirement(dispatch: Dispatch) -> None:
    await dispatch.set(a_target(6.0, idempotency_key="night"))

    refused = await refusal(dispatch.set(a_target(7.0, idempotency_key="night")))

    assert refused.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert named_fields(refused) == {"idempotency_key"}


async def test_of_the_same_key_at_once_one_is_kept(dispatch: Dispatch) -> None:
    kept = await asyncio.gather(
        *(dispatch.set(a_target(6.0, idempotency_key="night")) for _ in range(5))
    )

    assert len({one.requirement_id for one in kept}) == 1
    assert len(await dispatch.listed()) == 1


async def test_a_requirement_asks_for_a_new_plan_and_so_does_its_end(dispatch: Dispatch) -> None:
    def reason() -> str | None:
        found = reason_to_plan(dispatch.house.watch, after(60), QUARTER)
        dispatch.house.watch = planned(dispatch.house.watch, after(60))
        return found

    assert reason() == "start"
    assert reason() is None
    kept = await dispatch.set(a_target())
    assert reason() == "a requirement was set"
    await dispatch.cancel(kept.requirement_id)
    assert reason() == "a requirement was cancelled"


async def test_a_cancelled_one_is_in_force_no_more_and_stays_on_record(dispatch: Dispatch) -> None:
    kept = await dispatch.set(a_target())

    ended = await dispatch.cancel(kept.requirement_id, "wang")
    again = await dispatch.cancel(kept.requirement_id, "somebody else")

    assert dispatch.in_force == []
    assert (ended.ended_by, ended.superseded_by) == ("wang", "")
    assert again == ended
    assert await dispatch.listed() == [ended]


async def test_one_that_is_over_cannot_be_changed(dispatch: Dispatch) -> None:
    kept = await dispatch.set(a_target(6.0))
    dispatch.wait(7 * HOUR)

    assert await dispatch.cancel(kept.requirement_id) == kept
    refused = await refusal(dispatch.set(a_target(9.0, supersedes=kept.requirement_id)))

    assert named_fields(refused) == {"supersedes"}
    assert await dispatch.listed() == [kept]


async def test_what_was_in_force_at_a_time_is_read_as_it_stood_then(dispatch: Dispatch) -> None:
    first = await dispatch.set(a_target(6.0))
    dispatch.wait(HOUR)
    second = await dispatch.set(a_target(8.0, supersedes=first.requirement_id))
    dispatch.wait(HOUR)
    await dispatch.cancel(second.requirement_id)

    newest = await dispatch.listed()

    assert await dispatch.listed(in_force_at=at(0.5)) == [first]
    assert await dispatch.listed(in_force_at=at(1.5)) == [second]
    assert await dispatch.listed(in_force_at=at(2.5)) == []
    assert [one.requirement_id for one in newest] == [second.requirement_id, first.requirement_id]
    assert newest[1].superseded_by == second.requirement_id
    assert newest[1].ended_at == second.set_at


async def test_what_is_about_a_time_is_found_whenever_it_was_set(dispatch: Dispatch) -> None:
    early = await dispatch.set(
        told(import_limit=kinds.ImportLimit(window=window(2, 3), limit_w=500_000.0))
    )
    late = await dispatch.set(
        told(import_limit=kinds.ImportLimit(window=window(20, 22), limit_w=500_000.0))
    )

    assert await dispatch.listed(about=window(0, 12)) == [early]
    assert await dispatch.listed(about=window(21, 30)) == [late]


async def test_a_batch_and_a_vehicle_have_one_requirement_at_a_time(dispatch: Dispatch) -> None:
    first = await dispatch.set(a_run(30_000.0))
    second = await dispatch.set(a_run(20_000.0))

    assert dispatch.in_force == [second.requirement_id]
    (_, former) = await dispatch.listed()
    assert (former.requirement_id, former.superseded_by) == (
        first.requirement_id,
        second.requirement_id,
    )


async def test_no_row_is_ever_changed(dispatch: Dispatch) -> None:
    kept = await dispatch.set(a_target())
    await dispatch.cancel(kept.requirement_id)

    for statement in (
        "UPDATE requirement SET ends_at = now()",
        "DELETE FROM requirement_ending",
        "UPDATE requirement_ending SET ended_by = 'nobody'",
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
            async with dispatch.database.transaction() as connection:
                await connection.execute(statement)


async def test_after_a_start_in_force_is_what_was_before(url: str) -> None:
    async with a_dispatch(url) as before:
        over = await before.set(a_target(1.0))
        kept = await before.set(a_target(6.0))
        run = await before.set(a_run())
        ended = await before.set(a_target(5.0))
        await before.cancel(ended.requirement_id)

    async with a_dispatch(url, after(hours=2)) as later:
        assert later.in_force == [kept.requirement_id, run.requirement_id]
        assert over.requirement_id in {one.requirement_id for one in await later.listed()}


async def test_a_write_that_went_through_unheard_is_found(dispatch: Dispatch, url: str) -> None:
    async with a_dispatch(url) as other:
        kept = await other.set(a_target(idempotency_key="night"))

    again = await dispatch.set(a_target(idempotency_key="night"))

    assert again == kept
    assert dispatch.in_force == [kept.requirement_id]


async def test_an_unknown_device_is_not_found(dispatch: Dispatch) -> None:
    request = told(unavailability=kinds.Unavailability(device_id="crane", window=window(1, 2)))

    refused = await refusal(dispatch.set(request))

    assert refused.code() is grpc.StatusCode.NOT_FOUND
    assert not_found(refused) == ("device", "crane")


async def test_an_unknown_requirement_is_not_found(dispatch: Dispatch) -> None:
    for call in (dispatch.cancel("r-1"), dispatch.set(a_target(supersedes="r-1"))):
        refused = await refusal(call)
        assert not_found(refused) == ("requirement", "r-1")


async def test_another_park_is_not_found(dispatch: Dispatch) -> None:
    request = a_target()
    request.park_id = "elsewhere"

    assert not_found(await refusal(dispatch.set(request))) == ("park", "elsewhere")


WRONG = {
    "a target that is past, beyond the capacity, of a charger": (
        told(
            storage_target=kinds.StorageTarget(
                device_id="charger_01", at_time=at(-1), least_energy_wh=-5.0
            )
        ),
        {
            "storage_target.device_id": "charger_01 is a charger; name a store",
            "storage_target.at_time": "is past",
            "storage_target.least_energy_wh": "-5 is no magnitude; 0 or more",
        },
    ),
    "a target above what the battery holds": (
        a_target(6.0, 9e6),
        {"storage_target.least_energy_wh": "9e+06 is too much; at most 3e+06"},
    ),
    "a target of nothing": (
        told(storage_target=kinds.StorageTarget(device_id="battery", at_time=at(6))),
        {"storage_target.least_energy_wh": "is required, or least_pct"},
    ),
    "a share above 100": (
        told(storage_target=kinds.StorageTarget(device_id="battery", at_time=at(6), least_pct=120)),
        {"storage_target.least_pct": "120 is too much; at most 100"},
    ),
    "a cap of a day that is none": (
        told(carbon_cap=kinds.CarbonCap(local_day="15.6.2019", limit_kg=float("nan"))),
        {
            "carbon_cap.local_day": "'15.6.2019' is no day; write it as 2026-10-25",
            "carbon_cap.limit_kg": "nan is no magnitude; 0 or more",
        },
    ),
    "a cap of a day long past": (
        told(carbon_cap=kinds.CarbonCap(local_day="2019-06-01", limit_kg=5.0)),
        {"carbon_cap.local_day": "is past"},
    ),
    "a cap without anything": (
        told(carbon_cap=kinds.CarbonCap()),
        {"carbon_cap.window": "is required, or local_day", "carbon_cap.limit_kg": "is required"},
    ),
    "a limit that ends before it begins, above the connection's": (
        told(import_limit=kinds.ImportLimit(window=window(3, 2), limit_w=1e9)),
        {
            "import_limit.window.end": "is not after the start",
            "import_limit.limit_w": "1e+09 is too much; at most 1.9e+06",
        },
    ),
    "a batch of nothing": (
        told(process_run=kinds.ProcessRun()),
        {
            "process_run.process_id": "name the process in 1 to 128 characters",
            "process_run.power_w": "0 values; 1 to 672 equal parts of the duration",
            "process_run.duration": "is required",
            "process_run.earliest_start": "is required",
            "process_run.latest_end": "is required",
        },
    ),
    "needs of a battery": (
        told(charging_needs=kinds.ChargingNeeds(device_id="battery")),
        {
            "charging_needs.device_id": "battery is a battery; name a charger's port",
            "charging_needs.departure_time": "is required",
            "charging_needs.energy_wh": "is required",
        },
    ),
    "maintenance of a weather station": (
        told(unavailability=kinds.Unavailability(device_id="weather", window=window(1, 9000))),
        {
            "unavailability.device_id": "nothing of weather (weather) is planned",
            "unavailability.window.end": "is too far ahead",
        },
    ),
    "more power than there is": (
        told(
            unavailability=kinds.Unavailability(
                device_id="charger_01", window=window(1, 2), available_power_w=8_000.0
            )
        ),
        {"unavailability.available_power_w": "8000 is too much; at most 7000"},
    ),
    "nobody, for no reason": (
        a_target(user=" ", reason=""),
        {"user": "say who", "reason": "say why"},
    ),
}


@pytest.mark.parametrize(("request_", "said"), WRONG.values(), ids=WRONG.keys())
async def test_every_mistake_is_named_with_its_value_and_the_cure(
    dispatch: Dispatch, request_: pb.SetRequirementRequest, said: dict[str, str]
) -> None:
    refused = await refusal(dispatch.set(request_))

    assert refused.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert named_fields(refused) == set(said)
    for field, text in said.items():
        told_of = [description for name, description in violations(refused) if name == field]
        assert any(text in description for description in told_of), (field, told_of)


async def test_a_batch_needs_room_to_begin_on_a_quarter_hour(dispatch: Dispatch) -> None:
    request = a_run()
    request.process_run.earliest_start.CopyFrom(at(1 + 5 / 60))
    request.process_run.latest_end.CopyFrom(at(2 + 10 / 60))

    refused = await refusal(dispatch.set(request))

    assert named_fields(refused) == {"process_run.latest_end"}
    assert "2019-06-04T00:15:00+00:00 at the earliest" in (refused.details() or "")


async def test_a_batch_that_has_begun_is_in_force_until_it_ends(dispatch: Dispatch) -> None:
    request = a_run()
    request.process_run.started_at.CopyFrom(at(-0.5))

    kept = await dispatch.set(request)

    assert kept.valid_until == at(0.5)
