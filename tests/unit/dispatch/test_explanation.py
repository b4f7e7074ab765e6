"""Why a device does what it does, in numbers and in two languages."""

from datetime import timedelta

from services.dispatch.domain.curves import Book, Curve
from services.dispatch.domain.explanation import Explanation, explained, reasons_of
from services.dispatch.domain.feed_in import FeedIn
from services.dispatch.domain.framing import Knowledge
from services.dispatch.domain.planning import Planned, plan_at
from services.dispatch.domain.solver import best_decisions
from services.dispatch.messages import plan_from, plan_message
from tests.support.builders import MORNING, after
from tests.unit.dispatch.builders import PLANT, a_snapshot


def known(level_pct: float = 50.0) -> Knowledge:
    """A park at rest whose energy costs 0.10 in the first six hours and 0.40 in the next."""
    prices = Book()
    hours = (100_000.0,) * 6 + (400_000.0,) * 6 + (200_000.0,) * 14
    prices.learn(Curve("agile", MORNING, MORNING, timedelta(hours=1), hours))
    readings = dict(a_snapshot(level_pct=level_pct).readings)
    for device in ("steel", "metalwork", "electroplating", "labs_a", "labs_b", "offices"):
        readings[f"{device}.active_power_w"] = type(readings["grid.active_power_w"])(
            100_000.0, MORNING
        )
    return Knowledge(readings, None, prices, Book(), Book(), FeedIn(0.0, 0.0))


def explained_at(hours: float) -> tuple[Planned, Explanation]:
    knowledge = known()
    made = plan_at(PLANT, knowledge, MORNING, best_decisions)
    reasons = reasons_of(made, knowledge)
    battery = PLANT.park.device("battery")
    return made, explained(PLANT, made.plan, reasons, battery, after(hours=hours))


def test_the_battery_charges_because_energy_will_be_dearer() -> None:
    _, explanation = explained_at(0)

    assert explanation.power_w >= 0
    assert "Grid energy costs 0.100" in explanation.text_en
    assert "a stored kWh is worth" in explanation.text_en
    assert "储能电池" in explanation.text_zh
    assert explanation.marginal_micros_per_kwh is not None


def test_every_input_names_its_source_and_what_is_unknown_has_no_value() -> None:
    _, explanation = explained_at(0)
    inputs = {i.name: i for i in explanation.inputs}

    assert inputs["import_price"].source == "agile"
    assert inputs["net_load"].source == "persistence of the last reading"
    assert inputs["carbon_intensity"].value is None


def test_a_full_battery_names_its_upper_limit_as_binding() -> None:
    made, _ = explained_at(0)
    levels = made.plan.courses["battery"].stored_pct
    full = next(k for k, level in enumerate(levels) if level > 94.9)

    _, explanation = explained_at(full / 4)

    assert any("upper limit" in b.en for b in explanation.bindings)


def test_a_plan_without_forecast_or_intensity_says_so() -> None:
    made, _ = explained_at(0)

    assert "no forecast: the last believed values persist" in made.plan.caveats
    assert any("carbon intensities unknown" in caveat for caveat in made.plan.caveats)


def test_a_plan_comes_back_from_the_wire_as_it_went() -> None:
    made, _ = explained_at(0)

    again = plan_from(plan_message(made.plan))

    assert again.plan_id == made.plan.plan_id
    assert plan_message(again) == plan_message(made.plan)


def test_the_same_knowledge_at_the_same_time_is_the_same_plan() -> None:
    first, second = (plan_at(PLANT, known(), MORNING, best_decisions).plan for _ in range(2))

    assert first.plan_id == second.plan_id
    assert plan_message(first) == plan_message(second)
