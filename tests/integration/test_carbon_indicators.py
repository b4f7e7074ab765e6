"""Indicators and reports as a process serves them: pages, trials, publishing while it runs."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import grpc
import openpyxl
import psycopg
import pypdf
import pytest
from google.protobuf import json_format

from parkflow.carbon.v1 import certificate_pb2 as certificate_wire
from parkflow.carbon.v1 import indicator_pb2 as wire
from parkflow.carbon.v1 import quality_pb2 as quality_wire
from parkflow.carbon.v1 import report_pb2 as report_wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from services.carbon_accounting.domain.reporting.wording import utc
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.rules import rules_for
from services.demo.stack import Kafka
from services.energy.time_grid import Interval
from services.runtime.database import Database, migrate
from services.runtime.park_file import load_park
from tests.support.booked_park import book
from tests.support.builders import REPOSITORY
from tests.support.calls import named_fields
from tests.support.carbon_process import CarbonProcess
from tests.support.ingest import with_topics
from tests.support.park_process import ended
from tests.support.patience import CALL_S, until

ACCOUNTING = """
accounting:
  indicators_as_of: 2026-01-01
  products:
    - {id: steel-bar, enterprise: steel, unit: t}
"""
MAY_30 = datetime(2019, 5, 29, 16, 0, tzinfo=UTC)  # midnight in the park
JUNE_1 = datetime(2019, 5, 31, 16, 0, tzinfo=UTC)
JUNE_4 = datetime(2019, 6, 3, 16, 0, tzinfo=UTC)
A_QUARTER = {
    "grid.import_energy_wh": 1000,
    "pv.generation_energy_wh": 200,
    "steel.consumption_energy_wh": 900,
    "offices.consumption_energy_wh": 300,
}

LIVE, DAY = wire.INDICATOR_PERIOD_KIND_LIVE, wire.INDICATOR_PERIOD_KIND_DAY
MONTH = wire.INDICATOR_PERIOD_KIND_MONTH
YEAR_TO_DATE = wire.INDICATOR_PERIOD_KIND_YEAR_TO_DATE
YEAR_END = wire.INDICATOR_PERIOD_KIND_YEAR_END
Served = CarbonProcess
CALL = re.compile(
    r"^grpcurl -plaintext -d '(?P<document>\{.*\})' 127\.0\.0\.1:7105"
    r" parkflow\.carbon\.v1\.CarbonService/(?P<method>\w+)",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def served(
    kafka: Kafka, module_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A park with two days of May and three of June 2019, every quarter alike."""
    folder, now = tmp_path_factory.mktemp("indicators"), JUNE_4 + timedelta(minutes=20)
    process = CarbonProcess(
        folder,
        kafka.address,
        module_database,
        origin=now,
        more_of_the_park=ACCOUNTING,
        replaced_in_the_park={"2019-06-03T22:00:00Z": "2019-05-29T16:00:00Z"},
    )
    process.write_park()
    asyncio.run(with_topics(kafka))
    asyncio.run(filled(process, Interval(MAY_30, JUNE_4)))
    with ended(process):
        process.start()
        yield process


def rules_of(process: CarbonProcess) -> LiveRules:
    return rules_for(load_park(process.park_file), process.park_file, 2022)


async def filled(process: CarbonProcess, span: Interval) -> None:
    await migrate("carbon_accounting", process.database_url)
    async with opened(process.database_url) as database:
        await book(database, rules_of(process), span, A_QUARTER)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database("carbon_accounting", url)
    await database.start()
    yield database
    await database.stop()


@asynccontextmanager
async def asking(served: Served) -> AsyncIterator[CarbonServiceStub]:
    async with grpc.aio.insecure_channel(served.address) as channel:
        yield CarbonServiceStub(channel)


async def page(
    served: Served, kind: int = MONTH, enterprise: str = ""
) -> wire.GetIndicatorsResponse:
    request = wire.GetIndicatorsRequest(
        park_id=served.park_id, period_kind=kind, enterprise=enterprise
    )
    async with asking(served) as stub:

        async def answered() -> wire.GetIndicatorsResponse | None:
            try:
                return await stub.GetIndicators(request, timeout=CALL_S)
            except grpc.aio.AioRpcError as refused:
                if refused.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                return None  # still being added up

        return await until(answered, "the months are added up")


