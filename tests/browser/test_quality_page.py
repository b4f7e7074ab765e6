"""The data-quality page in a real Chromium, served by the real console; behind it are fakes."""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from parkflow.telemetry.v1 import edit_pb2
from parkflow.telemetry.v1.telemetry_service_pb2 import GetSpoolResponse
from services.energy.readings import Doubt
from services.energy.time_grid import QUARTER, floor
from services.runtime.clock import ParkClock
from tests.support.builders import DEMO_PARK_FILE
from tests.support.console_process import ConsoleProcess
from tests.support.fake_services import FakeServices
from tests.support.fake_validation import (
    STEEL,
    FakeValidation,
    a_balance,
    a_quality,
    an_applied,
    an_entry,
)
from tests.support.patience import until

LATE_MORNING = datetime(2019, 6, 4, 2, 31, tzinfo=UTC)  # 10:31 in the park
SPEED = 2.0  # the quarter hour that is told of ends in seven minutes, however slow the machine
TOPOLOGY = "\ntopology:\n  - {id: park, meter: grid, children: [steel, offices, pv]}\n"
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@dataclass
class Desk:
    """What stands behind the page."""

    fakes: FakeServices
    console: ConsoleProcess

    @property
    def validation(self) -> FakeValidation:
        return self.fakes.validation

    @property
    def now(self) -> datetime:
        return self.fakes.clock.now()

    async def show(self, page: Page, *, lang: str = "en") -> None:
        """Open the page and wait until it has what validation says."""
        await page.goto(f"{self.console.url}/quality?lang={lang}")
        await expect(page.locator("#link.live")).to_be_visible()
        await expect(page.locator("#suspense-age")).to_contain_text(re.compile(r"\d\d:\d\d"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    park = tmp_path / "park.yaml"
    park.write_text(DEMO_PARK_FILE.read_text(encoding="utf-8") + TOPOLOGY, encoding="utf-8")
    clock = ParkClock(LATE_MORNING, time.time(), SPEED)
    async with (
        FakeServices.at(clock) as fakes,
        ConsoleProcess.of(fakes, PARKFLOW_PARK=str(park)) as console,
    ):
        yield Desk(fakes, console)


def an_edit(desk: Desk, edit_id: str, reason: str) -> edit_pb2.AppliedEdit:
    """Return a reading put in an hour ago."""
    edit = edit_pb2.Edit(edit_id=edit_id, point_id=STEEL, user="li", reason=reason)
    edit.reading.belief = edit_pb2.READING_BELIEF_BELIEVED
    edit.reading.register_wh = 1_400
    edit.reading.event_time.FromDatetime(desk.now - timedelta(hours=1))
    edit.decided_at.FromDatetime(desk.now)
    return an_applied(edit, [1_000, 1_000], [1_400, 600], floor(desk.now) - 5 * QUARTER)


async def states(strip: Locator) -> list[str]:
    """Return what the 96 quarter hours of a strip are drawn as."""
    found: list[str] = await strip.locator(".quarter").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('class').replace('quarter ', ''))"
    )
    return found


async def until_drawn(strip: Locator, *newest: str) -> None:
    """Wait until the newest quarter hours of a strip are drawn so."""

    async def drawn() -> bool:
        return (await states(strip))[-len(newest) :] == list(newest)

    await until(drawn, f"the newest quarter hours are {newest}")


# ---- reached and left


async def test_each_page_leads_to_the_other_in_the_same_language(page: Page, desk: Desk) -> None:
    await page.goto(f"{desk.console.url}/?lang=zh")
    await page.get_by_role("link", name="数据质量").click()

    await expect(page.locator("#sources-title")).to_contain_text("数据源")
    assert page.url.startswith(f"{desk.console.url}/quality")
    await expect(page.locator(".views [aria-current]")).to_have_text("数据质量")

    await page.get_by_role("link", name="实时运行").click()
    await expect(page.locator("#diagram-title")).to_contain_text("单线图")


# ---- readings


async def test_a_source_shows_its_share_and_each_quarter_hour_of_the_day(
    page: Page, desk: Desk
) -> None:
    quality = a_quality("mqtt-site", desk.now, points=20, filled=[20, 7, 0, 20], unheard=4)
    desk.validation.sources = [quality]
    await desk.show(page)

    row = page.locator("[data-source=mqtt-site]")
    await expect(row.locator(".share")).to_have_text("98.28 %")  # 33 of 1,920 missing
    await until_drawn(row, "full", "partial", "missing", "running")
    await expect(row.locator(".unheard")).to_have_text("· 4 points never heard")
    await expect(row.locator(".energy")).to_have_text("energy 97 %")  # 195 of 200
    await expect(row.locator(".quarter.partial title")).to_have_text("10:00–10:15: 7 of 20 points")
    await expect(page.locator("#tile-complete .number")).to_have_text("98.28")
    await expect(page.locator("#tile-complete .note")).to_have_text(
        "33 of 1,920 quarter hours missing"
    )


