"""Text on PDF pages: a font that has its letters, lines that fit, nothing read as markup.

Western letters are Helvetica, which every PDF reader has; Chinese ones are of a font that is put
into the file, so an archived copy looks the same everywhere. A letter that neither has is shown as
〓.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import category
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

WESTERN, WESTERN_BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "WenQuanYiMicroHei"
MIXED = ""
NOT_IN_FONT = "〓"
_FONT = TTFont(CHINESE, str(Path(__file__).parent / "fonts" / f"{CHINESE}.ttf"))
pdfmetrics.registerFont(_FONT)


def clean(text: str) -> str:
    """Return the text in letters our fonts have; line ends and tabs become spaces."""
    return "".join(_letter(letter) for letter in text)


@lru_cache(maxsize=20_000)
def _letter(letter: str) -> str:
    if letter.isspace():
        return " "
    if category(letter) == "Cf":
        return ""
    return letter if _is_western(letter) or _is_chinese(letter) else NOT_IN_FONT


def font_of(text: str, western: str = WESTERN) -> str:
    """Return the one font for a text."""
    return western if _is_western(text) else CHINESE


def runs(text: str) -> list[tuple[str, str]]:
    """Return the runs of letters of one font, each with it."""
    return [("".join(letters), font) for font, letters in groupby(text, key=font_of)]


def needs_both_fonts(text: str) -> bool:
    """Whether a text has Chinese letters and such that the Chinese font does not have."""
    return font_of(text) == CHINESE and not _is_chinese(text)


def width_of(text: str, font: str, size: float) -> float:
    """Return the width in points; MIXED is each letter in the font that has it."""
    if font != MIXED:
        return float(pdfmetrics.stringWidth(text, font, size))
    return sum(float(pdfmetrics.stringWidth(run, own, size)) for run, own in runs(text))


def markup(text: str) -> str:
    """Return the text for a paragraph: escaped, each run of letters in the font that has it."""
    return "".join(
        f'<font name="{font}">{escape(letters)}</font>' for letters, font in runs(clean(text))
    )


@lru_cache(maxsize=50_000)
def wrapped(text: str, width: float, font: str, size: float) -> tuple[str, ...]:
    """Return lines no wider than `width` points; a word is broken only where it has to be."""
    lines: list[str] = []
    line, line_width = "", 0.0
    for piece in _pieces(clean(text), width, font, size):
        piece_width = width_of(piece, font, size)
        if line and line_width + width_of(piece.rstrip(), font, size) > width:
            lines.append(line.rstrip())
            line, line_width = "", 0.0
        line, line_width = line + piece, line_width + piece_width
    return (*lines, line.rstrip())


def _pieces(text: str, width: float, font: str, size: float) -> Iterator[str]:
    """Yield words with the space after them, Chinese letters one by one, long words in parts."""
    for word in _words(text):
        if width_of(word.rstrip(), font, size) <= width:
            yield word
        else:
            yield from word


def _words(text: str) -> Iterator[str]:
    word = ""
    for letter in text:
        if not _is_western(letter):
            if word:
                yield word
            yield letter
            word = ""
        elif letter == " ":
            yield word + letter
            word = ""
        else:
            word += letter
    if word:
        yield word


def _is_western(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _is_chinese(text: str) -> bool:
    return all(ord(letter) in _FONT.face.charToGlyph for letter in text)