def by_id(answer: wire.GetIndicatorsResponse) -> dict[str, wire.ShownIndicator]:
    return {one.definition.content.id: one for one in answer.indicators}


async def test_the_core_indicator_is_grid_carbon_over_all_energy(served: Served) -> None:
    answer = await page(served)
    core = by_id(answer)["core_carbon_intensity"]

    # a quarter: 1000 Wh of the grid x 0.8325 g over 1200 Wh x 0.1229 gce
    assert core.came_to.value == pytest.approx(832.5 / 147.48)
    assert core.definition.content.formula == (
        "ledger.park_acceptance.total / energy.comprehensive"
    )
    assert core.verdict == wire.INDICATOR_VERDICT_MISSED
    assert core.target.limit == "0.2"
    assert "energy.comprehensive_a_year is missing" in core.confirm
    assert core.unverified_because
    assert answer.interval.start.ToDatetime(tzinfo=UTC) == JUNE_1
    assert answer.booked_until.ToDatetime(tzinfo=UTC) == JUNE_4
    assert answer.HasField("computed_at")


async def test_what_is_missing_is_named_and_open_rules_are_read_both_ways(
    served: Served,
) -> None:
    found = by_id(await page(served))

    water = found["water_reuse"]
    assert list(water.came_to.missing_inputs) == ["water.reused", "water.intake"]
    assert not water.came_to.HasField("value")
    assert water.verdict == wire.INDICATOR_VERDICT_NO_VALUE
    clean = found["clean_share"]
    assert clean.came_to.value == pytest.approx(100 / 6)  # 200 of 1200 Wh
    assert [one.reading.side for one in clean.readings] == ["optimistic"]


async def test_the_day_and_the_newest_quarter_show_what_is_meant_for_them(
    served: Served,
) -> None:
    day, live = await page(served, DAY), await page(served, LIVE)

    assert by_id(day)["clean_share"].came_to.value == pytest.approx(100 / 6)
    assert (day.interval.end.seconds - day.interval.start.seconds) == 24 * 3600
    assert (live.interval.end.seconds - live.interval.start.seconds) == 15 * 60
    assert "clean_share" in by_id(live)
    assert "water_reuse" not in by_id(day)


async def test_the_year_is_foreseen_like_the_mean_day_and_says_so(served: Served) -> None:
    so_far, at_end = await page(served, YEAR_TO_DATE), await page(served, YEAR_END)

    assert "no forecast of consumption was there" in at_end.foreseen_by.en
    assert "mean day" in at_end.foreseen_by.en
    core = by_id(at_end)["core_carbon_intensity"]
    assert core.so_far.value == by_id(so_far)["core_carbon_intensity"].came_to.value
    assert core.came_to.value == pytest.approx(core.so_far.value)  # every day is alike
    assert at_end.interval.end.ToDatetime(tzinfo=UTC) == datetime(2019, 12, 31, 16, tzinfo=UTC)


async def test_an_enterprise_sees_its_own_and_what_judges_parks_is_left_out(
    served: Served,
) -> None:
    async with asking(served) as stub:
        request = wire.PutProductionRequest(park_id=served.park_id, user="ann")
        request.amounts.add(product="steel-bar", period="2019-06", amount="2")
        first = await stub.PutProduction(request, timeout=CALL_S)
        again = await stub.PutProduction(request, timeout=CALL_S)
    found = by_id(await page(served, MONTH, "steel"))

    assert (first.added_count, again.added_count, again.unchanged_count) == (1, 0, 1)
    assert "core_carbon_intensity" not in found
    made = found["location_intensity.steel-bar"]
    factor_g = await grid_factor_g_per_kwh(served)
    # 288 quarters x 900 Wh, of which 1000 of 1200 Wh came from the grid, over 2 t
    assert made.came_to.value == pytest.approx(288 * 0.9 * 5 / 6 * factor_g / 1000 / 2, rel=1e-4)


