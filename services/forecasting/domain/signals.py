"""What the grid's electricity costs and emits: series that somebody publishes ahead of time.

To the outlook core, the registry and training a signal is a target like any other; only its numbers
are in its own unit where those of other targets are watts.
"""

from enum import StrEnum
from math import inf

from services.forecasting.domain.targets import Shape, Target


class Signal(StrEnum):
    """A signal by the name under which it is published."""

    IMPORT_PRICE = "market.import_price"
    CARBON_INTENSITY = "market.carbon_intensity"

    @property
    def target(self) -> Target:
        """What is asked of it: prices may be negative, intensities may not."""
        lowest = 0.0 if self is Signal.CARBON_INTENSITY else -inf
        return Target(self.value, self.value, 1.0, Shape.MARKET, lowest, inf)

    def unit(self, currency: str) -> str:
        """Return the unit of its values, for a park that counts in `currency`."""
        return "g/kWh" if self is Signal.CARBON_INTENSITY else f"{currency}/kWh"


SIGNAL_TARGETS = tuple(signal.target for signal in Signal)
