"""Write a report in the format that the file's name asks for."""

from pathlib import Path

from services.carbon_accounting.domain.reporting.content import Report
from services.carbon_accounting.reports.pdf import write_pdf
from services.carbon_accounting.reports.phrases import Language
from services.carbon_accounting.reports.xlsx import write_xlsx

_WRITERS = {".pdf": write_pdf, ".xlsx": write_xlsx}


def render(content: Report, language: Language, path: Path) -> None:
    """Write `content` to `path`, a .pdf or .xlsx, over what stood there; ValueError for others.

    The same content in the same language gives the same bytes.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ValueError(f"{path.name} is no {' or '.join(_WRITERS)} file; name one of the two")
    writer(content, language, path)
