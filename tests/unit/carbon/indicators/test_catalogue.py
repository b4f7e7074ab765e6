"""Versions of indicators: tried, published, in force from a day on, never changed."""

from datetime import date
from fractions import Fraction

import pytest

from services.carbon_accounting.domain.indicators.catalogue import Published, Refused, published
from services.carbon_accounting.domain.indicators.definitions import Definition, System
from services.carbon_accounting.domain.indicators.targets import Direction, Target, Targets
from services.carbon_accounting.domain.indicators.trials import Trial, history_of, tried
from services.carbon_accounting.domain.indicators.values import Known
from services.energy.site import Text
from tests.support.indicators import a_catalogue, an_indicator, flaws_of, known, totals

TODAY = date(2026, 7, 1)
HISTORY = [
    totals({"load": f"{kwh} kWh", "made": "2 t"}, year)
    for year, kwh in ((2025, 10), (2026, 12), (2027, 14))
]


def test_a_definition_is_tried_on_history_before_it_is_switched_on() -> None:
    catalogue = a_catalogue()

    trial = tried(an_indicator("load / made", "MWh/t"), HISTORY, catalogue)

    assert isinstance(trial, Trial)
    assert [known(one) for one in trial.shown] == [
        Fraction(5, 1000),
        Fraction(6, 1000),
        Fraction(7, 1000),
    ]
    assert (trial.unit, trial.missing, trial.known_count) == ("MWh/t", (), 3)
    assert catalogue.definitions == ()


def test_a_trial_names_what_history_lacks() -> None:
    history = [*HISTORY, totals({"load": "1 kWh"}, 2028)]

    trial = tried(an_indicator("load / made"), history, a_catalogue())

    assert isinstance(trial, Trial)
    assert (trial.missing, trial.known_count) == (("made",), 3)


def test_a_trial_of_what_cannot_be_is_refused_with_everything_that_is_wrong() -> None:
    refused = tried(an_indicator("load + made", "nonsense"), HISTORY, a_catalogue())

    assert isinstance(refused, Refused)
    assert [fault.key for fault in refused.faults] == ["formula", "unit"]


def test_an_amount_may_come_in_any_unit_of_its_kind() -> None:
    snapshot = totals({"load": "10000 Wh", "made": "2000000 g"})

    trial = tried(an_indicator("load / made"), [snapshot], a_catalogue())

    assert isinstance(trial, Trial)
    assert trial.shown[0].value == Known(Fraction(5))


def test_an_amount_of_another_kind_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="load is 1 t; give it in kWh"):
        tried(an_indicator("load / made"), [totals({"load": "1 t"})], a_catalogue())


def test_publishing_gives_the_next_version_and_history_keeps_the_one_it_was_shown_with() -> None:
    first = a_catalogue(an_indicator("load / made"))
    draft = an_indicator("2 * load / made", valid_from=date(2027, 1, 1))

    done = published(first, draft, today=TODAY)

    assert isinstance(done, Published)
    assert done.definition.version == 2
    shown = history_of("one", HISTORY, done.catalogue)
    assert [(one.definition.version, known(one)) for one in shown] == [
        (1, Fraction(5)),
        (1, Fraction(6)),
        (2, Fraction(14)),
    ]
    assert first.versions("one") == (an_indicator("load / made"),)


def test_the_first_version_of_a_new_indicator_is_1_and_earlier_periods_do_not_have_it() -> None:
    draft = an_indicator("load / made", version=7, valid_from=TODAY)

    done = published(a_catalogue(), draft, today=TODAY)

    assert isinstance(done, Published)
    assert [one.definition.version for one in history_of("one", HISTORY, done.catalogue)] == [1, 1]


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (an_indicator("load", valid_from=date(2026, 6, 30)), "before today (2026-07-01)"),
        (an_indicator("load / made", valid_from=date(2026, 8, 1)), "is version 1 again"),
        (an_indicator("load", unit="kWh", valid_from=date(2026, 7, 31)), "before version 1"),
        (an_indicator("load + made", valid_from=date(2026, 9, 1)), "cannot be added"),
    ],
)
def test_what_would_change_the_past_or_is_wrong_is_not_published(
    draft: Definition, told: str
) -> None:
    catalogue = a_catalogue(an_indicator("load / made", valid_from=date(2026, 8, 1)))

    refused = published(catalogue, draft, today=TODAY)

    assert isinstance(refused, Refused)
    assert any(told in str(fault) for fault in refused.faults)


