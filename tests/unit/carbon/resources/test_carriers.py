"""Metered flows of water, waste and waste heat: totals for indicators and balances by node."""

from fractions import Fraction

from services.carbon_accounting.domain.auditing.balances import (
    Closed,
    Tolerance,
    Unclosed,
    Undecided,
    audited,
)
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.resources.carriers import (
    Carrier,
    Metered,
    Role,
    balances_of,
    totals_of,
)
from tests.support.indicators import known, shown_for

TWO_PERCENT = Tolerance(Fraction(2, 100))
M3 = 1_000


def water(meter: str, role: Role, m3: int | None, node: str = "works") -> Metered:
    amount = None if m3 is None else m3 * M3
    return Metered(meter, "laundry", node, Carrier.WATER, role, amount)


def test_totals_add_the_meters_of_all_enterprises_and_feed_the_indicator() -> None:
    found = totals_of(
        [
            water("in-1", Role.INTAKE, 60),
            water("in-2", Role.INTAKE, 40),
            water("again", Role.REUSED, 900),
        ]
    )

    assert found == {
        "water.intake": Amount(Fraction(100_000), "dm3"),
        "water.reused": Amount(Fraction(900_000), "dm3"),
    }


def test_a_total_of_which_one_meter_is_unknown_is_absent_not_smaller() -> None:
    found = totals_of([water("in-1", Role.INTAKE, 60), water("in-2", Role.INTAKE, None)])

    assert found == {}


def test_a_balance_is_input_and_stock_against_uses_and_losses() -> None:
    flows = [
        water("in", Role.INTAKE, 90),
        water("again", Role.REUSED, 900),
        water("evaporated", Role.CONSUMED, 70),
        water("sewer", Role.DISCHARGED, 20),
        water("leak", Role.LOST, 9),
    ]

    (found,) = audited(balances_of(flows, {("works", Carrier.WATER): 10 * M3}), TWO_PERCENT)

    assert isinstance(found, Closed)
    assert (found.gap, found.allowed) == (1 * M3, 2 * M3)


def test_nodes_that_do_not_close_are_named_with_the_amount() -> None:
    flows = [
        water("in", Role.INTAKE, 100, node="dye house"),
        water("sewer", Role.DISCHARGED, 90, node="dye house"),
        water("in-2", Role.INTAKE, 50, node="tower"),
        water("blowdown", Role.DISCHARGED, None, node="tower"),
    ]

    unclosed, undecided = audited(balances_of(flows, {}), TWO_PERCENT)

    assert isinstance(unclosed, Unclosed)
    assert str(unclosed) == "dye house (water): 10000 dm3 left unmetered, 2000 dm3 allowed"
    assert isinstance(undecided, Undecided)
    assert undecided.lacking == ("blowdown",)


def test_an_unknown_change_of_stock_leaves_a_balance_undecided() -> None:
    flows = [water("in", Role.INTAKE, 100), water("out", Role.DISCHARGED, 100)]

    (found,) = audited(balances_of(flows, {("works", Carrier.WATER): None}), TWO_PERCENT)

    assert isinstance(found, Undecided)
    assert found.lacking == ("stock of works (water)",)


def test_each_carrier_of_a_node_has_a_balance_of_its_own() -> None:
    heat = Metered("flue", "forge", "works", Carrier.HEAT, Role.AVAILABLE, 100)
    used = Metered("boiler", "forge", "works", Carrier.HEAT, Role.UTILISED, 60)
    chimney = Metered("chimney", "forge", "works", Carrier.HEAT, Role.DISCHARGED, 40)

    balances = balances_of([heat, used, chimney, water("in", Role.INTAKE, 1)], {})

    assert [balance.node for balance in balances] == ["works (heat)", "works (water)"]
    assert isinstance(audited(balances, TWO_PERCENT)[0], Closed)
    assert totals_of([heat, used])["heat.available"] == Amount(Fraction(100), "Wh")


def test_metered_totals_become_the_rate_of_the_indicator() -> None:
    found = totals_of([water("in", Role.INTAKE, 1), water("again", Role.REUSED, 9)])

    amounts = {name: f"{amount.value} {amount.unit}" for name, amount in found.items()}
    assert known(shown_for(amounts)["water_reuse"]) == 90
