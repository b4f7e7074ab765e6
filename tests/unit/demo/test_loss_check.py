"""The devices' journal, read while they write it."""

from datetime import UTC, datetime
from pathlib import Path

from services.demo.loss_check import journal_of

LINES = (
    "steel,active_power_w,2019-06-03T22:00:00Z,12.5\nsteel,active_power_w,2019-06-03T22:01:00Z,12"
)
FIRST = datetime(2019, 6, 3, 22, tzinfo=UTC)


def test_a_line_that_is_half_written_tells_no_reading(tmp_path: Path) -> None:
    journal = tmp_path / "journal.csv"
    journal.write_text(LINES, encoding="utf-8")

    assert journal_of(journal, datetime(2019, 6, 4, tzinfo=UTC)) == {
        ("steel.active_power_w", FIRST): 12.5
    }
