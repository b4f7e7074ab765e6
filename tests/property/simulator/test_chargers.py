"""A port serves its vehicles one after the other and never gives more than they want."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.simulator.domain.chargers import ChargersState, Ports, power_w, steady_s
from services.simulator.domain.chargers import after as after_held
from services.simulator.domain.demo_park import DemoPark
from services.simulator.domain.samples import Values
from tests.unit.simulator.builders import START, START_S, a_setpoint, a_world, after, sessions


def port(number: int, *rows: tuple[int, int, int, float], minutes: float) -> Values:
    park, _ = DemoPark.at(a_world(*rows), START).advance(after(minutes))
    return park.sample().values[f"charger_{number:02}"]


def test_an_uncontrolled_port_gives_its_full_power() -> None:
    shown = port(1, (0, 10, 200, 14.0), minutes=70)

    assert shown["active_power_w"] == 7_000.0
    assert shown["consumption_energy_wh"] == 7_000
    assert shown["requested_energy_wh"] == 7_000
    assert shown["connected"] == 1
    assert shown["departure_epoch_s"] == START_S + 200 * 60 + 600


def test_a_satisfied_vehicle_draws_nothing_but_stays_connected() -> None:
    shown = port(1, (0, 0, 200, 7.0), minutes=61)

    assert (shown["active_power_w"], shown["requested_energy_wh"]) == (0.0, 0)
    assert (shown["consumption_energy_wh"], shown["connected"]) == (7_000, 1)


@given(st.integers(1, 3_000))
def test_the_last_seconds_of_a_charge_are_no_trickle(wanted_wh: int) -> None:
    """A few W would read like kW that somebody told as W."""
    ports = Ports(("a",), rating_w=7_000.0, fail_safe_w=0.0)
    state = replace(ChargersState.idle(1), wanted_wh=np.array([float(wanted_wh)]))
    drawn_wh, seen_w = 0.0, []

    while (power := power_w(ports, state, START_S))[0] > 0:
        seconds = int(steady_s(state, power))
        state = after_held(state, power, seconds)
        drawn_wh += power[0] * seconds / 3600
        seen_w.append(power[0])

    assert drawn_wh == pytest.approx(wanted_wh, rel=1e-9)
    assert min(seen_w) >= min(3_500.0, 1_800 * wanted_wh)


def test_a_vehicle_that_leaves_early_takes_only_what_it_got() -> None:
    shown = port(1, (0, 0, 30, 20.0), minutes=40)

    assert shown["consumption_energy_wh"] == 3_500
    assert (shown["connected"], shown["requested_energy_wh"], shown["departure_epoch_s"]) == (
        0,
    ) * 3


def test_two_vehicles_follow_each_other_on_one_port() -> None:
    shown = port(2, (1, 0, 60, 1.0), (1, 60, 120, 2.0), minutes=119)

    assert shown["consumption_energy_wh"] == 3_000


def test_two_vehicles_at_once_on_one_port_are_refused() -> None:
    with pytest.raises(ValueError, match="two vehicles"):
        sessions((0, 0, 60, 1.0), (0, 59, 120, 2.0))


def test_a_vehicle_from_before_the_start_has_been_charging() -> None:
    park = DemoPark.at(a_world((0, -60, 60, 10.0)), START)

    assert park.sample().values["charger_01"]["requested_energy_wh"] == 3_000


def test_a_leased_limit_holds_and_then_the_fail_safe() -> None:
    world = a_world((0, 0, 300, 30.0))
    limit = a_setpoint("charger_01", 4_000.0, lasting_min=30)
    _, samples = DemoPark.at(world, START).advance(after(60), [limit])

    powers = [sample.values["charger_01"]["active_power_w"] for sample in samples]
    assert set(powers[:29]) == {4_000.0}
    assert set(powers[30:]) == {2_000.0}


def test_a_limit_on_one_port_leaves_the_others_alone() -> None:
    world = a_world((0, 0, 300, 30.0), (1, 0, 300, 30.0))
    park, _ = DemoPark.at(world, START).advance(after(5), [a_setpoint("charger_01", 0.0)])

    values = park.sample().values
    assert values["charger_01"]["active_power_w"] == 0.0
    assert values["charger_02"]["active_power_w"] == 7_000.0


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 100), st.integers(1, 200), st.floats(0.1, 40.0)), max_size=4
    ),
    limits=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 239), st.floats(0, 7000))),
)
def test_no_vehicle_gets_more_than_it_wants(
    rows: list[tuple[int, int, float]], limits: list[tuple[int, int, float]]
) -> None:
    stays = [(p, arrival, arrival + stay, kwh) for p, (arrival, stay, kwh) in enumerate(rows)]
    orders = [a_setpoint(f"charger_0{p + 1}", w, at_min=m) for p, m, w in limits]

    park, samples = DemoPark.at(a_world(*stays), START).advance(after(300), orders)

    delivered = park.state.chargers.delivered_wh
    for number, _, _, kwh in stays:
        assert delivered[number] <= kwh * 1000 + 1e-6
    for sample in samples:
        assert all(sample.values[f"charger_0{n}"]["active_power_w"] <= 7000 for n in (1, 2, 3, 4))
