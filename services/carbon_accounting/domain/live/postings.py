"""Postings: what is booked or restated of one ledger in one quarter hour at one time."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.differing import Difference
from services.carbon_accounting.domain.live.lines import Entries, Line, by_quarter_and_ledger
from services.carbon_accounting.domain.live.links import (
    BEFORE_ALL,
    Written,
    instant,
    link_after,
    posting_bytes,
)
from services.carbon_accounting.domain.live.reasons import why
from services.carbon_accounting.domain.live.word_table import Basis
from services.energy.time_grid import from_microseconds

Key = tuple[int, Ledger]
"""Start in microseconds since 1970, ledger."""


@dataclass(frozen=True, slots=True, eq=False)
class Posting:
    """One posting. `reversed` are numbers of lines; `basis` is the number of its quarter's basis.

    `place` counts the postings of a ledger's month from 1; `link` is that of the chain.
    """

    ledger: Ledger
    start_us: int
    number: int
    because: str
    basis: int
    basis_digest: bytes
    booked: Entries
    reversed: Whole
    month: str
    place: int = 0
    link: bytes = b""

    @property
    def start(self) -> datetime:
        """Start of the quarter hour."""
        return from_microseconds(self.start_us)

    def id_in(self, park_id: str) -> str:
        """Return the posting id, the idempotency key: `<park>/<ledger>/<start>/<number>`."""
        return f"{park_id}/{self.ledger.key}/{instant(self.start)}/{self.number}"


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest posting of a ledger's quarter: its number and its basis."""

    number: int
    basis: int


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain."""

    place: int = 0
    link: bytes = BEFORE_ALL


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What the books say of a span: entries that hold, each ledger's newest postings."""

    entries: Entries
    newest: Mapping[Key, Newest]


@dataclass(frozen=True, slots=True, eq=False)
class Bases:
    """What quarters rest on: now (number, digest, words), and what earlier postings rested on."""

    now: Mapping[int, tuple[int, bytes, Basis]]
    before: Mapping[tuple[int, int], Basis] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The lines by number; `ledger_of` has the ledger of each, as a number, by number."""

    lines: Mapping[int, Line]
    ledger_of: Whole


def postings_of(
    found: Difference,
    newest: Mapping[Key, Newest],
    bases: Bases,
    catalogue: Catalogue,
    month: str,
    otherwise: str,
) -> list[Posting]:
    """Return the postings that book a difference, in the order of their quarters and ledgers."""
    booked = _grouped(found.booked, catalogue)
    gone = _grouped(found.reversed, catalogue)
    reasons = _Reasons(bases, catalogue, otherwise)
    return [
        _posting(
            key,
            booked.get(key, Entries.nothing()),
            gone.get(key, Entries.nothing()),
            newest.get(key),
            (bases, reasons, month),
        )
        for key in sorted(booked.keys() | gone.keys())
    ]


def _posting(
    key: Key,
    booked: Entries,
    gone: Entries,
    newest: Newest | None,
    context: "tuple[Bases, _Reasons, str]",
) -> Posting:
    bases, reasons, month = context
    number, digest, _ = bases.now[key[0]]
    because = "" if newest is None else reasons.of(key[0], newest.basis, booked, gone)
    return Posting(
        ledger=key[1],
        start_us=key[0],
        number=1 if newest is None else newest.number + 1,
        because=because,
        basis=number,
        basis_digest=digest,
        booked=booked,
        reversed=gone.line_ids,
        month=month,
    )


def _grouped(entries: Entries, catalogue: Catalogue) -> dict[Key, Entries]:
    groups = by_quarter_and_ledger(entries, catalogue.ledger_of)
    return {(start_us, ledger): one for start_us, ledger, one in groups}


class _Reasons:
    """Reasons, each pair of sets of lines looked at once: a year of one factor is one reason."""

    def __init__(self, bases: Bases, catalogue: Catalogue, otherwise: str) -> None:
        self._bases, self._lines, self._otherwise = bases, catalogue.lines, otherwise
        self._seen: dict[tuple[bytes, bytes], str] = {}

    def of(self, start_us: int, basis_before: int, booked: Entries, gone: Entries) -> str:
        number, _, now = self._bases.now[start_us]
        pair = self._lines_of(gone.line_ids), self._lines_of(booked.line_ids)
        if number != basis_before:
            before = self._bases.before[start_us, basis_before].words(start_us)
            return why(before, now.words(start_us), pair, self._otherwise)
        key = gone.line_ids.tobytes(), booked.line_ids.tobytes()
        if key not in self._seen:
            self._seen[key] = why({}, {}, pair, self._otherwise)
        return self._seen[key]

    def _lines_of(self, numbers: Whole) -> list[Line]:
        return [self._lines[number] for number in numbers.tolist()]


def chained(
    postings: Sequence[Posting],
    heads: Mapping[tuple[Ledger, str], Head],
    lines: Mapping[int, Line],
    known_at: datetime,
) -> list[Posting]:
    """Return the postings with their places and links behind the heads of their chains."""
    ends = dict(heads)
    found = []
    for posting in postings:
        head = ends.get((posting.ledger, posting.month), Head())
        content = posting_bytes(written(posting, lines, known_at))
        head = Head(head.place + 1, link_after(head.link, content))
        ends[posting.ledger, posting.month] = head
        found.append(replace(posting, place=head.place, link=head.link))
    return found


def written(posting: Posting, lines: Mapping[int, Line], known_at: datetime) -> Written:
    """Return a posting as the chain sees it."""
    return Written(
        ledger=posting.ledger,
        start=posting.start,
        number=posting.number,
        known_at=known_at,
        because=posting.because,
        basis=posting.basis_digest,
        lines=[*_written_lines(posting.booked, lines)],
        reversed=sorted(lines[number].digest.hex() for number in posting.reversed.tolist()),
    )


def _written_lines(
    booked: Entries, lines: Mapping[int, Line]
) -> Iterator[tuple[str, int, int, bool]]:
    rows = zip(
        (lines[number].digest.hex() for number in booked.line_ids.tolist()),
        booked.amounts.tolist(),
        booked.emissions_ng.tolist(),
        booked.measured.tolist(),
        strict=True,
    )
    return iter(sorted(rows))


def catalogue_of(lines: Mapping[int, Line]) -> Catalogue:
    """Return lines with their ledgers by number."""
    ledger_of = np.zeros(max(lines, default=0) + 1, np.int64)
    for number, line in lines.items():
        ledger_of[number] = line.ledger
    return Catalogue(lines, ledger_of)


def starts_of(postings: Collection[Posting]) -> list[int]:
    """Return the quarters of postings, each once."""
    return sorted({posting.start_us for posting in postings})
