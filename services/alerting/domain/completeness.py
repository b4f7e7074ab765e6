"""Up to which park time the log has been read completely.

A probe asks where each partition ends now. Once everything up to those ends has been read, all that
was in the log at the time of the probe is known. Silence may only be judged up to there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

Partition = tuple[str, int]  # topic, number
MOST_PENDING = 1000


@dataclass(frozen=True, slots=True)
class Completeness:
    """`read` is the next offset to read by partition; `pending` are probes not yet reached."""

    read: Mapping[Partition, int] = field(default_factory=dict)
    pending: tuple[tuple[datetime, Mapping[Partition, int]], ...] = ()
    until: datetime | None = None


def read_message(completeness: Completeness, partition: Partition, offset: int) -> Completeness:
    """Return it after the message at `offset` was dealt with."""
    following = offset + 1
    if following <= completeness.read.get(partition, 0):
        return completeness
    return _settled(replace(completeness, read={**completeness.read, partition: following}))


def probed(completeness: Completeness, ends: Mapping[Partition, int], at: datetime) -> Completeness:
    """Return it after the partitions were found to end at `ends` at park time `at`.

    The first probe is the starting line: what lies before it is read back at start.
    """
    if completeness.until is None and not completeness.pending:
        started = {**ends, **{p: max(o, ends.get(p, 0)) for p, o in completeness.read.items()}}
        return replace(completeness, read=started, until=at)
    pending = completeness.pending
    if len(pending) >= MOST_PENDING:
        pending = pending[::2]  # far behind: fewer marks do, each is still right
    return _settled(replace(completeness, pending=(*pending, (at, ends))))


def _settled(completeness: Completeness) -> Completeness:
    """Return it with every reached probe taken off."""
    pending, until = completeness.pending, completeness.until
    while pending and _reached(completeness.read, pending[0][1]):
        until, pending = pending[0][0], pending[1:]
    return replace(completeness, pending=pending, until=until)


def _reached(read: Mapping[Partition, int], ends: Mapping[Partition, int]) -> bool:
    return all(read.get(partition, 0) >= end for partition, end in ends.items())
