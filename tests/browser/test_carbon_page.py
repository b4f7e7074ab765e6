"""The page of carbon in a real Chromium, served by the real console; behind it are fakes."""

import hashlib
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from parkflow.carbon.v1 import period_pb2, report_pb2
from services.runtime.clock import ParkClock
from tests.support.console_process import ConsoleProcess
from tests.support.fake_carbon import REPORT
from tests.support.fake_services import FakeServices

LATE_MORNING = datetime(2019, 6, 4, 2, 32, tzinfo=UTC)  # 10:32 in the park
WIDE = {"width": 1366, "height": 768}


@dataclass
class Desk:
    """What stands behind the page."""

    fakes: FakeServices
    console: ConsoleProcess

    async def show(self, page: Page, month: str = "2019-05", *, lang: str = "en") -> None:
        """Open the page of a month and wait until its ledgers are there."""
        await page.goto(f"{self.console.url}/carbon?lang={lang}#{month}")
        await expect(page.locator("#link.live")).to_be_visible()
        await expect(page.locator("#month")).to_have_value(month)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = ParkClock(LATE_MORNING, time.time(), 1.0)
    async with FakeServices.at(clock) as fakes, ConsoleProcess.of(fakes) as console:
        yield Desk(fakes, console)


async def decide(page: Page, reason: str) -> None:
    """Give a reason, confirm and send what the dialog asks."""
    dialog = page.locator("#decision")
    await dialog.locator("textarea").fill(reason)
    await dialog.locator("[name=confirmed]").check()
    await dialog.locator("[type=submit]").click()
    await expect(dialog.locator(".outcome")).to_contain_text("✓")


async def test_the_page_is_reached_from_the_others_in_their_language(
    page: Page, desk: Desk
) -> None:
    await page.goto(f"{desk.console.url}/?lang=zh")
    await page.get_by_role("link", name="碳核算", exact=True).click()

    await expect(page.locator("#ledgers-title")).to_contain_text("绝不相加")
    assert page.url.startswith(f"{desk.console.url}/carbon")


async def test_the_newest_month_is_shown_and_each_ledger_has_a_total_of_its_own(
    page: Page, desk: Desk
) -> None:
    await desk.show(page, "2019-06")

    tabs = page.locator("#ledger-tabs [role=tab]")
    await expect(tabs.locator(".total")).to_have_text(["1,516.250t CO2", "1,003.020t CO2e"])
    await expect(page.locator("#month option").first).to_have_text("2019-06")
    rows = page.locator(".by-enterprise tbody tr")
    await expect(rows.filter(has_text="Steel works")).to_contain_text("832.500")
    await expect(rows.last).to_have_text("Total1,516.250")


@pytest.mark.parametrize(
    ("lang", "loss"), [("en", "Lost in storesElectricity · Grid"), ("zh", "储能损耗电力 · 电网")]
)
async def test_every_activity_is_called_by_a_word(
    page: Page, desk: Desk, lang: str, loss: str
) -> None:
    await desk.show(page, "2019-06", lang=lang)

    rows = page.locator(".by-activity tbody th")
    await expect(rows.filter(has_text=loss)).to_have_count(1)
    assert not re.search("[a-z]-[a-z]", " ".join(await rows.all_inner_texts()))


async def test_what_is_not_counted_stands_beside_the_total(page: Page, desk: Desk) -> None:
    await desk.show(page, "2019-06")

    scopes = page.locator(".by-scope tbody tr")
    await expect(scopes.nth(0)).to_have_text("Scope 1Stationary combustion101.000")
    await expect(scopes.nth(1)).to_have_text("Scope 2Purchased electricity1,415.250")
    await expect(scopes.nth(2)).to_have_text("Total1,516.250")
    await expect(scopes.last).to_have_text("Outside the scopesBiogenic CO21.000")


