"""Doubts of tracing, of booking and of readings, as open items in one form."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.activities.line import OpenItem as NotBooked
from services.carbon_accounting.domain.activities.line import OpenKind
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.rules import Rules, midnight_us
from services.carbon_accounting.domain.inventory.site import GasBalance
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.tracing.open_items import Doubt
from services.carbon_accounting.domain.tracing.tracing import Traced
from services.energy.time_grid import from_microseconds, to_microseconds

SHOWN = 3
Words = tuple[Kind, str, str]
DOUBTS: dict[Doubt, Words] = {
    Doubt.NOT_TRACED: (
        Kind.UNKNOWN_READING,
        "{names} unknown in {count} intervals: the node is not booked there",
        "give the readings, or estimate them and say quality estimated",
    ),
    Doubt.GAP: (
        Kind.DOES_NOT_CLOSE,
        "supply less consumption is {wh} Wh over {count} intervals",
        "look for a meter that is missing, counts the other way or has another unit",
    ),
    Doubt.CIRCLE: (
        Kind.DOES_NOT_CLOSE,
        "flows between {names} go in a circle in {count} intervals: they are taken as one node",
        "check the direction of the flow meters",
    ),
    Doubt.STORE_UNKNOWN: (
        Kind.STORE,
        "{wh} Wh of its content became unknown: {names} unknown in {count} intervals",
        "give the readings of charge and discharge",
    ),
    Doubt.BEYOND_POOL: (
        Kind.STORE,
        "gave {wh} Wh beyond what was charged, of unknown origin ({count} intervals)",
        "check its round-trip efficiency and what it held at the start",
    ),
    Doubt.OPENING_UNKNOWN: (
        Kind.STORE,
        "held {wh} Wh of unknown origin at the start",
        "book from a day on which its content is known",
    ),
}


def of_tracing(found: Traced, step: timedelta, *, first: bool) -> Iterator[OpenItem]:
    """Yield what tracing doubts, one item a subject and doubt.

    What a store holds at the start is told of the `first` stretch only: later ones begin with what
    the one before left, whose doubts were told there.
    """
    for item in found.open_items:
        if item.doubt is Doubt.OPENING_UNKNOWN and not first:
            continue
        kind, what, cure = DOUBTS[item.doubt]
        words = {
            "names": ", ".join(item.names) or "what feeds it",
            "count": len(item.starts_us),
            "wh": int(item.wh.sum()),
        }
        yield _spanning(kind, item.subject, what.format(**words), cure, item.starts_us, step)


def of_stream(stream: str, starts_us: Whole, known: Mask, step: timedelta) -> Iterator[OpenItem]:
    """Yield where a stream's readings are unknown."""
    if known.all():
        return
    missing = starts_us[~known]
    what = f"unknown in {len(missing)} intervals: nothing is booked there"
    cure = "give the readings, or estimate them and say quality estimated"
    yield _spanning(Kind.UNKNOWN_READING, stream, what, cure, missing, step)


def of_unfinished(
    balances: Iterable[GasBalance], begins: datetime, ends: datetime, zone: ZoneInfo
) -> Iterator[OpenItem]:
    """Yield the balances whose leak is not booked, as their end is not among the readings."""
    for one in balances:
        until = midnight_us(one.until, zone)
        if to_microseconds(begins) < until <= to_microseconds(ends):
            continue
        after = until > to_microseconds(ends)
        what = f"its balance {'goes on' if after else 'was'} until {one.until}: no leak is booked"
        cure = f"give readings up to then; these end at {ends.astimezone(zone).isoformat()}"
        if not after:
            cure = f"book its year; these readings begin at {begins.astimezone(zone).isoformat()}"
        yield OpenItem(Kind.UNFINISHED, one.id, what, cure)


def of_booking(items: Iterable[NotBooked]) -> Iterator[OpenItem]:
    """Yield what could not be booked, once for each reason, with all that it concerns."""
    subjects: dict[tuple[OpenKind, str], set[str]] = defaultdict(set)
    for item in items:
        subjects[item.kind, item.message].add(item.subject)
    for (kind, what), names in sorted(subjects.items()):
        subject = _few(sorted(names))
        if kind is OpenKind.MISSING_FACTOR:
            yield OpenItem(Kind.MISSING_FACTOR, subject, what, "nothing of it is booked until then")
        elif kind is OpenKind.NOT_COVERED:
            cure = "nothing of it is in this ledger; a row in --factors books it"
            yield OpenItem(Kind.NOT_COVERED, subject, what, cure)
        else:
            yield OpenItem(Kind.DOES_NOT_CLOSE, subject, what, "correct the part that is wrong")


def of_ledgers(ledgers: Iterable[Ledger], rules: Rules) -> Iterator[OpenItem]:
    """Yield what belongs in each ledger and has no rule or factor yet."""
    for ledger in ledgers:
        for gap in rules.boundary(ledger).gaps:
            yield OpenItem(Kind.NOT_COVERED, ledger.key, gap, "nothing of it is in this ledger")


def _few(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _spanning(
    kind: Kind, subject: str, what: str, cure: str, starts_us: Whole, step: timedelta
) -> OpenItem:
    first, last = (from_microseconds(int(at)) for at in (np.min(starts_us), np.max(starts_us)))
    return OpenItem(kind, subject, what, cure, first, last + step)
