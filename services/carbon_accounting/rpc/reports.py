"""CarbonService, reports: checks the request, writes the file, streams it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

from parkflow.carbon.v1 import report_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.book.report_making import report_of
from services.carbon_accounting.domain.inventory.site import PARK
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.content import Kind
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.pages import Pages
from services.carbon_accounting.live.report_books import LiveBooks, live_books
from services.carbon_accounting.reports.phrases import Language
from services.carbon_accounting.reports.rendering import render
from services.carbon_accounting.rpc.access import (
    NOT_YOURS,
    OPERATORS_ONLY,
    Viewer,
    for_enterprises,
    viewer_of,
)
from services.runtime.refusals import FieldMistake, Forbidden, InvalidFields, check_park

CHUNK_BYTES = 192 * 1024
"""A multiple of 3: pieces in base64, one behind the other, are the file in base64."""
AT_ONCE = 1
"""Reports that are written at the same time; the others wait."""
KINDS = {
    wire.REPORT_KIND_MONTHLY: Kind.MONTHLY,
    wire.REPORT_KIND_INVENTORY: Kind.INVENTORY,
    wire.REPORT_KIND_EVIDENCE: Kind.EVIDENCE,
}
SUFFIXES = {wire.REPORT_FORMAT_PDF: ".pdf", wire.REPORT_FORMAT_XLSX: ".xlsx"}


class ReportsRpc(CarbonServiceServicer):
    """Makes reports of what is added up already, with the code of the command `report`."""

    _indicators: Indicators
    _one_by_one: asyncio.Semaphore

    @for_enterprises
    async def MakeReport(  # noqa: N802
        self, request: wire.MakeReportRequest, context: Any
    ) -> AsyncIterator[wire.MakeReportResponse]:
        """Yield the file piece by piece; an enterprise may have its own inventory alone."""
        _check_viewer(request, viewer_of(context, self._indicators.accounted.site))
        mistakes = _mistakes(request)
        check_park(request.park_id, self._indicators.park_id, mistakes)
        pages = await self._indicators.pages()
        month = _booked_month(request, pages)
        asked = self._indicators
        async with (asked.reading or asked.database).transaction() as connection:
            books = await live_books(connection, pages, month)
        async with self._one_by_one:
            content = await asyncio.to_thread(_written, books, request, month)
        for piece in pieces(content, _name(request), books.ends):
            yield piece


def _check_viewer(request: wire.MakeReportRequest, viewer: Viewer) -> None:
    """Refuse an enterprise every report that is not its own inventory."""
    if viewer.enterprise is None:
        return
    if request.kind != wire.REPORT_KIND_INVENTORY or viewer.enterprise == PARK:
        text = f"this report is for operators; {viewer.name} may have its own inventory"
        raise Forbidden(OPERATORS_ONLY, text, caller=viewer.name)
    if request.enterprise != viewer.enterprise:
        text = f"{viewer.name} may have its own inventory only; name {viewer.enterprise}"
        raise Forbidden(NOT_YOURS, text, caller=viewer.name)


def pieces(content: bytes, name: str, until: datetime) -> list[wire.MakeReportResponse]:
    """Return a file in pieces; the first says what it is."""
    cuts = range(0, len(content), CHUNK_BYTES)
    found = [wire.MakeReportResponse(chunk=content[at : at + CHUNK_BYTES]) for at in cuts]
    found[0].file_name, found[0].whole_size = name, len(content)
    found[0].booked_until.FromDatetime(until)
    return found


def _written(books: LiveBooks, request: wire.MakeReportRequest, month: Month) -> bytes:
    report = report_of(books, KINDS[request.kind], month, request.enterprise)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"report{SUFFIXES[request.format]}"
        render(report, Language(request.language), path)
        return path.read_bytes()


def _mistakes(request: wire.MakeReportRequest) -> list[FieldMistake]:
    mistakes = []
    if request.kind not in KINDS:
        mistakes.append(FieldMistake("kind", f"{request.kind} is none; use 1 to 3"))
    if request.format not in SUFFIXES:
        mistakes.append(FieldMistake("format", f"{request.format} is none; use 1 (PDF), 2 (XLSX)"))
    if request.language not in {*Language}:
        what = f"{request.language!r} is none; write {' or '.join(Language)}"
        mistakes.append(FieldMistake("language", what))
    of_enterprise = request.kind == wire.REPORT_KIND_INVENTORY
    if of_enterprise and not request.enterprise:
        mistakes.append(FieldMistake("enterprise", "is empty; an inventory is of one enterprise"))
    if request.kind in KINDS and not of_enterprise and request.enterprise:
        what = f"{request.enterprise!r} stands beside a report of the whole park; leave it out"
        mistakes.append(FieldMistake("enterprise", what))
    try:
        Month.read(request.month)
    except ValueError as mistake:
        mistakes.append(FieldMistake("month", str(mistake)))
    return mistakes


def _booked_month(request: wire.MakeReportRequest, pages: Pages) -> Month:
    """Return the month; InvalidFields with what there is where it or the enterprise is not."""
    month, mistakes = Month.read(request.month), []
    months, site = sorted(pages.standing.months), pages.words.accounted.site
    if month not in months:
        what = f"{month} is not added up; there are {months[0]} to {months[-1]}"
        mistakes.append(FieldMistake("month", what))
    enterprises = [one.id for one in site.enterprises]
    if request.enterprise and request.enterprise not in enterprises:
        what = f"{request.enterprise!r} is not in this park; there are {', '.join(enterprises)}"
        mistakes.append(FieldMistake("enterprise", what))
    if mistakes:
        raise InvalidFields(mistakes)
    return month


def _name(request: wire.MakeReportRequest) -> str:
    whose = f"-{request.enterprise}" if request.enterprise else ""
    kind = KINDS[request.kind]
    return f"carbon-{kind}{whose}-{request.month}-{request.language}{SUFFIXES[request.format]}"
