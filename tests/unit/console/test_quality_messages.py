"""From validation's and ingest's answers to what the data-quality page shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from parkflow.telemetry.v1 import edit_pb2
from parkflow.telemetry.v1.telemetry_service_pb2 import (
    SPOOL_POLICY_DROP_OLDEST,
    GetSpoolResponse,
    ListSourcesResponse,
    SourceConnection,
)
from parkflow.validation.v1 import validation_service_pb2 as wire
from services.console.quality_messages import (
    connections_json,
    edits_json,
    quality_json,
    spool_json,
    suspense_json,
)
from services.energy.readings import Doubt
from tests.support.builders import after
from tests.support.fake_validation import STEEL, a_quality, an_applied, an_entry


def an_edit(edit_id: str, **fields: Any) -> edit_pb2.Edit:
    edit = edit_pb2.Edit(edit_id=edit_id, point_id=STEEL, user="li", reason="seen", **fields)
    edit.decided_at.FromDatetime(after(minutes=5))
    return edit


# ---- readings


def test_readings_are_counted_by_verdict_and_by_reason_and_no_doubt_is_no_reason() -> None:
    doubts = {Doubt.SPIKE: 3, Doubt.STUCK: 20, Doubt.LATE: 7}
    answer = wire.GetDataQualityResponse(sources=[a_quality("s", after(), doubts=doubts)])

    [source] = quality_json(answer)

    assert source["readings"] == 14_030
    assert source["verdicts"] == {"believed": 14_007, "suspect": 20, "rejected": 3}
    assert source["reasons"] == [
        {"reason": "spike", "verdict": "rejected", "count": 3},
        {"reason": "stuck", "verdict": "suspect", "count": 20},
        {"reason": "late", "verdict": "believed", "count": 7},
    ]


def test_a_day_is_given_quarter_hour_by_quarter_hour_with_where_it_begins() -> None:
    answer = wire.GetDataQualityResponse(sources=[a_quality("s", after(), points=4, filled=[3, 0])])

    [source] = quality_json(answer)

    assert source["first"] == "2019-06-02T22:15:00.000Z"  # the last of 96 begins at 22:00
    assert source["filled"][-3:] == [4, 3, 0]
    assert source["expected"][-3:] == [4, 4, 0]
    assert source["completeness"] == 379 / 380
    assert source["energy"] == {"quarters": 200, "believed": 195, "estimated": 3}


def test_silent_points_are_counted_and_named_with_since_when_and_their_period() -> None:
    quality = a_quality("s", after(), silent=[(STEEL, after(minutes=-9))], silent_count=21)

    [source] = quality_json(wire.GetDataQualityResponse(sources=[quality]))

    assert source["silent"] == {
        "count": 21,
        "longest": [{"point": STEEL, "since": "2019-06-03T21:51:00.000Z", "period_s": 60.0}],
    }


def test_of_a_source_of_which_nothing_was_expected_no_completeness_is_claimed() -> None:
    quality = a_quality("s", after())
    quality.expected_point_count[:] = [0] * 96

    [source] = quality_json(wire.GetDataQualityResponse(sources=[quality]))

    assert source["completeness"] is None


def test_a_reason_of_a_newer_validation_is_shown_by_its_number() -> None:
    newer: Any = 99
    quality = a_quality("s", after())
    quality.doubts.add(doubt=newer, reading_count=2)

    [source] = quality_json(wire.GetDataQualityResponse(sources=[quality]))

    assert source["reasons"] == [{"reason": "99", "verdict": "unspecified", "count": 2}]


# ---- the account


def test_the_largest_entries_are_shown_and_all_are_counted() -> None:
    entries = [an_entry(STEEL, wh, after(minutes=wh)) for wh in (5, -900, 40)]
    answer = wire.ListSuspenseResponse(entries=entries, balance_wh=-855, next_page_token="more")

    account = suspense_json(answer, most=2)

    assert [entry["balance_wh"] for entry in account["entries"]] == [-900, 40]
    assert (account["count"], account["balance_wh"], account["more"]) == (3, -855, True)


def test_an_entrys_span_is_exact_to_the_microsecond_because_decisions_name_it() -> None:
    end = after(seconds=1) + timedelta(microseconds=17)
    answer = wire.ListSuspenseResponse(entries=[an_entry(STEEL, 5, end, reason=1)])

    [entry] = suspense_json(answer, most=1)["entries"]

    assert entry["end"] == "2019-06-03T22:00:01.000017Z"
    assert entry["reason"] == "unconfirmed"


# ---- edits


def test_an_edit_tells_what_each_quarter_hour_was_before_and_after() -> None:
    edit = an_edit("e")
    edit.reading.belief = edit_pb2.READING_BELIEF_BELIEVED
    edit.reading.event_time.FromDatetime(after())
    edit.reading.register_wh = 1_400

    [shown] = edits_json([an_applied(edit, [1_000, 1_000], [1_400, 600], after())])

    assert shown["kind"] == "reading"
    assert shown["what"] == {"at": "2019-06-03T22:00:00.000000Z", "belief": "believed", "wh": 1_400}
    assert (shown["before"]["believed_wh"], shown["after"]["believed_wh"]) == (2_000, 2_000)
    each = [(q["before"]["believed_wh"], q["after"]["believed_wh"]) for q in shown["each"]]
    assert each == [(1_000, 1_400), (1_000, 600)]


def test_an_edit_that_a_later_one_revoked_is_shown_as_revoked() -> None:
    first, second = an_edit("one"), an_edit("two", revoked_edit_id="one")

    newest, oldest = edits_json([edit_pb2.AppliedEdit(edit=one) for one in (second, first)])

    assert (newest["kind"], newest["revoked"]) == ("revoked_edit_id", False)
    assert (oldest["edit_id"], oldest["revoked"]) == ("one", True)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            {"interval": edit_pb2.IntervalEdit(energy_wh=9, account="log")},
            {"start": "1970-01-01T00:00:00.000000Z", "wh": 9, "account": "log"},
        ),
        (
            {"swap": edit_pb2.MeterSwap(old_end_wh=3, new_start_wh=1)},
            {"at": "1970-01-01T00:00:00.000000Z", "old_end_wh": 3, "new_start_wh": 1},
        ),
        ({"revoked_edit_id": "x"}, {"edit_id": "x"}),
        ({}, {}),
    ],
)
def test_every_kind_of_edit_says_what_was_decided(
    change: dict[str, Any], what: dict[str, Any]
) -> None:
    [shown] = edits_json([edit_pb2.AppliedEdit(edit=an_edit("e", **change))])

    assert shown["what"] == what


# ---- ingest


def test_the_disk_buffer_and_the_connections_are_shown_as_ingest_says() -> None:
    spool = GetSpoolResponse(
        enabled=True, policy=SPOOL_POLICY_DROP_OLDEST, frame_count=3, stored_bytes=10
    )
    away = SourceConnection(source_id="s", protocol="mqtt", away_reason="no route")

    assert spool_json(spool)["policy"] == "drop_oldest"
    assert (spool_json(spool)["frames"], spool_json(spool)["stored_bytes"]) == (3, 10)
    assert connections_json(ListSourcesResponse(sources=[away])) == [
        {"id": "s", "connected": False, "times": 0, "why": "no route"}
    ]
