"""The page in a real browser over the whole park: it changes, and says what history says."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.support.parks import RunningPark, a_running_park

WATCHED_S = 15.0
SETTLE_S = 3.0
SOON_MS = 15_000

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KW = (
    "select round(abs(r.value) / 1000) from history.reading r join history.point p using (point_id)"
)


@pytest.fixture(scope="module")
def park() -> Iterator[RunningPark]:
    with a_running_park(speed=60, sample_period_s=60) as running:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            running.run.supervise()
            time.sleep(0.5)
        yield running


async def shown_kw(page: Page, words: str) -> list[int]:
    """Return the different kW values a tile shows while it is watched."""
    seen: list[int] = []
    deadline = time.monotonic() + WATCHED_S
    while time.monotonic() < deadline:
        text = await page.locator("#tiles").inner_text()
        found = re.search(rf"{words}\s+([\d,]+)\s*kW", text)
        if found and (value := int(found[1].replace(",", ""))) not in seen[-1:]:
            seen.append(value)
        await asyncio.sleep(0.2)
    return seen


async def test_the_grid_tile_changes_and_shows_only_values_that_history_has(
    park: RunningPark, page: Page
) -> None:
    await page.goto(f"http://127.0.0.1:{park.run.ports.console_http}/?lang=en")
    await expect(page.locator("#tiles")).to_contain_text("kW", timeout=SOON_MS)

    seen = await shown_kw(page, "Grid connection")
    await asyncio.sleep(SETTLE_S)
    kept = {
        int(value)  # type: ignore[call-overload]
        for (value,) in park.rows(f"{KW} where p.name = 'grid.active_power_w'")
    }

    assert len(seen) >= 2, f"the tile stood still at {seen}"
    assert set(seen) <= kept


async def test_the_page_speaks_chinese_when_asked(park: RunningPark, page: Page) -> None:
    await page.goto(f"http://127.0.0.1:{park.run.ports.console_http}/?lang=zh")

    await expect(page.locator("#park-name")).to_have_text("组合示范园区", timeout=SOON_MS)
    assert "并网点" in await page.locator("#tiles").inner_text()
