"""The page of carbon: what energy cost, water and waste and heat, the energy audit; over fakes."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.async_api import Locator, Page, expect

from services.runtime.clock import ParkClock
from tests.support.console_process import ConsoleProcess
from tests.support.fake_services import FakeServices

LATER = ("costs", "resources", "exchanges", "audit")
LATE_MORNING = datetime(2019, 6, 4, 2, 32, tzinfo=UTC)  # 10:32 in the park


@dataclass
class Desk:
    """What stands behind the page."""

    fakes: FakeServices
    console: ConsoleProcess

    async def show(self, page: Page, month: str = "2019-05", *, lang: str = "en") -> None:
        """Open the page of a month."""
        await page.goto(f"{self.console.url}/carbon?lang={lang}#{month}")
        await expect(page.locator("#month")).to_have_value(month)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = ParkClock(LATE_MORNING, time.time(), 1.0)
    async with FakeServices.at(clock) as fakes, ConsoleProcess.of(fakes) as console:
        yield Desk(fakes, console)


async def share_of_width(piece: Locator) -> float:
    """The width of a piece as a share of the bar that it is in."""
    found: float = await piece.evaluate(
        "(one) => one.getBoundingClientRect().width"
        " / one.parentElement.getBoundingClientRect().width"
    )
    return found


class Asked:
    """Which of the page's questions about carbon were asked and answered, in order."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.answered: list[str] = []
        page.on("request", lambda one: self.asked.append(_question(one.url)))
        page.on("requestfinished", lambda one: self.answered.append(_question(one.url)))


def _question(url: str) -> str:
    return url.partition("/api/carbon-")[2].partition("?")[0]


async def sees_costs(page: Page) -> None:
    """Bars of parts; what is not known is no number."""
    # 1,000 MWh at 600 and 200 MWh at 300; the bars reach from -7,500 to 660,000
    steel = page.locator("[data-enterprise=steel]")
    await expect(steel).to_have_text("Steel works660,000.00")
    await expect(steel.locator(".kind-grid")).to_have_attribute("title", "Grid: 600,000.00 CNY")
    drawn = await share_of_width(steel.locator(".kind-grid"))
    assert drawn == pytest.approx(600_000 / 667_500, abs=0.01)
    grid = page.locator("[data-position=grid]")
    await expect(grid).to_have_text("Grid1,700.0 MWh0.6000 CNY/kWh1,020,000.00")
    gas = page.locator("[data-position=natural-gas]")
    await expect(gas).to_have_text("Natural gas500.0 MWhnot known")
    total = "1,135,100.00 CNY · ⚠ without what is not known"
    await expect(page.locator("#costs-total")).to_have_text(total)
    park = page.locator("#costs-table tbody tr").filter(has_text="Park itself")
    await expect(park).to_have_text("Park itself12,600.0020,000.00not known-7,500.00⚠ 25,100.00")


async def sees_water_that_does_not_come_out_again(page: Page) -> None:
    """50,000 m³ came in and 30,000 m³ went out: two fifths are marked."""
    water = page.locator("#resources [data-node='main (water)']")
    await expect(water).to_contain_text("⚠ 20,000 m³ left unmetered, 500.0 m³ allowed")
    assert await share_of_width(water.locator(".gap")) == pytest.approx(0.4, abs=0.01)
    waste = page.locator("#resources [data-node='main (waste)']")
    await expect(waste).to_contain_text("? not known: slag.mass_g")
    await expect(waste.locator(".gap")).to_have_count(0)
    slag = page.locator("[data-meter='slag.mass_g']")
    await expect(slag).to_contain_text("⚠ not every quarter hour is knowngenerated≥ 21.0 t")
    tap = page.locator("[data-meter='tap.volume_dm3']")
    await expect(tap).to_have_text("tap.volume_dm3Steel works · class 3taken in50,000 m³")


async def sees_whose_water_whom_could_serve(page: Page) -> None:
    """With what it saves; a pipe without a price has none."""
    offered, uncosted = page.locator(".exchange").nth(0), page.locator(".exchange.uncosted")
    await expect(offered).to_contain_text(
        "Water: Metal working (drain.volume_dm3, class 2) → Steel works (tap.volume_dm3, class 3)"
    )
    await expect(offered).to_contain_text("saves 1,439,000 CNY a year · 350,400 m³ a year")
    await expect(offered.locator(".months i")).to_have_count(12)
    await expect(uncosted).to_contain_text("nobody says what the connection costs")


