"""What an auditor follows: open items, restatements, factors, chain heads and files."""

from collections.abc import Sequence

from services.carbon_accounting.domain.ledgers import B
from services.carbon_accounting.domain.reporting.cells import (
    NOT_BOOKED,
    NOT_KNOWN,
    NOT_STATED,
    Absent,
    Cell,
    Emitted,
    Quantity,
    together,
)
from services.carbon_accounting.domain.reporting.content import (
    Column,
    LedgerTable,
    Paragraph,
    Section,
    Table,
)
from services.carbon_accounting.domain.reporting.inputs import (
    BookedVersion,
    ChainHead,
    Enterprise,
    FactorUsed,
    InputFile,
    OpenItem,
    Restatement,
)
from services.carbon_accounting.domain.reporting.ledger_tables import BOOKS
from services.carbon_accounting.domain.reporting.measures import (
    COUNT,
    ENERGY,
    emissions_in,
    factor_per,
)
from services.carbon_accounting.domain.reporting.wording import (
    ALL_LEDGERS,
    LEDGERS,
    NONE_OPEN,
    NONE_RESTATED,
    TOTAL,
    name_of,
    utc,
)
from services.energy.site import Text

NO_FACTORS = Text("No factor was used.", "未使用任何因子。")
NO_FILES = Text("No input file is named.", "未列出输入文件。")
NO_CHAIN = Text("No chain head is known.", "没有哈希链数据。")
NO_ROWS = Absent(Text("no rows", "无行"))


def open_items_section(items: Sequence[OpenItem], enterprises: Sequence[Enterprise]) -> Section:
    """Return what could not be booked, where and when, and what would close it."""
    heading = Text("Open items", "未结事项")
    if not items:
        return Section(heading, (Paragraph(NONE_OPEN),))
    columns = (
        Column(Text("Kind", "类别")),
        Column(Text("Where", "位置")),
        Column(Text("When", "时间")),
        Column(Text("Enterprise", "企业")),
        Column(Text("Energy", "电量"), ENERGY),
        Column(Text("What", "事项")),
        Column(Text("What closes it", "处理办法")),
    )
    rows = tuple(_open_item(item, enterprises) for item in items)
    title = Text("Not booked, or booked with a doubt", "未记账或存疑记账")
    return Section(heading, (Table(title, columns, rows),))


def _open_item(item: OpenItem, enterprises: Sequence[Enterprise]) -> tuple[Cell, ...]:
    energy = NOT_KNOWN if item.energy_wh is None else Quantity(item.energy_wh, ENERGY)
    of = name_of(item.enterprise, enterprises)
    return (item.kind, item.where, item.when, of, energy, item.what, item.cure or NOT_STATED)


def restatements_section(
    restatements: Sequence[Restatement], enterprises: Sequence[Enterprise]
) -> Section:
    """Return both versions of what was restated, a table for each ledger."""
    heading = Text("Restatements", "重述")
    tables = []
    for book in BOOKS:
        mine = [each for each in restatements if each.ledger is book.ledger]
        if mine:
            tables.append(_restated(book, mine, enterprises))
    return Section(heading, tuple(tables) or (Paragraph(NONE_RESTATED),))


def _restated(
    book: type[B], restatements: Sequence[Restatement], enterprises: Sequence[Enterprise]
) -> LedgerTable[B]:
    measure = emissions_in(book.ledger.gas)
    columns = (
        Column(Text("Month", "月份")),
        Column(Text("Enterprise", "企业")),
        Column(Text("Activity", "排放活动")),
        Column(Text("As reported", "原版本")),
        Column(Text("Emissions", "原排放量"), measure),
        Column(Text("As known now", "现版本")),
        Column(Text("Emissions", "现排放量"), measure),
        Column(Text("Difference", "差值"), measure),
        Column(Text("Reason", "原因")),
        Column(Text("Approved by", "批准人")),
    )
    rows = tuple(_restatement(book, each, enterprises) for each in restatements)
    change = Emitted(book, 0)
    for each in restatements:
        change += _difference(book, each)
    total = (TOTAL, "", "", "", "", "", "", change, "", "")
    return LedgerTable(book, LEDGERS[book.ledger], columns, rows, total)


