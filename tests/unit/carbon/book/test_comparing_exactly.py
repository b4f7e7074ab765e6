"""A changed reading reverses exactly the entries that depend on it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.carbon.book.two_books import a_book, compared

METERS = ("grid", "up", "load_a", "load_b", "gas")
TWO_NODES = """
accounting:
  ledgers: [location_based]
  nodes: [main, roof]
  meters:
    - {id: grid, role: grid_import}
    - {id: up, role: flow, to: roof}
    - {id: load_a, role: consumption, enterprise: a}
    - {id: load_b, role: consumption, enterprise: b, node: roof}
  streams:
    - {id: gas, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: a}
"""
DEPENDS = {"gas": {"gas"}, "load_a": {"load_a", "load_b"}, "load_b": {"load_b"}}
"""Whose entries may change with a reading: what lacks at the main node changes its mix, and so that
of the roof behind it; what lacks at the roof changes nothing before it."""


def text_of(kwh: list[dict[str, int]]) -> str:
    lines = [",".join(["time", *METERS])]
    for quarter, values in enumerate(kwh):
        hour, part = divmod(quarter, 4)
        told = ",".join(str(values[meter]) for meter in METERS)
        lines.append(f"2023-05-01T{hour:02d}:{15 * part:02d},{told}")
    return "\n".join(lines) + "\n"


@st.composite
def days(draw: st.DrawFn) -> list[dict[str, int]]:
    kwh = st.integers(1, 50)
    loads = draw(st.lists(st.tuples(kwh, kwh, kwh), min_size=2, max_size=6))
    return [{"grid": a + b, "up": b, "load_a": a, "load_b": b, "gas": gas} for a, b, gas in loads]


@settings(max_examples=15)
@given(days(), st.data())
def test_a_changed_reading_reverses_exactly_what_depends_on_it(
    kwh: list[dict[str, int]], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(kwh) - 1), label="interval")
    meter = data.draw(st.sampled_from(sorted(DEPENDS)), label="meter")
    changed = [dict(values) for values in kwh]
    changed[at][meter] += data.draw(st.integers(1, 9), label="more")

    with TemporaryDirectory() as folder:
        old = a_book(Path(folder), "old", accounting=TWO_NODES, readings=text_of(kwh))
        new = a_book(Path(folder), "new", accounting=TWO_NODES, readings=text_of(changed))
        lines = compared(old, new)
        back = compared(new, old)

    hour, part = divmod(at, 4)
    start = f"2023-04-30 {16 + hour:02d}:{15 * part:02d}:00Z"  # eight hours before UTC+8
    assert {line["start"] for line in lines} == {start}
    assert {meter} <= {line["meter"] for line in lines} <= DEPENDS[meter]
    assert {line["reason"] for line in lines} == {"reading changed"}
    assert [line["amount_before"] for line in back] == [line["amount_after"] for line in lines]
