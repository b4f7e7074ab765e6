"""Names are remembered by their tuple, within bounds, and nothing wrong is remembered."""

import pytest

from services.energy import names
from services.energy.names import PerNames, same_names


def test_equal_names_are_one_tuple() -> None:
    assert same_names(["a.x", "b.y"]) is same_names(("a.x", "b.y"))
    assert same_names(["b.y", "a.x"]) == ("b.y", "a.x")


def test_what_is_made_of_a_tuple_is_made_once() -> None:
    asked: list[names.Names] = []
    length = PerNames(lambda some: (asked.append(some), len(some))[1])
    some = same_names(["a.x", "b.y"])

    assert [length(some), length(some), length(same_names(["c.z"]))] == [2, 2, 1]
    assert asked == [some, ("c.z",)]


def test_a_refusal_is_not_remembered() -> None:
    def refuse(_: names.Names) -> None:
        raise ValueError("no")

    never = PerNames(refuse)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            never(("a",))


def test_what_was_used_last_is_remembered_and_the_rest_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "MOST_NAMES", 4)
    made: list[names.Names] = []
    note = PerNames(made.append)
    first, second, third = ("a", "b"), ("c", "d"), ("e", "f")

    for some in (first, second, first, third, first, second):
        note(some)

    assert made == [first, second, third, second]