async def test_complete_is_never_rounded_up(page: Page, desk: Desk) -> None:
    desk.validation.sources = [a_quality("mqtt-site", desk.now, points=1000, filled=[999, 1000])]
    await desk.show(page)

    await expect(page.locator("[data-source=mqtt-site] .share")).to_have_text("99.99 %")
    await expect(page.locator("#tile-complete .number")).to_have_text("99.99")


async def test_a_source_of_which_nothing_is_known_claims_nothing(page: Page, desk: Desk) -> None:
    desk.validation.sources = [a_quality("mqtt-site", desk.now)]
    await desk.show(page)

    row = page.locator("[data-source=modbus-grid]")
    await expect(row.locator(".share")).to_have_text("–")
    assert set(await states(row)) == {"unknown"}


async def test_a_source_that_falls_silent_is_stale_and_its_quarter_hours_are_empty(
    page: Page, desk: Desk
) -> None:
    old = desk.now - 3 * QUARTER
    desk.fakes.silent_since = old
    desk.fakes.silent.add("grid")
    desk.fakes.disconnected["modbus-grid"] = "no route to host"
    desk.validation.sources = [a_quality("modbus-grid", old), a_quality("mqtt-site", old)]
    await desk.console.stop()
    await desk.console.start()
    await desk.show(page)

    row = page.locator("[data-source=modbus-grid]")
    await expect(row.locator(".age")).to_contain_text(re.compile(r"✕ (4[5-9]|5\d) min of 3 min"))
    await expect(row.locator(".plug.down")).to_have_attribute(
        "aria-label", "not connected: no route to host"
    )
    await until_drawn(row, *["silent"] * 3)
    await until_drawn(page.locator("[data-source=mqtt-site]"), *["pending"] * 3)
    await expect(page.locator("#tile-fresh .number")).to_have_text("5")
    await expect(page.locator("#tile-fresh .note")).to_contain_text("stale: modbus-grid")


async def test_silent_points_are_counted_beside_their_source_and_named_in_its_tooltip(
    page: Page, desk: Desk
) -> None:
    since = desk.now.replace(hour=1, minute=40)  # 09:40 in the park
    desk.validation.sources = [
        a_quality("mqtt-site", desk.now, silent=[(STEEL, since)], silent_count=22),
        a_quality("modbus-grid", desk.now),
    ]
    await desk.show(page)

    silent = page.locator("[data-source=mqtt-site] .silent")
    await expect(silent).to_have_text("⚠ 22 points silent")
    named = "Steel works · Consumption register: since 09:40, usually every 60 s\nand 21 more"
    await expect(silent).to_have_attribute("title", named)
    await expect(page.locator("[data-source=modbus-grid] .silent")).to_have_count(0)

    desk.validation.sources = [a_quality("mqtt-site", desk.now)]
    await expect(silent).to_have_count(0)


async def test_readings_are_counted_by_verdict_and_explained_by_reason(
    page: Page, desk: Desk
) -> None:
    doubts = {Doubt.SPIKE: 3, Doubt.STUCK: 214, Doubt.LATE: 96}
    desk.validation.sources = [
        a_quality("mqtt-site", desk.now, doubts=doubts),
        a_quality("modbus-grid", desk.now, doubts={Doubt.SPIKE: 1}),
    ]
    await desk.show(page)

    await expect(page.locator("[data-verdict=believed] strong")).to_have_text("28,096")
    await expect(page.locator("[data-verdict=suspect] strong")).to_have_text("214")
    await expect(page.locator("[data-verdict=rejected] strong")).to_have_text("4")
    await expect(page.locator("#tile-doubted .number")).to_have_text("218")
    reasons = await page.locator("[data-reason]").evaluate_all(
        "(rows) => rows.map((row) => row.dataset.reason)"
    )
    assert reasons == ["spike", "stuck", "late"]  # the gravest verdict first
    spike = page.locator("[data-reason=spike]")
    await expect(spike).to_contain_text("A single value stands out of its neighbours")
    await expect(spike.locator(".where")).to_have_text("mqtt-site 3 · modbus-grid 1")


