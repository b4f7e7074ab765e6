"""What an auditor follows: open items, factors, chain heads and files."""

from collections.abc import Sequence

from services.carbon_accounting.domain.reporting.cells import (
    NOT_KNOWN,
    NOT_STATED,
    Absent,
    Cell,
    Quantity,
)
from services.carbon_accounting.domain.reporting.content import Paragraph, Section
from services.carbon_accounting.domain.reporting.doubts import sources, told
from services.carbon_accounting.domain.reporting.measures import (
    COUNT,
    ENERGY,
    factor_per,
)
from services.carbon_accounting.domain.reporting.records import (
    ChainHead,
    Enterprise,
    FactorUsed,
    InputFile,
    OpenItem,
)
from services.carbon_accounting.domain.reporting.tables import Column, Table
from services.carbon_accounting.domain.reporting.wording import (
    ALL_LEDGERS,
    LEDGERS,
    NONE_OPEN,
    name_of,
)
from services.energy.site import Text

NO_FACTORS = Text("No factor was used.", "未使用任何因子。")
NO_FILES = Text("No input file is named.", "未列出输入文件。")
WORDS = Text(
    "These books rest on no file, but on what validation says of registers: each posting names the "
    "set of words that it rests on by its SHA-256, and the chain seals it.",
    "本账目不依据文件，而依据对表底的核验结果：每笔记账以 SHA-256 "
    "标明所依据的一组核验结果，并由哈希链封存。",
)
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
    cure = told(item.cure) if item.cure else NOT_STATED
    return (item.kind, told(item.where), item.when, of, energy, told(item.what), cure)


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
        sources(factor.source),
    )


def chain_section(heads: Sequence[ChainHead]) -> Section:
    """Return the newest hash of each month's entries."""
    heading = Text("Hash chain", "哈希链")
    if not heads:
        return Section(heading, (Paragraph(NO_CHAIN),))
    columns = (
        Column(Text("Month", "月份")),
        Column(Text("Ledger", "台账")),
        *([Column(Text("Postings", "记账数"), COUNT)] if _are_of_postings(heads) else []),
        Column(Text("Entries", "分录数"), COUNT),
        Column(Text("SHA-256 of the chain up to its end", "截至月末的链SHA-256")),
    )
    rows = tuple(_head(head, _are_of_postings(heads)) for head in heads)
    return Section(heading, (Table(Text("Chain heads", "链头"), columns, rows),))


def _are_of_postings(heads: Sequence[ChainHead]) -> bool:
    """Whether chains link postings, of which each has several entries or takes some back."""
    return all(head.postings is not None for head in heads)


def _head(head: ChainHead, of_postings: bool) -> tuple[Cell, ...]:
    postings = (Quantity(head.postings or 0, COUNT),) if of_postings else ()
    entries = Quantity(head.entries, COUNT)
    return (str(head.month), _of_ledger(head), *postings, entries, head.sha256)


def _of_ledger(head: ChainHead) -> Text:
    return ALL_LEDGERS if head.ledger is None else LEDGERS[head.ledger]


def files_section(files: Sequence[InputFile], *, rest_on_words: bool = False) -> Section:
    """Return the files that were read, with their digests; or that books rest on words."""
    heading = Text("Input files", "输入文件")
    if rest_on_words:
        return Section(Text("Inputs", "输入"), (Paragraph(WORDS),))
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
