"""What follows from what never changes is made once, for all who ask."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, cast

from services.carbon_accounting.live.amounts import Words
from services.carbon_accounting.live.definitions import Definitions
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.kept import Kept
from services.carbon_accounting.live.months import Standing
from services.carbon_accounting.live.pages import Pages

STANDING, ACCOUNTED, DEFINITIONS, ANOTHER = (cast(Any, object()) for _ in range(4))


def some_pages(
    standing: Standing = STANDING,
    accounted: Accounted = ACCOUNTED,
    made: int = 10,
    definitions: Definitions = DEFINITIONS,
) -> Pages:
    """Pages of which nothing is shown: only of what they are made."""
    return Pages(standing, Words(accounted, {("steel-bar", "2026-01"): made}), definitions)


def test_pages_are_of_the_same_until_something_is_booked_defined_made_or_ruled() -> None:
    assert some_pages().are_of_the_same(some_pages())
    assert not some_pages().are_of_the_same(some_pages(standing=ANOTHER))
    assert not some_pages().are_of_the_same(some_pages(accounted=ANOTHER))
    assert not some_pages().are_of_the_same(some_pages(made=11))
    assert not some_pages().are_of_the_same(some_pages(definitions=ANOTHER))


def test_an_answer_is_made_once_for_the_same_and_anew_for_another() -> None:
    kept, made = Kept(), []

    def page(day: int) -> str:
        return kept.once("page", lambda: made.append(day) or f"of {day}", of=day)

    assert [page(1), page(1), page(2), page(2)] == ["of 1", "of 1", "of 2", "of 2"]
    assert made == [1, 2]


def test_answers_of_other_names_and_answers_that_are_none_are_kept_too() -> None:
    kept, made = Kept(), []

    assert kept.once("a", lambda: made.append("a")) is None
    assert kept.once("a", lambda: made.append("again")) is None
    assert kept.once("b", lambda: kept.once("c", lambda: 3)) == 3
    assert made == ["a"]


def test_who_asks_at_the_same_time_waits_for_the_first() -> None:
    kept, made, together = Kept(), [], Barrier(4)

    def asked(_: int) -> int:
        together.wait(timeout=30)
        return kept.once("page", lambda: made.append(1) or len(made))

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(asked, range(4))) == [1, 1, 1, 1]


def test_what_could_not_be_made_is_tried_again() -> None:
    kept = Kept()

    for _ in range(2):
        try:
            kept.once("page", lambda: 1 // 0)
        except ZeroDivisionError:
            continue
        raise AssertionError("nothing was raised")
    assert kept.once("page", lambda: 5) == 5