async def test_a_mass_tells_all_its_digits_to_whoever_points_at_it(page: Page, desk: Desk) -> None:
    await desk.show(page, "2019-06")

    campus = page.locator(".by-enterprise tbody tr").filter(has_text="Campus").locator(".num")

    # 50,000,003 Wh × 0.8325 g/Wh
    await expect(campus).to_have_attribute("title", "41,625,002.497500000 g")


async def test_another_ledger_is_chosen_by_keyboard(page: Page, desk: Desk) -> None:
    await desk.show(page)
    await page.locator("[data-ledger=park_acceptance]").focus()

    await page.keyboard.press("ArrowRight")

    chosen = page.locator("[data-ledger=location_based]")
    await expect(chosen).to_have_attribute("aria-selected", "true")
    await expect(chosen).to_be_focused()
    await expect(page.locator(".by-enterprise thead")).to_contain_text("t CO2e")


async def test_estimates_and_doubts_are_said_in_words(page: Page, desk: Desk) -> None:
    await desk.show(page)

    tab = page.locator("[data-ledger=park_acceptance]")
    await expect(tab).to_contain_text("0.2 % of entries estimated")  # 31 of 6 × 2,976
    await expect(tab).to_contain_text("Unverified")
    doubts = page.locator("#ledger .doubts li")
    await expect(doubts).to_have_text("factor of 2023 stands in for 2019")


async def test_an_open_month_is_compared_with_the_books_of_a_day_and_says_why_it_differs(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)
    await expect(page.locator(".by-scope thead")).not_to_contain_text("As reported")

    await page.locator("#reported-on").fill("2019-06-01")

    steel = page.locator(".by-enterprise tbody tr").filter(has_text="Steel works")
    await expect(steel).to_have_text("Steel works824.175832.500-8.325")  # 10 MWh × 0.8325
    campus = page.locator(".by-enterprise tbody tr").filter(has_text="Campus")
    await expect(campus).to_have_text("Campus41.62541.625")
    await expect(page.locator(".why tbody tr")).to_have_text("Reading changedSteel works1-8.325")
    await expect(page.locator("[data-ledger=location_based]")).to_contain_text(
        "-5.306 t since reported"
    )


async def test_a_closed_month_is_compared_with_its_closing(page: Page, desk: Desk) -> None:
    await desk.show(page, "2019-04")

    await expect(page.locator("#month-state")).to_have_text("closed by li, 10 May, 10:00: reviewed")
    await expect(page.locator("#reported-note")).to_have_text("as reported 10 May, 10:00")
    await expect(page.locator("#ledger")).to_contain_text("as it was reported")
    await expect(page.locator("#close-month")).to_be_hidden()


async def test_electricity_by_origin_closes_to_the_watt_hour(page: Page, desk: Desk) -> None:
    await desk.show(page, "2019-06")

    await expect(page.locator("#flows-close")).to_have_text(
        "closes to the Wh: 2,044,000,004 Wh came in and went out"
    )
    ribbons = page.locator("#flows .ribbon")
    await expect(ribbons).to_have_count(4 + 4 + 2)
    whole = await ribbons.evaluate_all("all => all.reduce((sum, one) => sum + +one.dataset.wh, 0)")
    assert whole == 2_044_000_004
    await page.locator("#flows-table summary").click()
    total = page.locator("#flows-table tbody tr").last
    await expect(total).to_have_text("Total1,700,000,003344,000,0012,044,000,004")


async def test_where_origins_do_not_close_the_page_says_by_how_much(page: Page, desk: Desk) -> None:
    desk.fakes.gap_wh = 1

    await desk.show(page, "2019-06")

    await expect(page.locator("#flows-close.warn-text")).to_have_text(
        "⚠ does not close: Photovoltaics 1 Wh"
    )


async def test_no_two_names_of_the_picture_overlap(page: Page, desk: Desk) -> None:
    await page.set_viewport_size(WIDE)
    await desk.show(page, "2019-06")
    names = page.locator("#flows .node-name")
    await expect(names).to_have_count(2 + 7)

    boxes = [box for one in await names.all() if (box := await one.bounding_box())]

    right = sorted((box["y"], box["height"]) for box in boxes if box["x"] > WIDE["width"] / 2)
    assert len(right) == 7
    for (above, height), (below, _) in pairwise(right):
        assert above + 2 * height <= below + 3  # its energy stands under it


