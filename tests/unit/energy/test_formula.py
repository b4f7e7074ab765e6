"""The formulas of virtual points: what can be written, what it means, what is refused."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.formula import (
    Input,
    NotAFormula,
    VirtualPoint,
    evaluated,
    formula_of,
    in_order,
    inputs_of,
    rings_of,
)

MINUTE = timedelta(minutes=1)
VALUES = {
    "a.w": np.array([6.0, 1.0]),
    "b.w": np.array([2.0, 5.0]),
    "labs-a.w": np.array([1.0, np.nan]),
}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a.w + b.w", [8, 6]),
        ("a.w - b.w - 1", [3, -5]),
        ("a.w - (b.w - 1)", [5, -3]),
        ("-a.w", [-6, -1]),
        ("0.5 * a.w + b.w * 2 / 4", [4, 3]),
        ("2 * (a.w + b.w)", [16, 12]),
        ("min(a.w, b.w, 4)", [2, 1]),
        ("max(a.w, -b.w)", [6, 1]),
        ("sum(a.w, b.w, 1)", [9, 7]),
        (" + ".join(["a.w"] * 250), [1500, 250]),
        ("a.w - max(b.w, 3) * 2", [0, -9]),
    ],
)
def test_a_formula_means_what_it_says(text: str, result: list[float]) -> None:
    assert evaluated(formula_of(text), VALUES).tolist() == result


def test_a_name_with_a_hyphen_stands_in_quotes() -> None:
    formula = formula_of("a.w + 'labs-a.w'")

    assert inputs_of(formula) == ("a.w", "labs-a.w")


def test_what_is_absent_in_an_input_is_absent_in_the_result() -> None:
    for text in ("a.w + 'labs-a.w'", "min(a.w, 'labs-a.w')", "0 * 'labs-a.w'"):
        assert np.isnan(evaluated(formula_of(text), VALUES)).tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read"),
        ("a.w +", "cannot be read"),
        ("1 + 2", "names no point"),
        ("a.w * b.w", "multiplies points"),
        ("1 / a.w", "divides by a point"),
        ("a.w / 0", "divides by a point or by zero"),
        ("a.w ** 2", "uses Pow"),
        ("abs(a.w)", "calls abs"),
        ("min(a.w)", "calls min"),
        ("sum()", "calls sum"),
        ("__import__('os').system('true')", "calls"),
        ("(lambda: a.w)()", "calls"),
        ("[a.w][0]", "holds"),
        ("a.w if b.w else 1", "holds"),
        ("a.w + True", "holds"),
        ("a.w + 1e999", "beyond all measure"),
        ("(a.w)(b.w).w", "holds"),
        ("-" * 400 + "a.w", "nested too deep"),
        ("a.w + " * 2000 + "a.w", "characters"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_cure(text: str, says: str) -> None:
    with pytest.raises(NotAFormula, match=says) as caught:
        formula_of(text)

    assert caught.value.cure


@given(st.text(alphabet="ab.w+-*/() '1,minx", max_size=40))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        assert inputs_of(formula_of(text))
    except NotAFormula as refused:
        assert refused.what  # noqa: PT017 - both outcomes are right


def test_virtual_points_come_after_those_they_need() -> None:
    points = [VirtualPoint.of(name, text, MINUTE) for name, text in (("c", "b"), ("b", "a"))]

    assert [point.id for point in in_order(points)] == ["b", "c"]
    assert points[0].formula == Input("b")


def test_virtual_points_that_need_each_other_are_named() -> None:
    points = [
        VirtualPoint.of(name, text, MINUTE)
        for name, text in (("a", "b + x.w"), ("b", "2 * c"), ("c", "a"), ("d", "a"), ("e", "e"))
    ]

    assert rings_of(points) == ["a", "b", "c", "e"]
    with pytest.raises(ValueError, match="need each other: a, b, c, e"):
        in_order(points)
