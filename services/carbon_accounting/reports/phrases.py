"""The words of the files themselves, and what a cell reads in a language."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from services.carbon_accounting.domain.reporting.cells import (
    Absent,
    Cell,
    Emitted,
    Name,
    Quantity,
    Reasons,
)
from services.carbon_accounting.domain.reporting.content import Cover, Report
from services.carbon_accounting.domain.reporting.formatting import marks, shown
from services.carbon_accounting.domain.reporting.measures import Measure
from services.carbon_accounting.domain.reporting.wording import utc
from services.energy.site import Text


class Language(StrEnum):
    """The languages of reports."""

    ZH = "zh"
    EN = "en"


Footnotes = Mapping[Text, int]

PARK = Text("Park", "园区")
ENTERPRISE = Text("Enterprise", "企业")
PERIOD = Text("Period", "期间")
STANDING = Text("Books", "账册口径")
WRITTEN_AT = Text("Date of the content", "内容日期")
OPEN_ITEMS = Text("Open items", "未结事项")
TRUST = Text("Trust", "可信状态")
VERIFIED = Text("no number is marked unverified", "没有标记为未核实的数值")
UNVERIFIED_BANNER = Text("Contains unverified numbers (†)", "含未核实数值（†）")
NOTES = Text("Notes", "说明")
FOOTNOTES = Text("Why numbers are unverified", "数值未核实的原因")
COVER = Text("Cover", "封面")
UNVERIFIED = Text("unverified", "未核实")
NO_NUMBERS = Text("There are no numbers to draw.", "没有可绘制的数值。")
GAPS = Text("A gap: there is no number.", "空白处：没有数值。")
EXACT = Text("exact", "精确值")
CHART = Text("Chart", "图")


def said(name: Name, language: Language) -> str:
    """Return the words in a language."""
    if isinstance(name, str):
        return name
    return name.zh if language is Language.ZH else name.en


def mark_of(reasons: Reasons, footnotes: Footnotes) -> str:
    """Return the mark that leads to these reasons, as `†1,2`."""
    return marks(footnotes[reason] for reason in reasons)


def cell_text(cell: Cell, column: Measure | None, language: Language, footnotes: Footnotes) -> str:
    """Return what a cell reads; a number names its unit where its column does not."""
    match cell:
        case Absent(word):
            return said(word, language)
        case Quantity() | Emitted():
            unit = "" if column == cell.measure else cell.measure.unit
            text = shown(cell.amount, cell.measure)
            return " ".join(filter(None, (text, unit, mark_of(cell.unverified, footnotes))))
        case _:
            return said(cell, language)


def heading_text(heading: Name, measure: Measure | None, language: Language) -> str:
    """Return a column's heading with its unit."""
    unit = f", {measure.unit}" if measure is not None and measure.unit else ""
    return f"{said(heading, language)}{unit}"


def facts_of(report: Report, language: Language) -> list[tuple[str, str]]:
    """Return what the cover states, as pairs of what and which."""
    cover = report.cover
    facts: list[tuple[Name, Name]] = [(PARK, cover.park)]
    if cover.enterprise is not None:
        facts.append((ENTERPRISE, cover.enterprise))
    facts += [(PERIOD, cover.period), (STANDING, cover.standing)]
    facts += [(WRITTEN_AT, utc(cover.written_at)), *cover.versions]
    facts += [(TRUST, trust_of(report)), (OPEN_ITEMS, str(cover.open_items))]
    return [(said(what, language), said(which, language)) for what, which in facts]


def trust_of(report: Report) -> Text:
    """Return how many numbers are unverified, or that none is."""
    count = report.unverified_numbers
    if not report.is_unverified:
        return VERIFIED
    return Text(
        f"{count} numbers in tables are unverified (†)", f"表中有 {count} 个数值未核实（†）"
    )


def running_head(cover: Cover, language: Language) -> str:
    """Return the line on top of every page."""
    parts: Iterable[Name | None] = (cover.park, cover.enterprise, cover.title, cover.period)
    return " · ".join(said(part, language) for part in parts if part is not None)


def page_of(page: int, pages: int, language: Language) -> str:
    """Return `Page 1 of 3`."""
    if language is Language.ZH:
        return f"第 {page} 页，共 {pages} 页"
    return f"Page {page} of {pages}"
