"""Both stores keep incidents alike: the one in memory for tests and the one in PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from services.alerting.domain.incidents import (
    Incident,
    IncidentKind,
    Severity,
    acknowledged,
    raised,
    resolved,
)
from services.alerting.office import KeepsIncidents
from services.alerting.store import IncidentStore
from services.energy.site import Text
from services.runtime.database import Database, migrate
from tests.support.builders import after
from tests.support.incident_store import IncidentsInMemory

TEXT = Text("Grid import is 1,950 kW.", "电网购电功率为 1,950 kW。")


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[KeepsIncidents]:
    if request.param == "memory":
        yield IncidentsInMemory()
        return
    url: str = request.getfixturevalue("fresh_database")
    await migrate("alerting", url)
    database = Database("alerting", url)
    await database.start()
    yield IncidentStore(database, "demo-park")
    await database.stop()


def an_incident(seconds: float = 0, subject: str = "grid.import") -> Incident:
    return raised(IncidentKind.LIMIT, subject, Severity.CRITICAL, after(seconds), TEXT)


async def test_what_was_saved_is_found_as_it_was(store: KeepsIncidents) -> None:
    incident = acknowledged(an_incident(), "li.wei", after(30))

    await store.save([incident])

    assert await store.find(incident.id) == incident


async def test_the_newest_revision_counts_in_whatever_order_they_come(
    store: KeepsIncidents,
) -> None:
    first = an_incident()
    second = resolved(first, after(60), TEXT)

    await store.save([second])
    await store.save([first])

    assert await store.find(first.id) == second


async def test_the_same_revision_again_changes_nothing(store: KeepsIncidents) -> None:
    incident = an_incident()
    await store.save([incident])

    await store.save([replace(incident, text=Text("other", "别"))])

    assert await store.find(incident.id) == incident


async def test_the_newest_incident_of_each_subject_is_what_a_restart_needs(
    store: KeepsIncidents,
) -> None:
    old = resolved(an_incident(0), after(60), TEXT)
    new, other = an_incident(600), an_incident(5, subject="grid.export")

    await store.save([new, other, old])

    assert sorted(await store.newest(), key=lambda i: i.subject) == [other, new]


async def test_an_unknown_incident_is_not_there(store: KeepsIncidents) -> None:
    assert await store.find("limit-0") is None


async def test_a_listing_counts_all_and_unpublished_ones_come_in_order(
    fresh_database: str,
) -> None:
    await migrate("alerting", fresh_database)
    database = Database("alerting", fresh_database)
    await database.start()
    mine, elsewhere = IncidentStore(database, "demo-park"), IncidentStore(database, "another")
    first, second = an_incident(0), an_incident(600)
    over = resolved(first, after(60), TEXT)
    await mine.save([first])
    await mine.save([over, second])

    listed: dict[str, Any] = {"open": await mine.unresolved(10), "all": await mine.all(10)}
    assert listed["open"].incidents == [second]
    assert listed["all"].incidents == [second, over]
    assert (listed["open"].raised_total, listed["open"].resolved_total) == (2, 1)
    assert (await mine.all(1)).incidents == [second]
    assert (await elsewhere.all(10)).incidents == []

    assert await mine.unpublished(2) == [first, over]
    await mine.mark_published([first, over])
    assert await mine.unpublished(2) == [second]
    await database.stop()


async def test_a_nul_in_a_dead_letter_does_not_stop_the_incident(fresh_database: str) -> None:
    await migrate("alerting", fresh_database)
    database = Database("alerting", fresh_database)
    await database.start()
    store = IncidentStore(database, "demo-park")
    incident = replace(an_incident(), text=Text("a\x00b", "甲\x00乙"))

    await store.save([incident])

    (kept,) = (await store.all(1)).incidents
    assert kept.text.en == "a␀b"
    await database.stop()