async def grid_factor_g_per_kwh(served: Served) -> float:
    """Emissions of the location-based ledger over grid power, as another indicator tells it."""
    async with asking(served) as stub:
        answer = await stub.TryIndicator(
            wire.TryIndicatorRequest(
                park_id=served.park_id,
                draft=a_draft(
                    id="grid_factor",
                    unit="kgCO2e/kWh",
                    formula="ledger.location_based.total / electricity.from_grid",
                ),
            ),
            timeout=CALL_S,
        )
    return float(answer.months[-1].came_to.value * 1000)


def a_draft(**said: Any) -> wire.IndicatorDraft:
    usual: dict[str, Any] = {
        "id": "grid_share",
        "system": "park",
        "name": wire.IndicatorText(en="Share of grid power", zh="网电占比"),
        "unit": "percent",
        "formula": "electricity.from_grid / electricity.total",
        "direction": "at_most",
        "periods": ["year_to_date", "month", "day", "live"],
        "trust": "D",
        "source": "of our own",
        "valid_from": "2019-06-04",
    }
    return wire.IndicatorDraft(**(usual | said))


async def test_a_tried_definition_shows_its_history_and_is_not_switched_on(
    served: Served,
) -> None:
    async with asking(served) as stub:
        request = wire.TryIndicatorRequest(park_id=served.park_id, draft=a_draft(id="tried"))
        answer = await stub.TryIndicator(request, timeout=CALL_S)

    assert [one.came_to.value for one in answer.months] == pytest.approx([500 / 6, 500 / 6])
    assert answer.known_count == 3  # two months and the year
    assert "tried" not in by_id(await page(served))


async def test_a_definition_with_a_strange_word_and_another_unit_is_refused_with_cures(
    served: Served,
) -> None:
    draft = a_draft(formula="electricity.from_grit / electricity.total", id="strange")
    more = a_draft(unit="t", id="odd")

    assert "did you mean electricity.from_grid?" in await refusal(served, draft)
    assert "is no t" in await refusal(served, more)
    circle = a_draft(formula="indicator.round", id="round")
    assert "needs itself: round -> round" in await refusal(served, circle)
    several = await refusal(served, a_draft(system="moon", direction="sideways", trust=""))
    assert "draft.system" in several
    assert "draft.direction" in several
    assert "draft.trust" in several


async def test_a_definition_is_refused_with_all_that_is_wrong_in_one_round(
    served: Served,
) -> None:
    wrong = a_draft(id="Bad Id!", unit="zz", formula="nope + 1", valid_from="2019-13-01")
    readable = a_draft(id="two-rounds", formula="nope + 1", version=3)
    told = []
    async with asking(served) as stub:
        for draft in (wrong, readable):
            request = wire.PublishIndicatorRequest(park_id=served.park_id, draft=draft)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.PublishIndicator(request, timeout=CALL_S)
            told.append(named_fields(refused.value))

    assert told == [
        {"user", "reason", "draft.id", "draft.valid_from", "Bad Id!.unit", "Bad Id!.formula"},
        {"user", "reason", "two-rounds.version", "two-rounds.formula"},
    ]


async def refusal(served: Served, draft: wire.IndicatorDraft) -> str:
    request = wire.TryIndicatorRequest(park_id=served.park_id, draft=draft)
    async with asking(served) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.TryIndicator(request, timeout=CALL_S)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    return str(refused.value.details())


def publishing(served: Served, draft: wire.IndicatorDraft) -> wire.PublishIndicatorRequest:
    return wire.PublishIndicatorRequest(
        park_id=served.park_id, draft=draft, user="ann", reason="asked for by the board"
    )


