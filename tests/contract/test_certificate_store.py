"""Certificates in PostgreSQL: appended once, and no Wh claimed twice, whoever tries (rules D.4)."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from services.carbon_accounting.certificates.books import ClaimRequest
from services.carbon_accounting.certificates.store import PostgresCertificates
from services.carbon_accounting.domain.certificates.certificate import Certificate, IdRange
from services.carbon_accounting.domain.certificates.claim_checks import judged
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind, Evidence
from services.carbon_accounting.domain.certificates.events import (
    Cancelled,
    Event,
    Issued,
    Reserved,
    Split,
    Transferred,
)
from services.carbon_accounting.domain.certificates.gec import Title, Use
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.energy.time_grid import Interval
from services.runtime.database import Database, migrate
from services.runtime.patience import patiently
from tests.support.certificates import (
    HOUR,
    LATER,
    MWH,
    NEW_YEAR,
    YEAR,
    a_bundle,
    a_certificate,
    after,
    cancelled_for,
    evidence,
)

CLAIMERS = 100


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", module_database)
    found = Database("carbon_accounting", module_database, pool_size=12)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
def park() -> str:
    """A park of its own for each test, all in one database."""
    return uuid4().hex


@pytest.fixture
def store(database: Database, park: str) -> PostgresCertificates:
    return PostgresCertificates(database, park)


async def said(store: PostgresCertificates, certificate: Certificate, *events: Event) -> Standing:
    """Issue a certificate and record what happened to it."""
    found: Standing | Refused | None = None
    issued = Issued(certificate, certificate.issued_at)
    for number, event in enumerate((issued, *events)):
        key = f"{certificate.id}#{number}"
        found = await store.record(key, certificate.id, event, LATER)
        assert isinstance(found, Standing), found
    assert isinstance(found, Standing)
    return found


async def cancelled(store: PostgresCertificates, certificate: Certificate) -> Standing:
    reserved = Reserved(LATER, certificate.owner, "steel")
    return await said(store, certificate, reserved, Cancelled(LATER, certificate.owner))


def a_request(id: str = "C1", mwh: float = 1, **changed: Any) -> ClaimRequest:
    request = ClaimRequest(
        id, ClaimKind.GREEN_POWER, "G1", int(mwh * MWH), "steel", YEAR, "CN", LATER
    )
    return replace(request, **changed)


async def claimed(
    store: PostgresCertificates, *requests: ClaimRequest, consumed_mwh: float = 1000
) -> list[Claim | tuple[Refused, ...]]:
    """Make all these claims at the same time, each patiently, as a busy database asks for."""

    async def claim(request: ClaimRequest) -> Claim | tuple[Refused, ...]:
        metered = evidence(consumed_mwh)
        return await patiently(lambda: store.claim(request, metered, LATER), "claim")

    return await asyncio.gather(*map(claim, requests))


async def kinds(database: Database, park: str) -> list[str]:
    query = "SELECT kind FROM certificate_event WHERE park_id = %s ORDER BY place"
    return [row[0] for row in await database.rows(query, (park,))]


async def the_refusal(store: PostgresCertificates, request: ClaimRequest) -> Refused:
    found = await store.claim(request, evidence(), LATER)
    assert isinstance(found, tuple), found
    (refusal,) = found
    return refusal


async def test_what_is_kept_is_what_the_domain_says(store: PostgresCertificates) -> None:
    own = {"use": Use.SELF_USE, "title": Title.WITH_SETTLEMENT_ONLY, "ng_per_wh": None}
    certificate = a_certificate(owner="steel", **own)

    await cancelled(store, certificate)

    assert await store.standing("G1") == cancelled_for("steel", certificate)
    assert await store.differences() == []
    assert await store.standing("G2") is None


async def test_a_hundred_claimers_claim_exactly_what_there_is(
    store: PostgresCertificates, database: Database, park: str
) -> None:
    await cancelled(store, a_certificate(40))

    found = await claimed(store, *(a_request(f"C{n}") for n in range(CLAIMERS)))

    made = [claim for claim in found if isinstance(claim, Claim)]
    refused = [claim[0] for claim in found if isinstance(claim, tuple)]
    assert sorted(claim.ids for claim in made) == [IdRange.of(n * MWH, MWH) for n in range(40)]
    assert len(refused) == 60
    assert {refusal.rule for refusal in refused} == {Rule.NOTHING_LEFT}
    assert "40000000 of 40000000 Wh of G1 are claimed, 0 Wh are left" in refused[0].text
    rows = await database.rows(
        "SELECT sum(last_id - first_id + 1) FROM certificate_claim WHERE park_id = %s", (park,)
    )
    assert rows == [(40 * MWH,)]
    standing = await store.standing("G1")
    assert standing is not None
    assert standing.state is State.CLAIMED


async def test_a_hundred_claimers_of_one_consumer_claim_no_more_than_it_consumed(
    store: PostgresCertificates,
) -> None:
    for number in range(4):
        await cancelled(store, a_certificate(25, id=f"G{number}", lot=f"lot {number}"))

    requests = [a_request(f"C{n}", certificate_id=f"G{n % 4}") for n in range(CLAIMERS)]

    found = await claimed(store, *requests, consumed_mwh=30)

    assert sum(isinstance(claim, Claim) for claim in found) == 30
    assert {c[0].rule for c in found if isinstance(c, tuple)} == {Rule.BEYOND_METERED}


async def test_a_hundred_tellers_of_one_claim_make_it_once(store: PostgresCertificates) -> None:
    await cancelled(store, a_certificate())

    found = await claimed(store, *[a_request()] * CLAIMERS)

    assert {claim.id for claim in found if isinstance(claim, Claim)} == {"C1"}
    assert not [claim for claim in found if isinstance(claim, tuple)]
    assert len(await store.claims(YEAR)) == 1


async def test_the_database_itself_refuses_a_second_claim(
    store: PostgresCertificates, module_database: str, park: str
) -> None:
    await cancelled(store, a_certificate())
    await store.claim(a_request(mwh=3), evidence(), LATER)
    by_hand = """
        INSERT INTO carbon_accounting.certificate_claim
        SELECT park_id, 'by hand', certificate_id, lot_number, certificate_first_id,
               certificate_last_id, 'CCER', family, %s, %s, 'campus', consumption_start,
               consumption_end, market, claimed_at, recorded_at
        FROM carbon_accounting.certificate_claim WHERE park_id = %s
        LIMIT 1
    """

    async def insert(first: int, last: int) -> None:
        async with await psycopg.AsyncConnection.connect(module_database) as connection:
            await connection.execute(by_hand, (first, last, park))

    with pytest.raises(psycopg.errors.ExclusionViolation, match="claimed_once"):
        await insert(2 * MWH, 4 * MWH)
    with pytest.raises(psycopg.errors.CheckViolation):
        await insert(9 * MWH, 10 * MWH)  # one Wh beyond the certificate
    await insert(3 * MWH, 10 * MWH - 1)


async def test_a_mwh_claimed_as_gec_leaves_nothing_for_ccer(store: PostgresCertificates) -> None:
    await cancelled(store, a_certificate())
    await store.claim(a_request(mwh=10), evidence(), LATER)

    offset = await the_refusal(store, a_request("C2", kind=ClaimKind.OFFSET))
    physical = await store.claim(
        a_request("C3", kind=ClaimKind.PHYSICAL_USE, mwh=10), evidence(), LATER
    )

    assert offset.rule is Rule.NOTHING_LEFT
    assert isinstance(physical, Claim)


async def test_the_parent_and_its_children_are_claimed_once(store: PostgresCertificates) -> None:
    await said(store, a_bundle(750_000), Split(LATER, "seller", (500_000, 250_000)))
    for child in ("B1/1", "B1/2"):
        reserve, cancel = Reserved(LATER, "seller", "steel"), Cancelled(LATER, "seller")
        await store.record(f"{child} r", child, reserve, LATER)
        await store.record(f"{child} c", child, cancel, LATER)

    first = await store.claim(
        a_request("C1", certificate_id="B1/1", quantity_wh=500_000), evidence(), LATER
    )
    second = await store.claim(
        a_request("C2", certificate_id="B1/2", quantity_wh=250_000), evidence(), LATER
    )
    parent = await the_refusal(store, a_request("C3", certificate_id="B1", quantity_wh=1))

    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    assert (first.ids, second.ids) == (IdRange(0, 499_999), IdRange(500_000, 749_999))
    assert parent.rule is Rule.NOTHING_LEFT


async def test_no_wh_of_a_lot_is_certified_twice(store: PostgresCertificates) -> None:
    await said(store, a_certificate())
    twin = a_certificate(id="G2")

    found = await store.record("twin", "G2", Issued(twin, twin.issued_at), LATER)

    assert isinstance(found, Refused)
    assert found.rule is Rule.CERTIFIED_TWICE
    assert await store.standing("G2") is None


async def test_the_same_event_again_changes_nothing(
    store: PostgresCertificates, database: Database, park: str
) -> None:
    await said(store, a_certificate())
    sold = Transferred(LATER, "seller", "trader")

    first = await store.record("sale", "G1", sold, LATER)
    again = await store.record("sale", "G1", sold, LATER)
    other = await store.record("sale", "G1", replace(sold, to="campus"), LATER)

    assert first == again == after(a_certificate(), sold)
    assert isinstance(other, Refused)
    assert other.rule is Rule.EVENT_SAYS_OTHER
    assert await kinds(database, park) == ["issued", "transferred"]


async def test_the_same_claim_with_another_content_is_refused(store: PostgresCertificates) -> None:
    await cancelled(store, a_certificate())
    first = await store.claim(a_request(), evidence(), LATER)

    again = await store.claim(a_request(), evidence(), LATER)
    other = await the_refusal(store, a_request(mwh=2))

    assert again == first
    assert other.rule is Rule.EVENT_SAYS_OTHER


async def test_a_refused_event_leaves_nothing(
    store: PostgresCertificates, database: Database, park: str
) -> None:
    await said(store, a_certificate())

    found = await store.record("c", "G1", Cancelled(LATER, "seller"), LATER)

    assert isinstance(found, Refused)
    assert found.rule is Rule.WRONG_TRANSITION
    assert await store.standing("G1") == after(a_certificate())
    assert await kinds(database, park) == ["issued"]


@pytest.mark.parametrize("table", ["certificate_event", "certificate_claim"])
async def test_events_and_claims_are_never_changed(
    store: PostgresCertificates, database: Database, park: str, table: str
) -> None:
    await cancelled(store, a_certificate())
    await store.claim(a_request(), evidence(), LATER)

    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET park_id = park_id"):
        with pytest.raises(psycopg.errors.RaiseException, match=f"{table} is append-only"):
            await database.rows(f"{change} WHERE park_id = %s", (park,))


async def test_the_events_alone_say_how_every_certificate_stands(
    store: PostgresCertificates, database: Database, park: str
) -> None:
    sold = Transferred(LATER, "seller", "trader")
    await cancelled(store, a_certificate())
    await store.claim(a_request(mwh=10), evidence(), LATER)
    await said(store, a_bundle(750_000), sold, Split(LATER, "trader", (500_000, 250_000)))
    await store.record("child", "B1/2", Reserved(LATER, "trader", "steel"), LATER)
    sound = await store.differences()

    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE certificate SET owner = 'thief' WHERE park_id = %s AND certificate_id = 'B1/1'",
            (park,),
        )

    assert sound == []
    assert await store.differences() == ["B1/1"]


async def test_names_are_values_and_never_statements(store: PostgresCertificates) -> None:
    evil = "'; DROP TABLE certificate_claim; --"
    certificate = a_certificate(id=evil, lot=evil)
    await cancelled(store, certificate)

    claim = await store.claim(a_request(evil, certificate_id=evil), evidence(), LATER)

    assert isinstance(claim, Claim)
    assert await store.claims(YEAR) == [claim]


ROOFS = {
    "roof": frozenset({"roof.east", "roof.west"}),
    "roof.east": frozenset({"roof.east"}),
    "roof.west": frozenset({"roof.west"}),
}
HOURLY_WH = 100


def of_roofs() -> Evidence:
    """Each roof made 100 Wh in every hour; steel used enough."""

    def made_wh(device: str, use: Use, span: Interval) -> int:
        return len(ROOFS[device]) * int(span.duration / HOUR) * HOURLY_WH

    names = frozenset(ROOFS)
    return Evidence(
        YEAR, lambda who, span: 10**9, made_wh, counted_by=ROOFS.__getitem__, alike=lambda _: names
    )


def a_production(draw: random.Random, number: int) -> Certificate:
    """Certificates of one to eight hours of a roof, some of them more than it made."""
    start, hours = NEW_YEAR + draw.randrange(8) * HOUR, draw.choice([1, 1, 1, 2, 4, 8])
    return a_bundle(
        draw.choice([40, 100, 100 * hours]),
        id=f"B{number}",
        lot=f"B{number}",
        device=draw.choice([*ROOFS]),
        production=Interval(start, start + hours * HOUR),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_what_a_device_made_is_held_as_in_files(
    store: PostgresCertificates, seed: int
) -> None:
    draw = random.Random(seed)
    made = [a_production(draw, number) for number in range(40)]
    for certificate in made:
        await cancelled(store, certificate)
    requests = [
        a_request(f"C{n}", certificate_id=one.id, quantity_wh=one.quantity_wh)
        for n, one in enumerate(made)
    ]

    live = [await store.claim(one, of_roofs(), LATER) for one in requests]

    standings = {one.id: cancelled_for("steel", one) for one in made}
    claims = [one.on(IdRange.of(0, one.quantity_wh)) for one in requests]
    filed = judged(claims, standings, of_roofs())
    assert [one for one in live if isinstance(one, Claim)] == [*filed.accepted]
    refused = {
        r.id: told for r, told in zip(requests, live, strict=True) if isinstance(told, tuple)
    }
    assert refused == dict(filed.refused)
    assert refused