async def test_a_new_fault_appears_without_a_reload(page: Page, desk: Desk) -> None:
    desk.validation.sources = [a_quality("mqtt-site", desk.now)]
    await desk.show(page)
    await expect(page.locator("#reason-list")).to_contain_text("nothing is to be said")
    await page.evaluate("window.untouched = true")

    desk.validation.sources = [a_quality("mqtt-site", desk.now, doubts={Doubt.UNIT_SLIP: 2})]

    await expect(page.locator("[data-reason=unit_slip] .count")).to_have_text("2")
    assert await page.evaluate("window.untouched")


async def test_every_doubt_has_a_name_and_a_sentence_in_both_languages(
    page: Page, desk: Desk
) -> None:
    await desk.show(page)

    words = await page.evaluate(
        """async () => (await import("/static/quality_words.js")).qualityWords"""
    )
    for doubt in Doubt:
        if doubt is not Doubt.NONE:
            key = f"reason_{doubt.name.lower()}"
            assert all([*words[key], *words[f"{key}_title"]])


async def test_the_disk_buffer_says_what_waits_and_what_was_lost(page: Page, desk: Desk) -> None:
    desk.fakes.spool = GetSpoolResponse(
        enabled=True,
        limit_bytes=1000,
        stored_bytes=420,
        frame_count=17,
        oldest_age_seconds=90,
        dropped_frame_count=2,
    )
    await desk.show(page)

    tile = page.locator("#tile-spool")
    await expect(tile.locator(".number")).to_have_text("42")
    await expect(tile.locator(".note")).to_have_text(
        "⚠ 2 frames lost · 17 frames wait, the oldest for 90 s"
    )
    await expect(tile).to_have_class(re.compile("bad"))


# ---- what is set aside, and decisions


async def test_energy_set_aside_is_released_by_a_named_person_with_a_reason(
    page: Page, desk: Desk
) -> None:
    entry = an_entry(STEEL, 3_299_000, desk.now - timedelta(minutes=20))
    desk.validation.entries = [entry, an_entry("pv.generation_energy_wh", 40, desk.now)]
    await desk.show(page)
    await expect(page.locator("#tile-suspense .number")).to_have_text("3,299")
    item = page.locator("[data-entry]", has_text="Steel works")
    await expect(item).to_contain_text("jump")
    await item.get_by_role("button").click()
    panel = page.locator("#decision")
    await expect(panel).to_contain_text("3,299,000 Wh")
    await expect(panel).to_contain_text("Decided by")

    await panel.get_by_text("It did not flow").click()
    await panel.locator("[name=account]").fill("meter fault")
    await panel.locator("[name=reason]").fill("seen on site")
    await panel.locator("[name=confirmed]").check()
    await panel.get_by_role("button", name="Release 3,299 kWh").click()

    await expect(page.locator("#decision")).to_be_hidden()
    await expect(page.locator("[data-entry]")).to_have_count(1)
    await expect(page.locator("#tile-suspense .number")).to_have_text("0.04")
    edit = page.locator("[data-edit]")
    await expect(edit).to_contain_text("to “meter fault”")
    await expect(edit).to_contain_text("seen on site")
    [release] = desk.validation.releases
    assert (release.entry_id, release.balance_wh) == (entry.entry_id, 3_299_000)
    assert (release.user, release.write_off_account) == ("local", "meter fault")


async def test_nothing_is_sent_without_choice_reason_and_confirmation(
    page: Page, desk: Desk
) -> None:
    desk.validation.entries = [an_entry(STEEL, 5_000, desk.now)]
    await desk.show(page)
    await page.locator("[data-entry]").get_by_role("button").click()
    panel = page.locator("#decision")
    send = panel.get_by_role("button", name="Release")

    await send.click()
    await panel.get_by_text("It did flow").click()
    await send.click()
    await panel.locator("[name=reason]").fill("seen on site")
    await send.click()
    assert desk.validation.releases == []

    await panel.locator("[name=confirmed]").check()
    await send.click()
    await expect(page.locator("#entry-list")).to_contain_text("Nothing is set aside")
    assert [one.write_off_account for one in desk.validation.releases] == [""]


async def test_a_refused_release_shows_validations_words_and_stays_open(
    page: Page, desk: Desk
) -> None:
    desk.validation.entries = [an_entry(STEEL, 5_000, desk.now)]
    desk.validation.refusal = "entry holds 6000 Wh by now, not 5000; look again"
    await desk.show(page)
    await page.locator("[data-entry]").get_by_role("button").click()
    panel = page.locator("#decision")
    await panel.get_by_text("It did flow").click()
    await panel.locator("[name=reason]").fill("seen on site")
    await panel.locator("[name=confirmed]").check()

    await panel.get_by_role("button", name="Release").click()

    await expect(panel.locator(".outcome")).to_have_text(
        "✕ Refused: entry holds 6000 Wh by now, not 5000; look again"
    )
    await expect(panel).to_be_visible()


