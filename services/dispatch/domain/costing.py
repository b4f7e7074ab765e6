"""What measured grid energy cost: import x price - export x feed-in price, slot by slot, exact.

Wh times micros per kWh are thousandths of a micro; sums stay so and are rounded once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

PER_MICRO = 1000


@dataclass(frozen=True, slots=True)
class MeteredSlot:
    """Energy through the grid meter in one slot and its prices; a price is None when unknown."""

    import_wh: int
    export_wh: int
    import_price_micros_per_kwh: int | None
    export_price_micros_per_kwh: int | None


@dataclass(frozen=True, slots=True)
class EnergyCost:
    """The cost of what has a price, and the energy that has none (set aside, §4)."""

    paid_milli_micros: int = 0
    earned_milli_micros: int = 0
    import_wh: int = 0
    export_wh: int = 0
    unpriced_import_wh: int = 0
    unpriced_export_wh: int = 0

    @property
    def net_micros(self) -> int:
        """Return paid minus earned in micros, half away from zero rounded."""
        net = self.paid_milli_micros - self.earned_milli_micros
        sign = -1 if net < 0 else 1
        return sign * ((abs(net) + PER_MICRO // 2) // PER_MICRO)


def cost_of(slots: Iterable[MeteredSlot]) -> EnergyCost:
    """Return what the slots cost together."""
    paid = earned = imported = exported = no_import_price = no_export_price = 0
    for slot in slots:
        imported += slot.import_wh
        exported += slot.export_wh
        if slot.import_price_micros_per_kwh is None:
            no_import_price += slot.import_wh
        else:
            paid += slot.import_wh * slot.import_price_micros_per_kwh
        if slot.export_price_micros_per_kwh is None:
            no_export_price += slot.export_wh
        else:
            earned += slot.export_wh * slot.export_price_micros_per_kwh
    return EnergyCost(paid, earned, imported, exported, no_import_price, no_export_price)