def test_a_new_unit_is_refused_when_another_indicator_no_longer_fits() -> None:
    catalogue = a_catalogue(
        an_indicator("load / made"),
        an_indicator("indicator.one * made", "kWh", id="user"),
    )
    draft = an_indicator("load / energy", "1", valid_from=TODAY)

    refused = published(catalogue, draft, today=TODAY)

    assert isinstance(refused, Refused)
    assert [fault.indicator_id for fault in refused.faults] == ["user"]


def test_circles_between_indicators_are_named() -> None:
    ring = a_catalogue(
        an_indicator("indicator.b * 2", id="a"),
        an_indicator("indicator.c * 2", id="b"),
        an_indicator("target.a + 0", id="c"),
        an_indicator("load / made + indicator.a", id="outside"),
    )

    assert [str(fault) for fault in ring.faults()] == [
        "a version 1, formula: needs itself: a -> b -> c -> a - break the circle in one of them"
    ]


def test_an_indicator_of_itself_is_a_circle_of_one() -> None:
    (told,) = flaws_of("indicator.one + 0")

    assert "needs itself: one -> one" in told


def test_an_indicator_is_made_of_others_and_of_their_targets() -> None:
    limited = an_indicator(
        "load / made", id="base", targets=Targets(Direction.AT_MOST, (limit(7),))
    )
    room = an_indicator("target.base - indicator.base", id="room")

    trial = tried(room, HISTORY[:1], a_catalogue(limited))

    assert isinstance(trial, Trial)
    assert known(trial.shown[0]) == 2


def test_what_an_indicator_lacks_those_made_of_it_lack_too() -> None:
    catalogue = a_catalogue(an_indicator("load / made", id="base"))

    trial = tried(an_indicator("indicator.base * 2"), [totals({"load": "1 kWh"})], catalogue)

    assert isinstance(trial, Trial)
    assert trial.missing == ("made",)


def test_a_national_indicator_refuses_energy_at_its_equivalent_value_even_through_another() -> None:
    assert flaws_of("old / made", "tce/t") == []
    told = flaws_of("max(old, energy) / made", "tce/t", system=System.NATIONAL_PARK)
    assert "等价值" in told[0]

    through = a_catalogue(
        an_indicator("old / made", "tce/t", id="park"),
        an_indicator("indicator.park", "tce/t", id="national", system=System.NATIONAL_FACTORY),
    )
    assert [fault.indicator_id for fault in through.faults()] == ["national"]


def test_versions_are_counted_without_gaps() -> None:
    faulty = a_catalogue(an_indicator("load / made", version=2))

    assert "has version 2 where 1 is due" in str(faulty.faults()[0])


def limit(value: int) -> Target:
    return Target(Fraction(value), Text("all", "全部"), "V", "a test")


def test_what_rests_on_a_wrong_indicator_is_not_blamed_for_it() -> None:
    faulty = a_catalogue(
        an_indicator("load + made", id="base"),
        an_indicator("indicator.base * 2", id="user"),
        an_indicator("indicator.user * 2", id="users-user"),
    )

    assert [fault.indicator_id for fault in faulty.faults()] == ["base"]


def test_a_size_is_an_energy_that_is_declared() -> None:
    sized = an_indicator("load / made", targets=Targets(Direction.AT_MOST, (), "load"))
    unknown = an_indicator("load / made", targets=Targets(Direction.AT_MOST, (), "sise"))

    assert a_catalogue(sized).faults() == ()  # kWh are an energy too
    (told,) = a_catalogue(unknown).faults()
    assert (told.key, told.cure) == ("size", "did you mean size?")