async def sees_the_audit(page: Page) -> None:
    """No total while a stream is not counted; nodes, products and meters are judged."""
    await expect(page.locator("#audit-total")).to_have_text("⚠ no total: trucks not counted")
    trucks = page.locator("[data-stream=trucks]")
    await expect(trucks).to_have_text("trucksDiesel⚠ not counted: its amount is not known––")
    nodes = page.locator("#audit [data-node]")
    await expect(nodes.first).to_contain_text("⚠ 50.0 MWh left unmetered, 17.0 MWh allowed")
    await expect(nodes.last).to_contain_text("✓ closes")
    await expect(nodes.last).to_contain_text("without 2 quarter hours")
    await expect(page.locator("[data-product=coil] .verdict.met")).to_have_text("✓ within grade 2")
    await expect(page.locator("[data-product=plate] .verdict.missed")).to_be_visible()
    anode = page.locator("[data-product=anode]")
    await expect(anode).to_contain_text("? not graded: what was made of anode is not known")
    await expect(page.locator("#audit .meters")).to_contain_text("88.9 % · 8 of 9 meters")
    await expect(page.locator("#audit .meters")).to_contain_text("by hand: lamps")


async def nothing_is_cut_off(page: Page, width: int) -> None:
    """Neither of the page nor of a card's half."""
    await page.set_viewport_size({"width": width, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    cut = await page.locator(".half").evaluate_all(
        "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1)"
        ".map((one) => one.textContent)"
    )
    assert cut == []


async def test_what_a_month_took_is_shown_behind_the_first_part_of_the_page(
    page: Page, desk: Desk
) -> None:
    questions = Asked(page)
    await page.set_viewport_size({"width": 390, "height": 844})

    await desk.show(page)

    await sees_the_audit(page)
    await sees_costs(page)
    await sees_water_that_does_not_come_out_again(page)
    await sees_whose_water_whom_could_serve(page)
    later = [one for one in questions.asked if one in LATER]
    assert later == [*LATER]  # one after the other
    first = questions.answered.index("costs")
    assert {"totals", "origins", "matching"} <= {*questions.answered[:first]}
    for width in (390, 1440):
        await nothing_is_cut_off(page, width)


async def test_what_is_not_known_or_refused_says_why_and_leaves_the_others(
    page: Page, desk: Desk
) -> None:
    await desk.show(page, "2019-06", lang="zh")
    await expect(page.locator("#costs")).to_contain_text("园区文件未给出任何价格")
    await expect(page.locator("#resources .doubts li")).to_have_count(1)  # both calls say it
    await expect(page.locator("#resources")).to_contain_text("请在 `accounting.streams` 中声明")
    await expect(page.locator("#audit")).to_contain_text("9 块表中有 9 块未注明采集方式")
    await expect(page.locator("#audit .doubts li")).to_have_count(3)
    await expect(page.locator("#costs-table")).to_be_hidden()

    desk.fakes.unimplemented = {"ListCosts", "ProposeExchanges"}
    await page.locator("#month").select_option("2019-05")

    await expect(page.locator("#costs")).to_contain_text("ListCosts is not there")
    await expect(page.locator("#resources")).to_contain_text("ProposeExchanges is not there")
    await expect(page.locator("[data-meter='tap.volume_dm3']")).to_be_visible()
    await expect(page.locator("#audit [data-node]")).to_have_count(3)

    desk.fakes.unimplemented, desk.fakes.viewer = set(), "metalwork"
    await page.goto(f"{desk.console.url}/carbon?lang=en#2019-05")
    await page.reload()

    await sees_only_what_is_of_metalwork(page)


async def sees_only_what_is_of_metalwork(page: Page) -> None:
    """Its own costs and meters; exchanges and the audit are for operators."""
    await expect(page.locator("#audit")).to_contain_text("it is for operators")
    await expect(page.locator("[data-enterprise]")).to_have_count(1)
    grid = page.locator("[data-position=grid]")  # 400 MWh at 600
    await expect(grid).to_have_text("Grid400.0 MWh0.6000 CNY/kWh240,000.00")
    await expect(page.locator("#costs-total")).to_have_text("258,000.00 CNY")
    await expect(page.locator("#resources [data-meter]")).to_have_count(1)
    await expect(page.locator("#resources [data-node]")).to_have_count(0)
    await expect(page.locator("#resources")).to_contain_text("it is for operators")
