"""Which discharge of a store comes out of which charge (D.4): 90 % come out of what was put in."""

from dataclasses import replace
from fractions import Fraction

import pytest

from services.carbon_accounting.domain.certificates.allocating import allocated
from services.carbon_accounting.domain.certificates.drawing import shares
from services.carbon_accounting.domain.certificates.refusal import Rule
from services.carbon_accounting.domain.certificates.storage import RecordRefused
from services.carbon_accounting.domain.certificates.stored import Allocation
from tests.support.storing import NINE_TENTHS, a_charge, a_discharge, drawn, hours, pairs_of

MORNING, NOON = a_charge("c1", 0, 100), a_charge("c2", 4, 100)
EVENING = a_discharge("d1", 12, 100)


@pytest.mark.parametrize(
    ("method", "pairs"),
    [
        (Allocation.FIFO, [("d1", "c1", 100, 90), ("d1", "c2", 12, 10)]),
        (Allocation.LIFO, [("d1", "c1", 12, 10), ("d1", "c2", 100, 90)]),
        (Allocation.WEIGHTED_AVERAGE, [("d1", "c1", 56, 50), ("d1", "c2", 56, 50)]),
    ],
)
def test_a_discharge_is_drawn_from_the_charges_by_the_declared_method(
    method: Allocation, pairs: list[tuple[str, str, int, int]]
) -> None:
    found = drawn([MORNING, NOON], [EVENING], method)

    assert pairs_of(found) == pairs  # 12 Wh is the least of which 0.9 are 10 whole Wh, 56 of 50
    assert {one.loss_wh for one in found.pairs} <= {10, 2, 6}


def test_what_earlier_discharges_left_feeds_the_later_ones() -> None:
    found = drawn([MORNING, NOON], [EVENING, a_discharge("d2", 13, 80)])

    assert pairs_of(found)[2:] == [("d2", "c2", 88, 80)]
    assert [(one.left_wh, one.gives_wh) for one in found.left] == [(0, 0), (0, 0)]


def test_many_small_discharges_empty_a_charge_as_one_large_does() -> None:
    singles = [a_discharge(f"d{n:02}", 1 + n, 1) for n in range(91)]

    found = drawn([MORNING], singles)

    assert [one.covered_wh for one in found.discharges] == [1] * 90 + [0]  # floor(100 · 0.9) = 90
    assert sum(one.charged_wh for one in found.pairs) == 100
    assert {one.loss_wh for one in found.pairs} == {0, 1}


def test_what_no_charge_covers_gets_no_certificate_and_is_told() -> None:
    found = drawn([MORNING], [EVENING])

    (one,) = found.discharges
    assert (one.covered_wh, one.uncovered_wh) == (90, 10)


def test_what_is_left_of_each_charge_is_told() -> None:
    found = drawn([MORNING, NOON], [a_discharge("d1", 12, 45)])

    assert [(one.charge.id, one.left_wh, one.gives_wh) for one in found.left] == [
        ("c1", 50, 45),
        ("c2", 100, 90),
    ]


@pytest.mark.parametrize(("hour", "covered_wh"), [(3, 0), (4, 0), (4.5, 0), (5, 90)])
def test_a_discharge_draws_only_from_charges_that_ended_before_it_began(
    hour: float, covered_wh: int
) -> None:
    found = drawn([NOON], [a_discharge("d1", hour, 90)])

    assert found.discharges[0].covered_wh == covered_wh  # charged from 4 to 5


def test_what_has_no_certificate_dilutes_from_its_beginning_on() -> None:
    day = replace(a_charge("c0", 0, 300), certificate_id="", span=hours(0, 24))

    found = drawn([NOON, day], [EVENING], Allocation.WEIGHTED_AVERAGE)

    assert pairs_of(found) == [("d1", "c2", 28, 25)]  # 90 of 360 Wh can come out of c2


