"""Frames become register readings; page tokens come back as they were given."""

import base64
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.messages import Place, page_token, place_from, register_readings
from services.energy.readings import Verdict
from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame
from services.runtime.refusals import InvalidFields

AT = datetime(2019, 6, 3, 22, tzinfo=UTC)
PLACE = Place(Ledger.MARKET_BASED, AT, "grid-import", 2)


def a_frame(*rows: tuple[str, float, Verdict]) -> Frame:
    points = tuple(dict.fromkeys(point for point, _, _ in rows))
    size = len(rows)
    return Frame(
        park_id="park",
        source_id="source",
        frame_id="frame",
        arrival_time=AT,
        point_ids=points,
        point_index=np.array([points.index(point) for point, _, _ in rows], dtype=np.uint32),
        event_time_us=np.full(size, to_microseconds(AT), dtype=np.int64),
        value=np.array([value for _, value, _ in rows], dtype=np.float64),
        verdict=np.array([verdict for _, _, verdict in rows], dtype=np.uint8),
        doubt=np.zeros(size, dtype=np.uint8),
    )


def test_only_believed_readings_of_the_ledgers_registers_are_taken() -> None:
    frame = a_frame(
        ("pv.generation_energy_wh", 1200.0, Verdict.BELIEVED),
        ("pv.active_power_w", -5.0, Verdict.BELIEVED),
        ("grid.import_energy_wh", 7.0, Verdict.SUSPECT),
        ("grid.export_energy_wh", 8.0, Verdict.REJECTED),
        ("load.consumption_energy_wh", float("nan"), Verdict.BELIEVED),
    )
    ours = {p for p in frame.point_ids if p.endswith("_wh")}

    found = list(register_readings(frame, ours))

    assert [(point, reading.wh) for point, reading in found] == [("pv.generation_energy_wh", 1200)]
    assert found[0][1].event_time == AT


def test_a_frame_without_readings_gives_none() -> None:
    assert list(register_readings(a_frame(), {"pv.generation_energy_wh"})) == []


def test_a_page_token_comes_back_as_it_was_given() -> None:
    assert place_from(page_token(PLACE, "question"), "question") == PLACE


def test_a_token_of_another_question_is_refused() -> None:
    with pytest.raises(InvalidFields, match="belongs to another question"):
        place_from(page_token(PLACE, "question"), "another")


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()))
def test_no_made_up_token_is_taken(token: str) -> None:
    with pytest.raises(InvalidFields):
        place_from(token, "question")
