"""Green-power contracts settled by the hour: what is delivered, used, paid for, and not known."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

from services.carbon_accounting.domain.certificates.contracts import (
    DEAREST_PER_MWH,
    MOST_WH,
    PRICE_DIGITS,
    cost_of,
)
from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.settled_months import (
    MonthOfContract,
    by_month,
    totals,
)
from services.carbon_accounting.domain.certificates.settlement import Settled, settled
from tests.support.settling import MWH, agreement, some_hours

WIND = ("north", True)


def settle(*agreements: object, made: list[int | None], used: list[int | None]) -> list[Settled]:
    generation, consumption = {WIND: some_hours(made)}, {"steel": some_hours(used)}
    return settled(agreements, generation, {}, consumption)  # type: ignore[arg-type]


def month_of(one: Settled) -> MonthOfContract:
    (line,) = by_month([one], ["2025-01"] * len(one.agreement.agreed_wh))
    return line


def test_an_hour_delivers_what_is_agreed_or_what_was_made_and_never_carries() -> None:
    line = month_of(*settle(agreement([2, 2, 2]), made=[3, 1, 2], used=[9, 9, 9]))

    assert (line.agreed_wh, line.generated_wh) == (6 * MWH, 6 * MWH)
    assert (line.attributes_wh, line.shortfall_wh) == (5 * MWH, 1 * MWH)  # 2 + 1 + 2


def test_take_or_pay_pays_what_is_not_used_and_the_other_does_not() -> None:
    firm = month_of(*settle(agreement([2, 2], take_or_pay=True), made=[2, 2], used=[1, 5]))
    soft = month_of(*settle(agreement([2, 2], take_or_pay=False), made=[2, 2], used=[1, 5]))

    assert (firm.used_wh, firm.unused_wh, firm.payable_wh) == (3 * MWH, 1 * MWH, 4 * MWH)
    assert (soft.used_wh, soft.unused_wh, soft.payable_wh) == (3 * MWH, 1 * MWH, 3 * MWH)
    assert (firm.cost, soft.cost) == (Decimal(80), Decimal(60))


def test_an_hour_of_unknown_generation_is_named_and_delivers_nothing() -> None:
    line = month_of(*settle(agreement([2, 2]), made=[2, None], used=[9, 9]))

    assert (line.attributes_wh, line.shortfall_wh, line.unsettled_wh) == (2 * MWH, 0, 2 * MWH)
    assert line.unknown_generation_hours == 1


def test_what_was_used_in_an_hour_of_unknown_consumption_is_neither_used_nor_unused() -> None:
    line = month_of(*settle(agreement([2, 2], take_or_pay=False), made=[2, 2], used=[1, None]))

    assert (line.used_wh, line.unused_wh, line.use_unknown_wh) == (1 * MWH, 1 * MWH, 2 * MWH)
    assert (line.payable_wh, line.unknown_consumption_hours) == (1 * MWH, 1)


def test_of_two_contracts_on_one_device_the_later_gets_what_the_earlier_leaves() -> None:
    first, second = settle(
        agreement([2, 2], contract="a"), agreement([2, 2], contract="b"), made=[3, 1], used=[9, 9]
    )

    assert first.attributes_wh.tolist() == [2 * MWH, 1 * MWH]
    assert second.attributes_wh.tolist() == [1 * MWH, 0]
    assert second.generated.wh.tolist() == [3 * MWH, 1 * MWH]  # what the meter said


def test_one_kwh_of_a_buyer_is_used_by_one_contract_alone() -> None:
    agreed = agreement([2], contract="a"), agreement([2], contract="b", device="south")
    made = {WIND: some_hours([2]), ("south", True): some_hours([2])}

    first, second = settled(agreed, made, {}, {"steel": some_hours([3])})

    assert (first.used_wh.tolist(), second.used_wh.tolist()) == ([2 * MWH], [1 * MWH])


def test_what_another_certificate_holds_of_an_hour_is_not_delivered_again() -> None:
    taken = {WIND: some_hours([2]).wh}

    (one,) = settled([agreement([2])], {WIND: some_hours([3])}, taken, {"steel": some_hours([9])})

    assert (one.attributes_wh.tolist(), one.shortfall_wh.tolist()) == ([1 * MWH], [1 * MWH])


def test_power_used_where_it_was_made_is_another_source_than_what_was_exported() -> None:
    own = agreement([2], use=Use.SELF_USE).terms

    assert (own.source, agreement([2]).terms.source) == (("north", False), ("north", True))
    assert own.technology is Technology.WIND


def test_a_price_that_changes_gives_one_line_a_month_and_a_total() -> None:
    cheap = agreement([1, 0, 0], in_force=[1, 0, 0], price="10")
    dear = agreement([0, 1, 1], in_force=[0, 1, 1], price="30.5")

    lines = by_month(
        settle(cheap, dear, made=[1, 1, 1], used=[1, 1, 1]), ["2025-01", "2025-01", "2025-02"]
    )

    assert [(one.month, one.attributes_wh, one.cost) for one in lines] == [
        ("2025-01", 2 * MWH, Decimal("40.5")),
        ("2025-02", 1 * MWH, Decimal("30.5")),
    ]
    (total,) = totals(lines)
    assert (total.month, total.cost) == ("total", Decimal("71.0"))


def test_terms_say_since_when_they_hold() -> None:
    assert agreement([1]).terms.span.start == datetime(2024, 12, 31, 16, tzinfo=UTC)


def test_the_dearest_contract_of_800_days_costs_what_it_costs_to_the_last_digit() -> None:
    hours = 800 * 24
    dear = Decimal(DEAREST_PER_MWH) - Decimal(1).scaleb(-PRICE_DIGITS)

    cost = cost_of(dear, hours * (MOST_WH - 1))

    assert Fraction(cost) == Fraction(dear) * hours * (MOST_WH - 1) / 10**6
