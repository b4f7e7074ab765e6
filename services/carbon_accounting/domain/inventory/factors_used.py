"""Which factors each line of the totals was made with, and how many ng per base unit they were."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.carbon_accounting.domain.inventory.entries import Block
from services.carbon_accounting.domain.inventory.totals import TotalKey, key_of


@dataclass(frozen=True, slots=True, order=True)
class Used:
    """Factors of one line of the totals; several (`a v1; b v2`) make one number together.

    `ng_per_unit` is what one base unit was booked with; of capture, what was taken off.
    """

    line: TotalKey
    factors: str
    ng_per_unit: int


@dataclass
class FactorsUsed:
    """All that were used, with why numbers made with them are unverified."""

    doubts: dict[Used, set[str]] = field(default_factory=dict)

    def add(self, blocks: Iterable[Block], month: str) -> None:
        """Add the factors of a month's entries."""
        for block in blocks:
            if len(block):
                reasons = self.doubts.setdefault(_used(block, month), set())
                reasons |= {block.stamp.unverified} - {""}


def _used(block: Block, month: str) -> Used:
    ng_per_unit = abs(int(block.emissions_ng[0])) // int(block.amounts[0])
    return Used(key_of(block, month), block.stamp.factors, ng_per_unit)
