"""Reads a park and its files, books every ledger and writes it all down."""

import argparse
import sys
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from services.carbon_accounting.book.cells import FIRST_YEAR, LAST_YEAR
from services.carbon_accounting.book.entries_file import FORMATS
from services.carbon_accounting.book.history_link import ENVIRONMENT, VARIABLE
from services.carbon_accounting.book.history_readings import Question
from services.carbon_accounting.book.inputs import Inputs, read_inputs
from services.carbon_accounting.book.output import OutputTaken, booked_into
from services.carbon_accounting.book.site_file import BadSite
from services.carbon_accounting.book.summary import lines_of
from services.carbon_accounting.book.verifying import differences
from services.carbon_accounting.domain.factoring.exact import BeyondInt64
from services.carbon_accounting.input_files.factor_import import FactorMistakes
from services.carbon_accounting.input_files.mistakes import BadFiles

A_TIME = "2024-02-01T00:00:00+08:00"
EPILOG = """exit codes:
  0  the books are written, with or without open items; with --verify: they are the same
  1  with --verify: the books in DIR are not what these files make
  2  refused: every mistake is told, nothing was written

example, from the root of the repository:
  cd docs/examples/carbon/valley
  python -m services.carbon_accounting book --park park.yaml --readings readings.csv \\
    --certificates certificates.csv --production production.csv --out /tmp/valley

the same of the last year, from the history of a park that runs:
  PARKFLOW_DATABASE_URL=postgresql://… python -m services.carbon_accounting book --park park.yaml \\
    --history env --from 2024-01-01 --to 2024-12-31 --out /tmp/books

docs/carbon.md says what the files hold; `compare` tells two such folders apart."""


def main(arguments: list[str]) -> int:
    """Run the command; see EPILOG for what it returns."""
    asked = _asked(arguments)
    try:
        _tell(f"reading {_sources(asked)}")
        inputs = read_inputs(asked)
        if asked.verify:
            return _verify(inputs, asked.out)
        result = booked_into(asked.out, inputs, asked.entries, _tell)
    except (BadFiles, BadSite, FactorMistakes, OutputTaken, BeyondInt64) as refused:
        sys.stderr.write(f"{refused}\nrefused; nothing was written\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in lines_of(inputs, result, asked.out))
    return 0


def _asked(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments, with the question to the history where it is asked."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    days = (asked.first_day, asked.last_day, asked.known_by)
    if asked.history is None and asked.readings is None:
        parser.error("name --readings, --history or both: what the meters counted")
    if asked.history is None and any(one is not None for one in days):
        parser.error("--from, --to and --known-by go with --history; a file is booked whole")
    asked.question = None if asked.history is None else Question(asked.history, *days)
    return asked


def _sources(asked: argparse.Namespace) -> str:
    """Return what is read; a database is not named here, its password might stand in the name."""
    file = None if asked.readings is None else str(asked.readings)
    return " and ".join(filter(None, (file, asked.history and "the history")))


def _day(text: str) -> date:
    """Return a day."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if FIRST_YEAR < day.year < LAST_YEAR:
            return day
    raise argparse.ArgumentTypeError(f"{text!r} is no day, as 2024-01-31")


def _instant(text: str) -> datetime:
    """Return a time with its offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time, as {A_TIME}") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} needs its offset, as {A_TIME}")
    return moment


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _verify(inputs: Inputs, folder: Path) -> int:
    found = differences(folder, inputs, _tell)
    sys.stdout.writelines(f"{line}\n" for line in found or ["all equal, to the byte"])
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.carbon_accounting book",
        description="Book every ledger of a park from files, with the code that serves.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    file: dict[str, Any] = {"type": Path, "metavar": "FILE"}
    parser.add_argument("--park", required=True, help="the park file (YAML)", **file)
    parser.add_argument("--readings", help="what meters counted (CSV or Parquet)", **file)
    parser.add_argument(
        "--history",
        metavar="URL",
        help="instead, or for all that the file does not hold: the database of the history;"
        f" {ENVIRONMENT}: {VARIABLE}, else libpq's PG…",
    )
    _add_question(parser)
    parser.add_argument(
        "--factors",
        action="append",
        default=[],
        help="own factors (CSV), beside those that come with us; may stand several times",
        **file,
    )
    parser.add_argument("--certificates", help="green certificates and claims (CSV)", **file)
    parser.add_argument("--production", help="what was made (CSV)", **file)
    parser.add_argument(
        "--forecast", help="the rest of the year in words of indicators (CSV)", **file
    )
    parser.add_argument("--prices", help="what energy cost, by span of time (CSV)", **file)
    parser.add_argument(
        "--stated", help="numbers that others published, held against themselves (CSV)", **file
    )
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="DIR",
        help="where to write: new, empty, or earlier books, which are replaced",
    )
    parser.add_argument(
        "--entries", choices=FORMATS, default=FORMATS[0], help="format of the entries (csv)"
    )
    parser.add_argument(
        "--verify", action="store_true", help="write nothing; compare with what stands in DIR"
    )
    return parser


def _add_question(parser: argparse.ArgumentParser) -> None:
    """Add what is asked of the history."""
    day: dict[str, Any] = {"type": _day, "metavar": "DAY"}
    parser.add_argument("--from", dest="first_day", help="first local day of the history", **day)
    parser.add_argument("--to", dest="last_day", help="last local day, included", **day)
    parser.add_argument(
        "--known-by",
        type=_instant,
        metavar="TIME",
        help=f"the history as it was known then, as {A_TIME}",
    )
