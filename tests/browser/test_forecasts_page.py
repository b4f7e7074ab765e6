"""The page of forecasts in a real Chromium, served by the real console; behind it are fakes."""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect

from services.runtime.clock import ParkClock
from tests.support.console_process import ConsoleProcess
from tests.support.fake_services import FakeServices

LATE_MORNING = datetime(2019, 6, 4, 2, 32, tzinfo=UTC)  # 10:32 in the park
SERIES = "echarts.getInstanceByDom(document.getElementById('{place}')).getOption().series"


@dataclass
class Desk:
    """What stands behind the page."""

    fakes: FakeServices
    console: ConsoleProcess

    async def show(self, page: Page, *, lang: str = "en", point: str = "") -> None:
        """Open the page and wait until a series and its past are there."""
        await page.goto(f"{self.console.url}/forecasts?lang={lang}#{point}")
        await expect(page.locator("#link.live")).to_be_visible()
        await expect(page.locator("#score-list tbody tr")).to_have_count(3)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = ParkClock(LATE_MORNING, time.time(), 1.0)
    async with FakeServices.at(clock) as fakes, ConsoleProcess.of(fakes) as console:
        yield Desk(fakes, console)


async def drawn(page: Page, place: str) -> list[dict[str, Any]]:
    """Return the series that a chart draws."""
    found: list[dict[str, Any]] = await page.evaluate(
        f"{SERIES.format(place=place)}.map((one) => ({{rows: one.data.length, "
        "ink: one.lineStyle?.color, last: one.data.at(-1)}))"
    )
    return found


async def test_the_page_is_reached_from_the_others_in_their_language(
    page: Page, desk: Desk
) -> None:
    await page.goto(f"{desk.console.url}/?lang=zh")
    await page.get_by_role("link", name="预测", exact=True).click()

    await expect(page.locator("#scores-title")).to_contain_text("与最佳简单方法的误差比较")
    assert page.url.startswith(f"{desk.console.url}/forecasts")
    await page.get_by_role("link", name="数据质量").click()
    await expect(page.locator("#sources-title")).to_contain_text("数据源")


async def test_the_fan_of_the_newest_issue_is_drawn_over_its_whole_reach(
    page: Page, desk: Desk
) -> None:
    await desk.show(page, point="steel.active_power_w")

    await expect(page.locator("#issued")).to_have_text("issued 10:30, 24 h ahead")
    await expect(page.locator("#fan")).to_have_attribute(
        "aria-label", re.compile("^Forecast of Steel works: P50 .* kW in the next 24 h$")
    )
    band, truth, p50, now = await drawn(page, "fan")
    assert p50["rows"] == 96
    assert band["rows"] == 2 * 96 + 1
    assert truth["rows"] == 24  # the six hours before
    assert now["rows"] == 0


async def test_what_had_been_said_is_drawn_for_the_distances_that_are_ticked(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)
    assert len(await drawn(page, "past")) == 4  # three distances and what came

    await page.get_by_role("checkbox", name="4 h before", exact=True).uncheck()

    await page.wait_for_function(f"{SERIES.format(place='past')}.length === 3")
    hour, day, truth = await drawn(page, "past")
    assert truth["rows"] == 192
    assert (hour["ink"], day["ink"]) == ("#8ab8ff", "#b9a2f2")
    assert hour["last"][1] == pytest.approx(truth["last"][1] * 1.02, rel=1e-6)


async def test_production_is_shown_upwards(page: Page, desk: Desk) -> None:
    await desk.show(page, point="pv.active_power_w")

    _, _, p50, _ = await drawn(page, "fan")

    assert p50["last"][1] > 0


async def test_a_skill_of_a_few_quarter_hours_is_not_told_yet(page: Page, desk: Desk) -> None:
    await desk.show(page, point="wind.active_power_w")

    skill = page.locator("#score-list tbody tr .skill")
    await expect(skill).to_have_text(["too early to tell"] * 3)


async def test_skill_is_said_in_words_and_where_it_is_lost_in_colour(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)

    rows = page.locator("#score-list tbody tr")
    await expect(rows.nth(0).locator(".skill")).to_have_text("40 % less error")
    await expect(rows.nth(0)).to_contain_text("Best naive: last value, 10 kW")
    await expect(rows.nth(0).locator(".held")).to_have_text("79 %")
    await expect(rows.nth(2).locator(".skill.lost")).to_have_text("20 % more error")
    widths = await page.locator("[data-horizon='15_min'] .pair i").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().width)"
    )
    assert widths[0] / widths[1] == pytest.approx(0.6, abs=0.03)


