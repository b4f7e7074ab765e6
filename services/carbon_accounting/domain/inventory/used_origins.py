"""Electricity used by enterprise, line and origin, over all that was traced."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.carbon_accounting.domain.inventory.electricity import Use
from services.carbon_accounting.domain.tracing.origins import Origin


@dataclass
class UsedOrigins:
    """Wh by (enterprise, line, origin); of each line and origin they sum to its flows."""

    wh: dict[tuple[str, str, Origin], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, uses: Iterable[Use]) -> None:
        """Add uses; one of several meters is one of its line."""
        for use in uses:
            self.wh[use.enterprise, use.meter, use.origin] += int(use.wh.sum())
