"""Writes a report of books that `book` wrote: PDF or XLSX, in Chinese or English."""

import argparse
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from services.carbon_accounting.book.comparing_books import NotComparable
from services.carbon_accounting.book.report_inputs import TABLES, WHERE_THERE, year_up_to
from services.carbon_accounting.book.report_making import report_of
from services.carbon_accounting.book.report_restated import restatements
from services.carbon_accounting.book.written_books import (
    NotReadable,
    WrittenBooks,
    opened,
)
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.content import Kind, Report
from services.carbon_accounting.reports.phrases import Language
from services.carbon_accounting.reports.rendering import render

FORMATS = (".pdf", ".xlsx")
EPILOG = """exit codes: 0 the report is written; 2 it was refused: the books are none or were
changed, or hold no such month or enterprise. docs/carbon-reports.md says what reports hold."""


class Refused(Exception):
    """What was asked for cannot be had; says what there is."""


def main(arguments: list[str]) -> int:
    """Run the command; see EPILOG for what it returns."""
    asked = _parser().parse_args(arguments)
    try:
        _check(asked)
        books = opened(asked.book, TABLES, WHERE_THERE)
        report = _report(books, asked)
        render(report, Language(asked.language), asked.out)
    except (Refused, NotReadable, NotComparable) as refused:
        return _refused(str(refused))
    except OSError as error:
        return _refused(f"{error.filename or asked.out}: {error.strerror}: check the path")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return _refused(f"{asked.book} holds books that `book` does not write: {error!r}")
    open_items = report.cover.open_items
    items = "open item" if open_items == 1 else "open items"
    sys.stdout.write(f"{asked.out}: {report.cover.period.en}, {open_items} {items}\n")
    return 0


def _refused(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 2


def _check(asked: Namespace) -> None:
    """Refuse what does not fit together, before anything is read."""
    if asked.out.suffix.lower() not in FORMATS:
        raise Refused(f"--out {asked.out.name} is no {' or '.join(FORMATS)} file: name one")
    if asked.kind == Kind.INVENTORY and asked.enterprise is None:
        raise Refused("--kind inventory is of one enterprise: name it with --enterprise")
    if asked.kind != Kind.INVENTORY and asked.enterprise is not None:
        raise Refused(f"--kind {asked.kind} is of the whole park: leave --enterprise out")


def _report(books: WrittenBooks, asked: Namespace) -> Report:
    month = _month(books, asked.month)
    enterprise = _enterprise(books, asked.enterprise) if asked.enterprise is not None else ""
    if asked.before is not None:
        period = year_up_to(month, books.months)
        before = opened(asked.before, TABLES)
        only = (enterprise,) if enterprise else ()
        books = replace(books, restatements=tuple(restatements(before, books, period, only)))
    return report_of(books, Kind(asked.kind), month, enterprise)


def _month(books: WrittenBooks, text: str) -> Month:
    there_are = ", ".join(map(str, books.months))
    try:
        month = Month.read(text)
    except ValueError as error:
        raise Refused(f"--month: {error}; there are {there_are}") from None
    if month not in books.months:
        raise Refused(f"--month {text} is not booked; there are {there_are}")
    return month


def _enterprise(books: WrittenBooks, name: str) -> str:
    if name not in books.enterprises:
        there_are = ", ".join(books.enterprises) or "none"
        raise Refused(f"--enterprise {name} is not in these books; there are {there_are}")
    return name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.carbon_accounting report",
        description="Write a report of books that the command `book` wrote.",
        epilog=EPILOG,
    )
    parser.add_argument("--book", required=True, type=Path, metavar="DIR", help="the books")
    parser.add_argument(
        "--before", type=Path, metavar="OLD", help="earlier books, as reported: what was restated"
    )
    parser.add_argument("--kind", required=True, choices=[*Kind], help="which report")
    parser.add_argument("--month", required=True, metavar="YYYY-MM", help="its last local month")
    parser.add_argument("--enterprise", metavar="E", help="whose inventory, by id")
    parser.add_argument("--language", required=True, choices=[*Language])
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="a .pdf or .xlsx file"
    )
    return parser