async def test_a_published_indicator_is_live_at_once_stays_after_a_restart_and_can_be_retired(
    served: Served,
) -> None:
    request = publishing(served, a_draft(id="live_at_once"))
    async with asking(served) as stub:
        published = await stub.PublishIndicator(request, timeout=CALL_S)
        shown = by_id(await page(served))["live_at_once"]
        unnumbered = await stub.PublishIndicator(request, timeout=CALL_S)
        request.draft.version = 1
        again = await stub.PublishIndicator(request, timeout=CALL_S)

    assert published.indicator.content.version == 1
    assert published.indicator.published_by == "ann (local)"
    assert shown.came_to.value == pytest.approx(500 / 6)
    assert again == unnumbered == published

    served.kill()
    served.start()
    assert "live_at_once" in by_id(await page(served))

    async with asking(served) as stub:
        retire = wire.RetireIndicatorRequest(
            park_id=served.park_id,
            indicator_id="live_at_once",
            user="ann",
            reason="nobody looks at it",
        )
        retired = await stub.RetireIndicator(retire, timeout=CALL_S)
        retired_again = await stub.RetireIndicator(retire, timeout=CALL_S)
        retire.retired_from = "2019-12-31"
        with pytest.raises(grpc.aio.AioRpcError) as another_day:
            await stub.RetireIndicator(retire, timeout=CALL_S)
    assert retired.indicator.retired_by == "ann (local)"
    assert not retired.indicator.in_force
    assert retired_again == retired
    assert another_day.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "live_at_once is retired from 2019-06-04 on already" in another_day.value.details()


async def test_a_version_that_exists_never_changes(served: Served) -> None:
    async with asking(served) as stub:
        await stub.PublishIndicator(publishing(served, a_draft(id="kept")), timeout=CALL_S)
        other = publishing(
            served,
            a_draft(
                id="kept",
                version=1,
                formula="0 * constant.electricity_tce / constant.electricity_tce",
            ),
        )
        other.user = ""
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.PublishIndicator(other, timeout=CALL_S)
        other.user = "ann"
        with pytest.raises(grpc.aio.AioRpcError) as taken:
            await stub.PublishIndicator(other, timeout=CALL_S)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert taken.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert "kept.version: 1 exists already and never changes; write 2" in refused.value.details()
    assert "user: say who" in refused.value.details()
    async with opened(served.database_url) as database:
        with pytest.raises(psycopg.errors.RaiseException):
            await database.rows("UPDATE indicator_definition SET version = 7 RETURNING 1")


async def test_of_two_who_publish_a_version_at_once_one_is_told_that_it_is_there(
    served: Served,
) -> None:
    drafts = [
        a_draft(id="raced", version=1, name=wire.IndicatorText(en=f"Race {who}", zh="竞争"))
        for who in range(6)
    ]
    async with asking(served) as stub:
        calls = (stub.PublishIndicator(publishing(served, one), timeout=CALL_S) for one in drafts)
        came = await asyncio.gather(*calls, return_exceptions=True)

    refused = [one for one in came if isinstance(one, grpc.aio.AioRpcError)]
    assert len(refused) == 5
    assert {one.code() for one in refused} == {grpc.StatusCode.ALREADY_EXISTS}
    assert {one.details() for one in refused} == {
        "raced.version: 1 exists already and never changes; write 2"
    }


async def test_history_shows_each_month_by_the_version_in_force_then(served: Served) -> None:
    async with asking(served) as stub:
        answer = await stub.GetIndicatorHistory(
            wire.GetIndicatorHistoryRequest(park_id=served.park_id, indicator_id="clean_share"),
            timeout=CALL_S,
        )

    assert [one.shown_on for one in answer.months] == ["2019-05-31", "2019-06-03"]
    assert [one.came_to.value for one in answer.months] == pytest.approx([100 / 6, 100 / 6])
    assert [one.shown_on for one in answer.years] == ["2019-06-03"]


async def test_the_way_to_a_target_year_says_where_the_year_stands(served: Served) -> None:
    request = wire.GetIndicatorPathRequest(
        park_id=served.park_id,
        indicator_id="clean_share",
        base_year="2018",
        base="10",
        target_year="2026",
    )
    async with asking(served) as stub:
        answer = await stub.GetIndicatorPath(request, timeout=CALL_S)

    assert answer.years[1].path_value == pytest.approx(20)  # 10 to 90 in 8 years
    assert answer.years[1].value == pytest.approx(100 / 6)
    assert answer.on_path is False
    assert answer.beyond == pytest.approx(20 - 100 / 6)


