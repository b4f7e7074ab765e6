"""The files of entries: one CSV (or Parquet) a ledger and local month, in one order.

Rows stand by start, then by meter, enterprise and what else says what they are: the same entries
make the same bytes in whatever order they were booked.
"""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.entries import Account, Block, Stamp

FORMATS = ("csv", "parquet")
CONSTANTS = (*(f.name for f in fields(Account)), *(f.name for f in fields(Stamp)))


def write_month(path: Path, blocks: Sequence[Block]) -> int:
    """Write the entries of one ledger and month; return how many."""
    table = _table([block for block in blocks if len(block)])
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(table, path)
    return int(table.num_rows)


def _table(blocks: Sequence[Block]) -> pa.Table:
    """Return the rows of these blocks, by start and then in the order of accounts and stamps."""
    blocks = sorted(blocks, key=lambda block: (block.account, block.stamp))
    counts = np.array([len(block) for block in blocks], np.int64)
    starts = _joined([block.starts_us for block in blocks])
    order = np.argsort(starts, kind="stable")
    of_block = np.repeat(np.arange(len(blocks), dtype=np.int32), counts)[order]
    columns: dict[str, pa.Array] = {"start": pa.array(starts[order], pa.timestamp("us", "UTC"))}
    for name in CONSTANTS:
        columns[name] = _coded([_text(_constant(block, name)) for block in blocks], of_block)
    columns["amount"] = pa.array(_joined([block.amounts for block in blocks])[order])
    columns["emissions_ng"] = pa.array(_joined([b.emissions_ng for b in blocks])[order])
    measured = _joined([block.measured.astype(np.int64) for block in blocks])[order]
    columns["quality"] = pa.DictionaryArray.from_arrays(
        measured.astype(np.int32), ["estimated", "measured"]
    )
    return pa.table(columns)


def _coded(texts: Sequence[str], of_block: npt.NDArray[np.int32]) -> pa.Array:
    """Return a column that holds each text once: a month has few of them and many rows."""
    names = sorted(set(texts))
    number = {name: at for at, name in enumerate(names)}
    codes = np.array([number[text] for text in texts], np.int32)
    return pa.DictionaryArray.from_arrays(codes[of_block], names)


def _joined(arrays: Sequence[Whole]) -> Whole:
    return np.concatenate([np.zeros(0, np.int64), *arrays])


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


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