async def test_an_indicator_shows_its_target_by_size_and_what_an_open_rule_changes(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)
    core = page.locator("[data-name=core_carbon_intensity]")

    await expect(core.locator(".value").first).to_have_text("0.412tCO2/tceoptimistic 0.188")
    await expect(core.locator(".target")).to_have_text(
        "≤ 0.2 tCO2/tce200,000 to below 1,000,000 tce a year"
    )
    await expect(core.locator(".ahead")).to_contain_text("0.390")
    await core.locator("summary").click()
    await expect(core.locator(".pairs")).to_contain_text(
        "ledger.park_acceptance.total / energy.comprehensive"
    )
    await expect(core.locator(".pairs")).to_contain_text("annex 4 was not read in the original")
    await expect(core.locator(".spark")).to_have_attribute(
        "aria-label", re.compile("2019-04: 0.440; 2019-05: 0.410$")
    )


async def test_an_indicator_without_an_input_names_it_and_shows_no_number(
    page: Page, desk: Desk
) -> None:
    await desk.show(page, lang="zh")
    water = page.locator("[data-name=water_reuse]")

    await expect(water.locator(".verdict").first).to_have_text("未知")
    await expect(water.locator(".value").first).to_have_text("缺 1 项数据")
    await water.locator("summary").click()
    await expect(water.locator(".pairs")).to_contain_text("再生水用量 (water.reused)")


async def test_the_indicators_say_of_which_month_and_year_they_are(page: Page, desk: Desk) -> None:
    await desk.show(page, "2019-06")
    head = page.locator(".aim-line.head span")
    await expect(head).to_contain_text(["2019 to date", "Projected for 2019", "2019-06"])
    await expect(page.locator("#indicators-until")).to_have_text(re.compile("^booked until"))

    await page.locator("#month").select_option("2019-05")

    await expect(page.locator("#indicators-until")).to_contain_text(
        "of 2019-06 and 2019, not of 2019-05"
    )


async def test_the_hours_that_are_not_matched_are_the_evenings(page: Page, desk: Desk) -> None:
    await desk.show(page)

    hour = page.locator("[data-granularity=hourly]")
    await expect(hour).to_have_text("Hour42.5 %37.5 %750.0 MWh / 2,000.0 MWh")
    await expect(page.locator(".heat-key")).to_contain_text("186 of 743 hours")  # 31 × 6
    await expect(page.locator(".heat .lacking")).to_have_count(186)
    first = page.locator(".heat .lacking title").first
    await expect(first).to_have_text("2019-05-01 18:00  150,000 Wh")


async def test_of_the_running_month_only_known_hours_are_drawn(page: Page, desk: Desk) -> None:
    await desk.show(page, "2019-06")

    # until 10:30 on the 4th; of an hour of the first day a half is not known
    await expect(page.locator(".heat rect")).to_have_count(3 * 24 + 10 - 1)
    await expect(page.locator("#scores .warn-text")).to_have_text(re.compile("^2 quarter hours"))
    await page.locator("#matching-choice [name=enterprise]").select_option("metalwork")
    await expect(page.locator(".heat-key")).to_contain_text("0 of 81 hours")


async def test_a_purchase_is_proposed_for_a_target(page: Page, desk: Desk) -> None:
    await desk.show(page)
    offer = page.locator(".offer").first
    await offer.locator("[name=name]").fill("North wind")
    await offer.locator("[name=price_per_mwh]").fill("30.5")
    await offer.locator("[name=max_mwh]").fill("100")

    await page.get_by_role("button", name="Propose").click()

    answer = page.locator(".proposal")
    await expect(answer).to_contain_text("37.5 % now, 80.0 % with it")
    await expect(answer.locator("tbody tr").first).to_contain_text("40.0 MWh")
    await expect(answer.locator("tbody tr").first).to_contain_text("1,220.00")  # 40 MWh × 30.5
    [asked] = desk.fakes.decided
    assert asked.offers[0].price_micros_per_kwh == 30_500
    assert asked.offers[0].max_wh == 100_000_000
    assert asked.target_share == 0.8


