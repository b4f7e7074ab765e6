"""What goes in must come out: input + drawn from stock = everything that leaves (rules C.7).

Amounts are whole base units (Wh, dm3, g). A flow that nobody knows is None, and its balance is then
undecided: it is neither closed nor open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Leaving(StrEnum):
    """How something leaves a node."""

    USEFUL = "useful"
    CONVERSION_LOSS = "conversion loss"
    TRANSPORT_LOSS = "transport loss"
    DISCHARGED = "discharged"
    PASSED_ON = "passed on"
    EXPORTED = "exported"


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount by the name of its meter; never negative. None: not known."""

    name: str
    amount: int | None

    def __post_init__(self) -> None:
        if self.amount is not None and self.amount < 0:
            raise ValueError(f"{self.name} is {self.amount}; turn the flow round, give 0 or more")


@dataclass(frozen=True, slots=True)
class Outflow:
    """A flow that leaves, and how."""

    how: Leaving
    flow: Flow


@dataclass(frozen=True, slots=True)
class Balance:
    """A node over a period. `from_stock` is opening minus closing stock, None: not known."""

    node: str
    unit: str
    inputs: tuple[Flow, ...]
    outflows: tuple[Outflow, ...]
    from_stock: int | None = 0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A balance may be off by a share of what came in, or by an amount, whichever is more.

    No rule sets it (C.7: own choice), so it is a setting that is shown with the verdict.
    """

    share: Fraction
    amount: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1 or self.amount < 0:
            raise ValueError(f"tolerance {self.share}, {self.amount}: 0 <= share < 1, amount >= 0")

    def allowed(self, came_in: int) -> int:
        """Return how much a balance may be off, in whole base units."""
        return max(self.amount, int(self.share * came_in))


@dataclass(frozen=True, slots=True)
class Closed:
    """What came in left again, within the tolerance. `gap` is in minus out."""

    balance: Balance
    gap: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Unclosed:
    """It did not: a positive gap went somewhere unmetered, a negative one came from nowhere."""

    balance: Balance
    gap: int
    allowed: int

    def __str__(self) -> str:
        went = "left unmetered" if self.gap > 0 else "came in unmetered"
        unit = self.balance.unit
        return f"{self.balance.node}: {abs(self.gap)} {unit} {went}, {self.allowed} {unit} allowed"


@dataclass(frozen=True, slots=True)
class Undecided:
    """Flows that are not known."""

    balance: Balance
    lacking: tuple[str, ...]


Finding = Closed | Unclosed | Undecided


def audited(balances: Iterable[Balance], tolerance: Tolerance) -> tuple[Finding, ...]:
    """Return a finding for each balance, in their order."""
    return tuple(judged(balance, tolerance) for balance in balances)


def judged(balance: Balance, tolerance: Tolerance) -> Finding:
    """Return whether a balance closes."""
    flows = (*balance.inputs, *(out.flow for out in balance.outflows))
    lacking = tuple(flow.name for flow in flows if flow.amount is None)
    if balance.from_stock is None:
        lacking = (*lacking, f"stock of {balance.node}")
    if lacking:
        return Undecided(balance, lacking)
    came_in = _total(balance.inputs) + (balance.from_stock or 0)
    gap = came_in - _total(out.flow for out in balance.outflows)
    allowed = tolerance.allowed(abs(came_in))
    return (Closed if abs(gap) <= allowed else Unclosed)(balance, gap, allowed)


def _total(flows: Iterable[Flow]) -> int:
    return sum(flow.amount for flow in flows if flow.amount is not None)