def test_each_store_has_its_own_charges() -> None:
    found = drawn([MORNING], [a_discharge("d1", 12, 50, store="flywheel")])

    assert found.discharges[0].uncovered_wh == 50


def test_a_certificate_whose_life_is_over_feeds_no_discharge() -> None:
    until = hours(13).start
    short = replace(MORNING, until=until)

    found = drawn([short, NOON], [EVENING])  # ends as its life does

    assert pairs_of(found) == [("d1", "c2", 100, 90)]


def told(refused: object) -> list[tuple[str, Rule, str]]:
    assert isinstance(refused, tuple)
    return [(one.record_id, one.refused.rule, one.refused.field) for one in refused]


def test_pairs_of_the_operator_are_taken_as_they_are_told() -> None:
    found = drawn(
        [MORNING, NOON],
        [a_discharge("d1", 12, 90, "c2"), a_discharge("d2", 13, 45, "c1"), EVENING_OF_NOBODY],
        Allocation.OPERATOR,
    )

    assert pairs_of(found) == [("d1", "c2", 100, 90), ("d2", "c1", 50, 45)]
    assert found.discharges[2].uncovered_wh == 7


EVENING_OF_NOBODY = a_discharge("d3", 14, 7)


def test_every_pair_of_the_operator_that_cannot_be_is_told() -> None:
    discharges = [
        a_discharge("d0", 3, 10, "c2"),
        a_discharge("d1", 12, 91, "c1"),
        a_discharge("d2", 12, 10, "c9"),
        a_discharge("d3", 12, 10, "c3"),
        a_discharge("d4", 12, 10, "c4"),
    ]
    others = [a_charge("c3", 0, 100, "flywheel"), replace(MORNING, id="c4", until=hours(5).end)]

    refused = allocated([MORNING, NOON, *others], discharges, NINE_TENTHS, Allocation.OPERATOR)

    assert told(refused) == [
        ("d0", Rule.NOT_ALLOCATED, "charge"),
        ("d1", Rule.BEYOND_QUANTITY, "quantity"),
        ("d2", Rule.NOT_ALLOCATED, "charge"),
        ("d3", Rule.NOT_ALLOCATED, "charge"),
        ("d4", Rule.NOT_ALLOCATED, "charge"),
    ]
    assert isinstance(refused, tuple)
    cures = [one.refused.cure for one in refused if isinstance(one, RecordRefused)]
    assert cures[1] == "c1 gives 90 Wh more at this efficiency"
    assert cures[3] == "it is a charge of flywheel, not of battery"


def test_a_pair_is_told_only_where_the_operator_allocates() -> None:
    refused = allocated([MORNING], [a_discharge("d1", 12, 9, "c1")], NINE_TENTHS, Allocation.FIFO)

    assert told(refused) == [("d1", Rule.NOT_ALLOCATED, "charge")]


@pytest.mark.parametrize("efficiency", [Fraction(0), Fraction(-1), Fraction(11, 10)])
def test_no_store_gives_back_more_than_was_put_in(efficiency: Fraction) -> None:
    with pytest.raises(ValueError, match="must be above 0 and at most 1"):
        allocated([MORNING], [EVENING], efficiency, Allocation.FIFO)


def test_a_third_of_each_is_drawn_to_the_wh() -> None:
    assert shares([90, 90, 90], 100, Allocation.WEIGHTED_AVERAGE) == [33, 33, 34]


def test_an_operators_own_pairs_are_not_computed() -> None:
    with pytest.raises(ValueError, match="by operator: not to be computed"):
        shares([100], 10, Allocation.OPERATOR)


def test_more_pairs_than_a_file_or_an_answer_holds_are_refused() -> None:
    discharges = [a_discharge("d1", 12, 100), a_discharge("d2", 13, 10)]

    refused = allocated([MORNING, NOON], discharges, NINE_TENTHS, Allocation.FIFO, most_pairs=2)

    assert told(refused) == [("d2", Rule.NOT_ALLOCATED, "record")]
