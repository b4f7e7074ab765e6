"""The audit evidence pack: every line with its factors, and what proves that nothing changed."""

from collections.abc import Sequence

from services.carbon_accounting.domain.ledgers import B, Book
from services.carbon_accounting.domain.reporting.assembly import (
    NOTES,
    check_months,
    cover_of,
    ledger_heading,
    summary_section,
)
from services.carbon_accounting.domain.reporting.cells import NOT_STATED, Cell, Emitted, Quantity
from services.carbon_accounting.domain.reporting.closing_section import closing_sections
from services.carbon_accounting.domain.reporting.content import Kind, Report, Section
from services.carbon_accounting.domain.reporting.inputs import EvidenceInputs
from services.carbon_accounting.domain.reporting.ledger_tables import (
    WITHIN,
    books_in,
    emitted,
    in_scope,
    lines_of,
)
from services.carbon_accounting.domain.reporting.measures import amount_in, emissions_in
from services.carbon_accounting.domain.reporting.quality_section import quality_section
from services.carbon_accounting.domain.reporting.records import BookedLine, Enterprise
from services.carbon_accounting.domain.reporting.restatement_section import restatements_section
from services.carbon_accounting.domain.reporting.tables import Column, LedgerTable
from services.carbon_accounting.domain.reporting.trail_sections import (
    chain_section,
    factors_section,
    files_section,
    open_items_section,
)
from services.carbon_accounting.domain.reporting.wording import (
    ALL_SCOPES,
    SCOPES,
    TOTAL,
    name_of,
)
from services.energy.site import Text


def evidence_pack(inputs: EvidenceInputs) -> Report:
    """Return every booked line of the period, and the trail from files to hashes."""
    check_months(inputs.lines, inputs.masthead.period)
    period = inputs.masthead.period.text
    return Report(
        cover_of(Kind.EVIDENCE, inputs.masthead, len(inputs.open_items)),
        (
            summary_section(Text(f"Emissions, {period.en}", f"{period.zh} 排放量"), inputs.lines),
            files_section(inputs.inputs, rest_on_words=inputs.rest_on_words),
            *closing_sections(inputs.masthead.closings),
            chain_section(inputs.chain_heads),
            factors_section(inputs.factors),
            restatements_section(inputs.restatements, inputs.enterprises),
            open_items_section(inputs.open_items, inputs.enterprises),
            quality_section(inputs.verdicts, inputs.enterprises),
            *(_ledger_section(book, inputs) for book in books_in(inputs.lines)),
        ),
        NOTES,
    )


def _ledger_section(book: type[Book], inputs: EvidenceInputs) -> Section:
    return Section(ledger_heading(book), (_lines_table(book, inputs.lines, inputs.enterprises),))


def _lines_table(
    book: type[B], lines: Sequence[BookedLine], enterprises: Sequence[Enterprise]
) -> LedgerTable[B]:
    mine = lines_of(book, lines)
    columns = (
        Column(Text("Month", "月份")),
        Column(Text("Enterprise", "企业")),
        Column(Text("Scope", "范围")),
        Column(Text("Activity", "排放活动")),
        Column(Text("Amount", "活动水平")),
        Column(Text("Emissions", "排放量"), emissions_in(book.ledger.gas)),
        Column(Text("Factors", "因子")),
    )
    rows = tuple(_line(book, line, enterprises) for line in mine)
    total = (TOTAL, "", ALL_SCOPES, "", "", emitted(book, in_scope(mine, *WITHIN)), "")
    return LedgerTable(book, Text("Booked lines", "记账明细"), columns, rows, total)


def _line(
    book: type[Book], line: BookedLine, enterprises: Sequence[Enterprise]
) -> tuple[Cell, ...]:
    return (
        str(line.month),
        name_of(line.enterprise, enterprises),
        SCOPES[line.scope],
        line.activity,
        Quantity(line.amount, amount_in(line.amount, line.unit)),
        Emitted(book, line.nanograms, line.unverified),
        ", ".join(line.factors) or NOT_STATED,
    )
