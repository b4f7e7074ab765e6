"""Green-power contracts: hourly delivery with its attributes, take-or-pay (rules B.3, D.1)."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from services.carbon_accounting.domain.certificates.gec import GEC_WH

Wh = NDArray[np.int64]
MOST_WH = 10**11
"""In an hour: 100 GW."""
DEAREST_PER_MWH, PRICE_DIGITS = 10**6, 4
"""So a cost of 800 days has at most 27 digits, which Decimal holds exactly."""


@dataclass(frozen=True, slots=True)
class GreenPowerContract:
    """What was agreed: `agreed_wh` and a price a period; `take_or_pay` pays what is not taken."""

    id: str
    device: str
    buyer: str
    price_per_mwh: Decimal
    take_or_pay: bool
    agreed_wh: Wh


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a contract came to. Arrays (periods,) in Wh.

    `attributes_wh` is the buyer's supply of attributes, `shortfall_wh` what the plant owes,
    `payable_wh` what is paid for.
    """

    attributes_wh: Wh
    shortfall_wh: Wh
    payable_wh: Wh
    cost: Decimal


def delivered(contract: GreenPowerContract, generated_wh: Wh, consumed_wh: Wh) -> Delivery:
    """Return the delivery of a contract from metered generation and the buyer's consumption.

    Attributes come with metered generation alone, up to what was agreed. What the buyer cannot use
    in a period is never carried to another; with take-or-pay it is paid for all the same.
    """
    agreed_wh = contract.agreed_wh
    _check(contract, generated_wh, consumed_wh)
    attributes_wh = np.minimum(agreed_wh, generated_wh)
    payable_wh = attributes_wh if contract.take_or_pay else np.minimum(attributes_wh, consumed_wh)
    return Delivery(
        attributes_wh=attributes_wh,
        shortfall_wh=agreed_wh - attributes_wh,
        payable_wh=payable_wh,
        cost=cost_of(contract.price_per_mwh, int(payable_wh.sum())),
    )


def cost_of(price_per_mwh: Decimal, payable_wh: int) -> Decimal:
    """Return what so many Wh cost, exactly within DEAREST_PER_MWH, PRICE_DIGITS and MOST_WH."""
    return price_per_mwh * payable_wh / GEC_WH


def _check(contract: GreenPowerContract, generated_wh: Wh, consumed_wh: Wh) -> None:
    shapes = {array.shape for array in (contract.agreed_wh, generated_wh, consumed_wh)}
    if len(shapes) != 1 or min(contract.agreed_wh.min(initial=0), generated_wh.min(initial=0)) < 0:
        raise ValueError(
            f"contract {contract.id}: agreed, generated and consumed have shapes {shapes}; give "
            "one value of at least 0 Wh for each period"
        )
