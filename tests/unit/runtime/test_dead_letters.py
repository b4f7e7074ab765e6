"""Whatever a peer sent can be buried: else it would come again for ever."""

from datetime import UTC, datetime
from typing import Any

from services.runtime.clock import ParkClock
from services.runtime.publishing import LARGEST_LETTER_BYTES, LARGEST_VALUE_BYTES, DeadLetterOffice
from services.runtime.topics import Topic


class Drawer:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def publish(self, topic: Topic, key: str, message: Any) -> None:
        key.encode()
        self.letters.append(message)


async def the_letter(detail: str = "", payload: bytes = b"", origin: str = "mqtt:x") -> Any:
    drawer = Drawer()
    office = DeadLetterOffice("ingest", drawer, ParkClock(datetime.now(UTC), 0.0, 1.0))
    await office.bury(origin=origin, reason="unreadable", detail=detail, payload=payload)
    [letter] = drawer.letters
    return letter


async def test_a_letter_keeps_what_could_not_be_used_whole() -> None:
    letter = await the_letter("not JSON", b"\x00\xff")

    assert (letter.detail, letter.payload) == ("not JSON", b"\x00\xff")


async def test_what_no_letter_can_hold_is_cut_and_says_so() -> None:
    letter = await the_letter("not JSON", bytes(LARGEST_VALUE_BYTES + 1))

    assert len(letter.payload) == LARGEST_LETTER_BYTES
    assert f"of its {LARGEST_VALUE_BYTES + 1} bytes the first" in letter.detail
    assert letter.ByteSize() < LARGEST_VALUE_BYTES


async def test_text_that_is_none_is_escaped() -> None:
    letter = await the_letter("key '\ud800'", origin="mqtt:\udfff")

    assert letter.detail == r"key '\ud800'"
    assert letter.origin == r"mqtt:\udfff"
