"""Tables on PDF pages: columns that fit the page, headings repeated on each."""

from collections.abc import Sequence

from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, Table

from services.carbon_accounting.domain.reporting.cells import Cell
from services.carbon_accounting.reports.grids import Grid
from services.carbon_accounting.reports.pdf_text import (
    WESTERN,
    WESTERN_BOLD,
    clean,
    font_of,
    markup,
    needs_both_fonts,
    width_of,
    wrapped,
)
from services.carbon_accounting.reports.phrases import (
    Footnotes,
    Language,
    cell_text,
    heading_text,
)

PADDING = 4.0
LARGE, SMALL = 8.0, 7.0
WIDEST_HEADING = 72.0
MOST_ROOM = 1.25
HEAD_FILL = colors.HexColor("#1f4e5f")
TOTAL_FILL = colors.HexColor("#dfe9ec")
ROW_FILLS = (colors.white, colors.HexColor("#f5f8f9"))
RULE = colors.HexColor("#c3d0d4")
Texts = list[list[str]]
MIXED_CELL = ParagraphStyle("cell", fontName=WESTERN, wordWrap="CJK")


def pdf_table(grid: Grid, language: Language, footnotes: Footnotes, width: float) -> Table:
    """Return a flowable no wider than `width` points, its heading repeated on every page."""
    heads = [heading_text(each.heading, each.measure, language) for each in grid.columns]
    rows = [_texts(grid, row, language, footnotes) for row in grid.rows]
    naturals = _naturals(heads, rows, LARGE)
    size = LARGE if sum(naturals) <= width else SMALL
    numeric = [grid.is_of_numbers(place) for place in range(len(heads))]
    widths = column_widths(_naturals(heads, rows, size), numeric, width)
    fonts = _fonts([heads, *rows], grid.ends_in_total)
    cells = [_fitted(row, widths, size) for row in [heads, *rows]]
    style = [*_style(grid, size), *_alignment(numeric), *fonts]
    return Table(cells, widths, repeatRows=1, style=style, hAlign="LEFT", splitInRow=1)


def column_widths(
    naturals: Sequence[float], numeric: Sequence[bool], available: float
) -> list[float]:
    """Return widths that add up to at most `available`; numbers keep theirs where they can."""
    if sum(naturals) <= available:
        room = min(MOST_ROOM, available / sum(naturals))
        return [wide * room for wide in naturals]
    numbers = sum(wide for wide, is_number in zip(naturals, numeric, strict=True) if is_number)
    if numbers > 0.75 * available:
        return _levelled(naturals, available)
    texts = [wide for wide, is_number in zip(naturals, numeric, strict=True) if not is_number]
    levelled = iter(_levelled(texts, available - numbers))
    return [
        wide if is_number else next(levelled)
        for wide, is_number in zip(naturals, numeric, strict=True)
    ]


def _levelled(naturals: Sequence[float], available: float) -> list[float]:
    """Return the widths with the widest ones cut down to one level, so that all fit."""
    left, widths = available, dict.fromkeys(range(len(naturals)), 0.0)
    order = sorted(widths, key=lambda place: naturals[place])
    for done, place in enumerate(order):
        widths[place] = min(naturals[place], left / (len(order) - done))
        left -= widths[place]
    return list(widths.values())


def _texts(grid: Grid, row: Sequence[Cell], language: Language, footnotes: Footnotes) -> list[str]:
    columns = zip(grid.columns, row, strict=True)
    return [clean(cell_text(cell, col.measure, language, footnotes)) for col, cell in columns]


def _naturals(heads: Sequence[str], rows: Texts, size: float) -> list[float]:
    """Return what each column would like to have; a long heading is wrapped sooner."""
    found = []
    for place, head in enumerate(heads):
        widest = max((_bold_width(row[place], size) for row in rows), default=0.0)
        heading = min(_bold_width(head, size), WIDEST_HEADING)
        found.append(max(widest, heading) + 2 * PADDING + 1)
    return found


def _bold_width(text: str, size: float) -> float:
    return width_of(text, font_of(text, WESTERN_BOLD), size)


def _fitted(row: Sequence[str], widths: Sequence[float], size: float) -> list[str | Paragraph]:
    return [_cell(text, wide - 2 * PADDING, size) for text, wide in zip(row, widths, strict=True)]


def _cell(text: str, width: float, size: float) -> str | Paragraph:
    """Return lines of one font, which is quick; only what needs two fonts is a paragraph."""
    if needs_both_fonts(text):
        style = ParagraphStyle("cell", parent=MIXED_CELL, fontSize=size, leading=size + 2)
        return Paragraph(markup(text), style)
    return "\n".join(wrapped(text, width, font_of(text, WESTERN_BOLD), size))


def _style(grid: Grid, size: float) -> list[tuple[object, ...]]:
    everywhere = (0, 0), (-1, -1)
    style: list[tuple[object, ...]] = [
        ("FONTSIZE", *everywhere, size),
        ("LEADING", *everywhere, size + 2),
        ("LEFTPADDING", *everywhere, PADDING),
        ("RIGHTPADDING", *everywhere, PADDING),
        ("TOPPADDING", *everywhere, 2),
        ("BOTTOMPADDING", *everywhere, 2),
        ("VALIGN", *everywhere, "TOP"),
        ("LINEBELOW", *everywhere, 0.25, RULE),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), ROW_FILLS),
        ("BACKGROUND", (0, 0), (-1, 0), HEAD_FILL),
        ("TEXTCOLOR", (0, 0), (-1, 0), colors.white),
    ]
    if grid.ends_in_total:
        style.append(("BACKGROUND", (0, -1), (-1, -1), TOTAL_FILL))
    return style


def _alignment(numeric: Sequence[bool]) -> list[tuple[object, ...]]:
    places = [place for place, is_number in enumerate(numeric) if is_number]
    return [("ALIGN", (place, 0), (place, -1), "RIGHT") for place in places]


def _fonts(texts: Texts, ends_in_total: bool) -> list[tuple[object, ...]]:
    """Return the font of every cell that is not plain Helvetica."""
    last = len(texts) - 1
    style: list[tuple[object, ...]] = []
    for row, cells in enumerate(texts):
        western = WESTERN_BOLD if row == 0 or (ends_in_total and row == last) else WESTERN
        for place, text in enumerate(cells):
            font = font_of(text, western)
            if font != WESTERN:
                style.append(("FONTNAME", (place, row), (place, row), font))
    return style
