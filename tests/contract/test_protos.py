"""The rules of the wire, read from the contract itself and from its released form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorSet

from services.runtime.topics import TOPICS, Topic
from tests.support.builders import REPOSITORY

PROTOS = REPOSITORY / "protos"
RELEASED = FileDescriptorSet.FromString((PROTOS / "released.binpb").read_bytes())
OURS = [file for file in RELEASED.file if file.package.startswith("parkflow.")]

NOT_NUMBERS = {
    FieldDescriptorProto.TYPE_BOOL,
    FieldDescriptorProto.TYPE_STRING,
    FieldDescriptorProto.TYPE_BYTES,
    FieldDescriptorProto.TYPE_MESSAGE,
    FieldDescriptorProto.TYPE_ENUM,
}
UNITS = (
    "w",
    "wh",
    "pct",
    "mg",
    "ng",
    "kg",
    "micros",
    "micros_per_kwh",
    "micros_per_kg",
    "g_per_kwh",
    "days",
    "seconds",
    "s",
    "us",
    "bytes",
)
COUNTS = ("count", "total", "size", "version", "revision", "share")
TEXTS_OF_LINES = (
    *("meter", "enterprise", "carrier", "activity", "origin", "scope", "category", "gas", "unit"),
    *("factors", "method", "unverified"),
)
UNIT_IS_SAID_ELSEWHERE = {
    **{f"LedgerLines.{name}": "a place in the posting's texts" for name in TEXTS_OF_LINES},
    "LedgerLines.amount": "the text of its field `unit`",
    "LedgerEntry.amount": "its field `unit`",
    "LedgerPosting.number": "counts the postings of a ledger's quarter from 1",
    "LedgerPosting.place": "counts the postings of a ledger's month from 1",
    "Reading.value": "the point's quantity",
    "PushedReading.value": "the point's quantity",
    "AggregateSeries.value": "the point's quantity",
    "ExplainedInput.value": "its field `unit`",
    "Violation.size": "its field `unit`",
    "Violation.step": "a name: which step of the plan, from 0",
    "NodePrice.unknown_steps": "names: which steps of the plan, from 0",
    "Reason.step": "a name: which step of the plan, from 0",
    "AmountPosting.change": "the field `unit` of what it is in",
    "IntervalFrame.log_position": "an offset in its partition",
    "AggregateSeries.gap_methods": "one enum number a window",
    "EnergySeries.methods": "one enum number a quarter hour",
    "ListScoresRequest.issue_hours": "a name: the local hour 0 to 23",
    "Score.issue_hour": "a name: the local hour 0 to 23",
    "QuantilePath.level": "a probability, above 0 and below 1",
    "GetForecastRequest.quantiles": "probabilities, above 0 and below 1",
    "WeatherSeries.values": "its quantity",
    "PushPlanRequest.values": "its kind",
    "PlannedInterval.value": "the kind of its plan",
    **dict.fromkeys(
        ("SignalForecast.p10", "SignalForecast.p50", "SignalForecast.p90"), "its field `unit`"
    ),
    **dict.fromkeys(
        (
            "SignalHeldBackScore.before_error",
            "SignalHeldBackScore.error",
            "SignalHeldBackScore.naive_error",
            "SignalNaiveScore.mean_error",
            "SignalNaiveScore.our_error",
            "SignalScore.bias",
            "SignalScore.mean_error",
            "SignalScore.p10_loss",
            "SignalScore.p50_loss",
            "SignalScore.p90_loss",
        ),
        "the field `unit` of what it is in",
    ),
    "Total.amount": "its field `unit`",
    **dict.fromkeys(
        (
            *("NodeBalance.came_in", "NodeBalance.from_stock", "NodeBalance.went_out"),
            *("NodeBalance.gap", "NodeBalance.allowed", "EnergyLine.amount"),
            *("UnitConsumption.made", "ResourceAmount.amount"),
            *("ProposedExchange.taken", "ProposedExchange.delivered", "Cost.amount"),
        ),
        "its field `unit`",
    ),
    **dict.fromkeys(
        (
            *("EnergyLine.energy_tce", "EnergyLine.equivalent_tce"),
            *("EnergyTotal.energy_tce", "EnergyTotal.equivalent_tce"),
            "UnitConsumption.energy_tce",
        ),
        "tonnes of coal equivalent",
    ),
    **dict.fromkeys(
        ("UnitConsumption.kgce_per_unit", "UnitConsumption.limit_kgce_per_unit"),
        "kg of coal equivalent for one of its field `unit`",
    ),
    **dict.fromkeys(
        ("ResourceAmount.level", "ExchangeEnd.level"), "degrees Celsius, or a class of water"
    ),
    "ExchangePart.calendar_month": "a name: the month 1 to 12",
    "ExchangePart.first_hour": "a name: the local hour 0 to 23",
    "ExchangePart.last_hour": "a name: the local hour 1 to 24",
    "ExchangePart.duration_hours": "hours",
    "Cost.cost_cents": "cents of the answer's currency",
    "ExchangePart.rate_per_hour": "the unit of what it is part of, an hour",
    **dict.fromkeys(
        (
            "IndicatorValue.value",
            "IndicatorWord.value",
            "PathYear.value",
            "PathYear.path_value",
            "GetIndicatorPathResponse.beyond",
            "GetIndicatorPathResponse.needed_step",
            "IdentityClosing.difference",
        ),
        "the field `unit` of what it is in",
    ),
    **dict.fromkeys(("Mass.g", "Mass.ng"), "grams and nanograms"),
    **dict.fromkeys(
        ("Certificate.first_id", "Claim.first_id"), "a name: an id of the lot, one a Wh"
    ),
    "LedgerEntry.scope": "a name: GHG Protocol scope 1, 2 or 3",
    "ParkIndicator.t_co2_per_tce": "t CO2 per tonne of coal equivalent",
    "ParkIndicator.target_t_co2_per_tce": "t CO2 per tonne of coal equivalent",
}


def fields() -> Iterator[tuple[str, FieldDescriptorProto]]:
    """Yield every field with its message's name."""

    def of(message: DescriptorProto) -> Iterator[tuple[str, FieldDescriptorProto]]:
        yield from ((message.name, field) for field in message.field)
        for nested in message.nested_type:
            yield from of(nested)

    for file in OURS:
        for message in file.message_type:
            yield from of(message)


