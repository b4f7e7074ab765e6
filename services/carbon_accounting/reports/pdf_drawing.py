"""What drawings on PDF pages have in common: sizes in points, labels in fonts that fit."""

from collections.abc import Sequence

from reportlab.graphics.shapes import Group, String

from services.carbon_accounting.reports.pdf_text import clean, runs, width_of

SIZE, LEFT, LINE = 7.0, 70.0, 11.0


def label(text: str, x: float, y: float, size: float = SIZE) -> Group:
    """Return one line of text, each run in a font that has its letters."""
    label = Group()
    for run, font in runs(clean(text)):
        label.add(String(x, y, run, fontName=font, fontSize=size))
        x += width_of(run, font, size)
    return label


def thinned(names: Sequence[str], step: int) -> list[str]:
    """Return the names with all but every `step`th left blank."""
    return [name if place % step == 0 else "" for place, name in enumerate(names)]