async def test_a_target_beyond_all_offers_is_told(page: Page, desk: Desk) -> None:
    await desk.show(page)
    await page.locator(".offer [name=name]").first.fill("North wind")
    await page.locator(".offer [name=price_per_mwh]").first.fill("30")
    await page.locator(".offer [name=max_mwh]").first.fill("100")
    await page.locator("[name=target]").fill("95")

    await page.get_by_role("button", name="Propose").click()

    await expect(page.locator(".proposal")).to_contain_text("do not reach 95.0 %")


async def test_certificates_show_their_state_and_what_is_left(page: Page, desk: Desk) -> None:
    await desk.show(page)

    await expect(page.locator("[data-certificate='GEC-2019-000001']")).to_contain_text(
        "cancelled1,000.0 kWh0.0 kWh"
    )
    issued = page.locator("[data-certificate='GC-2019-7f3a'] .num").last
    await expect(issued).to_have_attribute("title", "250,001 Wh")


async def test_claims_that_may_not_meet_a_criterion_are_named_on_demand(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)

    card = page.locator("#claim-quality")
    await expect(card).to_contain_text(
        "1 of 2 claims for 2019 meet every Scope 2 quality criterion that applies."
    )
    await expect(card).to_contain_text("Unverified: the wording of a criterion (7, 8)")
    await expect(card.locator("[data-claim='C2']")).to_be_hidden()

    await card.locator("summary").click()

    await expect(card.locator("[data-claim='C2']")).to_contain_text(
        "2 only instrument carrying the claim: not known – certificates GC of farm"
    )
    await expect(card.locator("[data-claim='C1']")).to_have_count(0)


async def test_a_restatement_names_the_reading_that_changed(page: Page, desk: Desk) -> None:
    await desk.show(page)

    row = page.locator("#restated-list tbody tr").filter(has_text="Park acceptance")
    await expect(row).to_contain_text("steel.energy_import_wh: ~30000000 Wh linear became")
    await expect(row).to_contain_text("24.97516.650-8.325")