def _restatement(
    book: type[B], each: Restatement, enterprises: Sequence[Enterprise]
) -> tuple[Cell, ...]:
    return (
        str(each.month),
        name_of(each.enterprise, enterprises),
        each.activity,
        _version(each.before),
        _emissions(book, each.before),
        _version(each.after),
        _emissions(book, each.after),
        _difference(book, each),
        each.reason,
        each.approved_by or NOT_STATED,
    )


def _difference(book: type[B], each: Restatement) -> Emitted[B]:
    """Return by how much the booked emissions changed; what was not booked adds nothing."""
    change = (each.after.nanograms or 0) - (each.before.nanograms or 0)
    return Emitted(book, change, together((each.before.unverified, each.after.unverified)))


def _version(version: BookedVersion) -> str:
    return f"v{version.version}, {utc(version.known_at)}"


def _emissions(book: type[B], version: BookedVersion) -> Emitted[B] | Absent:
    if version.nanograms is None:
        return NOT_BOOKED
    return Emitted(book, version.nanograms, version.unverified)


def factors_section(factors: Sequence[FactorUsed]) -> Section:
    """Return the factors with version, source and trust flag."""
    heading = Text("Factors", "排放因子")
    if not factors:
        return Section(heading, (Paragraph(NO_FACTORS),))
    columns = (
        Column(Text("Ledger", "台账")),
        Column(Text("Factor", "因子")),
        Column(Text("Version", "版本"), COUNT),
        Column(Text("Value", "数值")),
        Column(Text("Valid", "有效期")),
        Column(Text("Trust", "可信度")),
        Column(Text("Source", "来源")),
    )
    title = Text("Factors used", "所用排放因子")
    return Section(heading, (Table(title, columns, tuple(_factor(each) for each in factors)),))


def _factor(factor: FactorUsed) -> tuple[Cell, ...]:
    return (
        LEDGERS[factor.ledger],
        factor.id,
        Quantity(factor.version, COUNT),
        Quantity(factor.ng_per_unit, factor_per(factor.unit), factor.unverified),
        factor.valid,
        factor.trust,
        factor.source,
    )


def chain_section(heads: Sequence[ChainHead]) -> Section:
    """Return the newest hash of each month's entries."""
    heading = Text("Hash chain", "哈希链")
    if not heads:
        return Section(heading, (Paragraph(NO_CHAIN),))
    columns = (
        Column(Text("Month", "月份")),
        Column(Text("Ledger", "台账")),
        Column(Text("Entries", "分录数"), COUNT),
        Column(Text("SHA-256 of the chain up to its end", "截至月末的链SHA-256")),
    )
    rows = tuple(
        (str(head.month), _of_ledger(head), Quantity(head.entries, COUNT), head.sha256)
        for head in heads
    )
    return Section(heading, (Table(Text("Chain heads", "链头"), columns, rows),))


def _of_ledger(head: ChainHead) -> Text:
    return ALL_LEDGERS if head.ledger is None else LEDGERS[head.ledger]


def files_section(files: Sequence[InputFile]) -> Section:
    """Return the files that were read, with their digests."""
    heading = Text("Input files", "输入文件")
    if not files:
        return Section(heading, (Paragraph(NO_FILES),))
    columns = (
        Column(Text("File", "文件")),
        Column(Text("Rows", "行数"), COUNT),
        Column(Text("SHA-256", "SHA-256")),
    )
    rows = tuple((each.name, _rows(each), each.sha256) for each in files)
    return Section(heading, (Table(Text("Files read", "已读文件"), columns, rows),))


def _rows(file: InputFile) -> Cell:
    return NO_ROWS if file.rows is None else Quantity(file.rows, COUNT)
