"""A loop beside others waits for a world that is away, and outlives a mistake of ours."""

import pytest

from services.runtime.patience import tirelessly


async def test_what_is_away_is_waited_for() -> None:
    tries: list[int] = []

    async def away_once() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("away")
        return "there"

    assert await tirelessly(away_once, "a test") == "there"
    assert len(tries) == 2


async def test_a_mistake_of_ours_is_logged_and_the_loop_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def mistaken() -> str:
        raise ValueError("seven is no eight")

    assert await tirelessly(mistaken, "a test") is None
    told = "".join(capsys.readouterr())
    assert "seven is no eight" in told
    assert "bug" in told
