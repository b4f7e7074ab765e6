"""The audit: nodes close or are named, products are graded, meters by hand are named (C.7, A.4)."""

from fractions import Fraction

import pytest

from services.carbon_accounting.domain.auditing.balances import (
    Balance,
    Closed,
    Flow,
    Leaving,
    Outflow,
    Tolerance,
    Unclosed,
    judged,
)
from services.carbon_accounting.domain.auditing.coal_equivalents import Calorific
from services.carbon_accounting.domain.auditing.collection import Meter, collection_of
from services.carbon_accounting.domain.auditing.grades import (
    Graded,
    Ungraded,
    graded,
    graded_counts,
)
from services.carbon_accounting.domain.indicators.per_product import Product
from services.carbon_accounting.domain.indicators.targets import Target
from services.energy.site import Text
from tests.support.indicators import amount


def a_boiler(fuel: int, steam: int, flue: int, pipes: int, exported: int = 0) -> Balance:
    leaving = {
        Leaving.USEFUL: steam,
        Leaving.CONVERSION_LOSS: flue,
        Leaving.TRANSPORT_LOSS: pipes,
        Leaving.EXPORTED: exported,
    }
    outflows = tuple(Outflow(how, Flow(how.value, wh)) for how, wh in leaving.items())
    return Balance("boiler", "Wh", (Flow("fuel", fuel),), outflows, from_stock=20)


def test_input_and_stock_are_useful_lost_and_exported() -> None:
    assert isinstance(judged(a_boiler(980, 800, 100, 50, 50), Tolerance(Fraction(0))), Closed)


@pytest.mark.parametrize(("steam", "verdict"), [(780, Closed), (779, Unclosed), (821, Unclosed)])
def test_the_tolerance_is_a_share_of_what_came_in_and_a_setting(steam: int, verdict: type) -> None:
    found = judged(a_boiler(980, steam, 100, 50, 50), Tolerance(Fraction(2, 100)))

    assert isinstance(found, verdict)
    assert not isinstance(found, Unclosed) or abs(found.gap) == 21


def test_more_out_than_in_came_from_nowhere_and_says_so() -> None:
    found = judged(a_boiler(980, 900, 100, 50, 50), Tolerance(Fraction(0), amount=99))

    assert str(found) == "boiler: 100 Wh came in unmetered, 99 Wh allowed"


def test_a_negative_flow_is_refused() -> None:
    with pytest.raises(ValueError, match="fuel is -1; turn the flow round"):
        Flow("fuel", -1)


STEEL = Product(
    "steel",
    Text("steel", "钢材"),
    "t",
    {
        grade: Target(Fraction(limit), Text(f"grade {grade}", f"{grade}级"), "V2", "a test")
        for grade, limit in ((1, 500), (2, 600), (3, 700))
    },
)
CAKE = Product("cake", Text("cake", "糕点"), "t")


@pytest.mark.parametrize(("tce", "grade"), [(50, 1), (60, 2), (61, 3), (71, None)])
def test_a_product_has_the_best_grade_whose_limit_it_keeps(tce: int, grade: int | None) -> None:
    found = graded(STEEL, Calorific(Fraction(tce)), Fraction(100))

    assert found == Graded(STEEL, Fraction(tce * 10), grade)
    assert found.is_good_enough == (tce <= 60)


def test_a_product_without_a_standard_is_explained_and_one_that_was_not_made_has_no_grade() -> None:
    energy = Calorific(Fraction(1))

    assert graded(CAKE, energy, Fraction(4)) == Ungraded(
        CAKE, "no mandatory energy-quota standard: explain", Fraction(250)
    )
    assert graded(STEEL, energy, Fraction(0)) == Ungraded(STEEL, "none was made")
    assert graded(STEEL, None, Fraction(1)) == Ungraded(STEEL, "its energy is not known")


def test_only_products_with_a_standard_count_and_none_of_them_may_be_ungraded() -> None:
    good = graded(STEEL, Calorific(Fraction(59)), Fraction(100))
    bad = graded(STEEL, Calorific(Fraction(99)), Fraction(100))
    explained = graded(CAKE, Calorific(Fraction(1)), Fraction(4))

    assert graded_counts([good, bad, explained]) == {
        "products.with_limit": amount("2 pcs"),
        "products.at_grade_2": amount("1 pcs"),
    }
    assert graded_counts([good, graded(STEEL, None, None)]) == {}


def test_meters_read_by_hand_are_named_and_those_nobody_requires_do_not_count() -> None:
    found = collection_of(
        [
            Meter("m1", is_required=True, is_collected=True),
            Meter("m2", is_required=True, is_collected=False),
            Meter("m3", is_required=True, is_collected=True),
            Meter("m4", is_required=True, is_collected=True),
            Meter("extra", is_required=False, is_collected=False),
        ]
    )

    assert (found.share, found.by_hand) == (Fraction(3, 4), ("m2",))
    assert found.amounts()["meters.collected"] == amount("3 pcs")


def test_without_required_meters_there_is_no_share() -> None:
    assert collection_of([]).share is None
