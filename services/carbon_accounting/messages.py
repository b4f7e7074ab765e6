"""Between the wire and the books: frames in, entries, postings and page tokens out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from parkflow.carbon.v1.entry_pb2 import LedgerEntry
from parkflow.carbon.v1.mass_pb2 import Mass
from parkflow.carbon.v1.posting_pb2 import LedgerLines, LedgerPosting
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.lines import Line
from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live.reading import KeptEntry, KeptPosting
from services.energy.frame_numbers import number_of
from services.energy.time_grid import QUARTER, from_microseconds, to_microseconds
from services.runtime.interval_frames import COLUMNS, IntervalFrame
from services.runtime.page_tokens import place_of, token_of

NG_PER_MG, NG_PER_G = 10**6, 10**9
NG_PER_WH_IN_G_PER_KWH = 10**6
TEXTS = (
    "meter",
    "enterprise",
    "carrier",
    "activity",
    "origin",
    "scope",
    "category",
    "gas",
    "unit",
    "factors",
    "method",
    "unverified",
)


def words_of(frame: IntervalFrame) -> Iterator[Word]:
    """Yield what a frame says of its registers, be they named by the park file or not."""
    columns = [getattr(frame, name).tolist() for name in COLUMNS]
    origin: dict[str, Any] = {
        "known_at": frame.known_at,
        "log_position": frame.log_position,
        "frame_number": number_of(frame.frame_id),
    }
    for point, start_us, *said in zip(*columns, strict=True):
        yield Word(frame.point_ids[point], from_microseconds(start_us), *said, **origin)


def posting_message(kept: KeptPosting, lines: Mapping[int, Line]) -> LedgerPosting:
    """Return a posting as a message."""
    texts: dict[str, int] = {}
    booked = _lines([lines[number] for number in kept.line_ids.tolist()], texts)
    booked.amount.extend(kept.amounts.tolist())
    booked.emissions_ng.extend(kept.emissions_ng.tolist())
    booked.measured.extend(kept.measured.tolist())
    gone = _lines([lines[number] for number in kept.reversed.tolist()], texts)
    message = LedgerPosting(
        posting_id=kept.id,
        park_id=kept.park_id,
        ledger=int(kept.ledger),  # type: ignore[arg-type]
        number=kept.number,
        restated_because=kept.because,
        basis_sha256=kept.basis_digest,
        month=kept.month,
        place=kept.place,
        link=kept.link,
        texts=list(texts),
        booked=booked,
        reversed=gone,
    )
    message.interval.start.FromDatetime(kept.start)
    message.interval.end.FromDatetime(kept.start + QUARTER)
    message.known_at.FromDatetime(kept.known_at)
    return message


def _lines(lines: Sequence[Line], texts: dict[str, int]) -> LedgerLines:
    """Return lines in columns; `texts` gets what it does not hold yet."""
    columns = LedgerLines(counted=[line.account.counted for line in lines])
    for name in TEXTS:
        values = (str(line.fields[name]) for line in lines)
        getattr(columns, name).extend(texts.setdefault(value, len(texts)) for value in values)
    return columns


def entry_message(kept: KeptEntry) -> LedgerEntry:
    """Return an entry as a message."""
    posting, account, stamp = kept.posting, kept.line.account, kept.line.stamp
    factor_id, version = _first_factor(stamp.factors)
    in_wh = account.unit == "Wh"
    message = LedgerEntry(
        entry_id=kept.id,
        park_id=posting.park_id,
        ledger=int(posting.ledger),  # type: ignore[arg-type]
        activity=account.activity,
        scope=int(account.scope[0]) if account.scope[:1].isdigit() else 0,
        version=posting.number,
        energy_wh=kept.amount if in_wh else 0,
        emissions_mg=milligrams(kept.emissions_ng),
        gas=account.gas,
        factor_id=factor_id,
        factor_version=version,
        factor_g_per_kwh=_g_per_kwh(kept) if in_wh else 0.0,
        quality=1 if kept.measured else 2,  # type: ignore[arg-type]
        restated_because=posting.because,
        meter=account.meter,
        enterprise=account.enterprise,
        carrier=account.carrier,
        origin=account.origin,
        category=account.category,
        unit=account.unit,
        counted=account.counted,
        amount=kept.amount,
        emissions_ng=kept.emissions_ng,
        factors=stamp.factors,
        method=stamp.method,
        unverified=stamp.unverified,
        basis_sha256=posting.basis_digest,
        replaced=kept.replaced,
    )
    if kept.word is not None:
        message.source_point_ids.append(f"{account.meter}@{kept.word.says}")
        message.source_words.append(f"{account.meter}@{kept.word.origin}")
    message.interval.start.FromDatetime(posting.start)
    message.interval.end.FromDatetime(posting.start + QUARTER)
    message.known_at.FromDatetime(posting.known_at)
    return message


def milligrams(emissions_ng: int) -> int:
    """Return whole milligrams, half to even."""
    return round(Fraction(emissions_ng, NG_PER_MG))


def mass(emissions_ng: int) -> Mass:
    """Return an exact mass, both parts of one sign."""
    g, ng = divmod(abs(emissions_ng), NG_PER_G)
    sign = -1 if emissions_ng < 0 else 1
    return Mass(g=sign * g, ng=sign * ng)


def _g_per_kwh(kept: KeptEntry) -> float:
    if not kept.amount:
        return 0.0
    return float(Fraction(kept.emissions_ng, kept.amount * NG_PER_WH_IN_G_PER_KWH))


def _first_factor(factors: str) -> tuple[str, int]:
    factor_id, _, version = factors.partition("; ")[0].rpartition(" v")
    return factor_id, int(version) if version.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Place:
    """After which entry a page begins; `rank` orders the lines of a quarter."""

    ledger: Ledger
    start: datetime
    rank: str
    number: int


def page_token(place: Place, question: str) -> str:
    """Return the token for "after this entry" of this question."""
    start_us = to_microseconds(place.start)
    return token_of((int(place.ledger), start_us, place.rank, place.number), question)


def place_from(token: str, question: str) -> Place:
    """Return the place a token stands for; refuses a token of another question."""
    return place_of(token, question, _place, "ledger, interval, include_replaced and enterprise")


def _place(ledger: int, start_us: int, rank: str, number: int) -> Place:
    return Place(Ledger(ledger), from_microseconds(start_us), str(rank), int(number))
