"""Codes of lines tell two versions apart exactly as `compare` does from the texts of entries."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.book.comparing_entries import Versions, versions
from services.carbon_accounting.book.comparing_reasons import OF_ROLE, reasons
from services.carbon_accounting.book.entries_file import CONSTANTS
from services.carbon_accounting.domain.live.lines import Entries, summed
from services.carbon_accounting.domain.words import QUARTER_US
from services.carbon_accounting.live.comparing_rows import line_codes, versions_of
from services.carbon_accounting.live.entry_tables import Lines

LINES = 6
VARIED = {
    "meter": ("load_a", "load_b"),
    "enterprise": ("a", "b"),
    "origin": ("grid:grid", "certificate:G1"),
    "factors": ("grid v1", "grid v2"),
    "counted": ("true", "false"),
    "scope": ("2", "3"),
}
some_lines = st.fixed_dictionaries(
    {name: st.lists(st.integers(0, 1), min_size=LINES, max_size=LINES) for name in VARIED}
)
an_entry = st.tuples(
    st.integers(0, 2), st.integers(1, LINES), st.integers(0, 3), st.integers(0, 3), st.booleans()
)
some_entries = st.lists(an_entry, max_size=10)


def lines_from(varied: dict[str, list[int]]) -> Lines:
    same = (np.zeros(LINES, np.int64), ["x"])
    texts = {
        name: (np.array(varied[name], np.int64), [*VARIED[name]]) if name in varied else same
        for name in CONSTANTS
    }
    return Lines(np.arange(1, LINES + 1), texts)


def entries_from(some: Sequence[tuple[int, int, int, int, bool]]) -> Entries:
    quarters, line_ids, amounts, ng, measured = (
        np.array([one[at] for one in some], np.int64) for at in range(5)
    )
    return summed(Entries(quarters * QUARTER_US, line_ids, amounts, ng, measured.astype(bool)))


def table_from(entries: Entries, lines: Lines) -> pa.Table:
    """The entries as `compare` reads them from a file: every text beside every entry."""
    rows = lines.rows(entries.line_ids)
    columns = {"start": pa.array(entries.starts_us, pa.timestamp("us", "UTC"))}
    for name, (codes, names) in lines.texts.items():
        columns[name] = pa.DictionaryArray.from_arrays(codes[rows].astype(np.int32), names)
    columns["amount"], columns["emissions_ng"] = entries.amounts, entries.emissions_ng
    quality = entries.measured.astype(np.int32)
    columns["quality"] = pa.DictionaryArray.from_arrays(quality, ["estimated", "measured"])
    return pa.table(columns)


def told(found: Versions, roles: list[str]) -> list[tuple[object, ...]]:
    """What is said of each entry that changed, whatever the codes and the order are."""
    why = reasons(found, roles)
    enterprises = found.table.column("enterprise").cast(pa.string()).to_pylist()
    return sorted(
        (
            enterprises[int(found.rows[at])],
            why[at],
            int(found.counting_ng.before[at]),
            int(found.counting_ng.after[at]),
            *(str(found.factors_of(int(code[at]))) for code in _sides(found)),
        )
        for at in np.flatnonzero(found.changed)
    )


def _sides(found: Versions) -> tuple[np.ndarray, np.ndarray]:
    return found.stamp.before, found.stamp.after


@given(some_lines, some_entries, some_entries, st.sets(st.sampled_from([*OF_ROLE])))
def test_entries_differ_for_the_same_reasons(
    varied: dict[str, list[int]],
    before: list[tuple[int, int, int, int, bool]],
    after: list[tuple[int, int, int, int, bool]],
    roles: set[str],
) -> None:
    lines, old, new = lines_from(varied), entries_from(before), entries_from(after)
    if not len(old) + len(new):
        return

    by_codes = versions_of(old, new, line_codes(lines))
    by_texts = versions(table_from(old, lines), table_from(new, lines))

    assert told(by_codes, sorted(roles)) == told(by_texts, sorted(roles))
    assert by_codes.counted_ng == by_texts.counted_ng


def test_another_factor_of_one_line_is_told_by_its_codes() -> None:
    varied = {name: [0] * LINES for name in VARIED} | {"factors": [0, 1, 0, 0, 0, 0]}
    lines = lines_from(varied)
    old, new = entries_from([(0, 1, 10, 20, True)]), entries_from([(0, 2, 10, 30, True)])

    found = versions_of(old, new, line_codes(lines))

    assert told(found, ["factors"]) == [("a", "factor changed", 20, 30, "grid v1", "grid v2")]
