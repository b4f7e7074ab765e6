"""Whatever a store took in and gave: no Wh comes out twice, none beyond what charges give (D.4)."""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.allocating import allocated
from services.carbon_accounting.domain.certificates.storage import DischargeRecord
from services.carbon_accounting.domain.certificates.store_pairs import Allocated, Charged
from services.carbon_accounting.domain.certificates.stored import Allocation
from services.energy.time_grid import QUARTER, Interval
from tests.support.storing import a_charge, a_discharge, drawn, pairs_of

COMPUTED = st.sampled_from([Allocation.FIFO, Allocation.LIFO, Allocation.WEIGHTED_AVERAGE])
EFFICIENCY = st.fractions(Fraction(1, 2), 1, max_denominator=1000)
STORES = st.sampled_from(["battery", "flywheel"])
HOURS, WH = st.integers(0, 8), st.integers(1, 300)
CHARGES = st.lists(st.tuples(HOURS, WH, STORES), max_size=6).map(
    lambda some: [a_charge(f"c{n}", *one) for n, one in enumerate(some)]
)
DISCHARGES = st.lists(st.tuples(HOURS, WH, STORES), min_size=1, max_size=8).map(
    lambda some: [
        a_discharge(f"d{n}", hour, wh, "", store) for n, (hour, wh, store) in enumerate(some)
    ]
)


@given(CHARGES, DISCHARGES, EFFICIENCY, COMPUTED)
def test_no_charge_gives_more_than_was_put_in_less_the_losses(
    charges: list[Charged],
    discharges: list[DischargeRecord],
    efficiency: Fraction,
    method: Allocation,
) -> None:
    found = drawn(charges, discharges, method, efficiency)

    charged_wh, gave_wh = defaultdict[str, int](int), defaultdict[str, int](int)
    for pair in found.pairs:
        charged_wh[pair.charge.id] += pair.charged_wh
        gave_wh[pair.charge.id] += pair.discharge_wh
        assert pair.charged_wh >= pair.discharge_wh > 0
        assert pair.charge.store == pair.discharge.store
        assert pair.charge.span.end <= pair.discharge.discharged.start
    for left in found.left:
        id, limit_wh = left.charge.id, int(left.charge.charge_wh * efficiency)
        assert charged_wh[id] + left.left_wh == left.charge.charge_wh
        assert gave_wh[id] + left.gives_wh == limit_wh
        assert gave_wh[id] <= int(charged_wh[id] * efficiency)
        assert left.left_wh == 0 or gave_wh[id] < limit_wh or limit_wh == 0


@given(CHARGES, DISCHARGES, EFFICIENCY, COMPUTED)
def test_a_discharge_is_what_its_parts_are_and_what_is_not_covered(
    charges: list[Charged],
    discharges: list[DischargeRecord],
    efficiency: Fraction,
    method: Allocation,
) -> None:
    found = drawn(charges, discharges, method, efficiency)

    for one in found.discharges:
        assert one.covered_wh + one.uncovered_wh == one.discharge.discharge_wh
        assert one.uncovered_wh >= 0
    assert len(found.discharges) == len(discharges)


@given(CHARGES, DISCHARGES, EFFICIENCY)
def test_each_method_covers_the_same_of_every_discharge(
    charges: list[Charged], discharges: list[DischargeRecord], efficiency: Fraction
) -> None:
    fifo, lifo, average = (
        [one.covered_wh for one in drawn(charges, discharges, method, efficiency).discharges]
        for method in (Allocation.FIFO, Allocation.LIFO, Allocation.WEIGHTED_AVERAGE)
    )

    assert fifo == lifo == average


@given(CHARGES, DISCHARGES, EFFICIENCY, COMPUTED, st.randoms())
def test_the_order_of_the_records_changes_nothing(
    charges: list[Charged],
    discharges: list[DischargeRecord],
    efficiency: Fraction,
    method: Allocation,
    chance: Random,
) -> None:
    before = drawn(charges, discharges, method, efficiency)
    chance.shuffle(charges)
    chance.shuffle(discharges)

    assert drawn(charges, discharges, method, efficiency) == before


@given(CHARGES, DISCHARGES, EFFICIENCY, COMPUTED, st.integers(1, 10**6))
def test_a_discharge_told_in_two_halves_is_covered_as_much(
    charges: list[Charged],
    discharges: list[DischargeRecord],
    efficiency: Fraction,
    method: Allocation,
    at: int,
) -> None:
    """Its charges began before both halves, and no other discharge begins between them."""
    begun = discharges[0].discharged
    whole = replace(discharges[0], discharged=Interval(begun.start + QUARTER, begun.end))
    parts = _halves(whole, at % whole.discharge_wh)

    before = drawn(charges, [whole, *discharges[1:]], method, efficiency)
    after = drawn(charges, [*parts, *discharges[1:]], method, efficiency)

    assert _covered(after, parts) == _covered(before, [whole])
    assert _covered(after, discharges[1:]) == _covered(before, discharges[1:])


def _halves(whole: DischargeRecord, first_wh: int) -> list[DischargeRecord]:
    span = whole.discharged
    middle = span.start + span.duration / 2
    first = Interval(span.start, middle), first_wh
    second = Interval(middle, span.end), whole.discharge_wh - first_wh
    return [
        DischargeRecord(f"{whole.id}-{n}", whole.store, *half)
        for n, half in enumerate((first, second))
    ]


def _covered(found: Allocated, some: list[DischargeRecord]) -> int:
    wanted = {one.id for one in some}
    return sum(one.covered_wh for one in found.discharges if one.discharge.id in wanted)


@given(CHARGES, DISCHARGES, EFFICIENCY, COMPUTED)
def test_what_was_allocated_stays_when_later_discharges_are_told(
    charges: list[Charged],
    discharges: list[DischargeRecord],
    efficiency: Fraction,
    method: Allocation,
) -> None:
    later = a_discharge("z", 9, 100)

    before = pairs_of(drawn(charges, discharges, method, efficiency))
    after = drawn(charges, [*discharges, later], method, efficiency)

    assert [one for one in pairs_of(after) if one[0] != "z"] == before


@given(CHARGES, DISCHARGES, EFFICIENCY)
def test_pairs_that_were_computed_are_taken_from_the_operator_too(
    charges: list[Charged], discharges: list[DischargeRecord], efficiency: Fraction
) -> None:
    computed = drawn(charges, discharges, Allocation.FIFO, efficiency)
    told = [
        DischargeRecord(
            f"{n:03}",
            pair.charge.store,
            pair.discharge.discharged,
            pair.discharge_wh,
            pair.charge.id,
        )
        for n, pair in enumerate(computed.pairs)
    ]

    found = allocated(charges, told, efficiency, Allocation.OPERATOR)

    assert isinstance(found, Allocated)
    assert sorted(pair[1:] for pair in pairs_of(found)) == sorted(
        pair[1:] for pair in pairs_of(computed)
    )
