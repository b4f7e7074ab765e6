"""What people decide about registers: events in the set like readings are (energy-accounting 6).

Edits take part in every step from the set, so a replay of readings and edits gives the same
intervals. Of several edits of one thing the latest that is not revoked holds; revoking one brings
back what was before. Nothing here is ever deleted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.validation.domain.energy.readings import LARGEST_WH, Counts
from services.validation.domain.energy.splitting import QUARTER_US, quarter_of
from services.validation.domain.energy.steps import Reading, Ruling, Swap


@dataclass(frozen=True, slots=True)
class ReadingEdit:
    """This reading counts as `counts`; with `wh` it shows that instead of what came."""

    event_time_us: int
    counts: Counts
    wh: int | None = None

    def __post_init__(self) -> None:
        if self.wh is not None and not 0 <= self.wh <= LARGEST_WH:
            raise ValueError(f"a register shows 0..{LARGEST_WH} Wh, not {self.wh}")


@dataclass(frozen=True, slots=True)
class IntervalEdit:
    """This quarter hour's energy; what it differs from the register's goes to `account`."""

    start_us: int
    wh: int
    account: str

    def __post_init__(self) -> None:
        if quarter_of(self.start_us) != self.start_us:
            raise ValueError(f"interval {self.start_us} does not start on a quarter hour")
        if self.wh < 0 or not self.account:
            raise ValueError(f"needs an energy of 0 Wh or more and an account, got {self}")


@dataclass(frozen=True, slots=True)
class SwapDeclared:
    """The meter was exchanged."""

    swap: Swap


@dataclass(frozen=True, slots=True)
class EntryRuled:
    """A suspense entry, as the editor saw it, is accepted or written off."""

    start_us: int
    end_us: int
    wh: int
    ruling: Ruling

    def __post_init__(self) -> None:
        if self.ruling.accepted == bool(self.ruling.account):
            raise ValueError("accept an entry, or write it off to a named account; not both")


@dataclass(frozen=True, slots=True)
class Revoked:
    """An earlier edit no longer holds."""

    edit_id: str


Change = ReadingEdit | IntervalEdit | SwapDeclared | EntryRuled | Revoked


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one register's account, by whom, why and when. Natural key `id`."""

    id: str
    register: int
    change: Change
    user: str
    reason: str
    at_us: int

    def __post_init__(self) -> None:
        if not (self.id and self.user and self.reason):
            raise ValueError(f"edit {self.id!r} by {self.user!r} needs an id, a user and a reason")

    @property
    def rank(self) -> tuple[int, str]:
        """Of two edits of one thing the higher rank holds."""
        return (self.at_us, self.id)


@dataclass(frozen=True, slots=True)
class Standing:
    """The edits of one register that hold, folded by what they are about."""

    readings: Mapping[int, ReadingEdit] = field(default_factory=dict)
    intervals: Mapping[int, IntervalEdit] = field(default_factory=dict)
    swaps: tuple[Swap, ...] = ()
    rulings: Mapping[tuple[int, int, int], Ruling] = field(default_factory=dict)

    def applied_to(self, readings: Iterable[Reading]) -> list[Reading]:
        """Return the readings in time order with the edits over them."""
        by_time = {reading.time_us: reading for reading in readings}
        for time_us, edit in self.readings.items():
            came = by_time.get(time_us)
            wh = edit.wh if edit.wh is not None else came.wh if came else None
            if wh is not None:
                by_time[time_us] = Reading(time_us, wh, edit.counts)
        return [by_time[time_us] for time_us in sorted(by_time)]


def standing_of(edits: Iterable[Edit]) -> Standing:
    """Return which edits of one register hold; order and repetition do not matter."""
    by_id = {edit.id: edit for edit in edits}
    revoked = {e.change.edit_id for e in by_id.values() if isinstance(e.change, Revoked)}
    readings: dict[int, ReadingEdit] = {}
    intervals: dict[int, IntervalEdit] = {}
    swaps: dict[int, Swap] = {}
    rulings: dict[tuple[int, int, int], Ruling] = {}
    for edit in sorted(by_id.values(), key=lambda edit: edit.rank):
        if edit.id in revoked:
            continue
        match edit.change:
            case ReadingEdit() as change:
                readings[change.event_time_us] = change
            case IntervalEdit() as change:
                intervals[change.start_us] = change
            case SwapDeclared(swap):
                swaps[swap.at_us] = swap
            case EntryRuled() as change:
                rulings[change.start_us, change.end_us, change.wh] = change.ruling
            case Revoked():
                pass
    return Standing(readings, intervals, tuple(swaps[at] for at in sorted(swaps)), rulings)


def touched_us(edit: Edit, known: Mapping[str, Edit]) -> tuple[int, int] | None:
    """Return the first and last instant an edit is about; None when it revokes nothing known."""
    match edit.change:
        case ReadingEdit(event_time_us):
            return event_time_us, event_time_us
        case IntervalEdit(start_us):
            return start_us, start_us + QUARTER_US
        case SwapDeclared(swap):
            return swap.at_us, swap.at_us
        case EntryRuled(start_us, end_us):
            return start_us, end_us
        case Revoked(edit_id):
            revoked = known.get(edit_id)
            if revoked is None or isinstance(revoked.change, Revoked):
                return None
            return touched_us(revoked, known)
