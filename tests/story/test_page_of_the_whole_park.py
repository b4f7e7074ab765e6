"""The page in a real browser over the whole park: it changes, and says what history says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.support.parks import RunningPark, a_running_park
from tests.support.patience import until

SEEN = 4

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KW = (
    "select round(abs(r.value) / 1000) from history.reading r join history.point p using (point_id)"
)


@pytest.fixture(scope="module")
def park() -> Iterator[RunningPark]:
    with a_running_park(speed=60, sample_period_s=60) as running:
        yield running


async def shown_kw(page: Page, words: str) -> list[int]:
    """Return the first kW values a tile shows, each of them other than the one before."""
    seen: list[int] = []

    async def enough() -> bool:
        text = await page.locator("#tiles").inner_text()
        found = re.search(rf"{words}\s+([\d,]+)\s*kW", text)
        if found and (value := int(found[1].replace(",", ""))) not in seen[-1:]:
            seen.append(value)
        return len(seen) >= SEEN

    await until(enough, f"the tile does not stand still at {seen}")
    return seen


async def test_the_grid_tile_changes_and_shows_only_values_that_history_has(
    park: RunningPark, page: Page
) -> None:
    await page.goto(f"http://127.0.0.1:{park.run.ports.console_http}/?lang=en")
    await expect(page.locator("#tiles")).to_contain_text("kW")

    seen = await shown_kw(page, "Grid connection")

    def all_kept() -> bool:
        rows = park.rows(f"{KW} where p.name = 'grid.active_power_w'")
        return set(seen) <= {int(value) for (value,) in rows}  # type: ignore[call-overload]

    await until(all_kept, f"history has {seen}")


async def test_the_page_speaks_chinese_when_asked(park: RunningPark, page: Page) -> None:
    await page.goto(f"http://127.0.0.1:{park.run.ports.console_http}/?lang=zh")

    await expect(page.locator("#park-name")).to_have_text("组合示范园区")
    await expect(page.locator("#tiles")).to_contain_text("并网点")
