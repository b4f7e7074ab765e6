"""The score of a matching, and a period that it leaves short (rules D.3).

The grid's own carbon-free share has no source here, so grid power counts as none of it.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from services.carbon_accounting.domain.matching.periods import Granularity


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of the load, None without load.

    `volumetric_wh` is matched by calendar year alone and never below what is matched at a finer
    granularity.
    """

    granularity: Granularity
    load_wh: int
    matched_wh: int
    volumetric_wh: int

    @property
    def cfe(self) -> Fraction | None:
        """Σ matched / Σ load."""
        return Fraction(self.matched_wh, self.load_wh) if self.load_wh else None

    @property
    def volumetric(self) -> Fraction | None:
        """min(1, Σ supply / Σ load) of a year."""
        return Fraction(self.volumetric_wh, self.load_wh) if self.load_wh else None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A period whose load is not all covered."""

    start: datetime
    end: datetime
    load_wh: int
    matched_wh: int

    @property
    def missing_wh(self) -> int:
        """What is not covered."""
        return self.load_wh - self.matched_wh
