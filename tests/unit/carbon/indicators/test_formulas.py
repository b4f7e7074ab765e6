"""The language of indicators: what it reads, what it refuses, and where."""

from fractions import Fraction

import pytest

from services.carbon_accounting.domain.indicators.evaluating import value_of
from services.carbon_accounting.domain.indicators.expressions import (
    LONGEST,
    NotAFormula,
    expression_of,
    names_in,
    one_line,
)
from services.carbon_accounting.domain.indicators.values import Absent, DividedByZero, Known, Value
from tests.support.indicators import flaws_of


def computed(formula: str, **amounts: int) -> Value:
    values: dict[str, Value] = {name: Known(Fraction(value)) for name, value in amounts.items()}
    return value_of(expression_of(formula), one_line(formula), values)


@pytest.mark.parametrize(
    ("formula", "comes_to"),
    [
        ("a + b * 2", 16),
        ("(a + b) * 2", 20),
        ("a - b - 1", -3),
        ("a - (b - 1)", -1),
        ("-a + b", 2),
        ("a / b", Fraction(2, 3)),
        ("sum(a, b, 1)", 11),
        ("min(a, b) / max(a, b)", Fraction(2, 3)),
        ("max(0, a - b)", 0),
        ("0.1 * a + 0.2 * a", Fraction(12, 10)),
    ],
)
def test_a_formula_means_what_arithmetic_means(formula: str, comes_to: Fraction) -> None:
    assert computed(formula, a=4, b=6) == Known(Fraction(comes_to))


def test_every_missing_input_is_named_and_none_counts_as_zero() -> None:
    found = computed("a + water.intake * 0 + max(0, water.reused)", a=4)

    assert isinstance(found, Absent)
    assert found.missing == ("water.intake", "water.reused")


def test_nothing_is_divided_by_zero_and_the_part_is_named() -> None:
    found = computed("a / (b - 6)", a=4, b=6)

    assert found == Absent((DividedByZero("'b - 6' (character 6)"),))
    assert str(found.reasons[0]) == "'b - 6' (character 6) is 0: nothing can be divided by it"


def test_names_are_found_once_each_in_the_order_they_are_written() -> None:
    tree = expression_of("b.x / (a + b.x) + 'labs-a.power'")

    assert names_in(tree) == ("b.x", "a", "labs-a.power")


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("a if b else c", "is no part of a formula"),
        ("__import__('os').system('ls')", "is no part of a formula"),
        ("a ** 2", "uses Pow"),
        ("a // 2", "uses FloorDiv"),
        ("a +", "cannot be read"),
        ("[a]", "is no part of a formula"),
        ("a < b", "is no part of a formula"),
        ("True", "is no part of a formula"),
        ("1e999", "is beyond all measure"),
        ("f(a)", "is no part of a formula"),
        ("sum()", "is no part of a formula"),
        ("", "cannot be read"),
        ("a + " * (LONGEST // 4) + "a", "characters"),
        ("a" + " + a" * 100, "nested too deep"),
        ("(" * 300 + "a" + ")" * 300, "cannot be read"),
    ],
)
def test_what_is_no_formula_is_refused_with_a_cure(formula: str, told: str) -> None:
    with pytest.raises(NotAFormula, match=told) as refused:
        expression_of(formula)

    assert refused.value.flaw.cure


def test_adding_kwh_to_t_is_refused_with_both_units_and_the_places() -> None:
    assert flaws_of("load + made") == [
        "one version 1, formula: 'load' (character 1) and 'made' (character 8) cannot be added or "
        "compared: kWh and t - convert one of them, or divide each by what it is for"
    ]


def test_places_count_characters_not_bytes() -> None:
    (told,) = flaws_of("'负荷' + load")

    assert "'负荷'" in told
    assert "(character 1)" in told


def test_all_that_is_wrong_in_a_formula_is_told_at_once() -> None:
    told = flaws_of("(load + made) / (laod - energi)")

    assert len(told) == 3
    assert "did you mean load?" in told[1]
    assert "did you mean energy?" in told[2]


@pytest.mark.parametrize(
    "formula", ["load + 5", "max(load, made)", "min(1, load)", "load - made * 3"]
)
def test_a_number_without_a_unit_is_no_kwh(formula: str) -> None:
    assert "cannot be added or compared" in flaws_of(formula, "kWh")[0]


@pytest.mark.parametrize("formula", ["max(0, load)", "load - 0", "sum(load, 0, load)"])
def test_nothing_is_nothing_in_any_unit(formula: str) -> None:
    assert flaws_of(formula, "kWh") == []


def test_the_result_must_be_convertible_to_the_declared_unit() -> None:
    assert flaws_of("load / made", "MWh/kg") == []
    assert "comes out in kWh/t, which is no tCO2/t" in flaws_of("load / made", "tCO2/t")[0]
    assert "'bananas' is no unit" in flaws_of("load", "bananas")[0]


PARK, MARKET = "ledger.park_acceptance.total", "ledger.market_based.total"


@pytest.mark.parametrize(
    "formula",
    [
        f"{PARK} + {MARKET}",
        f"{PARK} - {MARKET}",
        f"max({PARK}, {MARKET})",
        f"(1 - {MARKET} / {PARK}) * {PARK}",
        f"{PARK} / energy + {MARKET} / energy",
        f"{PARK} * energy / energy + {MARKET}",
    ],
)
def test_ledgers_are_never_added_however_it_is_written(formula: str) -> None:
    told = flaws_of(formula, "tCO2")

    assert any("never added or compared" in one for one in told)
    assert any("park_acceptance" in one for one in told)


def test_a_ledger_may_be_put_in_proportion_to_another() -> None:
    assert flaws_of(f"{MARKET} / {PARK}", "percent") == []


def test_a_ledger_adds_to_itself() -> None:
    formula = "ledger.park_acceptance.energy + ledger.park_acceptance.process"

    assert flaws_of(formula, "tCO2") == []