async def test_which_model_serves_is_said_with_the_weights_of_its_members(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)

    await expect(page.locator("#serving dl")).to_contain_text("model 7")
    await expect(page.locator("#serving .mix li")).to_have_count(2)
    versions = page.locator("#serving .versions li")
    await expect(versions).to_have_count(2)
    await expect(page.locator("#serving .champion")).to_contain_text("Model 7serves since 3 Jun")
    await expect(page.locator("#serving .champion")).to_contain_text("weekly training")
    await expect(page.locator("#serving .champion .why")).to_have_text("4.1% less error")
    await expect(page.locator("#serving li").first).to_have_attribute("aria-label", "trees, 62 %")


async def test_another_series_is_chosen_by_keyboard_and_stays_in_the_address(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)
    first = await page.locator("#choose").input_value()

    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.locator("#choose").focus()
    await page.keyboard.press("ArrowDown")

    chosen = await page.locator("#choose").input_value()
    assert chosen != first
    await page.wait_for_url(f"**#{chosen}")
    await page.reload()
    await expect(page.locator("#choose")).to_have_value(chosen)


async def test_a_sum_over_series_is_a_fan_without_a_past_of_its_own(page: Page, desk: Desk) -> None:
    await desk.show(page)

    await page.locator("#choose").select_option("park.load_w")

    await expect(page.locator("#choose option:checked")).to_have_text("Load")
    await expect(page.locator("#past-note")).to_contain_text("kept by series")
    await expect(page.locator("#serving dl")).to_contain_text("sum of 6 series")
    await page.wait_for_function(f"{SERIES.format(place='fan')}[2].data.length === 96")


async def test_a_price_is_drawn_in_its_unit_with_what_was_published_told_apart(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)

    await page.locator("#choose").select_option("market.import_price")

    await expect(page.locator("#choose option:checked")).to_have_text("Import price")
    label = "Forecast of Import price: P50 0.120 to 0.120 GBP/kWh in the next 24 h"
    await expect(page.locator("#fan")).to_have_attribute("aria-label", label)
    await expect(page.locator("#fan-key")).to_contain_text("published")
    band, published, p50, _ = await drawn(page, "fan")
    assert band["rows"] == 2 * 96 + 1
    assert (published["rows"], p50["rows"]) == (24, 96 - 24 + 1)
    assert p50["last"][1] == pytest.approx(0.12)
    await expect(page.locator("#score-list .skill")).to_have_text("25 % less error")
    await expect(page.locator("#score-list tbody tr")).to_contain_text("0.015 GBP/kWh")
    await expect(page.locator("#past-note")).to_contain_text("the scores tell")
    await expect(page.locator("#serving .versions li")).to_have_count(2)


async def test_carbon_intensity_is_named_in_chinese_and_drawn_in_grams(
    page: Page, desk: Desk
) -> None:
    await desk.show(page, lang="zh")

    await page.locator("#choose").select_option("market.carbon_intensity")

    await expect(page.locator("#choose option:checked")).to_have_text("电网碳强度")
    await expect(page.locator("#fan-key")).to_contain_text("已公布")
    label = "电网碳强度的预测：未来 24 小时 P50 为 180 至 180 g/kWh"
    await expect(page.locator("#fan")).to_have_attribute("aria-label", label)
    unit = await page.evaluate(
        "echarts.getInstanceByDom(document.getElementById('fan')).getOption().yAxis[0].name"
    )
    assert unit == "g/kWh"


async def test_the_fleet_and_sums_of_feeders_have_names_in_both_languages(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)
    named = {
        name: page.locator(f"#choose option[value='{name}']")
        for name in ("charging.active_power_w", "park.charging_w", "node.north.net_w")
    }

    await expect(named["charging.active_power_w"]).to_have_text("Charging fleet, unsteered")
    await expect(named["park.charging_w"]).to_have_text("Charging, unsteered")
    await expect(named["node.north.net_w"]).to_have_text("north · Net power, unsteered")
    await page.locator("#language").click()
    await expect(named["charging.active_power_w"]).to_have_text("充电车队（未调度）")


async def test_while_forecasting_is_away_the_page_says_what_is_not_known(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)
    await desk.fakes.stop("forecasting")

    await page.locator("#choose").select_option("metalwork.active_power_w")

    await expect(page.locator("#past-note")).to_contain_text("Not known now")
    await expect(page.locator("#score-list")).to_contain_text("Not known now")


async def test_the_page_fits_a_telephone(page: Page, desk: Desk) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await desk.show(page)

    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
