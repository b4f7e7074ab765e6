"""Storage records in pairs, and green-power contracts as a supply of attributes (D.4, B.3)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.certificate import Certificate, Instrument
from services.carbon_accounting.domain.certificates.contracts import GreenPowerContract, delivered
from services.carbon_accounting.domain.certificates.gec import Technology
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.storage import (
    ChargeRecord,
    DischargeRecord,
    StorageIssue,
    shares,
    storage_certificate,
)
from services.carbon_accounting.domain.certificates.stored import Allocation
from services.energy.time_grid import Interval
from tests.support.certificates import HOUR, LATER, NEW_YEAR, a_bundle, after, cancelled_for

NOON, EVENING = NEW_YEAR + 4 * HOUR, NEW_YEAR + 12 * HOUR


def an_issue(discharge_wh: int = 900, loss_wh: int = 100, **changed: object) -> StorageIssue:
    issue = StorageIssue(
        cancelled=cancelled_for("battery", a_bundle(1000, ng_per_wh=9)),
        charge=ChargeRecord("SCR1", "battery", Interval(NOON, NOON + HOUR), 1000, "B1"),
        discharge=DischargeRecord(
            "SDR1", "SCR1", Interval(EVENING, EVENING + HOUR), discharge_wh, loss_wh
        ),
        issued_at=LATER,
    )
    return replace(issue, **changed)  # type: ignore[arg-type]


def test_what_came_out_of_a_store_gets_a_certificate_of_its_hour_less_the_losses() -> None:
    found = storage_certificate(an_issue())

    assert isinstance(found, Certificate)
    assert (found.instrument, found.technology) == (
        Instrument.STORAGE_GRANULAR,
        Technology.STORAGE,
    )
    assert found.quantity_wh == 900
    assert found.production == Interval(EVENING, EVENING + HOUR)
    assert found.ng_per_wh == 10  # 9 ng on 1000 Wh put in are 10 ng on 900 Wh


def test_no_storage_certificate_before_the_charged_bundle_is_cancelled() -> None:
    found = storage_certificate(an_issue(cancelled=after(a_bundle(1000))))

    assert isinstance(found, Refused)
    assert found.rule is Rule.NOT_CANCELLED


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"discharge": replace(an_issue().discharge, charge_id="SCR2")}, "charge_id"),
        ({"charge": replace(an_issue().charge, charge_wh=999)}, "charge_wh"),
        ({"discharge": replace(an_issue().discharge, loss_wh=99)}, "loss_wh"),
        ({"discharge": replace(an_issue().discharge, discharge_wh=1001, loss_wh=-1)}, "loss_wh"),
    ],
)
def test_no_storage_certificate_unless_the_records_pair_and_close(
    changed: dict[str, object], field: str
) -> None:
    found = storage_certificate(an_issue(**changed))

    assert isinstance(found, Refused)
    assert (found.rule, found.field) == (Rule.NOT_ALLOCATED, field)


@pytest.mark.parametrize(
    ("method", "drawn"),
    [
        (Allocation.FIFO, [90, 10, 0]),
        (Allocation.LIFO, [0, 10, 90]),
        (Allocation.WEIGHTED_AVERAGE, [33, 33, 34]),
    ],
)
def test_a_discharge_is_drawn_from_the_charges_by_the_declared_method(
    method: Allocation, drawn: list[int]
) -> None:
    assert shares([100, 100, 100], 100, Fraction(9, 10), method) == drawn


def test_more_than_the_charges_give_is_refused() -> None:
    found = shares([100], 91, Fraction(9, 10), Allocation.FIFO)

    assert isinstance(found, Refused)
    assert "at most 90 Wh" in found.cure


def test_an_operators_own_pairs_are_not_computed() -> None:
    with pytest.raises(ValueError, match="method operator one that is computed"):
        shares([100], 10, Fraction(1), Allocation.OPERATOR)


@given(
    st.lists(st.integers(0, 10**7), max_size=8),
    st.fractions(Fraction(1, 2), 1),
    st.sampled_from([Allocation.FIFO, Allocation.LIFO, Allocation.WEIGHTED_AVERAGE]),
    st.fractions(0, 1),
)
def test_shares_sum_to_the_discharge_and_none_exceeds_its_charge_less_losses(
    charges: list[int], efficiency: Fraction, method: Allocation, part: Fraction
) -> None:
    discharge_wh = int(sum(int(c * efficiency) for c in charges) * part)

    drawn = shares(charges, discharge_wh, efficiency, method)

    assert isinstance(drawn, list)
    assert sum(drawn) == discharge_wh
    assert all(0 <= d <= c * efficiency for d, c in zip(drawn, charges, strict=True))


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
