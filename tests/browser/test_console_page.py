"""The page in a real Chromium, served by the real console; the services behind it are fakes."""

import json
import math
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from parkflow.alert.v1 import incident_pb2
from parkflow.dispatch.v1 import dispatch_service_pb2 as dispatch
from services.runtime.clock import ParkClock
from tests.support import fake_park
from tests.support.console_process import ConsoleProcess
from tests.support.fake_services import FakeServices
from tests.support.patience import until

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATE_MORNING = datetime(2019, 6, 4, 2, 30, tzinfo=UTC)  # 10:30 in the park
POWERS = """() => new Promise((done) => requestAnimationFrame(() => {
    const kw = (id) => parseFloat(document.querySelector(id).textContent.replace(/,/g, ""));
    const gives = document.querySelector("#tile-grid").textContent.includes("exporting");
    const battery = document.querySelector("[data-device=battery]").textContent;
    const sign = battery.includes("discharging") ? -1 : 1;
    const drawn = [...document.querySelectorAll("#diagram .load > .value")]
        .reduce((sum, one) => sum + parseFloat(one.textContent.replace(/,/g, "")), 0);
    done([drawn + sign * kw("[data-device=battery] .value")
        - kw("[data-device=pv] .value") - kw("[data-device=wind] .value"),
        kw("[data-device=grid] .value") * (gives ? -1 : 1)]);
}))"""
"""What the devices draw in sum, and what comes over the connection: of one picture, in kW."""


@dataclass
class Control:
    """What stands behind the page."""

    fakes: FakeServices
    console: ConsoleProcess

    async def show(self, page: Page, *, lang: str = "en") -> None:
        """Open the page and wait until it lives."""
        await page.goto(f"{self.console.url}/?lang={lang}")
        await expect(page.locator("#link.live")).to_be_visible()


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    clock = ParkClock(LATE_MORNING, time.time(), 60.0)
    async with FakeServices.at(clock) as fakes, ConsoleProcess.of(fakes) as console:
        yield Control(fakes, console)


async def a_number(locator: Locator) -> float:
    text = await locator.text_content() or ""
    found = re.search(r"-?[\d,]+(\.\d+)?", text)
    assert found, text
    return float(found.group().replace(",", ""))


def park_hour(moment: datetime) -> str:
    """Return an instant as the page writes it."""
    return f"{moment.astimezone(SHANGHAI):%H:%M}"


# ---- live values


async def test_values_move_by_themselves_and_the_parts_sum_to_the_grid(
    page: Page, control: Control
) -> None:
    await control.show(page)
    first = await page.locator("#park-time").inner_text()

    await expect(page.locator("#park-time")).not_to_have_text(first)

    async def shown() -> list[float]:
        """Return both once there are numbers everywhere."""
        both: list[float] = await page.evaluate(POWERS)
        return both if all(map(math.isfinite, both)) else []

    parts_kw, grid_kw = await until(shown, "every power is a number")
    assert parts_kw == pytest.approx(grid_kw, abs=8)  # ten rounded numbers


async def test_the_page_shows_what_the_meter_said(page: Page, control: Control) -> None:
    await control.show(page)
    await expect(page.locator("#tile-battery .number")).to_have_text(re.compile(r"\d"))

    async def is_so() -> bool:
        kw = await a_number(page.locator("[data-device=steel] .value"))
        park_now = control.fakes.clock.now()
        near = [
            fake_park.recorded_w("steel", park_now - timedelta(minutes=minute)) / 1000
            for minute in range(6)
        ]
        return min(near) - 1 <= kw <= max(near) + 1

    await until(is_so, "the page shows what the meter said in the last minutes")


async def test_words_say_the_direction_that_the_sign_hides(page: Page, control: Control) -> None:
    await control.show(page)

    await expect(page.locator("[data-device=pv] .word")).to_have_text("feeds in")
    await expect(page.locator("[data-device=battery] .word")).to_have_text("charging")
    assert await a_number(page.locator("[data-device=pv] .value")) > 0


async def test_the_charging_points_are_shown_one_by_one(page: Page, control: Control) -> None:
    await control.show(page)

    await expect(page.locator(".cell")).to_have_count(52)
    await expect(page.locator(".cell.charging")).to_have_count(len(fake_park.CHARGING))
    await expect(page.locator(".cell.connected")).to_have_count(len(fake_park.WAITING))


async def test_the_day_is_filled_from_history_and_the_plan_is_drawn_ahead(
    page: Page, control: Control
) -> None:
    await control.show(page)

    await page.wait_for_function(
        """() => {
            const drawing = document.querySelector("#charts .drawing");
            const chart = window.echarts?.getInstanceByDom(drawing);
            const lines = chart?.getOption().series.map((one) => one.data.length) ?? [];
            return lines.filter((count) => count > 100).length >= 6;
        }""",
    )
    await expect(page.locator("#now-line")).to_be_visible()
    await expect(page.locator("#charts-note")).to_be_hidden()


