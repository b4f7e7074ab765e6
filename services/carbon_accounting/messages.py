"""Between the wire and the books: frames in, ledger entries and page tokens out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from parkflow.carbon.v1.entry_pb2 import LedgerEntry
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.words import Word
from services.energy.frame_numbers import number_of
from services.energy.time_grid import QUARTER, from_microseconds, to_microseconds
from services.runtime.interval_frames import COLUMNS, IntervalFrame
from services.runtime.page_tokens import place_of, token_of


def words_of(frame: IntervalFrame, points: Collection[str]) -> Iterator[Word]:
    """Yield what a frame says of these registers."""
    wanted = np.array([point in points for point in frame.point_ids], dtype=bool)
    rows = np.flatnonzero(wanted[frame.point_index])
    columns = [getattr(frame, name)[rows].tolist() for name in COLUMNS]
    origin: dict[str, Any] = {
        "known_at": frame.known_at,
        "log_position": frame.log_position,
        "frame_number": number_of(frame.frame_id),
    }
    for point, start_us, *said in zip(*columns, strict=True):
        yield Word(frame.point_ids[point], from_microseconds(start_us), *said, **origin)


def entry_message(row: dict[str, Any]) -> LedgerEntry:
    """Return a row of the table `entry` as a message."""
    message = LedgerEntry(
        entry_id=row["entry_id"],
        park_id=row["park_id"],
        ledger=row["ledger"],
        activity=row["activity"],
        scope=row["scope"],
        version=row["version"],
        energy_wh=row["energy_wh"],
        emissions_mg=row["emissions_mg"],
        gas=row["gas"],
        factor_id=row["factor_id"],
        factor_version=row["factor_version"],
        factor_g_per_kwh=float(row["factor_g_per_kwh"]),
        factor_trust=row["factor_trust"],
        quality=row["quality"],
        source_point_ids=row["sources"],
        source_words=row["words"],
        restated_because=row["restated_because"],
    )
    message.interval.start.FromDatetime(row["interval_start"])
    message.interval.end.FromDatetime(row["interval_start"] + QUARTER)
    message.known_at.FromDatetime(row["known_at"])
    return message


@dataclass(frozen=True, slots=True)
class Place:
    """After which entry a page begins."""

    ledger: Ledger
    interval_start: datetime
    activity: str
    version: int


def page_token(place: Place, question: str) -> str:
    """Return the token for "after this entry" of this question."""
    start_us = to_microseconds(place.interval_start)
    return token_of((int(place.ledger), start_us, place.activity, place.version), question)


def place_from(token: str, question: str) -> Place:
    """Return the place a token stands for; refuses a token of another question."""
    return place_of(token, question, _place, "ledger, interval and include_replaced")


def _place(ledger: int, start_us: int, activity: str, version: int) -> Place:
    return Place(Ledger(ledger), from_microseconds(start_us), str(activity), int(version))