async def test_wrong_amounts_are_refused_all_at_once(served: Served) -> None:
    request = wire.PutProductionRequest(park_id=served.park_id)
    request.amounts.add(product="steel-bat", period="2019-06", amount="2")
    request.amounts.add(product="steel-bar", period="June", amount="-2", unit="kWh")
    async with asking(served) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.PutProduction(request, timeout=CALL_S)

    told = refused.value.details()
    for part in (
        "user: say who",
        "amounts[0].product: 'steel-bat' is no product of the park; did you mean steel-bar?",
        "amounts[1].period: 'June'",
        "amounts[1].unit: 'kWh' cannot count steel-bar",
    ):
        assert part in told


async def test_a_newly_booked_quarter_is_on_the_page_soon(served: Served) -> None:
    before = await page(served, YEAR_TO_DATE)
    more = Interval(JUNE_4, JUNE_4 + timedelta(minutes=15))
    async with opened(served.database_url) as database:
        await book(database, rules_of(served), more, A_QUARTER)

    async def moved() -> bool:
        answer = await page(served, YEAR_TO_DATE)
        return answer.booked_until.seconds == before.booked_until.seconds + 900

    await until(moved, "the page shows the new quarter")


# ---- reports


async def report(served: Served, **asked: Any) -> tuple[str, bytes]:
    usual: dict[str, Any] = {
        "park_id": served.park_id,
        "kind": report_wire.REPORT_KIND_MONTHLY,
        "month": "2019-06",
        "language": "en",
        "format": report_wire.REPORT_FORMAT_XLSX,
    }
    request = report_wire.MakeReportRequest(**(usual | asked))
    async with asking(served) as stub:
        pieces = [piece async for piece in stub.MakeReport(request, timeout=CALL_S)]
    content = b"".join(piece.chunk for piece in pieces)
    assert pieces[0].whole_size == len(content)
    return pieces[0].file_name, content


def cells(content: bytes) -> list[Any]:
    book = openpyxl.load_workbook(BytesIO(content), data_only=True)
    return [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]


async def test_the_monthly_report_holds_the_totals_of_the_books(served: Served) -> None:
    await page(served)
    name, content = await report(served)
    async with opened(served.database_url) as database:
        rows = await database.rows(
            "SELECT sum(emissions_ng) FROM day_line JOIN account_line USING (line_id)"
            " WHERE ledger = 1 AND counted AND day BETWEEN '2019-06-01' AND '2019-06-30'"
        )

    t_co2 = float(rows[0][0]) / 1e15
    assert name == "carbon-monthly-2019-06-en.xlsx"
    assert t_co2 > 0.2  # 288 quarters x 832.5 g
    numbers = [cell for cell in cells(content) if isinstance(cell, float)]
    assert round(t_co2, 3) in numbers  # reports round to kilograms


async def test_reports_come_as_pdf_in_chinese_and_of_one_enterprise_alone(served: Served) -> None:
    await page(served)
    inventory, evidence = report_wire.REPORT_KIND_INVENTORY, report_wire.REPORT_KIND_EVIDENCE
    pdf = report_wire.REPORT_FORMAT_PDF
    name, own = await report(served, kind=inventory, enterprise="steel", format=pdf, language="zh")
    _, pack = await report(served, kind=evidence, format=pdf)

    assert name == "carbon-inventory-steel-2019-06-zh.pdf"
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(own)).pages)
    assert "钢铁厂" in text
    assert "研发园区" not in text  # the campus is another enterprise
    assert len(pypdf.PdfReader(BytesIO(pack)).pages) > 1


async def test_a_restated_quarter_is_in_the_report_with_both_versions_and_the_reason(
    served: Served,
) -> None:
    first = Interval(JUNE_1, JUNE_1 + timedelta(minutes=15))
    more = A_QUARTER | {"grid.import_energy_wh": 1100, "offices.consumption_energy_wh": 400}
    before = (await page(served)).computed_at
    async with opened(served.database_url) as database:
        await book(database, rules_of(served), first, more, known=2)

    async def added_up() -> bool:
        return (await page(served)).computed_at != before

    await until(added_up, "the month is added up again")
    told = [str(cell) for cell in cells((await report(served))[1])]
    assert any("offices.consumption_energy_wh" in cell for cell in told)  # the reason
    inventory = report_wire.REPORT_KIND_INVENTORY
    own = cells((await report(served, kind=inventory, enterprise="steel"))[1])
    assert not any("offices" in str(cell) for cell in own)  # a meter of another one
    assert any("the park can say which" in str(cell) for cell in own)


