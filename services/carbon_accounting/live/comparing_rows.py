"""Two versions of the live books as codes of lines: what `compare` of files finds in their texts.

All that tells entries apart is their quarter hour and what their line says, so each line's texts
are coded once, however many entries there are.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from services.carbon_accounting.book.comparing_entries import (
    GROUP,
    KEY,
    METER,
    PLACE,
    STAMP,
    Coded,
    Versions,
    folded,
    paired,
)
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.live.lines import Entries
from services.carbon_accounting.domain.words import QUARTER_US
from services.carbon_accounting.live.entry_tables import Lines

SHOWN = ("enterprise", "origin", "factors")
QUALITIES = ["estimated", "measured"]


@dataclass(frozen=True, slots=True, eq=False)
class LineCodes:
    """What lines have in common, as codes of shape (lines,); `key` and others without the start."""

    lines: Lines
    key: Whole
    stamp: Whole
    place: Whole
    group: Whole
    meter: Whole
    counted: Mask


def line_codes(lines: Lines) -> LineCodes:
    """Return the codes of all lines of a park."""
    key, stamp, place, group, meter = (
        folded(lines.texts[name][0] for name in names if name != "start")
        for names in (KEY, STAMP, PLACE, GROUP, METER)
    )
    codes, names = lines.texts["counted"]
    counted = np.array([name == "true" for name in names], bool)[codes]
    return LineCodes(lines, key, stamp, place, group, meter, counted)


def versions_of(old: Entries, new: Entries, codes: LineCodes) -> Versions:
    """Return the entries of one ledger in both versions; at least one of them has some."""
    starts_us = np.concatenate([old.starts_us, new.starts_us])
    rows = codes.lines.rows(np.concatenate([old.line_ids, new.line_ids]))
    measured = np.concatenate([old.measured, new.measured])
    quarter = (starts_us - starts_us.min()) // QUARTER_US

    def at_start(of_line: Whole) -> Whole:
        found: Whole = quarter * (int(of_line.max()) + 1) + of_line[rows]
        return found

    return paired(
        Coded(
            table=_shown(codes.lines, rows, measured),
            is_new=np.arange(len(rows)) >= len(old),
            key=at_start(codes.key),
            stamp=codes.stamp[rows],
            quality=measured.astype(np.int64),
            place=codes.place[rows],
            group=at_start(codes.group),
            meter=at_start(codes.meter),
            amount=np.concatenate([old.amounts, new.amounts]),
            emissions_ng=np.concatenate([old.emissions_ng, new.emissions_ng]),
            counts=codes.counted[rows],
        )
    )


def _shown(lines: Lines, rows: Whole, measured: Mask) -> pa.Table:
    coded = {name: (lines.texts[name][0][rows], lines.texts[name][1]) for name in SHOWN}
    coded["quality"] = (measured.astype(np.int64), QUALITIES)
    return pa.table(
        {
            name: pa.DictionaryArray.from_arrays(codes.astype(np.int32), names)
            for name, (codes, names) in coded.items()
        }
    )
