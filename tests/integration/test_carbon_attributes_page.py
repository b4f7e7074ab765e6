"""The pages about factors and certificates show calls that really work on the demo park."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from google.protobuf import json_format

from parkflow.carbon.v1 import certificate_pb2, factor_pb2, matching_pb2, settlement_pb2
from services.carbon_accounting.attributes import attributes_of
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.messages import words_of
from services.carbon_accounting.rules import rules_for
from services.carbon_accounting.stream import News
from services.runtime.database import Database, migrate
from services.runtime.interval_frames import interval_frame_from
from tests.support.builders import DEMO_PARK_FILE, REPOSITORY, a_park
from tests.support.carbon_frames import frames, quarters
from tests.support.carbon_rpc import the_rpc
from tests.support.live_carbon import Wakes, clock_at, serving
from tests.support.patience import CALL_S

PAGES = ("carbon-factors.md", "carbon-certificates.md", "carbon-contracts.md")
MESSAGES = (factor_pb2, certificate_pb2, matching_pb2, settlement_pb2)
METHODS = {
    "ListFactors",
    "PutFactors",
    "RecordCertificateEvent",
    "ClaimCertificate",
    "ImportCertificates",
    "ListCertificates",
    "ListClaims",
    "GetMatching",
    "ProposePurchase",
    "SettleContracts",
}
CALL = re.compile(
    r"^grpcurl -plaintext -d '(?P<document>\{.*\})' 127\.0\.0\.1:7105"
    r" parkflow\.carbon\.v1\.CarbonService/(?P<method>\w+)$",
    re.MULTILINE,
)
TWO_HOURS = 8


def calls() -> Iterator[tuple[str, str]]:
    """Yield the method and document of each call that the pages show, in their order."""
    for page in PAGES:
        text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
        for found in CALL.finditer(text):
            yield found["method"], found["document"]


def request_of(method: str, document: str) -> Any:
    kind = next(kind for module in MESSAGES if (kind := getattr(module, f"{method}Request", None)))
    return json_format.Parse(document, kind())


async def book_two_hours(database: Database, rules: RulesNow) -> None:
    """The demo park's first two hours: 06:00 to 08:00 of 2019-06-04."""
    told = [f for start, counted in quarters(a_park(), TWO_HOURS) for f in _frames(start, counted)]
    words = [word for f in told for word in words_of(interval_frame_from(f))]
    async with open_books(database, rules.site.id) as books:
        of_now = await rules.of(books.connection)
        await take(books, words, of_now, datetime(2019, 6, 4, tzinfo=UTC))


def _frames(start: datetime, counted: dict[str, int]) -> list[Any]:
    return frames(a_park(), start, counted)


def test_the_pages_show_every_call() -> None:
    assert {method for method, _ in calls()} == METHODS


async def test_every_call_that_the_pages_show_is_answered(fresh_database: str) -> None:
    await migrate("carbon_accounting", fresh_database)
    database = Database("carbon_accounting", fresh_database)
    await database.start()
    try:
        answers, again = await answered(database)
    finally:
        await database.stop()

    assert answers["PutFactors"].new_factor_count == 1
    assert again.known_already
    assert answers["ClaimCertificate"].claim.quantity_wh == 20_000
    assert answers["ImportCertificates"].certificate_count == 1
    (claimed,) = answers["ListCertificates"].certificates
    assert claimed.certificate.certificate_id == "GC-2019-06-04T06"
    (steel,) = answers["GetMatching"].enterprises
    assert max(score.matched_wh for score in steel.scores) >= 20_000
    assert answers["ProposePurchase"].reachable
    (settled,) = answers["SettleContracts"].months
    assert (settled.attributes_wh, settled.shortfall_wh) == (550_000, 50_000)
    assert answers["SettleContracts"].claimed_wh == settled.used_wh - 20_000  # of the GC


async def answered(database: Database) -> tuple[dict[str, Any], Any]:
    """What each call answers, by its method; and the dry run of factors once more at the end."""
    rules = RulesNow(rules_for(a_park(), DEMO_PARK_FILE, 2022))
    await book_two_hours(database, rules)
    clock = clock_at(datetime(2019, 6, 12, tzinfo=UTC))
    rpc = the_rpc(database, rules, clock, News(), attributes_of(database, rules, clock, Wakes()))

    async with serving(rpc) as stub:
        answers: dict[str, Any] = {}
        for method, document in calls():
            request = request_of(method, document)
            answers[method] = await getattr(stub, method)(request, timeout=CALL_S)
        tried = request_of(*next(call for call in calls() if '"dry_run"' in call[1]))
        return answers, await stub.PutFactors(tried)
