"""A chunk of quarters, computed and posted: what costs time happens in threads, beside the loop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.balances import QuarterFacts, facts_of
from services.carbon_accounting.domain.live.days import day_changes
from services.carbon_accounting.domain.live.differing import Difference, difference
from services.carbon_accounting.domain.live.lines import Entries, Line, entries_of, lines_of
from services.carbon_accounting.domain.live.postings import (
    Bases,
    Catalogue,
    Head,
    Posting,
    Standing,
    chained,
    postings_of,
)
from services.carbon_accounting.domain.live.word_table import Basis, WordTable
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.live.booked_stretch import BookedStretch, booked_stretch
from services.carbon_accounting.live.books import Books, State
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.live_rules import LiveRules
from services.energy.time_grid import QUARTER, Interval, from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """A chunk's words and what was computed of them."""

    span: Interval
    table: WordTable
    entries: Entries

    def differs_from(self, standing: Standing) -> Difference:
        """Return what of the span is to be booked and reversed."""
        start_us, end_us = (to_microseconds(at) for at in (self.span.start, self.span.end))
        return difference(self.entries.between(start_us, end_us), standing.entries)


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """A chunk, what is known of its quarters, and what the stores hold at its end."""

    chunk: Chunk
    facts: list[QuarterFacts]
    closing: Pools


@dataclass(frozen=True, slots=True)
class Telling:
    """Why something is posted, where neither word nor factor tells; what a reason begins with."""

    otherwise: str
    prefix: str = ""


async def computed(
    books: Books, rules: LiveRules, first: datetime, opening: State, end: datetime
) -> Computed:
    """Book the quarters of [first, end); what lies before `first` is traced only."""
    traced = Interval(opening.at, end)
    table = await books.table(rules.registers, traced)
    coverage = await books.coverage(traced)
    found, lines = await asyncio.to_thread(_booked, rules.accounted, table, opening.pools, coverage)
    _, numbers = await books.catalogue(lines)
    return await asyncio.to_thread(_computed, rules, first, table, found, numbers)


def _booked(
    accounted: Accounted, table: WordTable, opening: Pools, coverage: dict[Ledger, Claimed]
) -> tuple[BookedStretch, list[Line]]:
    found = booked_stretch(accounted, table, opening, coverage)
    return found, lines_of(found.blocks)


def _computed(
    rules: LiveRules,
    first: datetime,
    table: WordTable,
    found: BookedStretch,
    numbers: Mapping[Line, int],
) -> Computed:
    place = table.place(to_microseconds(first))
    facts = facts_of(rules.site, table, place, found.beyond)
    end = from_microseconds(facts[-1].start_us) + QUARTER
    chunk = Chunk(Interval(first, end), table, entries_of(found.blocks, numbers))
    return Computed(chunk, facts, found.closing)


async def post(
    books: Books, rules: LiveRules, now: datetime, chunk: Chunk, telling: Telling
) -> list[Posting]:
    """Append what differs of a chunk from what stands, and return it."""
    standing = await books.standing(chunk.span)
    found, resting = await asyncio.to_thread(_differing, chunk, standing)
    if not found:
        return []
    bases = await _bases(books, chunk.span, resting, standing)
    catalogue = await books.lines_with(_lines_of(found))
    zone = rules.site.time_zone
    month = str(Month.of(chunk.span.start, zone))
    heads = await books.heads({(ledger, month) for ledger in rules.site.ledgers})
    making = _Making(found, standing, bases, catalogue, heads, month, telling)
    postings = await asyncio.to_thread(making.postings, now)
    await books.append(postings, now)
    await books.change_days(await asyncio.to_thread(day_changes, found, zone))
    return postings


Resting = list[tuple[int, bytes, Basis]]
"""What quarters rest on: start (us), digest, words."""


def _differing(chunk: Chunk, standing: Standing) -> tuple[Difference, Resting]:
    """Return what differs, and what the quarters that do rest on."""
    found = chunk.differs_from(standing)
    starts = starts_of(found)
    bases = chunk.table.bases([chunk.table.place(at) for at in starts])
    return found, [(at, one.digest, one) for at, one in zip(starts, bases, strict=True)]


def starts_of(found: Difference) -> list[int]:
    """Return the starts (us) of the quarters in which something differs."""
    return sorted({*found.booked.starts_us.tolist(), *found.reversed.starts_us.tolist()})


def _lines_of(found: Difference) -> set[int]:
    return {*found.booked.line_ids.tolist(), *found.reversed.line_ids.tolist()}


async def _bases(books: Books, span: Interval, resting: Resting, standing: Standing) -> Bases:
    """Return what quarters rest on, now and before; sets of words that are new are added."""
    there = await books.basis_numbers(span)
    now_on: dict[int, tuple[int, bytes, Basis]] = {}
    new = []
    for start_us, digest, basis in resting:
        known = there.get(start_us, {})
        number = known.get(digest, max(known.values(), default=0) + 1)
        if digest not in known:
            new.append((start_us, number, digest, basis))
        now_on[start_us] = number, digest, basis
    await books.put_bases(new)
    older = {
        (start_us, one.basis)
        for (start_us, _), one in standing.newest.items()
        if start_us in now_on and one.basis != now_on[start_us][0]
    }
    return Bases(now_on, await books.bases(older) if older else {})


@dataclass(frozen=True, slots=True, eq=False)
class _Making:
    """Everything that postings are made of."""

    found: Difference
    standing: Standing
    bases: Bases
    catalogue: Catalogue
    heads: Mapping[tuple[Ledger, str], Head]
    month: str
    telling: Telling

    def postings(self, now: datetime) -> list[Posting]:
        """Return them, chained behind the heads."""
        newest, otherwise = self.standing.newest, self.telling.otherwise
        made = postings_of(self.found, newest, self.bases, self.catalogue, self.month, otherwise)
        told = [_prefixed(posting, self.telling.prefix) for posting in made]
        return chained(told, self.heads, self.catalogue.lines, now)


def _prefixed(posting: Posting, prefix: str) -> Posting:
    if not prefix:
        return posting
    return replace(posting, because=f"{prefix}: {posting.because or 'booked'}")
