"""Properties of the language: exact, ledgers apart, units without influence, absence carried."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.indicators.checking import meaning_of
from services.carbon_accounting.domain.indicators.evaluating import value_of
from services.carbon_accounting.domain.indicators.expressions import (
    NotAFormula,
    expression_of,
    names_in,
    one_line,
)
from services.carbon_accounting.domain.indicators.meanings import Meaning, measured_in
from services.carbon_accounting.domain.indicators.values import Absent, Known, Value
from services.carbon_accounting.domain.ledgers import Ledger

PARK, MARKET = "park", "market"
KNOWN = {
    PARK: measured_in("tCO2", Ledger.PARK_ACCEPTANCE),
    MARKET: measured_in("tCO2", Ledger.MARKET_BASED),
    "energy": measured_in("tce"),
    "made": measured_in("t"),
}
names = st.sampled_from([*KNOWN, "2", "0.5", "0"])
formulas = st.recursive(
    names,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from("+-*/"), part).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max", "sum"]), part, part).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        part.map(lambda text: f"(-{text})"),
    ),
    max_leaves=8,
)
amounts = st.fixed_dictionaries(
    {name: st.fractions(min_value=1, max_value=1000, max_denominator=50) for name in KNOWN}
)


def computed(formula: str, amounts: dict[str, Fraction]) -> Value:
    values: dict[str, Value] = {name: Known(amount) for name, amount in amounts.items()}
    return value_of(expression_of(formula), one_line(formula), values)


def meaning(formula: str) -> Meaning | None:
    return meaning_of(expression_of(formula), one_line(formula), KNOWN)[0]


@given(formulas, amounts, st.fractions(min_value=2, max_value=9, max_denominator=5))
def test_what_passes_the_check_never_adds_one_ledger_to_another(
    formula: str, values: dict[str, Fraction], times: Fraction
) -> None:
    """A value that scales with a power of each ledger alone holds no sum of two ledgers."""
    found = meaning(formula)
    before = computed(formula, values)
    if found is None or isinstance(before, Absent):
        return
    for ledger in (PARK, MARKET):
        scaled = computed(formula, {**values, ledger: values[ledger] * times})
        power = dict(found.ledgers).get(KNOWN[ledger].ledgers[0][0], Fraction(0))
        assert scaled == Known(before.value * times ** int(power))


@given(formulas, amounts)
def test_an_input_that_is_missing_anywhere_makes_the_value_absent(
    formula: str, values: dict[str, Fraction]
) -> None:
    needed = names_in(expression_of(formula))

    for name in needed:
        found = computed(formula, {other: v for other, v in values.items() if other != name})
        assert isinstance(found, Absent)
        assert name in found.missing


@given(formulas, amounts)
def test_a_formula_is_computed_as_python_would_with_fractions(
    formula: str, values: dict[str, Fraction]
) -> None:
    exact = formula.replace("0.5", "half").replace("2", "two").replace("0", "nought")
    words = {"half": Fraction(1, 2), "two": Fraction(2), "nought": Fraction(0)}
    calls = {"sum": lambda one, other: one + other, "min": min, "max": max}

    found = computed(formula, values)

    try:
        expected = eval(exact, {"__builtins__": {}}, {**words, **calls, **values})
    except ZeroDivisionError:
        assert isinstance(found, Absent)
    else:
        assert found == Known(expected)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_cure(text: str) -> None:
    try:
        names = names_in(expression_of(text))
    except NotAFormula as refused:
        cure = refused.flaw.cure
    else:
        cure = f"names {names}"

    assert cure
