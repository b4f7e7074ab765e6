"""The registry on a real PostgreSQL: one champion a point, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.forecasting.registry.cards import Status
from services.forecasting.registry.models import BODIES_KEPT, ModelStore
from services.forecasting.registry.standings import Standing, StandingStore
from services.runtime.database import Database, migrate
from tests.support.models import STEEL, a_card, learnt
from tests.support.outlooks import MONDAY

LATER = MONDAY + timedelta(days=1)


@dataclass
class Registry:
    """The stores of one park on an empty database."""

    database: Database
    models: ModelStore
    standings: StandingStore


@pytest.fixture
async def registry(fresh_database: str) -> AsyncIterator[Registry]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    park = "demo-park"
    yield Registry(database, ModelStore(database, park), StandingStore(database, park))
    await database.stop()


async def test_a_promoted_model_serves_and_the_one_before_is_retired(registry: Registry) -> None:
    first = await registry.models.promote(a_card(), learnt(b"one"))
    second = await registry.models.promote(a_card(), learnt(b"two"))

    cards = await registry.models.models([STEEL], 9)

    assert await registry.models.champions() == {STEEL: second}
    assert [(card.version, card.status) for card in cards] == [
        (second, Status.CHAMPION),
        (first, Status.RETIRED),
    ]
    assert await registry.models.bodies([first, second]) == {first: b"one", second: b"two"}


async def test_a_card_comes_back_as_it_was_judged(registry: Registry) -> None:
    version = await registry.models.promote(a_card(), learnt())

    card = await registry.models.card(version)

    assert card == replace(a_card(), version=version, status_since=MONDAY, can_serve=True)
    assert await registry.models.card(version + 1) is None


async def test_a_rejected_model_never_serves_but_its_scores_stay(registry: Registry) -> None:
    champion = await registry.models.promote(a_card(), learnt())
    rejected = await registry.models.reject(a_card(reason="3 % worse", status=Status.REJECTED))

    card = await registry.models.card(rejected)

    assert await registry.models.champions() == {STEEL: champion}
    assert card is not None
    assert (card.status, card.reason, card.can_serve) == (Status.REJECTED, "3 % worse", False)
    assert card.scores == a_card().scores


async def test_promotions_at_once_wait_for_each_other_and_one_serves(registry: Registry) -> None:
    versions = await asyncio.gather(
        *(registry.models.promote(a_card(), learnt()) for _ in range(5))
    )

    cards = await registry.models.models([STEEL], 9)

    assert (await registry.models.champions())[STEEL] in versions
    assert sorted(card.status for card in cards) == [Status.CHAMPION, *[Status.RETIRED] * 4]


async def test_bodies_of_old_versions_are_dropped_and_their_cards_stay(registry: Registry) -> None:
    for day in range(BODIES_KEPT + 3):
        card = a_card(created_at=MONDAY + timedelta(days=day))
        await registry.models.promote(card, learnt())

    cards = await registry.models.models([STEEL], 99)

    assert [card.can_serve for card in cards] == [True] * (BODIES_KEPT + 1) + [False] * 2


async def test_cards_are_read_page_by_page_newest_first(registry: Registry) -> None:
    versions = [await registry.models.reject(a_card(status=Status.REJECTED)) for _ in range(5)]

    first = await registry.models.models([STEEL], 3)
    second = await registry.models.models([STEEL], 3, before=first[-1].version)

    assert [card.version for card in (*first, *second)] == versions[::-1]


async def test_a_standing_is_kept_with_its_ledger_and_replaced_by_the_next(
    registry: Registry,
) -> None:
    version = await registry.models.promote(a_card(), learnt(ledger=b"at first"))
    at_first = await registry.standings.of([STEEL])

    kept = await registry.standings.keep(Standing(STEEL, version, LATER, b"weights"), b"longer")

    assert at_first == {STEEL: Standing(STEEL, version, MONDAY, None)}
    assert kept
    assert (await registry.standings.of([STEEL]))[STEEL].body == b"weights"
    assert await registry.standings.ledger(STEEL) == (b"longer", LATER)


async def test_what_a_replaced_version_reckoned_is_not_kept(registry: Registry) -> None:
    old = await registry.models.promote(a_card(), learnt())
    new = await registry.models.promote(a_card(), learnt(ledger=b"of the new"))

    kept = await registry.standings.keep(Standing(STEEL, old, LATER, b"stale"), b"stale")

    assert not kept
    assert (await registry.standings.of([STEEL]))[STEEL].version == new
    assert await registry.standings.ledger(STEEL) == (b"of the new", MONDAY)


async def test_another_parks_models_are_not_seen(registry: Registry) -> None:
    version = await registry.models.promote(a_card(), learnt())
    other = ModelStore(registry.database, "other-park")

    assert await other.champions() == {}
    assert await other.bodies([version]) == {}
    assert await other.card(version) is None
