"""What a file is that was saved otherwise than as CSV: a workbook, another encoding, semicolons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

WORKBOOK, UTF_16 = b"PK\x03\x04", (b"\xff\xfe", b"\xfe\xff")
HEAD = 4_096
SAVE = "save it as CSV UTF-8"
NOT_UTF_8 = ("is not in UTF-8", SAVE)
SEPARATORS = {";": "semicolons", "\t": "tabs"}
Odd = tuple[str, str]
"""What is wrong with the whole file, and the cure."""


def odd_file(path: Path) -> Odd | None:
    """Return what is wrong with the head of a file that should be a CSV; None: nothing is."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        return "is empty", "give a header line and rows"
    if head.startswith(WORKBOOK):
        return "is a workbook or an archive", SAVE
    if head.startswith(UTF_16):
        return NOT_UTF_8
    return odd_header(head.split(b"\n", 1)[0].decode("utf-8-sig", "replace"))


def odd_header(line: str) -> Odd | None:
    """Return what is wrong with a header line whose columns no comma tells apart."""
    for separator, name in SEPARATORS.items():
        if separator in line and "," not in line:
            return f"has {name} between its columns", "save it with commas, points in numbers"
    return None


def is_said(row: Mapping[Any, Any]) -> bool:
    """Return whether any cell of a row holds something; spreadsheets save rows of commas alone."""
    beyond = row.get(None) or ()
    own = (cell for name, cell in row.items() if name is not None)
    return any((cell or "").strip() for cell in (*own, *beyond))
