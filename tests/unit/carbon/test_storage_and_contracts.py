"""Green-power contracts as a supply of attributes (B.3); stores: test_allocating.py."""

from decimal import Decimal

import numpy as np
import pytest

from services.carbon_accounting.domain.certificates.contracts import GreenPowerContract, delivered


def a_contract(take_or_pay: bool) -> GreenPowerContract:
    agreed = np.array([1_000_000, 1_000_000, 1_000_000])
    return GreenPowerContract("PPA", "windfarm", "steel", Decimal(400), take_or_pay, agreed)


GENERATED = np.array([2_000_000, 500_000, 1_000_000])
CONSUMED = np.array([1_000_000, 1_000_000, 250_000])


def test_a_contract_supplies_what_was_generated_up_to_what_was_agreed() -> None:
    found = delivered(a_contract(take_or_pay=True), GENERATED, CONSUMED)

    assert found.attributes_wh.tolist() == [1_000_000, 500_000, 1_000_000]
    assert found.shortfall_wh.tolist() == [0, 500_000, 0]


@pytest.mark.parametrize(("take_or_pay", "cost"), [(True, 1000), (False, 700)])
def test_take_or_pay_pays_what_is_not_taken(take_or_pay: bool, cost: int) -> None:
    found = delivered(a_contract(take_or_pay), GENERATED, CONSUMED)

    assert found.cost == cost  # 2.5 MWh or 1.75 MWh at 400


def test_a_contract_needs_one_value_for_each_period() -> None:
    with pytest.raises(ValueError, match="give one value of at least 0 Wh for each period"):
        delivered(a_contract(take_or_pay=True), GENERATED[:2], CONSUMED)
