"""The files of entries: one CSV (or Parquet) a ledger and local month, in one order.

Rows stand by start, then meter, enterprise, activity, origin and factor, so the same entries make
the same bytes in whatever order they were booked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from services.carbon_accounting.book.chain import Link, chained, digest_of
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.entries import Account, Block, Stamp
from services.carbon_accounting.domain.inventory.months import months_of
from services.carbon_accounting.domain.ledgers import Ledger

FORMATS = ("csv", "parquet")
CONSTANTS = (*(f.name for f in fields(Account)), *(f.name for f in fields(Stamp)))
ORDER = ("start", "meter", "enterprise", "activity", "origin", "category", "gas", "factors")


def write_entries(
    folder: Path, blocks: Sequence[Block], zone: ZoneInfo, form: str = FORMATS[0]
) -> list[Link]:
    """Write every ledger's entries below `folder` and return the chains' links."""
    links: list[Link] = []
    for ledger in sorted({block.ledger for block in blocks}):
        of_ledger = [block for block in blocks if block.ledger is ledger and len(block)]
        links += chained(ledger.key, _months(folder, ledger, of_ledger, zone, form))
    return links


def _months(
    folder: Path, ledger: Ledger, blocks: Sequence[Block], zone: ZoneInfo, form: str
) -> Iterator[tuple[str, str, int, str]]:
    if not blocks:
        return
    starts = np.concatenate([block.starts_us for block in blocks])
    for month, first_us, end_us in months_of(int(starts.min()), int(starts.max()), zone):
        table = _table([_between(block, first_us, end_us) for block in blocks])
        if not table.num_rows:
            continue
        path = folder / ledger.key / f"{month}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(table, path)
        yield month, str(path.relative_to(folder.parent)), table.num_rows, digest_of(path)


def _between(block: Block, first_us: int, end_us: int) -> tuple[Block, slice]:
    first, end = np.searchsorted(block.starts_us, [first_us, end_us])
    return block, slice(int(first), int(end))


def _table(parts: Sequence[tuple[Block, slice]]) -> pa.Table:
    """Return the rows of these parts of blocks, in order."""
    parts = [(block, here) for block, here in parts if here.stop > here.start]
    counts = np.array([here.stop - here.start for _, here in parts], np.int64)
    of_block = np.repeat(np.arange(len(parts)), counts)
    starts = _joined([block.starts_us[here] for block, here in parts])
    columns: dict[str, pa.Array] = {"start": pa.array(starts, pa.timestamp("us", "UTC"))}
    for name in CONSTANTS:
        texts = [str(_constant(block, name)) for block, _ in parts]
        columns[name] = pa.array(texts, pa.string()).take(pa.array(of_block))
    columns["amount"] = pa.array(_joined([block.amounts[here] for block, here in parts]))
    columns["emissions_ng"] = pa.array(_joined([b.emissions_ng[here] for b, here in parts]))
    measured = [block.measured[here].astype(np.int64) for block, here in parts]
    words = pa.array(["estimated", "measured"])
    columns["quality"] = words.take(pa.array(_joined(measured)))
    return pa.table(columns).sort_by([(name, "ascending") for name in ORDER])


def _joined(arrays: Sequence[Whole]) -> Whole:
    return np.concatenate([np.zeros(0, np.int64), *arrays])


def _constant(block: Block, name: str) -> object:
    return (
        getattr(block.account, name) if hasattr(block.account, name) else getattr(block.stamp, name)
    )


def _write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        parquet.write_table(table, path, compression="zstd")
        return
    text = table.column("start").cast(pa.timestamp("s", "UTC"))
    shown = table.set_column(0, "start", text)
    options = arrow_csv.WriteOptions(quoting_style="needed")
    arrow_csv.write_csv(shown, path, options)
