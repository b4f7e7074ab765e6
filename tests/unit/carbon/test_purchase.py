"""The cheapest purchase for a target hourly score, in whole MWh, with its proof."""

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.carbon_accounting.domain.matching.purchase import (
    Need,
    Offer,
    Proposal,
    Unreachable,
    propose,
)
from tests.support.certificates import MWH


def an_offer(name: str, price: int, most: int, *profile: int) -> Offer:
    shape = np.array(profile, dtype=np.int64) if profile else None
    return Offer(name, name, Decimal(price), most, shape)


def need(target: Fraction, *load_mwh: int, supply: tuple[int, ...] = ()) -> Need:
    load = np.array(load_mwh, dtype=np.int64) * MWH
    there = np.array(supply or [0] * len(load_mwh), dtype=np.int64) * MWH
    return Need(load, there, target)


def bought(found: Proposal | Unreachable) -> dict[str, int]:
    assert isinstance(found, Proposal), found.text
    return {purchase.offer.name: purchase.mwh for purchase in found.purchases}


def test_the_night_is_bought_from_the_wind_although_the_sun_is_cheaper() -> None:
    sun, wind = an_offer("sun", 10, 100, 1, 0), an_offer("wind", 30, 100, 0, 1)

    found = propose(need(Fraction(1), 20, 20), [sun, wind])

    assert bought(found) == {"sun": 20, "wind": 20}
    assert isinstance(found, Proposal)
    assert (found.cost, found.score) == (800, 1)


def test_only_the_cheap_hours_are_bought_when_that_is_enough() -> None:
    sun, wind = an_offer("sun", 10, 100, 1, 0), an_offer("wind", 30, 100, 0, 1)

    assert bought(propose(need(Fraction(1, 2), 20, 20), [sun, wind])) == {"sun": 20}


def test_what_is_there_already_is_not_bought() -> None:
    wind = an_offer("wind", 30, 100)

    found = propose(need(Fraction(5, 6), 20, 20, 20, supply=(10, 20, 30)), [wind])

    assert bought(found) == {}


def test_a_target_no_offer_reaches_says_the_best_score() -> None:
    sun = an_offer("sun", 10, 100, 1, 0)

    found = propose(need(Fraction(9, 10), 20, 20), [sun])

    assert found == Unreachable(Fraction(9, 10), Fraction(1, 2))
    assert "target 0.9000 cannot be reached: with all offers the score is 0.5000" in found.text


def test_without_offers_the_best_score_is_what_there_is() -> None:
    found = propose(need(Fraction(1), 20, supply=(5,)), [])

    assert found == Unreachable(Fraction(1), Fraction(1, 4))


def test_a_flat_offer_is_delivered_evenly_to_the_wh() -> None:
    delivered = an_offer("flat", 1, 9).delivery_wh(1, 3)

    assert delivered.tolist() == [333_333, 333_333, 333_334]


def test_part_of_a_mwh_is_rounded_up_until_the_target_holds() -> None:
    found = propose(need(Fraction(1, 2), 5), [an_offer("wind", 30, 10)])

    assert bought(found) == {"wind": 3}
    assert isinstance(found, Proposal)
    assert found.score == Fraction(3, 5)
    assert found.least_cost == pytest.approx(75)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: an_offer("x", -1, 1), "offer x: price -1"),
        (lambda: an_offer("x", 1, 1, 0, 0), "offer x: a profile is at least 0"),
        (lambda: need(Fraction(2), 1), "target 2 must be above 0"),
        (lambda: need(Fraction(1), 0), "there must be load"),
        (lambda: need(Fraction(1), 5, supply=(-1,)), "at least 0 Wh for each period"),
    ],
)
def test_senseless_input_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


def test_a_profile_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="its profile has 2 periods, the load has 1"):
        propose(need(Fraction(1), 5), [an_offer("x", 1, 9, 1, 1)])


def cheapest(wanted: Need, offers: list[Offer]) -> Decimal | None:
    """Try every purchase."""
    periods = len(wanted.load_wh)
    costs = [
        sum((o.price_per_mwh * n for o, n in zip(offers, mwh, strict=True)), Decimal(0))
        for mwh in itertools.product(*(range(o.max_mwh + 1) for o in offers))
        if wanted.score(
            sum(
                (o.delivery_wh(n, periods) for o, n in zip(offers, mwh, strict=True)),
                np.zeros(periods, dtype=np.int64),
            )
        )
        >= wanted.target
    ]
    return min(costs, default=None)


hours = st.lists(st.integers(0, 6), min_size=3, max_size=3)
tiny_offers = st.lists(
    st.builds(
        lambda price, most, profile: (price, most, profile),
        st.integers(1, 9),
        st.integers(0, 6),
        hours.filter(any),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60)
@given(hours.filter(any), hours, tiny_offers, st.fractions(Fraction(1, 10), 1))
def test_a_proposal_holds_and_is_within_a_mwh_of_each_offer_of_the_cheapest(
    load: list[int], supply: list[int], drawn: list[tuple[int, int, list[int]]], target: Fraction
) -> None:
    wanted = need(target, *load, supply=tuple(supply))
    offers = [an_offer(f"o{i}", p, most, *shape) for i, (p, most, shape) in enumerate(drawn)]

    found, best = propose(wanted, offers), cheapest(wanted, offers)

    if isinstance(found, Unreachable):
        assert best is None
        assert found.best < target
    else:
        assert best is not None
        assert found.score >= target
        assert all(0 < p.mwh <= p.offer.max_mwh for p in found.purchases)
        assert best <= found.cost <= best + sum(o.price_per_mwh for o in offers)
        assert found.least_cost <= float(best) + 1e-4