def test_the_released_contract_holds_every_file() -> None:
    written = {str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto")}

    assert {file.name for file in OURS} == written


def test_a_package_is_the_folder_and_is_versioned() -> None:
    for file in OURS:
        assert file.package == str(Path(file.name).parent).replace("/", ".")
        assert re.fullmatch(r"parkflow\.[a-z]+\.v\d+", file.package)


def test_the_zero_of_every_enum_is_unspecified() -> None:
    enums = [enum for file in OURS for enum in file.enum_type]

    assert enums
    for enum in enums:
        zero = next(value for value in enum.value if value.number == 0)
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enum.name).upper()
        assert zero.name == f"{snake}_UNSPECIFIED"
        assert all(value.name.startswith(f"{snake}_") for value in enum.value)


def test_the_name_of_every_number_ends_in_its_unit_or_says_that_it_counts() -> None:
    bare = {
        f"{message}.{field.name}"
        for message, field in fields()
        if field.type not in NOT_NUMBERS
        and not field.name.endswith(tuple(f"_{unit}" for unit in UNITS))
        and not field.name.endswith(COUNTS)
    }

    # `size` of a violation ends like a count and is none
    assert bare | {"Violation.size"} == set(UNIT_IS_SAID_ELSEWHERE)


def test_times_are_instants_and_spans_never_numbers() -> None:
    for message, field in fields():
        if field.name.endswith(("_at", "_time", "_until", "_by")) and field.type in (
            FieldDescriptorProto.TYPE_INT64,
            FieldDescriptorProto.TYPE_DOUBLE,
        ):
            pytest.fail(f"{message}.{field.name} is a number; make it a Timestamp")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_comment_of_a_topic_message_begins_with_topic_key_and_writer(topic: Topic) -> None:
    text = (PROTOS / topic.message.DESCRIPTOR.file.name).read_text(encoding="utf-8")
    comment = re.search(rf"((?://.*\n)+)message {topic.message.DESCRIPTOR.name} \{{", text)
    assert comment is not None
    first = comment[1].splitlines()[0]

    found = re.fullmatch(r'// Topic: (\S+)   Key: "([^"]+)"   Writer: (.+)', first)

    assert found is not None, first
    assert (found[1], found[2]) == (topic.name, topic.key)
    writer = found[3].split(" (")[0]
    assert writer == ("every service" if len(topic.writers) > 2 else ", ".join(topic.writers))