async def test_what_the_service_says_in_english_is_read_in_chinese(page: Page, desk: Desk) -> None:
    await desk.show(page, lang="zh")
    row = page.locator("#restated-list tbody tr").filter(has_text="园区验收")
    await expect(row).to_contain_text("由 ~30000000 Wh（线性插值） 变为 20000000 Wh")
    await expect(page.locator("#open-list")).to_contain_text("期初存有来源未知的 2000 Wh")
    await page.locator("#indicator-list details").evaluate_all(
        "all => all.forEach(one => (one.open = true))"
    )

    texts = await page.locator(
        "#open-list li, #restated-list .because, #pending-list .because, .doubts li, .pairs dd"
    ).all_inner_texts()

    assert len(texts) > 10
    spoken = [text for text in texts if re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", text)]
    assert spoken == []


async def test_what_a_closed_month_would_say_is_approved_with_a_reason(
    page: Page, desk: Desk
) -> None:
    await desk.show(page, "2019-04")
    waiting = page.locator("#pending-list li.pending")
    await expect(waiting).to_contain_text("factor cn-fossil-power v1 became cn-fossil-power v2")

    await waiting.get_by_role("button", name="Approve … 2019-04").click()
    await decide(page, "the new factor is official")

    [asked] = desk.fakes.decided
    assert isinstance(asked, period_pb2.ApproveRestatementRequest)
    assert (asked.user, asked.reason) == ("local", "the new factor is official")
    await expect(page.locator("#pending-list li.approved")).to_contain_text(
        "the new factor is official"
    )
    await expect(page.locator("#pending-count")).to_have_text("0 wait for a decision")


async def test_a_month_that_has_ended_is_closed(page: Page, desk: Desk) -> None:
    await desk.show(page, "2019-06")
    await expect(page.locator("#close-month")).to_be_hidden()  # it runs
    await page.locator("#month").select_option("2019-05")

    await page.locator("#close-month").click()
    await decide(page, "all readings are in")

    await expect(page.locator("#month-state")).to_contain_text("closed by local")
    await expect(page.locator("#month option").nth(1)).to_have_text("2019-05 · closed")


async def test_whoever_may_only_look_finds_no_button_that_decides(
    page: Page, desk: Desk, tmp_path: Path
) -> None:
    users = tmp_path / "users"
    users.write_text(f"guest:viewer:{hashlib.sha256(b'pw').hexdigest()}\n")
    async with ConsoleProcess.of(desk.fakes, PARKFLOW_USERS_FILE=str(users)) as console:
        await page.set_extra_http_headers({"Authorization": "Basic Z3Vlc3Q6cHc="})
        await page.goto(f"{console.url}/carbon?lang=en#2019-05")

        await expect(page.locator("#pending-list")).to_contain_text("You may look, not decide.")
        await expect(page.locator("#pending-list button")).to_have_count(0)
        await expect(page.locator("#close-month")).to_be_hidden()


async def test_a_report_is_handed_over_as_a_file(page: Page, desk: Desk, tmp_path: Path) -> None:
    await desk.show(page)

    async with page.expect_download() as begun:
        await page.get_by_role("button", name="Chinese PDF").click()

    download = await begun.value
    await download.save_as(tmp_path / "report")
    assert download.suggested_filename == "carbon-monthly-2019-05.pdf"
    assert (tmp_path / "report").read_bytes() == REPORT
    [asked] = desk.fakes.decided
    assert (asked.language, asked.format) == ("zh", report_pb2.REPORT_FORMAT_PDF)


async def test_what_the_service_does_not_answer_yet_is_said_with_its_reason(
    page: Page, desk: Desk
) -> None:
    desk.fakes.unimplemented = {"GetTracing", "GetIndicators", "GetMatching", "MakeReport"}

    await desk.show(page)

    await expect(page.locator("#flows")).to_contain_text("GetTracing is not there")
    await expect(page.locator("#indicator-list")).to_contain_text("GetIndicators is not there")
    await expect(page.locator("#scores")).to_contain_text("GetMatching is not there")
    await expect(page.locator(".by-scope tbody tr").first).to_be_visible()
    await page.get_by_role("button", name="English XLSX").click()
    await expect(page.locator("#report-form .outcome")).to_contain_text("MakeReport is not there")


async def test_while_carbon_accounting_is_away_nothing_stands_in_its_place(
    page: Page, desk: Desk
) -> None:
    await desk.fakes.stop("carbon_accounting")

    await page.goto(f"{desk.console.url}/carbon?lang=en")

    await expect(page.locator("#ledger-tabs")).to_contain_text("Not available")
    await expect(page.locator("#indicator-list")).to_contain_text("Not available")
    await expect(page.locator("#ledger .num")).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_nothing_is_cut_off_at_1366_pixels(page: Page, desk: Desk, lang: str) -> None:
    await page.set_viewport_size(WIDE)
    await desk.show(page, lang=lang)
    await page.locator("#reported-on").fill("2019-06-01")
    await expect(page.locator(".why tbody tr")).to_have_count(1)

    assert await page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]
    cut = await page.locator(".ledger-part, .top, .card, #flows svg text").evaluate_all(
        "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)"
        ".map((one) => one.className.baseVal ?? one.className)"
    )
    assert cut == []
    tall = await page.locator(".top").evaluate("(one) => one.getBoundingClientRect().height")
    assert tall < 60  # one line


async def test_the_page_fits_a_telephone(page: Page, desk: Desk) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await desk.show(page)
    await expect(page.locator(".by-scope tbody tr").first).to_be_visible()

    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
