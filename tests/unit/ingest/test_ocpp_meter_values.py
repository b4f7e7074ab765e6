"""What a charger measures: every default of the protocol, and nothing that is not the port's."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.quantities import Quantity
from services.ingest.adapters.ocpp.connectors import connector_of, plugged, transaction_id
from services.ingest.adapters.ocpp.meter_values import Measured, measured_of

AT = "2019-06-03T22:01:00Z"
AT_US = 1_559_599_260_000_000
POWER, ENERGY = Quantity.ACTIVE_POWER, Quantity.CONSUMPTION_ENERGY


def measured(*sampled: Any, at: str = AT) -> dict[Quantity, float]:
    found, mistakes = measured_of([{"timestamp": at, "sampled_value": list(sampled)}])
    assert mistakes == []
    assert all(m.event_time_us == AT_US for m in found)
    return {m.quantity: m.value for m in found}


def a_value(value: Any, measurand: str | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value} | ({"measurand": measurand} if measurand else {}) | more


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (a_value("12345"), {ENERGY: 12_345.0}),  # all defaults: imported energy in Wh
        (a_value("12.345", unit="kWh"), {ENERGY: 12_345.0}),
        (a_value("3.5", "Power.Active.Import", unit="kW"), {POWER: 3500.0}),
        (a_value(3500.0, "Power.Active.Import"), {POWER: 3500.0}),
        (a_value("2", "Power.Active.Export", unit="kW"), {POWER: -2000.0}),
        (a_value("55", "SoC", location="EV", unit="Percent"), {Quantity.STATE_OF_CHARGE: 55.0}),
        (
            a_value(1.2, unit_of_measure={"unit": "kWh", "multiplier": 1}),
            {ENERGY: 12_000.0},
        ),
        (a_value(7, "Power.Active.Import", unit_of_measure={"multiplier": 3}), {POWER: 7000.0}),
    ],
)
def test_a_value_is_read_with_the_protocols_defaults(
    value: dict[str, Any], expected: dict[Quantity, float]
) -> None:
    assert measured(value) == pytest.approx(expected)


def test_phases_are_added_where_there_is_no_total() -> None:
    phases = [a_value("100", "Power.Active.Import", phase=p) for p in ("L1", "L2-N", "L3")]

    assert measured(*phases) == {POWER: 300.0}
    assert measured(*phases, a_value("301", "Power.Active.Import")) == {POWER: 301.0}


@pytest.mark.parametrize(
    "value",
    [
        a_value("1", "Power.Active.Import", location="Inlet"),
        a_value("1", "Current.Import", phase="L1"),
        a_value("1", "Power.Active.Import", phase="L1-L2"),
        a_value("1", "Power.Reactive.Import", unit="var"),
    ],
)
def test_what_is_not_the_ports_is_left_out(value: dict[str, Any]) -> None:
    assert measured(value) == {}


@pytest.mark.parametrize("value", ["many", None, "", "nan", True])
def test_what_is_no_number_is_no_value_and_not_zero(value: Any) -> None:
    assert math.isnan(measured(a_value(value))[ENERGY])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (a_value("1", unit=["Wh"]), "known are Wh"),
        (a_value("1", unit="BTU"), "'BTU'; known are Wh, kWh"),
        (a_value("1", format="SignedData"), "signed data"),
        ({"measurand": "SoC"}, "no value"),
        (7, "no value"),
        (a_value("1", unit_of_measure={"multiplier": 99}), "multiplier 99"),
    ],
)
def test_what_cannot_be_read_is_said_and_the_rest_is_kept(value: Any, words: str) -> None:
    good = a_value("5", "Power.Active.Import")

    found, [mistake] = measured_of([{"timestamp": AT, "sampled_value": [value, good]}])

    assert words in mistake
    assert found == [Measured(POWER, AT_US, 5.0)]


def test_a_value_that_waited_in_the_charger_keeps_its_old_time() -> None:
    old = {"timestamp": "2019-06-03T20:01:00+00:00", "sampled_value": [a_value("1")]}
    now = {"timestamp": AT, "sampled_value": [a_value("2")]}

    found, _ = measured_of([old, now])

    assert [m.event_time_us for m in found] == [AT_US - 7_200_000_000, AT_US]


@pytest.mark.parametrize("stamp", ["yesterday", "2019-06-03T22:01:00", None, 5])
def test_a_value_without_an_instant_is_not_stamped_with_ours(stamp: Any) -> None:
    found, [mistake] = measured_of([{"timestamp": stamp, "sampled_value": [a_value("1")]}])

    assert found == []
    assert "is no instant" in mistake


def test_a_transactions_number_tells_its_connector_and_comes_again_the_same() -> None:
    number = transaction_id(3, AT_US)

    assert connector_of(number) == 3
    assert transaction_id(3, AT_US) == number
    assert transaction_id(3, AT_US + 1_000_000) != number
    assert number < 2**31


@given(st.integers(1, 63), st.integers(0, 2**60))
def test_every_transaction_number_is_one_and_names_its_connector(port: int, at_us: int) -> None:
    assert connector_of(transaction_id(port, at_us)) == port


@pytest.mark.parametrize("number", [0, -1, 64, 2**40, "7", None])
def test_a_number_that_is_none_of_ours_names_no_connector(number: Any) -> None:
    assert connector_of(number) is None


def test_a_state_tells_whether_a_vehicle_is_there_or_that_nobody_knows() -> None:
    assert (plugged("Available"), plugged("SuspendedEV"), plugged("Occupied")) == (0, 1, 1)
    assert math.isnan(plugged("Faulted"))
    assert math.isnan(plugged(None))


PARTS = st.recursive(
    st.none() | st.text(max_size=5) | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["timestamp", "sampled_value", "value", "unit_of_measure", "measurand"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(PARTS)
def test_no_message_breaks_the_reader(message: Any) -> None:
    found, mistakes = measured_of(message)

    assert isinstance(found, list)
    assert all(isinstance(text, str) for text in mistakes)
