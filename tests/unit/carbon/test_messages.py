"""Frames of quarter hours become words; page tokens come back as they were given."""

import base64
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.messages import Place, page_token, place_from, words_of
from services.energy.frame_numbers import number_of
from services.energy.time_grid import QUARTER, to_microseconds
from services.runtime.interval_frames import COLUMNS, IntervalFrame
from services.runtime.refusals import InvalidFields

AT = datetime(2019, 6, 3, 22, tzinfo=UTC)
KNOWN_AT = AT + timedelta(minutes=31)
PLACE = Place(Ledger.MARKET_BASED, AT, "load.used\x1fsteel", 2)
PV, FREEZER = "pv.generation_energy_wh", "freezer.consumption_energy_wh"


def a_frame(*rows: tuple[int, ...]) -> IntervalFrame:
    """Rows are a point's place in (PV, FREEZER), then the columns from `start_us` on."""
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    return IntervalFrame(
        park_id="park",
        source_id="source",
        frame_id="frame",
        known_at=KNOWN_AT,
        point_ids=(PV, FREEZER),
        log_position=41,
        **{
            name: np.array(column, kind)
            for (name, kind), column in zip(COLUMNS.items(), columns, strict=True)
        },
    )


def test_each_row_is_a_word_be_its_register_of_the_ledger_or_not() -> None:
    first_us, second_us = to_microseconds(AT), to_microseconds(AT + QUARTER)
    said = (500, 200, 3, -1, 300_000_000, 900_000_000, 9)
    frame = a_frame((1, first_us, *said), (0, second_us, *said))

    other, word = words_of(frame)

    assert (other.point_id, other.start) == (frame.point_ids[1], AT)

    assert word == Word(
        point_id=PV,
        start=AT + QUARTER,
        believed_wh=500,
        estimated_wh=200,
        suspense_wh=3,
        written_off_wh=-1,
        believed_us=300_000_000,
        known_us=900_000_000,
        methods=9,
        known_at=KNOWN_AT,
        log_position=41,
        frame_number=number_of("frame"),
    )


def test_a_frame_that_holds_postings_only_gives_no_word() -> None:
    assert list(words_of(a_frame())) == []


def test_a_page_token_comes_back_as_it_was_given() -> None:
    assert place_from(page_token(PLACE, "question"), "question") == PLACE


def test_a_token_of_another_question_is_refused() -> None:
    with pytest.raises(InvalidFields, match="belongs to another question"):
        place_from(page_token(PLACE, "question"), "another")


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()))
def test_no_made_up_token_is_taken(token: str) -> None:
    with pytest.raises(InvalidFields):
        place_from(token, "question")