async def test_an_unconfirmed_claim_is_decided_by_believing_or_withdrawing_its_reading(
    page: Page, desk: Desk
) -> None:
    end = desk.now - timedelta(minutes=5) + timedelta(microseconds=17)
    desk.validation.entries = [an_entry(STEEL, 5_000, end, reason=1)]
    await desk.show(page)
    await page.locator("[data-entry]").get_by_role("button").click()
    panel = page.locator("#decision")

    await panel.get_by_text("Withdraw it").click()
    await panel.locator("[name=reason]").fill("a test reading")
    await panel.locator("[name=confirmed]").check()
    await panel.get_by_role("button", name="Decide").click()

    await expect(panel.locator(".outcome")).to_contain_text("It is in the log")
    [edit] = desk.validation.judgements
    assert edit.reading.belief == edit_pb2.READING_BELIEF_WITHDRAWN
    assert edit.reading.event_time.ToDatetime(UTC) == end
    assert desk.validation.releases == []


async def test_an_edit_shows_before_and_after_and_can_be_revoked_once(
    page: Page, desk: Desk
) -> None:
    desk.validation.edits.append(an_edit(desk, "e-1", "read off on site"))
    await desk.show(page)
    edit = page.locator("[data-edit=e-1]")
    await expect(edit).to_contain_text("believed as 1.40 kWh")
    await expect(edit.locator("[data-part=believed_wh]").first).to_have_text(
        "believed 1.00 kWh → 1.40 kWh"
    )

    await edit.get_by_role("button", name="Revoke").click()
    panel = page.locator("#decision")
    await panel.locator("[name=reason]").fill("the wrong meter")
    await panel.locator("[name=confirmed]").check()
    await panel.get_by_role("button", name="Revoke").click()

    await expect(edit).to_have_class(re.compile("revoked"))
    await expect(edit.get_by_role("button")).to_have_count(0)
    [revocation] = desk.validation.revocations
    assert (revocation.revoked_edit_id, revocation.user) == ("e-1", "local")
    assert revocation.reason == "the wrong meter"


async def test_text_from_outside_is_never_markup(page: Page, desk: Desk) -> None:
    desk.validation.edits.append(an_edit(desk, "e-1", HOSTILE))
    desk.validation.sources = [a_quality(HOSTILE, desk.now, doubts={Doubt.SPIKE: 1})]
    desk.validation.entries = [an_entry(HOSTILE, 1, desk.now)]
    desk.fakes.disconnected["modbus-grid"] = HOSTILE
    await desk.show(page)

    await expect(page.locator("[data-edit=e-1] .because")).to_contain_text("<img")
    await expect(page.locator("[data-entry] .head")).to_contain_text("<img")
    assert await page.locator("main img").count() == 0
    assert "owned" not in await page.title()


# ---- balances


async def test_a_node_shows_its_imbalance_what_is_allowed_and_its_day(
    page: Page, desk: Desk
) -> None:
    last = floor(desk.now) - QUARTER
    desk.validation.balances = [
        a_balance(last - QUARTER, 20_000, 20_200),
        a_balance(last, 20_000, 19_000, verdict=2),
    ]
    await desk.show(page)

    node = page.locator("[data-node=park]")
    await expect(node.locator(".verdict")).to_have_text("▲ meter too high")
    await expect(node.locator(".last")).to_have_text("10:15–10:30: +1.00 kWh of 20.0 kWh (5.0 %)")
    await expect(node.locator(".figures")).to_contain_text("24 h: +0.80 kWh of 40.0 kWh (2.0 %)")
    await expect(node.locator(".gauge")).to_have_attribute(
        "aria-label", "+1.00 kWh; allowed -0.50 kWh to 0.50 kWh"
    )
    await until_drawn(node, "full", "missing", "unknown")


async def test_an_incomplete_node_names_who_is_missing(page: Page, desk: Desk) -> None:
    at = floor(desk.now) - QUARTER
    desk.validation.balances = [a_balance(at, 0, 0, verdict=4, missing=["steel"])]
    await desk.show(page)

    node = page.locator("[data-node=park]")
    await expect(node.locator(".verdict")).to_have_text("… incomplete")
    await expect(node).to_contain_text("not known: Steel works")


# ---- nothing, and away


