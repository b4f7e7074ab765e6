"""Numbers from outside: exact where they are usual, none where a short text would be endless."""

from fractions import Fraction

import pytest
from google.rpc import error_details_pb2

from services.carbon_accounting.domain.indicators.values import Known
from services.carbon_accounting.input_files.indicator_import import IndicatorMistakes, read_draft
from services.carbon_accounting.input_files.usual_numbers import usual_number
from services.carbon_accounting.rpc.indicator_messages import value_message
from services.runtime.page_tokens import place_of
from services.runtime.refusals import FieldMistake, InvalidFields


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.5", Fraction(25, 2)),
        ("-3", Fraction(-3)),
        ("1e6", Fraction(10**6)),
        ("0.00", Fraction()),
    ],
)
def test_a_usual_number_is_exact(text: str, number: Fraction) -> None:
    assert usual_number(text) == number


@pytest.mark.parametrize(
    "text", ["1e999999999", "1e-999999999", "0e999999999", "NaN", "inf", "", "twelve", "1" * 41]
)
def test_what_is_no_usual_number_is_none_at_once(text: str) -> None:
    assert usual_number(text) is None


def test_a_value_beyond_floats_says_so_in_the_place_of_a_number() -> None:
    told = value_message(Known(Fraction(10) ** 400))

    assert not told.HasField("value")
    assert list(told.reasons) == ["the value is beyond all measure"]


def test_a_draft_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(IndicatorMistakes) as refused:
        read_draft("[" * 5_000)

    assert "more than 200 brackets" in str(refused.value)


@pytest.mark.parametrize("token", ["W1tbW1tb" * 1_000, "x" * 3_000])
def test_a_token_that_is_longer_than_any_of_ours_is_refused(token: str) -> None:
    with pytest.raises(InvalidFields, match="not a token of this service"):
        place_of(token, "q", lambda: None, "nothing")


def test_of_more_mistakes_than_a_status_holds_the_first_are_told_and_how_many_more() -> None:
    refused = InvalidFields(
        [FieldMistake(f"line[{n}]", "is no number; write one") for n in range(500)]
    )

    message = error_details_pb2.BadRequest()
    assert refused.details()[0].Unpack(message)
    assert str(refused).startswith("500 mistakes; the first is line[0]: is no number")
    told = message.field_violations
    assert told[-1].description == f"and {500 - (len(told) - 1)} more mistakes"
    assert 80 < len(told) < 120
    assert len(str(refused).encode()) + message.ByteSize() < 6_000
