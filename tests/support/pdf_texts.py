"""What stands on the pages of a PDF: its text, and where each piece of it begins and ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics

FONTS = {"/Helvetica": "Helvetica", "/Helvetica-Bold": "Helvetica-Bold"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text in points from the page's lower left corner."""

    page: int
    text: str
    left: float
    right: float
    bottom: float
    size: float


def pages_of(path: Path) -> list[str]:
    """Return the text of each page."""
    return [page.extract_text() for page in PdfReader(path).pages]


def text_of(path: Path) -> str:
    """Return all text without line breaks."""
    return " ".join(" ".join(pages_of(path)).split())


def pieces_of(path: Path) -> Iterator[Piece]:
    """Yield every piece of text that is written."""
    for number, page in enumerate(PdfReader(path).pages, start=1):
        found: list[Piece] = []

        page.extract_text(visitor_text=partial(_see, found, number))
        yield from found


def _see(
    found: list[Piece], page: int, text: str, cm: Any, tm: Any, font: Any, size: float
) -> None:
    if text.strip():
        found.append(_piece(page, text.strip(), cm, tm, font, size))


def _piece(page: int, text: str, cm: Any, tm: Any, font: Any, size: float) -> Piece:
    left = cm[0] * tm[4] + cm[2] * tm[5] + cm[4]
    bottom = cm[1] * tm[4] + cm[3] * tm[5] + cm[5]
    name = FONTS.get((font or {}).get("/BaseFont", ""), "WenQuanYiMicroHei")
    width = pdfmetrics.stringWidth(text, name, size)
    return Piece(page, text, left, left + width, bottom, size)
