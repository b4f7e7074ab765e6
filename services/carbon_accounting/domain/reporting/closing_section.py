"""Which months of a period are closed: by whom, why, and with which heads of their chains."""

from collections.abc import Sequence

from services.carbon_accounting.domain.reporting.cells import Quantity
from services.carbon_accounting.domain.reporting.content import Paragraph, Section
from services.carbon_accounting.domain.reporting.measures import COUNT
from services.carbon_accounting.domain.reporting.records import Closing
from services.carbon_accounting.domain.reporting.tables import Column, Table
from services.carbon_accounting.domain.reporting.wording import LEDGERS, utc
from services.energy.site import Text

NONE_CLOSED = Text("No month of the period is closed.", "期间内没有已关账的月份。")


def closing_sections(closings: Sequence[Closing] | None) -> tuple[Section, ...]:
    """Return the section of closed months; none for books that know of no closing."""
    if closings is None:
        return ()
    heading = Text("Closed months", "已关账月份")
    if not closings:
        return (Section(heading, (Paragraph(NONE_CLOSED),)),)
    return (Section(heading, (_closings(closings), _heads(closings))),)


def _closings(closings: Sequence[Closing]) -> Table:
    columns = (
        Column(Text("Month", "月份")),
        Column(Text("Closed", "关账时间")),
        Column(Text("By", "关账人")),
        Column(Text("Reason", "原因")),
    )
    rows = tuple((str(each.month), utc(each.at), each.by, each.because) for each in closings)
    return Table(Text("By whom and why", "由谁及为何关账"), columns, rows)


def _heads(closings: Sequence[Closing]) -> Table:
    columns = (
        Column(Text("Month", "月份")),
        Column(Text("Ledger", "台账")),
        Column(Text("Postings", "记账数"), COUNT),
        Column(Text("SHA-256 of the chain at its closing", "关账时的链SHA-256")),
    )
    rows = tuple(
        (str(each.month), LEDGERS[head.ledger], Quantity(head.postings, COUNT), head.sha256)
        for each in closings
        for head in each.heads
    )
    return Table(Text("Chain heads at closing", "关账时的链头"), columns, rows)