# ---- languages


async def test_the_language_is_chosen_with_one_click_and_remembered(
    page: Page, control: Control
) -> None:
    control.fakes.raise_incident("i-1")
    await page.goto(control.console.url)
    await expect(page.locator("#park-name")).to_have_text("Composite demo park")

    await page.click("#language")

    await expect(page.locator("#park-name")).to_have_text("组合示范园区")
    await expect(page.locator("#mode strong")).to_have_text("按最新计划")
    await expect(page.locator("[data-device=pv] .word")).to_have_text("发电")
    await expect(page.locator("[data-incident=i-1] .text")).to_contain_text("超过限值")
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"

    await page.goto(control.console.url)
    await expect(page.locator("#park-name")).to_have_text("组合示范园区")


async def test_no_english_word_of_the_page_is_left_in_chinese(page: Page, control: Control) -> None:
    await control.show(page, lang="zh")
    await expect(page.locator("#plan .costs")).to_be_visible()

    missing = await page.evaluate(
        """async () => {
            const { words } = await import("/static/words.js");
            const { qualityWords } = await import("/static/quality_words.js");
            const same = Object.entries({ ...words, ...qualityWords })
                .filter(([, [en, zh]]) => !zh || (en === zh && /[a-z]{3}/.test(en)));
            const alike = ["indicator_unit", "entry_span"];
            return same.map(([key]) => key).filter((key) => !alike.includes(key));
        }"""
    )
    texts = await page.locator("main h2 > span:first-child, main h3, dt").all_inner_texts()

    assert missing == []
    assert [text for text in texts if re.search("[a-z]{4}", text)] == []


# ---- what cannot be believed


async def test_a_silent_meter_is_shown_as_stale_with_the_time_and_the_sum_says_so(
    page: Page, control: Control
) -> None:
    await control.show(page)
    await expect(page.locator("#tile-consumption .note")).to_contain_text("meters")

    control.fakes.silent.add("steel")  # 5 minutes of park time are 5 seconds
    last_heard = control.fakes.clock.now()

    steel = page.locator("[data-device=steel]")
    await expect(steel).to_have_class(re.compile("stale"))
    since = "|".join(park_hour(last_heard - timedelta(minutes=late)) for late in range(30))
    await expect(steel.locator(".small")).to_have_text(re.compile(f"stale since ({since})"))
    await expect(page.locator("#tile-consumption .note")).to_contain_text("stale: Steel works")
    await expect(page.locator("#sources-state")).to_contain_text("devices stale: 1")


async def test_a_silent_source_turns_stale_and_fresh_again(page: Page, control: Control) -> None:
    await control.show(page)
    row = page.locator("[data-source=modbus-grid]")
    await expect(row.locator(".state")).to_contain_text("fresh")

    control.fakes.silent.add("grid")
    await expect(row.locator(".state")).to_contain_text("stale")

    control.fakes.silent.clear()
    await expect(row.locator(".state")).to_contain_text("fresh")


async def test_a_service_that_is_away_is_named_and_comes_back(page: Page, control: Control) -> None:
    await control.show(page)
    await expect(page.locator(".peer.up")).to_have_count(7)

    await control.fakes.stop("forecasting")
    await expect(page.locator("[data-peer=forecasting].down")).to_be_visible()
    await expect(page.locator("#services strong")).to_have_text("Forecasting")

    await control.fakes.start("forecasting")
    await expect(page.locator(".peer.up")).to_have_count(7)


async def test_the_badge_says_what_control_stands_on(page: Page, control: Control) -> None:
    await control.show(page)
    await expect(page.locator("#mode strong")).to_have_text("Fresh plan")

    control.fakes.mode = dispatch.CONTROL_MODE_FAIL_SAFE
    await expect(page.locator("#mode strong")).to_have_text("Fail-safe")

    await control.fakes.stop("dispatch")
    await expect(page.locator("#mode strong")).to_have_text("No control cycle")


# ---- incidents


async def test_an_incident_appears_is_announced_acknowledged_and_fades_when_it_is_over(
    page: Page, control: Control
) -> None:
    await control.show(page)
    await expect(page.locator("#incident-list")).to_contain_text("No open incident")

    control.fakes.raise_incident("i-1", severity=incident_pb2.SEVERITY_CRITICAL)
    item = page.locator("[data-incident=i-1]")
    await expect(item).to_contain_text("critical")
    await expect(page.locator("#incident-news")).to_contain_text("New incident, critical")

    await item.get_by_role("button").click()
    await expect(item).to_contain_text("acknowledged by local")
    assert control.fakes.incidents["i-1"].acknowledged_by == "local"

    control.fakes.resolve_incident("i-1")
    await expect(page.locator("#incident-list .over")).to_contain_text("Grid import")
    await expect(page.locator("#incident-list")).to_contain_text("No open incident")


