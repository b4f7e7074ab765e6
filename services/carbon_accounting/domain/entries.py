"""Entries of the ledgers, and how a new booking restates what differs (rules H.3, H.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from services.carbon_accounting.domain.factors import Factor
from services.carbon_accounting.domain.ledgers import Ledger

REASONS_SHOWN = 3


class Quality(IntEnum):
    """How well a number is known; the numbers are those of `carbon.v1`."""

    MEASURED = 1
    ESTIMATED = 2


@dataclass(frozen=True, slots=True, order=True)
class EntryKey:
    """What one current entry stands for."""

    interval_start: datetime
    ledger: Ledger
    activity: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is booked: a pure function of words, rules and factors.

    `sources` are `<point>@<what its word says>` (`Word.says`), `words` are `<point>@<which word>`
    (`Word.origin`). Another word that says the same changes no entry.
    """

    key: EntryKey
    scope: int
    energy_wh: int
    factor: Factor
    unverified: bool
    quality: Quality
    sources: tuple[str, ...]
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.energy_wh < 0:
            raise ValueError(f"entry {self.key} has {self.energy_wh} Wh; a line is never negative")
        if self.factor.ledger is not self.key.ledger:
            raise ValueError(f"factor {self.factor.id} is not of ledger {self.key.ledger.key}")

    @property
    def emissions_mg(self) -> int:
        """Energy times factor in whole milligrams."""
        return self.factor.emissions_mg(self.energy_wh)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The version of an entry that is current in the books, as far as comparing needs it."""

    version: int
    energy_wh: int
    emissions_mg: int
    factor_id: str
    factor_version: int
    factor_trust: str
    unverified: bool
    quality: Quality
    sources: tuple[str, ...]
    withdrawn: bool = False

    @classmethod
    def of(cls, entry: Entry, version: int) -> "Recorded":
        """Return what the books hold once `entry` is written as `version`."""
        return cls(
            version=version,
            energy_wh=entry.energy_wh,
            emissions_mg=entry.emissions_mg,
            factor_id=entry.factor.id,
            factor_version=entry.factor.version,
            factor_trust=entry.factor.trust,
            unverified=entry.unverified,
            quality=entry.quality,
            sources=entry.sources,
        )


@dataclass(frozen=True, slots=True)
class Posting:
    """One new version of one entry. `restated_because` is empty for version 1."""

    entry: Entry
    version: int
    restated_because: str = ""

    def id_in(self, park_id: str) -> str:
        """Return the entry id, the idempotency key."""
        return entry_id(park_id, self.entry.key, self.version)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A version that says: nothing is booked here any more. Its energy and emissions are 0."""

    key: EntryKey
    version: int
    restated_because: str

    def id_in(self, park_id: str) -> str:
        """Return the entry id, the idempotency key."""
        return entry_id(park_id, self.key, self.version)


def entry_id(park_id: str, key: EntryKey, version: int) -> str:
    """Return `<park>/<ledger>/<activity>/<interval start>/v<version>`."""
    start = key.interval_start.isoformat().replace("+00:00", "Z")
    return f"{park_id}/{key.ledger.key}/{key.activity}/{start}/v{version}"


def withdrawals(
    entries: Iterable[Entry],
    current: Mapping[EntryKey, Recorded],
    waits_for: Mapping[datetime, str],
) -> list[Withdrawal]:
    """Return what must leave the books: current entries whose quarter no longer has them.

    A register's energy is set aside or no longer known, or a meter was taken off the park file.
    """
    booked = {entry.key for entry in entries}
    found = []
    for key, before in sorted(current.items(), key=lambda item: item[0]):
        if key in booked or before.withdrawn:
            continue
        wait = waits_for.get(key.interval_start)
        because = f"withdrawn, waits for {wait}" if wait else "withdrawn, the park has no such line"
        found.append(Withdrawal(key, before.version + 1, because))
    return found


def postings(entries: Iterable[Entry], current: Mapping[EntryKey, Recorded]) -> list[Posting]:
    """Return the versions to append: first bookings, and restatements of what differs."""
    found = []
    for entry in entries:
        before = current.get(entry.key)
        if before is None:
            found.append(Posting(entry, 1))
            continue
        after = Recorded.of(entry, before.version)
        if after != before:
            found.append(Posting(entry, before.version + 1, why_restated(before, after)))
    return found


def why_restated(before: Recorded, after: Recorded) -> str:
    """Return in words what differs between two versions of one entry."""
    old = dict(source.split("@", 1) for source in before.sources)
    new = dict(source.split("@", 1) for source in after.sources)
    reasons = [
        f"{point}: {old.get(point, 'nothing')} became {new.get(point, 'nothing')}"
        for point in sorted(old.keys() | new.keys())
        if old.get(point) != new.get(point)
    ]
    if (before.factor_id, before.factor_version) != (after.factor_id, after.factor_version):
        reasons.append(
            f"factor {before.factor_id} v{before.factor_version} became "
            f"{after.factor_id} v{after.factor_version}"
        )
    if len(reasons) > REASONS_SHOWN:
        more = len(reasons) - REASONS_SHOWN
        reasons = [*reasons[:REASONS_SHOWN], f"and {more} more"]
    return "; ".join(reasons) or "the rules of booking changed"
