"""What a park declares of prices: tariffs by the local clock, and what is charged each month.

Money is counted in nanos, 10^-9 of the currency: micros per kWh × Wh are whole nanos, and so are
micros per kg × g. Prices may be negative. What nobody declares has no price; it is never 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

UNITS = {"kWh": "Wh", "kg": "g", "m3": "dm3", "Nm3": "Ndm3", "pcs": "pcs"}
"""What a price is per, and the base unit that amounts of it are counted in."""
NANOS_PER_MICRO = 1000
MINUTES_OF_DAY = 24 * 60
PARK = "park"
FEED_IN = "feed-in"
"""The position of what is earned by power that is exported."""


def nanos_per_base_unit(micros: int, unit: str) -> int:
    """Return a price in micros per kWh, kg, m3, Nm3 or piece as nanos per Wh, g … or piece."""
    return micros * NANOS_PER_MICRO if unit == "pcs" else micros


@dataclass(frozen=True, slots=True)
class Window:
    """A price for some minutes of the local day, `[begin, end)`; no `months`: in all of them."""

    begin: int
    end: int
    micros: int
    months: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.begin < self.end <= MINUTES_OF_DAY:
            raise ValueError(
                f"a price holds from minute {self.begin} to {self.end}; write 0 to "
                f"{MINUTES_OF_DAY}, the first before the last, and two windows over midnight"
            )


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices of a position from a local day on, until its next tariff; micros per `unit`.

    The first window that holds says the price, else `micros`; None: there is no price then.
    """

    position: str
    unit: str
    valid_from: date
    micros: int | None
    windows: tuple[Window, ...] = ()

    @property
    def line(self) -> tuple[str, str]:
        """The position, and the base unit that it is counted in."""
        return self.position, UNITS[self.unit]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a month costs whatever was used (micros), from a local day on; one's, or by a key.

    `valid_from` is looked at on the first day of a month.
    """

    id: str
    valid_from: date
    micros: int
    enterprise: str = PARK
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Pricing:
    """All that a park declares of prices.

    `feed_in_micros`: what the grid connection says that a kWh fed in earns; a tariff goes before.
    """

    tariffs: tuple[Tariff, ...] = ()
    charges: tuple[Charge, ...] = ()
    feed_in_micros: int | None = None

    @property
    def is_declared(self) -> bool:
        """Whether anything is declared: costs are kept then."""
        return bool(self.tariffs or self.charges)

    def tariffs_of(self, position: str, base_unit: str) -> list[Tariff]:
        """Return the tariffs of a position that is counted in a base unit, in order of time."""
        mine = [one for one in self.tariffs if one.line == (position, base_unit)]
        if not mine and position == FEED_IN and self.feed_in_micros is not None:
            mine = [Tariff(FEED_IN, "kWh", date.min, self.feed_in_micros)]
        return sorted(mine, key=lambda one: one.valid_from)

    def charges_on(self, day: date) -> Iterator[Charge]:
        """Yield the charges that hold on a local day, the newest of each id, in their order."""
        newest: dict[str, Charge] = {}
        for charge in sorted(self.charges, key=lambda one: (one.id, one.valid_from)):
            if charge.valid_from <= day:
                newest[charge.id] = charge
        yield from newest.values()