async def test_incidents_are_in_order_of_time_newest_first(page: Page, control: Control) -> None:
    for name, minutes in (("older", 30), ("newest", 1), ("oldest", 60)):
        control.fakes.raise_incident(name, ago=timedelta(minutes=minutes))
    await control.show(page)

    await expect(page.locator("[data-incident]")).to_have_count(3)
    names = await page.locator("[data-incident]").evaluate_all(
        "(items) => items.map((item) => item.dataset.incident)"
    )

    assert names == ["newest", "older", "oldest"]


async def test_what_was_resolved_while_alerting_was_away_does_not_stay_open(
    page: Page, control: Control
) -> None:
    control.fakes.raise_incident("i-1")
    await control.show(page)
    await expect(page.locator("[data-incident=i-1]")).to_be_visible()

    await control.fakes.stop("alerting")
    await expect(page.locator("#incident-list")).to_contain_text("may be old")
    control.fakes.resolve_incident("i-1")
    await control.fakes.start("alerting")

    await expect(page.locator("#incident-list")).to_contain_text("No open incident")


async def test_text_from_outside_is_never_markup(page: Page, control: Control) -> None:
    control.fakes.raise_incident(
        "i-1", en="<img src=x onerror=\"document.title='owned'\">", runbook="javascript:alert(1)"
    )
    await control.show(page)

    await expect(page.locator("[data-incident=i-1] .text")).to_contain_text("<img")
    assert await page.locator("[data-incident=i-1] img").count() == 0
    link = await page.locator("[data-incident=i-1] a").get_attribute("href")
    assert link is not None
    assert link.startswith("/runbooks/")


# ---- one device


async def test_a_device_is_explained_in_words_and_numbers(page: Page, control: Control) -> None:
    await control.show(page)

    await page.locator("[data-device=battery] .name").click()

    panel = page.locator("#device")
    await expect(panel).to_contain_text("energy is cheaper now than at 17:00")
    await expect(panel).to_contain_text("GBP 0.104/kWh")
    await expect(panel).to_contain_text("import limit of the connection")
    await expect(panel).to_contain_text("charging at its limit of 1500 kW")
    await panel.get_by_text("Inputs").click()
    unknown = panel.locator(".inputs tr", has_text="Carbon intensity").locator(".num")
    await expect(unknown).to_have_text("–")


async def test_binding_limits_are_told_in_chinese_too(page: Page, control: Control) -> None:
    await control.show(page, lang="zh")

    await page.locator("[data-device=battery] .name").click()

    await expect(page.locator("#device")).to_contain_text("充电达到上限 1500 kW")


async def test_a_refused_override_shows_the_services_words_and_may_be_corrected(
    page: Page, control: Control
) -> None:
    control.fakes.override_refusal = (
        "value_w: 2000 kW is beyond the battery's 1500 kW; ask for less"
    )
    await control.show(page)
    await page.locator("[data-device=battery] .name").click()
    form = page.locator("form.override")
    await form.locator("select").select_option("-1")
    await form.locator("[name=power]").fill("2000")
    await form.locator("[name=reason]").fill("feeder work")

    await form.get_by_role("button").click()
    await expect(form.locator(".outcome")).to_contain_text(
        "Refused: value_w: 2000 kW is beyond the battery's 1500 kW"
    )

    control.fakes.override_refusal = None
    await form.locator("[name=power]").fill("900")
    await form.get_by_role("button").click()
    await expect(form.locator(".outcome")).to_contain_text("Accepted until")
    await expect(page.locator("#device")).to_contain_text("feeder work")

    first, second = control.fakes.orders
    assert (first.value_w, second.value_w) == (-2e6, -9e5)
    assert first.idempotency_key != second.idempotency_key
    assert second.user == "local"


async def test_an_override_sent_again_because_the_answer_was_lost_is_the_same_order(
    page: Page, control: Control
) -> None:
    await control.show(page)
    await page.locator(".cell").first.click()
    form = page.locator("form.override")
    await form.locator("[name=power]").fill("3")
    await form.locator("[name=reason]").fill("visitor")
    control.fakes.answers_lost = 1

    await form.get_by_role("button").click()
    await expect(form.locator(".outcome")).to_contain_text("Sending again is safe")
    await form.get_by_role("button").click()
    await expect(form.locator(".outcome")).to_contain_text("Accepted")

    first, second = control.fakes.orders
    assert first == second
    assert first.value_w == 3000
    assert len(control.fakes.overrides) == 1


