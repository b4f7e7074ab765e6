"""Being connected: waits grow, differ by chance and start over; the state is a metric."""

import asyncio

import pytest

from services.ingest.adapters import connection
from services.ingest.adapters.adapter import (
    Accepted,
    Answer,
    Command,
    NoAnswer,
    Refused,
    answer_from,
    answer_of,
    in_time,
)
from services.ingest.adapters.connection import Connection
from tests.support.one_adapter import a_command


class Away(Exception):
    pass


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits taken; the twentieth ends the conversation."""
    taken: list[float] = []

    async def note(seconds: float) -> None:
        taken.append(seconds)
        if len(taken) == 20:
            raise asyncio.CancelledError

    monkeypatch.setattr(connection.asyncio, "sleep", note)
    return taken


async def test_waits_double_up_to_the_longest_each_shortened_by_chance(waits: list[float]) -> None:
    async def never_there() -> None:
        raise Away("no route")

    with pytest.raises(asyncio.CancelledError):
        await Connection("s", first_wait_s=1, longest_wait_s=8).keep(never_there, (Away,))

    whole = [1, 2, 4] + [8] * 17
    assert all(w / 2 <= taken <= w for w, taken in zip(whole, waits, strict=True))
    assert len(set(waits)) == 20


async def test_a_sign_of_life_starts_the_waits_over(waits: list[float]) -> None:
    line = Connection("s", first_wait_s=1, longest_wait_s=8)

    async def short_words() -> None:
        line.up()
        raise Away

    with pytest.raises(asyncio.CancelledError):
        await line.keep(short_words, (Away,))

    assert max(waits) <= 2
    assert not line.is_up


async def test_a_defect_is_told_with_its_stack_and_costs_its_own_source_alone(
    waits: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(asyncio.CancelledError):
        await Connection("s").keep(broken, (Away,))

    assert len(waits) == 20
    assert "source_defect" in capsys.readouterr().out


async def test_a_conversation_that_swallows_its_end_is_not_begun_again() -> None:
    begun = 0

    async def hard_of_hearing() -> None:
        nonlocal begun
        begun += 1
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise Away from None

    keeping = asyncio.create_task(Connection("s", first_wait_s=0).keep(hard_of_hearing, (Away,)))
    await asyncio.sleep(0)
    keeping.cancel()
    await asyncio.wait((keeping,), timeout=5)

    assert keeping.cancelled()
    assert begun == 1


async def test_a_defect_of_a_set_point_is_no_answer() -> None:
    async def broken(_: Command) -> Answer:
        raise ZeroDivisionError("of course")

    answer = await answer_from(broken, a_command("pv", 1.0))

    assert answer == NoAnswer("a defect of ingest: ZeroDivisionError('of course')")


async def test_an_attempt_that_takes_too_long_or_finds_nobody_has_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.ingest.adapters.adapter.ANSWER_WITHIN_S", 0.01)

    async def hang() -> Answer:
        await asyncio.sleep(5)
        raise AssertionError

    async def nobody() -> Answer:
        raise Away("no route")

    assert await in_time("unit 1", hang(), (Away,)) == NoAnswer("unit 1: no answer within 0.01 s")
    assert await in_time("unit 1", nobody(), (Away,)) == NoAnswer("unit 1: no route")


def test_a_read_back_is_accepted_within_the_tolerance_only() -> None:
    assert answer_of(1000, 1000.4, 0.5) == Accepted(1000.4)
    assert answer_of(1000, 900, 0.5) == Refused("wrote 1000 W, it reads back 900 W", 900)


def test_a_source_that_is_away_says_why_until_it_is_back() -> None:
    source = Connection("s")
    before = source.away_reason
    source.up()
    connected = (source.is_up, source.times_up, source.away_reason)
    source.down(Away("no route"))
    lost = (source.is_up, source.times_up, source.away_reason)
    source.down(Away())

    assert before == "never connected"
    assert connected == (True, 1, "")
    assert lost == (False, 1, "no route")
    assert source.away_reason == "Away"
