"""Pages of a PDF: what stands on top and at the foot of each, once it is known how many there are.

`Pages` keeps every page back until the last one is drawn, for "page x of y".
"""

from dataclasses import dataclass
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from services.carbon_accounting.reports.pdf_text import MIXED, clean, runs, width_of, wrapped
from services.carbon_accounting.reports.phrases import Language, page_of

PAGE = landscape(A4)
MARGIN, HEAD, FOOT = 36.0, 30.0, 24.0
SIZE = 7.5
BANNER_FILL = colors.HexColor("#ffe08a")
LINE = colors.HexColor("#8a9a9f")


@dataclass(frozen=True, slots=True)
class Running:
    """What every page says. `banner` is empty where no number is unverified."""

    head: str
    banner: str
    language: Language


class Pages(Canvas):  # type: ignore[misc]
    """A canvas that writes head and foot when the number of pages is known."""

    def __init__(self, *args: Any, running: Running, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._running = running
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page back."""
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page that was kept with its head and foot."""
        kept = self._kept
        for number, page in enumerate(kept, start=1):
            self.__dict__.update(page)
            self._head()
            self._foot(page_of(number, len(kept), self._running.language))
            super().showPage()
        super().save()

    def _head(self) -> None:
        width, height = PAGE
        banner = self._banner()
        head = wrapped(self._running.head, width - 2 * MARGIN - banner, MIXED, SIZE)
        for place, line in enumerate(head[:2]):
            self._write(MARGIN, height - 24 - 9 * place, line)
        self.setStrokeColor(LINE)
        self.line(MARGIN, height - 37, width - MARGIN, height - 37)

    def _banner(self) -> float:
        """Draw the banner at the right edge; return the width it takes."""
        text = self._running.banner
        if not text:
            return 0.0
        wide = width_of(text, MIXED, SIZE) + 10
        self.setFillColor(BANNER_FILL)
        self.rect(PAGE[0] - MARGIN - wide, PAGE[1] - 33, wide, 14, stroke=0, fill=1)
        self._write(PAGE[0] - MARGIN - wide + 5, PAGE[1] - 29, text)
        return wide + 10

    def _foot(self, text: str) -> None:
        self._write(PAGE[0] - MARGIN - width_of(text, MIXED, SIZE), 20, text)

    def _write(self, x: float, y: float, text: str) -> None:
        """Write one line, each run in a font that has its letters."""
        self.setFillColor(colors.black)
        line = self.beginText(x, y)
        for run, font in runs(clean(text)):
            line.setFont(font, SIZE)
            line.textOut(run)
        self.drawText(line)
