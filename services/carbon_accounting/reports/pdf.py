"""A report as a PDF file: the same content gives the same bytes."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Prose

from services.carbon_accounting.domain.reporting.cells import Reasons
from services.carbon_accounting.domain.reporting.charts import Bars, HeatMap, Lines, StackedBars
from services.carbon_accounting.domain.reporting.content import Block, Paragraph, Report, Section
from services.carbon_accounting.domain.reporting.tables import AnyTable, Column, Table
from services.carbon_accounting.reports.grids import grid_of
from services.carbon_accounting.reports.pdf_charts import pdf_chart
from services.carbon_accounting.reports.pdf_pages import FOOT, HEAD, MARGIN, PAGE, Pages, Running
from services.carbon_accounting.reports.pdf_tables import pdf_table
from services.carbon_accounting.reports.pdf_text import CHINESE, WESTERN, clean, markup, runs
from services.carbon_accounting.reports.phrases import (
    NOTES,
    UNVERIFIED_BANNER,
    Footnotes,
    Language,
    facts_of,
    running_head,
    said,
)
from services.energy.site import Text

WIDTH = PAGE[0] - 2 * MARGIN
ROOM_FOR_A_SECTION = 130.0
ROOM_FOR_A_TABLE = 70.0
TITLE, HEADING, CAPTION, BODY, FOOTNOTE = (
    ParagraphStyle(name, fontName=WESTERN, fontSize=size, leading=size * 1.35, spaceBefore=before)
    for name, size, before in (
        ("title", 20, 0),
        ("heading", 13, 10),
        ("caption", 9, 6),
        ("body", 8.5, 3),
        ("footnote", 7.2, 1),
    )
)


def write_pdf(report: Report, language: Language, path: Path) -> None:
    """Write the report to `path`, over what stood there."""
    banner = said(UNVERIFIED_BANNER, language) if report.is_unverified else ""
    running = Running(running_head(report.cover, language), banner, language)
    document = BaseDocTemplate(
        str(path),
        pagesize=PAGE,
        title=clean(running.head),
        author="Parkflow",
        lang="zh-CN" if language is Language.ZH else "en",
        invariant=1,
    )
    frame = Frame(
        MARGIN,
        MARGIN,
        WIDTH,
        PAGE[1] - 2 * MARGIN - HEAD + FOOT / 2,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    document.addPageTemplates(PageTemplate(frames=[frame]))
    document.build(list(_story(report, language)), canvasmaker=partial(Pages, running=running))


def _story(report: Report, language: Language) -> Iterator[Flowable]:
    footnotes = report.footnotes
    yield _prose(said(report.cover.title, language), TITLE)
    yield Spacer(0, 8)
    yield _cover(report, language)
    for section in report.sections:
        yield from _section(section, language, footnotes)
    if report.notes:
        yield CondPageBreak(ROOM_FOR_A_SECTION)
        yield _prose(said(NOTES, language), HEADING)
        yield from (_prose(said(note, language), BODY) for note in report.notes)


def _cover(report: Report, language: Language) -> Flowable:
    columns = Column(Text("Item", "项目")), Column(Text("Statement", "内容"))
    facts = Table(report.cover.title, columns, tuple(facts_of(report, language)))
    return pdf_table(grid_of(facts), language, {}, WIDTH)


def _section(section: Section, language: Language, footnotes: Footnotes) -> Iterator[Flowable]:
    yield CondPageBreak(ROOM_FOR_A_SECTION)
    yield _prose(said(section.heading, language), HEADING)
    for block in section.blocks:
        yield from _block(block, language, footnotes)
    yield from _reasons(section.unverified, language, footnotes)


def _block(block: Block, language: Language, footnotes: Footnotes) -> Iterator[Flowable]:
    match block:
        case Paragraph(text):
            yield _prose(said(text, language), BODY)
        case Bars() | StackedBars() | Lines() | HeatMap():
            yield Spacer(0, 8)
            yield pdf_chart(block, language, footnotes, WIDTH)
        case _:
            yield from _table(block, language, footnotes)


def _table(table: AnyTable, language: Language, footnotes: Footnotes) -> Iterator[Flowable]:
    grid = grid_of(table)
    yield CondPageBreak(ROOM_FOR_A_TABLE)
    yield _prose(said(grid.title, language), CAPTION)
    yield Spacer(0, 3)
    yield pdf_table(grid, language, footnotes, WIDTH)


def _reasons(reasons: Reasons, language: Language, footnotes: Footnotes) -> Iterator[Flowable]:
    """Yield the footnotes of a section, where its numbers stand."""
    if reasons:
        yield Spacer(0, 4)
    for reason in sorted(reasons, key=footnotes.__getitem__):
        yield _prose(f"†{footnotes[reason]} {said(reason, language)}", FOOTNOTE)


def _prose(text: str, style: ParagraphStyle) -> Prose:
    is_chinese = any(font == CHINESE for _, font in runs(clean(text)))
    wrap = "CJK" if is_chinese else None
    return Prose(markup(text), ParagraphStyle(style.name, parent=style, wordWrap=wrap))