async def test_an_override_in_force_can_be_ended(page: Page, control: Control) -> None:
    await control.show(page)
    await page.locator("[data-device=battery] .name").click()
    form = page.locator("form.override")
    await form.locator("[name=power]").fill("100")
    await form.locator("[name=reason]").fill("test of feeder 2")
    await form.get_by_role("button").click()

    await page.get_by_role("button", name="End now").click()

    await expect(page.locator(".in-force")).to_have_count(0)
    [override] = control.fakes.overrides.values()
    await until(lambda: override.HasField("cancelled_at"), "the override is cancelled")


async def test_everything_can_be_reached_with_the_keyboard(page: Page, control: Control) -> None:
    await control.show(page)
    await page.locator("[data-device=battery]").focus()

    await page.keyboard.press("Enter")
    await expect(page.locator("#device-name")).to_have_text("Battery")
    await page.keyboard.press("Escape")
    await expect(page.locator("#device")).to_be_hidden()

    await page.locator(".cell").first.focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await expect(page.locator("#device-name")).to_have_text(re.compile("Charger 0?2"))


# ---- the connection of the page itself


async def test_a_lost_console_is_said_at_once_and_found_again_without_a_reload(
    page: Page, control: Control
) -> None:
    await control.show(page)
    await page.evaluate("window.untouched = true")

    await control.console.stop()
    await expect(page.locator("#banner")).to_be_visible()
    await expect(page.locator("#banner")).to_contain_text("Connection to the console lost")
    await expect(page.locator("body")).to_have_class(re.compile("lost"))

    await control.console.start()
    await expect(page.locator("#banner")).to_be_hidden(timeout=20_000)
    await expect(page.locator("#link.live")).to_be_visible()
    assert await page.evaluate("window.untouched")


async def test_the_foot_says_how_quick_it_is(page: Page, control: Control) -> None:
    await control.show(page)

    await expect(page.locator("#latency")).to_contain_text("99 % within")
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{control.console.url}/api/latency") as answer,
    ):
        latency = json.loads(await answer.text())
    assert latency["count"] > 0
    assert 0 < latency["p50_ms"] <= latency["p99_ms"]


# ---- on every screen


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (390, 844)])
@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_nothing_is_cut_off_sideways_and_a_wall_needs_no_scrolling(
    page: Page, control: Control, width: int, height: int, lang: str
) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await control.show(page, lang=lang)
    await expect(page.locator("#carbon .ledgers")).to_be_visible()

    wide, tall = await page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    spilling = await page.evaluate(
        """() => [...document.querySelectorAll(".card")].filter((card) =>
            card.scrollWidth > card.clientWidth + 1).map((card) => card.className)"""
    )

    assert wide <= width
    assert spilling == []
    if width == 1920:
        assert tall <= height


async def everything_is_there(page: Page) -> None:
    """Wait until every card is filled."""
    for place in ("#plan .costs", "#carbon .ledgers", "#now-line"):
        await expect(page.locator(place)).to_be_visible()
    await expect(page.locator(".cell")).to_have_count(52)
    await expect(page.locator(".peer.up")).to_have_count(7)
    await expect(page.locator("[data-source=modbus-grid] .state")).to_contain_text("fresh")
    await expect(page.locator("#tile-consumption .note")).to_contain_text("meters")
    await expect(page.locator("#incident-list")).to_contain_text("No open incident")
    await expect(page.locator("#charts-note")).to_be_hidden()


async def test_nothing_moves_when_values_change(page: Page, control: Control) -> None:
    await control.show(page)
    await everything_is_there(page)
    places = """() => [...document.querySelectorAll(".card")].map((card) => {
        const { x, y, width, height } = card.getBoundingClientRect();
        return [card.className.split(" ").slice(0, 2).join(" "), x, y, width, height].join();
    })"""
    before = await page.evaluate(places)

    control.fakes.raise_incident("i-1")
    control.fakes.silent.add("steel")
    await expect(page.locator("[data-device=steel]")).to_have_class(re.compile("stale"))

    assert await page.evaluate(places) == before


async def test_motion_stops_for_those_who_ask_for_it(page: Page, control: Control) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await control.show(page)
    pv = page.locator("[data-device=pv].flowing")
    await expect(pv).to_have_count(1)

    flow = pv.locator(".flow")
    assert await flow.evaluate("(path) => getComputedStyle(path).animationName") == "none"
    assert await pv.locator(".arrow").is_visible()
