"""The page about issuing shows a call that really works, on the whole service of the demo park."""

import re
from datetime import UTC, datetime

from google.protobuf import json_format

from parkflow.carbon.v1 import issuing_pb2
from services.carbon_accounting.attributes import attributes_of
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.rules import rules_for
from services.carbon_accounting.stream import News
from services.runtime.database import Database, migrate
from tests.integration.test_carbon_attributes_page import CALL, book_two_hours
from tests.support.builders import DEMO_PARK_FILE, REPOSITORY, a_park
from tests.support.carbon_rpc import the_rpc
from tests.support.live_carbon import Wakes, clock_at, serving
from tests.support.patience import CALL_S

PAGE = (REPOSITORY / "docs/carbon-issuing.md").read_text(encoding="utf-8")
JUNE = 30 * 96


async def test_the_call_that_the_page_shows_is_answered(fresh_database: str) -> None:
    (shown,) = re.finditer(CALL, PAGE)
    request = json_format.Parse(shown["document"], issuing_pb2.IssueGreenCertificatesRequest())
    await migrate("carbon_accounting", fresh_database)
    database = Database("carbon_accounting", fresh_database)
    await database.start()
    rules = RulesNow(rules_for(a_park(), DEMO_PARK_FILE, 2022))
    await book_two_hours(database, rules)
    clock = clock_at(datetime(2019, 7, 12, tzinfo=UTC))
    rpc = the_rpc(database, rules, clock, News(), attributes_of(database, rules, clock, Wakes()))

    async with serving(rpc) as stub:
        answer = await getattr(stub, shown["method"])(request, timeout=CALL_S)
    await database.stop()

    (windfarm,) = answer.facilities
    assert (windfarm.unknown.month, windfarm.unknown.quarter_count) == ("2019-06", JUNE)
    assert windfarm.unknown.unknown_quarter_count == JUNE - 8  # two hours are known
    assert windfarm.carry_wh == 700_000  # as before: nothing is issued of June
    assert answer.content.count("\n") == 1
