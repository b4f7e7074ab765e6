"""Reads a park and its files, books every ledger and writes it all down."""

import argparse
import sys
from pathlib import Path
from typing import Any

from services.carbon_accounting.book.entries_file import FORMATS
from services.carbon_accounting.book.inputs import Inputs, read_inputs
from services.carbon_accounting.book.output import OutputTaken, booked_into
from services.carbon_accounting.book.site_file import BadSite
from services.carbon_accounting.book.summary import lines_of
from services.carbon_accounting.book.verifying import differences
from services.carbon_accounting.domain.factoring.exact import BeyondInt64
from services.carbon_accounting.factor_import import FactorMistakes
from services.carbon_accounting.mistakes import BadFiles

EPILOG = """exit codes:
  0  the books are written, with or without open items; with --verify: they are the same
  1  with --verify: the books in DIR are not what these files make
  2  refused: every mistake is told, nothing was written

example, from the root of the repository:
  cd docs/examples/carbon/valley
  python -m services.carbon_accounting book --park park.yaml --readings readings.csv \\
    --certificates certificates.csv --production production.csv --out /tmp/valley

docs/carbon.md says what the files hold; `compare` tells two such folders apart."""


def main(arguments: list[str]) -> int:
    """Run the command; see EPILOG for what it returns."""
    asked = _parser().parse_args(arguments)
    try:
        _tell(f"reading {asked.readings}")
        inputs = read_inputs(asked)
        if asked.verify:
            return _verify(inputs, asked.out)
        result = booked_into(asked.out, inputs, asked.entries, _tell)
    except (BadFiles, BadSite, FactorMistakes, OutputTaken, BeyondInt64) as refused:
        sys.stderr.write(f"{refused}\nrefused; nothing was written\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in lines_of(inputs, result, asked.out))
    return 0


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
    parser.add_argument(
        "--readings", required=True, help="what meters counted (CSV or Parquet)", **file
    )
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
