"""A problem document is refused as a whole, with every mistake, its path and its cure."""

import pytest

from services.dispatch.solve.problem_file import MOST_BYTES
from tests.unit.dispatch.solve.documents import BATTERY, a_document, a_problem, mistakes_in


def test_a_right_document_is_a_problem() -> None:
    problem = a_problem(stores=[BATTERY])

    assert (len(problem.horizon), problem.stores[0].charge_kw) == (2, 10.0)


def test_all_mistakes_are_told_at_once_each_with_its_path() -> None:
    document = a_document(
        stores=[BATTERY | {"highest_kwh": -5, "charge_kw": float("nan"), "node": "cellar"}],
        loads=[{"id": "hall", "power_kw": [1, 2, 3]}, {"id": "hall", "power": 4}],
        sessions=[{"id": "van", "leaves_h": 1, "power_kw": 2, "wanted_kwh": 3, "cluster": "c"}],
    )

    assert set(mistakes_in(document)) == {
        "stores[0].highest_kwh",
        "stores[0].charge_kw",
        "stores[0].node",
        "loads[0].power_kw",
        "loads[1].id",
        "loads[1].power",
        "loads[1].power_kw",
        "sessions[0].cluster",
    }


CARRIERS = "carbon, cold, electricity, gas, heat, hydrogen, steam, water"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("highest_kwh", -5, "-5 is too small: at least 0"),
        ("charge_efficiency", 1.5, "1.5 is too large: at most 1"),
        ("charge_efficiency", 0, "0 is too small: at least 0.001"),
        ("charge_kw", "5", '"5" is no number: write one such as 12.5, without quotes'),
        ("charge_kw", True, "true is no number: write one such as 12.5, without quotes"),
        ("charge_kw", None, "null is no number: write one such as 12.5, without quotes"),
        ("charge_kw", float("nan"), "NaN is no number: give one, or leave an optional field out"),
        ("charge_kw", 2e7, "2e+07 is absurd: numbers lie within ±1e+07 (is the unit right?)"),
        ("chargekw", 5, "no field of that name; did you mean charge_kw?"),
        ("id", "", "is empty: give it a name"),
        ("targets", 3, "3 is no list: write it in brackets, [ ]"),
        ("node", "cellar", f"no node 'cellar': declare it in nodes, or use one of {CARRIERS}"),
    ],
)
def test_a_mistake_says_what_stands_there_and_what_would_be_right(
    field: str, value: object, told: str
) -> None:
    assert mistakes_in(a_document(stores=[BATTERY | {field: value}])) == {
        f"stores[0].{field}": told
    }


def test_of_a_number_or_a_list_only_what_was_meant_is_told() -> None:
    document = a_document(
        loads=[{"id": "a", "power_kw": [1, "x"]}, {"id": "b", "power_kw": "x"}],
    )

    assert list(mistakes_in(document)) == ["loads[0].power_kw[1]", "loads[1].power_kw"]


def test_an_endless_number_is_told_even_where_no_bound_stands() -> None:
    process = {"id": "kiln", "flows_kw": {"electricity": [1e999]}}
    document = a_document(processes=[process | {"duration_h": 1, "latest_end_h": 2}])

    assert "endless" in mistakes_in(document)["processes[0].flows_kw.electricity[0]"]


def test_a_series_of_the_wrong_length_names_both_lengths() -> None:
    document = a_document(loads=[{"id": "hall", "power_kw": [1, 2, 3]}])

    assert mistakes_in(document) == {"loads[0].power_kw": "has 3 values, the horizon 2 steps"}


def test_what_contradicts_itself_within_a_part_is_told_at_the_part() -> None:
    document = a_document(stores=[BATTERY | {"lowest_kwh": 30}])

    assert mistakes_in(document) == {
        "stores[0]": "store battery: lowest_kwh 30.0 is above highest_kwh 20.0"
    }


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    assert mistakes_in(b'{"horizon": {"steps": 2, "steps": 3}}') == {
        "horizon.steps": "stands twice: keep one"
    }


def test_what_is_no_json_is_told_with_line_and_column() -> None:
    assert mistakes_in(b'{"horizon":\n  {"steps" 2}}') == {
        "problem": "is no JSON at line 2 column 12: Expecting ':' delimiter"
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no JSON at line 1 column 1"),
        (b"[1]", "is no object"),
        (b"\xff", "is no UTF-8 at byte 0"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"currency": 1' + b"0" * 5_000 + b"}", "has a number of thousands of digits"),
        (b" " * (MOST_BYTES + 1), "is larger than 64 MB"),
    ],
    ids=["empty", "list", "bytes", "deep", "digits", "large"],
)
def test_what_can_be_no_problem_at_all_is_refused(content: bytes, told: str) -> None:
    assert mistakes_in(content)["problem"].startswith(told) or told in str(mistakes_in(content))


def test_a_byte_order_mark_does_not_matter() -> None:
    assert mistakes_in(b'\xef\xbb\xbf{"horizon": {"steps": 1}}') == {}
