"""Entries of one ledger in columns: all that is constant of a line once, the rest by interval.

Emissions are amount × factor in whole nanograms, exact; nothing is rounded before a report. So
splitting a line over time or over enterprises changes no total.
"""

from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.inventory.amounts import Amounts
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.ledgers import Ledger

NG_PER_G = 10**9
LARGEST_NG = 2**63 - 1


class TooMuch(ValueError):
    """An entry beyond 9,223 t, more than a column of whole nanograms holds."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """What an entry is about, whenever.

    `scope` is 1, 2, 3 or 0 (outside the scopes: biogenic), `category` the GHG Protocol's name of
    it; `unit` is the base unit of the amount; `origin` says where electricity came from.
    """

    meter: str
    enterprise: str
    carrier: str
    activity: str
    origin: str
    scope: int
    category: str
    gas: str
    unit: str


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """The version of a factor a number was made with, and why it must be shown as unverified."""

    factor_id: str
    factor_version: int
    trust: str
    unverified: str
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Entries of one line made with one factor; arrays of shape (entries,), in order of time.

    `measured` is False where some of an amount was estimated.
    """

    ledger: Ledger
    line: Line
    stamp: Stamp
    starts_us: Amounts
    amounts: Amounts
    emissions_ng: Amounts
    measured: Mask

    def __len__(self) -> int:
        return len(self.starts_us)


def exact_sum(amounts: Amounts) -> int:
    """Return the exact sum, however large."""
    high, low = amounts >> 32, amounts & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum())


def emitted(line: Line, amounts: Amounts, ng_per_unit: int) -> Amounts:
    """Return amount × factor in ng; TooMuch names the meter where a column cannot hold it."""
    largest = int(np.abs(amounts).max(initial=0)) * abs(ng_per_unit)
    if largest > LARGEST_NG:
        raise TooMuch(
            f"{line.meter}: an interval with {largest // NG_PER_G // 10**6} t is more than one "
            "entry holds (9,223 t); check its unit, or split it over several meters"
        )
    return amounts * ng_per_unit


def block(
    ledger: Ledger,
    line: Line,
    stamp: Stamp,
    ng_per_unit: int,
    starts_us: Amounts,
    amounts: Amounts,
    measured: Mask,
) -> Block:
    """Return the entries of a line; intervals with nothing in them have none."""
    there = np.flatnonzero(amounts)
    some = amounts[there]
    emissions = emitted(line, some, ng_per_unit)
    return Block(ledger, line, stamp, starts_us[there], some, emissions, measured[there])
