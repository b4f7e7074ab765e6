"""What all reports share: the cover, a section for each ledger, the notes."""

from collections.abc import Iterable, Sequence

from services.carbon_accounting.domain.ledgers import Book
from services.carbon_accounting.domain.reporting.cells import Name
from services.carbon_accounting.domain.reporting.content import (
    Block,
    Cover,
    Kind,
    Paragraph,
    Section,
)
from services.carbon_accounting.domain.reporting.inputs import Masthead
from services.carbon_accounting.domain.reporting.ledger_tables import (
    BOOKS,
    books_in,
    scopes_chart,
    scopes_side_by_side,
)
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import BookedLine
from services.carbon_accounting.domain.reporting.wording import (
    ABSENCE_NOTE,
    LEDGERS,
    NOTHING_BOOKED,
    ROUNDING_NOTE,
    SIDE_BY_SIDE_NOTE,
    standing_text,
)
from services.energy.site import Text

NOTES = (SIDE_BY_SIDE_NOTE, ABSENCE_NOTE, ROUNDING_NOTE)
TITLES = {
    Kind.MONTHLY: Text("Park monthly carbon report", "园区碳排放月报"),
    Kind.INVENTORY: Text("Enterprise greenhouse gas inventory", "企业温室气体清单"),
    Kind.EVIDENCE: Text("Audit evidence pack", "审计证据包"),
}


def cover_of(
    kind: Kind, masthead: Masthead, open_items: int, enterprise: Name | None = None
) -> Cover:
    """Return the cover of a report; a monthly one is of its period's last month."""
    is_monthly = kind is Kind.MONTHLY
    return Cover(
        kind=kind,
        title=TITLES[kind],
        park=masthead.park,
        enterprise=enterprise,
        period=masthead.period.text_of_last if is_monthly else masthead.period.text,
        standing=standing_text(masthead.standing),
        written_at=masthead.written_at,
        versions=tuple(masthead.versions.items()),
        open_items=open_items,
    )


def summary_section(title: Text, lines: Sequence[BookedLine]) -> Section:
    """Return the ledgers side by side, and which of them hold nothing."""
    heading = Text("Summary", "摘要")
    if not lines:
        return Section(heading, (Paragraph(NOTHING_BOOKED),))
    blocks: list[Block] = [Paragraph(SIDE_BY_SIDE_NOTE), scopes_side_by_side(title, lines)]
    empty = [book for book in BOOKS if book not in books_in(lines)]
    if empty:
        blocks.append(Paragraph(_without_entries(empty)))
    return Section(heading, (*blocks, scopes_chart(title, lines)))


def ledger_heading(book: type[Book]) -> Text:
    """Return the heading of a ledger's section, with the gas it counts."""
    name, gas = LEDGERS[book.ledger], book.ledger.gas
    return Text(f"{name.en} ({gas})", f"{name.zh}（{gas}）")


def check_months(lines: Iterable[BookedLine], period: Period) -> None:
    """Raise ValueError when a line is of a month that the report is not of."""
    strangers = sorted({line.month for line in lines if line.month not in period})
    if strangers:
        months = ", ".join(str(month) for month in strangers)
        raise ValueError(f"lines of {months} are not of {period.text.en}; leave them out")


def _without_entries(books: Sequence[type[Book]]) -> Text:
    names = [LEDGERS[book.ledger] for book in books]
    return Text(
        "Ledgers without entries: " + ", ".join(name.en for name in names) + ".",
        "没有分录的台账：" + "、".join(name.zh for name in names) + "。",
    )
