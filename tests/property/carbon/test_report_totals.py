"""However lines are shared out, their totals in a report are the same, to the nanogram."""

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.reporting.cells import NOT_BOOKED, Emitted
from services.carbon_accounting.domain.reporting.ledger_tables import (
    BOOKS,
    WITHIN,
    by_activity,
    by_group,
    emitted,
    scopes_side_by_side,
)
from services.carbon_accounting.domain.reporting.records import BookedLine, Scope
from services.energy.site import Text
from tests.support.carbon_reports import a_line

TITLE = Text("title", "标题")
lines = st.lists(
    st.builds(
        a_line,
        ng=st.integers(-(10**20), 10**20),
        ledger=st.sampled_from(Ledger),
        scope=st.sampled_from(Scope),
        activity=st.sampled_from(["gas", "grid", "capture"]),
        enterprise=st.sampled_from(["steel", "labs", None]),
    ),
    max_size=30,
)


def by_hand(booked: list[BookedLine], ledger: Ledger) -> int | None:
    mine = [x.nanograms for x in booked if x.ledger is ledger and x.scope in WITHIN]
    return sum(mine) if mine else None


def nanograms(cell: object) -> int | None:
    if cell == NOT_BOOKED:
        return None
    assert isinstance(cell, Emitted)
    return cell.nanograms


@given(lines)
def test_every_table_of_a_ledger_has_the_same_total(booked: list[BookedLine]) -> None:
    for book in BOOKS:
        expected = by_hand(booked, book.ledger)
        groups = [
            (str(who), [x for x in booked if x.enterprise == who])
            for who in ("steel", "labs", None)
        ]

        activities = by_activity(book, TITLE, booked)
        enterprises = by_group(book, TITLE, TITLE, groups)

        assert activities.total is not None
        assert enterprises.total is not None
        assert nanograms(activities.total[3]) == expected
        assert nanograms(enterprises.total[4]) == expected


@given(lines)
def test_the_scopes_of_a_column_add_up_to_its_total(booked: list[BookedLine]) -> None:
    for column in scopes_side_by_side(TITLE, booked).columns:
        *scopes, within, outside = column.values

        known = [x for x in map(nanograms, scopes) if x is not None]
        assert nanograms(within) == (sum(known) if known else None)
        assert len(scopes) == len(WITHIN)
        biogenic = [x for x in booked if x.scope is Scope.OUTSIDE]
        assert outside == emitted(column.book, biogenic)