async def test_the_evidence_pack_says_how_claims_stand(served: Served) -> None:
    await page(served)
    content = (
        "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,"
        "quantity,unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust,claim\n"
        "G1,GEC,wind,farm,CN,2019-03,,2019-04-15,1,MWh,0,cancelled,trader,steel,2019-05-06,V2,CCER\n"
    )
    file = certificate_wire.ImportCertificatesRequest(park_id=served.park_id, content=content)
    async with asking(served) as stub:
        await stub.ImportCertificates(file, timeout=CALL_S)
        asked = quality_wire.ListClaimQualityRequest(park_id=served.park_id)
        (told,) = (await stub.ListClaimQuality(asked, timeout=CALL_S)).claims

    said = cells((await report(served, kind=report_wire.REPORT_KIND_EVIDENCE))[1])

    assert told.meets_all
    assert "Claims that meet every criterion that applies: 1 of 1." in said
    row = said.index("3 tracked and cancelled for the reporter")
    assert said[row + 1 : row + 5] == [1, 0, 0, 0]
    row = said.index("5 same market as the consumption")
    assert said[row + 1 : row + 5] == [0, 0, 0, 1]  # an offset covers no consumption


async def test_a_report_that_cannot_be_is_refused_with_every_mistake(served: Served) -> None:
    await page(served)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await report(served, kind=9, format=9, language="fr", month="June")
    for part in ("kind: 9", "format: 9", "language: 'fr'", "month: 'June'"):
        assert part in refused.value.details()
    with pytest.raises(grpc.aio.AioRpcError) as absent:
        await report(served, month="2017-01")
    assert "there are 2019-05 to 2019-06" in absent.value.details()


# ---- the pages of docs


def calls() -> Iterator[tuple[str, str]]:
    """Yield the method and document of each call that the two pages show."""
    for name in ("carbon-indicators.md", "carbon-reports.md"):
        for found in CALL.finditer((REPOSITORY / "docs" / name).read_text(encoding="utf-8")):
            yield found["method"], found["document"]


async def test_every_call_that_the_pages_show_is_answered(served: Served) -> None:
    await page(served)
    asked = []
    async with asking(served) as stub:
        for method, document in calls():
            own = document.replace("demo-park", served.park_id)
            kind = getattr(report_wire, f"{method}Request", None) or getattr(
                wire, f"{method}Request"
            )
            answer = getattr(stub, method)(json_format.Parse(own, kind()), timeout=CALL_S)
            if method == "MakeReport":
                assert [piece async for piece in answer]
            else:
                await answer
            asked.append(method)

    assert len(asked) == 12


async def test_a_report_says_when_it_was_known_and_by_whom_its_month_was_closed(
    served: Served,
) -> None:
    await page(served)
    evidence = report_wire.REPORT_KIND_EVIDENCE
    before = cells((await report(served, kind=evidence))[1])
    async with opened(served.database_url) as database:
        ((known_at, links, entries),) = await database.rows(
            "SELECT (SELECT max(known_at) FROM posting), count(*), (SELECT sum(entries)"
            " FROM day_line JOIN account_line USING (line_id)"
            " WHERE ledger = 2 AND day BETWEEN '2019-06-01' AND '2019-06-30')"
            " FROM posting WHERE ledger = 2 AND month = '2019-06'"
        )
        async with open_books(database, served.park_id) as books:
            await books.close_month("2019-06", "li.wei (local)", "verified", known_at)
    _, content = await report(served, kind=evidence)

    said = cells(content)
    seconds = known_at.astimezone(UTC).replace(microsecond=0)
    seconds += timedelta(seconds=1) if known_at.microsecond else timedelta(0)
    assert f"as known at {utc(seconds)}" in said
    assert "No month of the period is closed." in before
    assert "li.wei (local)" in said
    assert "verified" in said
    assert "No input file is named." not in said
    row = next(
        at
        for at, cell in enumerate(said)
        if cell == "Location-based" and said[at + 1 : at + 3] == [links, entries]
    )
    assert (said[row - 1], entries > links) == ("2019-06", True)