async def test_what_has_nothing_to_show_says_so_in_words(page: Page, desk: Desk) -> None:
    await desk.show(page)

    await expect(page.locator("#reason-list")).to_contain_text("No reading has been judged yet")
    await expect(page.locator("#entry-list")).to_contain_text("every kWh has its place")
    await expect(page.locator("#edit-list")).to_contain_text("Nobody has edited anything")
    await expect(page.locator("[data-node=park]")).to_contain_text("no whole quarter hour yet")


async def test_a_park_without_a_topology_says_that_there_is_nothing_to_balance(
    page: Page, desk: Desk
) -> None:
    async with ConsoleProcess.of(desk.fakes) as plain:
        await page.goto(f"{plain.url}/quality?lang=en")

        await expect(page.locator("#node-list")).to_contain_text("names no topology")


async def test_a_validation_that_is_away_is_said_with_the_age_of_what_is_shown(
    page: Page, desk: Desk
) -> None:
    desk.validation.entries = [an_entry(STEEL, 5_000, desk.now)]
    await desk.show(page)

    await desk.fakes.stop("validation")
    for card in ("quality", "suspense", "balances", "edits"):
        await expect(page.locator(f"#{card}-age")).to_have_text(
            re.compile(r"⚠ Validation does not answer: as of 10:\d\d, \d+ (s|min) ago"),
        )
    await expect(page.locator("[data-entry]")).to_have_count(1)  # what was known stays, as old

    await desk.fakes.start("validation")
    await expect(page.locator("#suspense-age")).to_have_text(re.compile(r"^as of 10:\d\d$"))


async def test_a_validation_that_was_never_there_makes_nothing_up(page: Page, desk: Desk) -> None:
    await desk.fakes.stop("validation")
    await page.goto(f"{desk.console.url}/quality?lang=en")

    await expect(page.locator("#quality-age")).to_contain_text("Validation has not answered yet")
    for card in ("reason-list", "entry-list", "edit-list"):
        await expect(page.locator(f"#{card}")).to_contain_text("Not known yet")
    await expect(page.locator("#tile-suspense .number")).to_have_text("–")
    await expect(page.locator("#tile-fresh .number")).to_have_text("6")  # ingest is there


# ---- on every screen


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (390, 844)])
@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_nothing_is_cut_off_sideways_and_a_wall_needs_no_scrolling(
    page: Page, desk: Desk, width: int, height: int, lang: str
) -> None:
    doubts = {doubt: 7 for doubt in Doubt if doubt is not Doubt.NONE}
    desk.validation.sources = [
        a_quality(
            source,
            desk.now,
            points=1234,
            doubts=doubts,
            suspense_wh=123_456_789,
            silent=[(STEEL, desk.now)],
            silent_count=1234,
        )
        for source in ("mqtt-site", "modbus-grid", "modbus-cabinet-1", "modbus-cabinet-4")
    ]
    desk.validation.entries = [
        an_entry(STEEL, 123_456_789, desk.now - timedelta(minutes=k)) for k in range(30)
    ]
    desk.validation.edits = [an_edit(desk, f"e-{k}", "a reason " * 30) for k in range(12)]
    await page.set_viewport_size({"width": width, "height": height})
    await desk.show(page, lang=lang)
    await expect(page.locator("[data-edit]")).to_have_count(12)

    wide, tall = await page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    spilling = await page.evaluate(
        """() => [...document.querySelectorAll(".card, .card .body")].filter((card) =>
            card.scrollWidth > card.clientWidth + 1).map((card) => card.className + card.id)"""
    )

    assert wide <= width
    assert spilling == []
    if width == 1920:
        assert tall <= height


async def test_no_english_word_of_the_page_is_left_in_chinese(page: Page, desk: Desk) -> None:
    silent = [(STEEL, desk.now)]
    desk.validation.sources = [
        a_quality("mqtt-site", desk.now, doubts={Doubt.STUCK: 2}, silent=silent)
    ]
    desk.validation.entries = [an_entry(STEEL, 5_000, desk.now)]
    desk.validation.edits.append(an_edit(desk, "1", "按现场读数"))
    await desk.show(page, lang="zh")
    await expect(page.locator("[data-edit]")).to_have_count(1)

    texts = await page.locator(
        ".card h2, .head span, .reason .name, .reason .meaning, .entry, .edit .what, .tile .note"
    ).all_inner_texts()
    texts.append(await page.locator(".silent").get_attribute("aria-label") or "no silent point")

    known = {"kWh", "Kafka", "Wh", "park", "li"}
    words = {word for text in texts for word in re.findall(r"[A-Za-z]{3,}", text)}
    assert words <= known
