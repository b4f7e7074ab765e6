"""Reading several files of a command, so that the mistakes of all of them are told at once."""

from collections.abc import Callable
from typing import TypeVar

from services.carbon_accounting.book.site_file import BadSite
from services.carbon_accounting.input_files.mistakes import BadFiles

T = TypeVar("T")


def read_or_told(read: Callable[[], T], told: list[str]) -> T | None:
    """Return what is read; None, and the mistakes added to `told`, where that cannot be."""
    try:
        return read()
    except (BadFiles, BadSite) as bad:
        told.append(str(bad))
        return None
