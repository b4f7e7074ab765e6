"""What waits between a broker and Kafka: bounded, and no single message stops the others."""

import asyncio

import pytest

from services.ingest.adapters.mqtt import inbox
from services.ingest.adapters.mqtt.carrying import MOST_IN_A_ROW, keep_carrying
from services.ingest.adapters.mqtt.inbox import FULL_BATCH, Inbox
from services.ingest.adapters.mqtt.session import Received


def a_message(number: int = 1, *, is_kept: bool = True) -> Received:
    return Received("plant/pv", b"%d" % number, number, 1, is_kept)


@pytest.mark.parametrize("limit", ["MOST_WAITING", "MOST_WAITING_BYTES"])
def test_what_no_broker_keeps_is_refused_when_too_much_waits(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(inbox, limit, 3)
    waiting = Inbox[Received]("site")
    for number in range(3):
        assert not waiting.refuses(a_message(number, is_kept=False))
        waiting.put(a_message(number), 1)

    assert waiting.refuses(a_message(is_kept=False))
    assert not waiting.refuses(a_message(is_kept=True))


async def test_a_full_batch_does_not_wait_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "GATHER_S", 3600.0)
    waiting = Inbox[int]("site")
    for number in range(FULL_BATCH):
        waiting.put(number, 1)

    async with asyncio.timeout(5):
        assert await waiting.gather() == list(range(FULL_BATCH))


async def test_a_batch_is_no_larger_than_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "LARGEST_BATCH_BYTES", 10)
    waiting = Inbox[int]("site")
    for number in range(FULL_BATCH):
        waiting.put(number, 4)

    assert await waiting.gather() == [0, 1, 2]
    assert await waiting.gather() == [3, 4, 5]


class Line:
    """Carries numbers; `poison` ones raise."""

    def __init__(self, *poison: int) -> None:
        self.poison = poison
        self.carried: list[int] = []
        self.buried: list[int] = []
        self.acknowledged: list[int] = []

    async def carry(self, batch: list[int]) -> None:
        if set(batch) & set(self.poison):
            raise ZeroDivisionError
        self.carried += batch

    async def bury(self, number: int, defect: Exception) -> None:
        assert isinstance(defect, ZeroDivisionError)
        self.buried.append(number)

    async def run(self, *numbers: int) -> None:
        waiting = Inbox[int]("site")
        for number in numbers:
            waiting.put(number, 1)
        running = asyncio.create_task(
            keep_carrying(waiting, self.carry, self.bury, self.acknowledged.append)
        )
        try:
            async with asyncio.timeout(5):
                while len(self.acknowledged) < len(numbers) and not running.done():  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
        finally:
            running.cancel()
        if running.done():
            running.result()


async def test_a_message_our_code_has_a_bug_with_is_buried_and_costs_no_other() -> None:
    line = Line(3)

    await line.run(1, 2, 3, 4)

    assert (line.carried, line.buried) == ([1, 2, 4], [3])
    assert line.acknowledged == [1, 2, 3, 4]


async def test_too_many_in_a_row_are_no_single_messages_doing() -> None:
    numbers = range(MOST_IN_A_ROW + 1)

    with pytest.raises(ZeroDivisionError):
        await Line(*numbers).run(*numbers)
