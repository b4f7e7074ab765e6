"""Which charge of a store a certificate of its discharge came out of (EnergyTag, rules D.4)."""

from dataclasses import dataclass
from enum import StrEnum

from services.energy.time_grid import Interval


class Allocation(StrEnum):
    """Which charge a discharge is taken from; declared by the operator."""

    FIFO = "FIFO"
    LIFO = "LIFO"
    WEIGHTED_AVERAGE = "weighted average"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Charge:
    """The record of a charge (SCR) that pairs with one discharge (SDR), which is the certificate.

    `certificate_id` is the granular certificate cancelled for it and `charged_wh` what of that was
    put into the store in `charged`, at the store's meter; what did not come out again was lost.
    """

    certificate_id: str
    charged_wh: int
    charged: Interval
    allocation: Allocation

    def __post_init__(self) -> None:
        if self.charged_wh <= 0:
            raise ValueError(
                f"charge from {self.certificate_id}: {self.charged_wh} Wh must be more than 0"
            )
