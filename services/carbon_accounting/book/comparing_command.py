"""The command `compare`: two books of one park, as reported and as known now."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from services.carbon_accounting.book.comparing import (
    Difference,
    differences,
    inputs_that_differ,
)
from services.carbon_accounting.book.comparing_books import Books, NotComparable

NG_PER_KG = 10**12
ROW = "{:<18} {:<7} {:>9} {:>9} {:>18} {:>18} {:>16}"
HEADER = ("ledger", "month", "reversed", "booked", "as reported kg", "as known now kg", "more kg")
EPILOG = """exit codes:
  0  no entry differs
  1  entries differ
  2  refused: these are not two whole books of one park

docs/carbon.md says what the columns of FILE hold and how a reason is found."""


def main(arguments: list[str]) -> int:
    """Run the command; see EPILOG for what it returns."""
    asked = _parser().parse_args(arguments)
    try:
        old, new = Books.at(asked.old), Books.at(asked.new)
        found = _written(asked.out, old, new)
    except (NotComparable, OSError) as refused:
        sys.stderr.write(f"{refused}\nrefused\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in _lines(old, new, found))
    if asked.out is not None and found:
        sys.stdout.write(f"every entry: {asked.out}\n")
    return 1 if found else 0


def _written(out: Path | None, old: Books, new: Books) -> list[Difference]:
    """Return the differences; the entries go to the file, which is there only if some differ."""
    if out is None:
        return [*differences(old, new)]
    with ExitStack() as stack:
        writers: list[arrow_csv.CSVWriter] = []

        def write(lines: pa.Table) -> None:
            if not writers:
                options = arrow_csv.WriteOptions(quoting_style="needed")
                writer = arrow_csv.CSVWriter(out, lines.schema, write_options=options)
                writers.append(stack.enter_context(writer))
            writers[0].write_table(lines)

        return [*differences(old, new, write)]


def _lines(old: Books, new: Books, found: Sequence[Difference]) -> Iterator[str]:
    yield f"{old.park}: as reported {old.folder}, as known now {new.folder}"
    for role, (before, after) in inputs_that_differ(old, new).items():
        yield f"{role}: {before} -> {after}"
    if not found:
        yield "no entry differs"
        return
    yield ""
    yield ROW.format(*HEADER)
    yield from (_row(one) for one in found)
    yield ""
    reasons = Counter[str]()
    for one in found:
        reasons.update(one.reasons)
    for reason, count in sorted(reasons.items()):
        yield f"{reason}: {count:,} {'entry' if count == 1 else 'entries'}"


def _row(one: Difference) -> str:
    kg = (ng / NG_PER_KG for ng in (one.before_ng, one.after_ng, one.after_ng - one.before_ng))
    before, after, more = kg
    counts = (f"{one.reversed:,}", f"{one.booked:,}")
    return ROW.format(*one.month, *counts, f"{before:,.3f}", f"{after:,.3f}", f"{more:+,.3f}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.carbon_accounting compare",
        description="Tell two books of one park apart: what was reversed, booked anew, and why.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    folder = "a folder that `book` wrote"
    parser.add_argument("old", type=Path, metavar="OLD", help=f"as reported: {folder}")
    parser.add_argument("new", type=Path, metavar="NEW", help=f"as known now: {folder}")
    parser.add_argument("--out", type=Path, metavar="FILE", help="every entry that differs (CSV)")
    return parser
