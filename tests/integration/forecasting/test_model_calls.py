"""ListModels, Retrain and RollBack: who may not be named, what cannot serve, asked twice."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import grpc
import pytest

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1 import model_pb2
from services.forecasting.domain.series_record import task_of
from services.forecasting.domain.targets import targets_of
from services.forecasting.model_calls import ModelCalls
from services.forecasting.registry.cards import Status
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.refusals import Conflict, InvalidFields, NotFound, Refusal
from tests.support.builders import a_park
from tests.support.models import STEEL, a_body, a_card, learnt

PARK, PV = "demo-park", "pv.active_power_w"


@dataclass
class Desk:
    """The calls, and the stores behind them."""

    calls: ModelCalls
    models: ModelStore
    standings: StandingStore

    async def list(self, **given: Any) -> wire.ListModelsResponse:
        return await self.calls.list_models(wire.ListModelsRequest(park_id=PARK, **given))

    async def retrain(self, **given: Any) -> wire.RetrainResponse:
        asked = {"park_id": PARK, "user": "ann", "reason": "new furnace"} | given
        return await self.calls.retrain(wire.RetrainRequest(**asked))

    async def roll_back(self, version: int, **given: Any) -> wire.RollBackResponse:
        asked = {"park_id": PARK, "point_id": STEEL, "user": "ann", "reason": "worse"} | given
        return await self.calls.roll_back(wire.RollBackRequest(version=version, **asked))


@pytest.fixture
async def desk(fresh_database: str) -> AsyncIterator[Desk]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    models = ModelStore(database, PARK)
    requests = RequestStore(database, PARK, models)
    tasks = {
        target.point_id: task_of(target, a_park())
        for target in targets_of(a_park())
        if target.point_id in (STEEL, PV)
    }
    calls = ModelCalls(PARK, tasks, ParkClock.wall(), models, requests)
    yield Desk(calls, models, StandingStore(database, PARK))
    await database.stop()


async def test_models_are_listed_newest_first_with_why_they_serve_or_do_not(desk: Desk) -> None:
    first = await desk.models.promote(a_card(), learnt())
    second = await desk.models.reject(a_card(status=Status.REJECTED, reason="3 % worse"))

    listed = await desk.list()

    assert [model.version for model in listed.models] == [second, first]
    assert [model.status for model in listed.models] == [
        model_pb2.MODEL_STATUS_REJECTED,
        model_pb2.MODEL_STATUS_CHAMPION,
    ]
    assert listed.models[0].reason == "3 % worse"
    assert listed.models[1].scores[0].naive_error_w == 12.0
    assert not listed.models[1].scores[1].HasField("naive_error_w")


async def test_pages_follow_each_other_and_requests_stand_on_the_first(desk: Desk) -> None:
    versions = [await desk.models.promote(a_card(), learnt()) for _ in range(3)]
    await desk.retrain()

    first = await desk.list(page_size=2)
    second = await desk.list(page_size=2, page_token=first.next_page_token)

    found = [model.version for page in (first, second) for model in page.models]
    assert found == versions[::-1]
    assert (len(first.requests), len(second.requests), second.next_page_token) == (1, 0, "")


async def test_a_training_is_asked_for_with_who_and_why_and_waits(desk: Desk) -> None:
    answer = await desk.retrain(point_ids=[STEEL], request_id="r1")

    asked = answer.request
    assert (asked.request_id, asked.user, asked.reason) == ("r1", "ann", "new furnace")
    assert [(one.point_id, one.outcome) for one in asked.points] == [(STEEL, "")]


async def test_a_training_without_points_is_for_all_of_them(desk: Desk) -> None:
    answer = await desk.retrain()

    assert {one.point_id for one in answer.request.points} == {STEEL, PV}
    assert len(answer.request.request_id) == 32


async def test_asking_twice_with_one_id_asks_once(desk: Desk) -> None:
    first = await desk.retrain(request_id="r1", reason="one")
    second = await desk.retrain(request_id="r1", reason="two")

    assert second == first
    assert len((await desk.list()).requests) == 1


async def test_an_id_that_another_took_is_a_conflict(desk: Desk) -> None:
    await desk.retrain(request_id="r1")

    with pytest.raises(Conflict, match="'r1' was taken before"):
        await desk.retrain(request_id="r1", user="bob")


async def test_an_id_that_asked_for_other_points_or_another_version_is_a_conflict(
    desk: Desk,
) -> None:
    first = await desk.models.promote(a_card(), learnt(a_body()))
    second = await desk.models.promote(a_card(), learnt(a_body()))
    await desk.models.promote(a_card(), learnt(a_body()))
    await desk.retrain(request_id="r1", point_ids=[STEEL])
    await desk.roll_back(first, request_id="back")

    with pytest.raises(Conflict, match="'r1' was taken before"):
        await desk.retrain(request_id="r1", point_ids=[PV])
    with pytest.raises(Conflict, match="'back' was taken before"):
        await desk.roll_back(second, request_id="back")

    assert await desk.models.champions() == {STEEL: first}


async def test_a_version_is_rolled_back_to_at_once_and_the_request_is_kept(desk: Desk) -> None:
    first = await desk.models.promote(a_card(), learnt(a_body()))
    second = await desk.models.promote(a_card(), learnt(a_body()))

    answer = await desk.roll_back(first)

    retired = await desk.models.card(second)
    assert retired is not None
    assert retired.status is Status.RETIRED
    assert await desk.models.champions() == {STEEL: first}
    assert answer.model.status == model_pb2.MODEL_STATUS_CHAMPION
    assert (answer.request.user, answer.request.points[0].version) == ("ann", first)
    assert (await desk.standings.of([STEEL]))[STEEL].version == first


async def test_the_same_roll_back_again_changes_nothing_and_answers_the_same(desk: Desk) -> None:
    first = await desk.models.promote(a_card(), learnt(a_body()))
    await desk.models.promote(a_card(), learnt(a_body()))

    once = await desk.roll_back(first, request_id="back")
    again = await desk.roll_back(first, request_id="back")

    assert again == once


async def test_what_serves_already_was_rejected_or_is_too_old_cannot_be_rolled_back_to(
    desk: Desk,
) -> None:
    versions = [await desk.models.promote(a_card(), learnt()) for _ in range(6)]
    rejected = await desk.models.reject(a_card(status=Status.REJECTED, reason="3 % worse"))

    with pytest.raises(Conflict, match="serves already"):
        await desk.roll_back(versions[-1])
    with pytest.raises(Conflict, match=r"never served \(3 % worse\)"):
        await desk.roll_back(rejected)
    with pytest.raises(Conflict, match="only the newest 3 retired"):
        await desk.roll_back(versions[0])
    assert await desk.models.champions() == {STEEL: versions[-1]}
    assert (await desk.list()).requests == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda: b"of another time", "cannot be read here .*; ask for a training"),
        (lambda: a_body(highest=500_000.0), "was learnt for other bounds"),
    ],
)
async def test_a_version_that_could_not_serve_is_not_rolled_back_to_and_nothing_changes(
    desk: Desk, body: Callable[[], bytes], why: str
) -> None:
    old = await desk.models.promote(a_card(), learnt(body()))
    new = await desk.models.promote(a_card(), learnt(a_body()))

    with pytest.raises(Conflict, match=why):
        await desk.roll_back(old)

    assert await desk.models.champions() == {STEEL: new}
    assert (await desk.list()).requests == []


async def test_a_version_of_another_point_or_of_none_is_not_found(desk: Desk) -> None:
    version = await desk.models.promote(a_card(PV), learnt())

    for unknown in (version, version + 7, 2**63 + 1):
        with pytest.raises(NotFound, match=f"version {unknown} of {STEEL}"):
            await desk.roll_back(unknown)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"user": " "}, "user"),
        ({"reason": ""}, "reason"),
        ({"request_id": "x" * 129}, "request_id"),
        ({"request_id": "drift/steel.active_power_w/2019-W23"}, "request_id"),
        ({"request_id": "unreadable/7"}, "request_id"),
    ],
)
async def test_a_request_without_who_or_why_is_refused(
    desk: Desk, given: dict[str, str], field: str
) -> None:
    for call in (desk.retrain(**given), desk.roll_back(1, **given)):
        with pytest.raises(InvalidFields) as refused:
            await call
        assert [mistake.field for mistake in refused.value.mistakes] == [field]


async def test_unknown_points_parks_pages_and_tokens_are_refused(desk: Desk) -> None:
    refused: list[Refusal] = []
    for call in (
        desk.retrain(point_ids=[STEEL, "moon.active_power_w"]),
        desk.retrain(park_id="elsewhere"),
        desk.list(page_size=501),
        desk.list(page_token="next"),
    ):
        with pytest.raises(Refusal) as refusal:
            await call
        refused.append(refusal.value)

    assert [one.status for one in refused] == [
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.INVALID_ARGUMENT,
    ]
    assert "moon.active_power_w" in str(refused[0])


async def test_a_listed_card_is_the_one_that_was_kept(desk: Desk) -> None:
    version = await desk.models.promote(a_card(), learnt())

    (card,) = await desk.models.models([STEEL], 9)

    assert replace(card, version=0, status_since=None, can_serve=False) == a_card()
    assert card.version == version
