"""The books of carbon, as the page reads them: exact numbers stay exact."""

import json
from datetime import timedelta

from parkflow.carbon.v1 import (
    certificate_pb2,
    indicator_pb2,
    matching_pb2,
    period_pb2,
    restatement_pb2,
    total_pb2,
    tracing_pb2,
)
from parkflow.carbon.v1.mass_pb2 import Mass
from services.console.carbon_messages import (
    differences_json,
    mass_json,
    month_json,
    origins_json,
    pending_json,
    restatement_json,
    totals_json,
)
from services.console.indicator_messages import page_json, shown_json
from services.console.matching_messages import (
    certificate_json,
    matching_json,
    proposal_json,
    unmatched_by_hour,
)
from tests.support.builders import MORNING, after

BEYOND_A_DOUBLE = 2**53 + 1


def test_a_mass_keeps_every_nanogram_beyond_what_a_double_holds() -> None:
    said = mass_json(Mass(g=BEYOND_A_DOUBLE, ng=999_999_999))

    assert said == {"g": "9007199254740993", "ng": 999_999_999}
    assert json.loads(json.dumps(said)) == said


def test_a_negative_mass_is_negative_in_both_parts() -> None:
    assert mass_json(Mass(g=0, ng=-1)) == {"g": "0", "ng": -1}


def test_a_total_says_of_what_how_sure_and_whether_it_counts() -> None:
    total = total_pb2.Total(
        ledger="LEDGER_PARK_ACCEPTANCE",
        enterprise="steel",
        scope="2",
        amount=BEYOND_A_DOUBLE,
        emissions=Mass(g=1, ng=5),
        counted=True,
        entry_count=96,
        estimated_entry_count=4,
        unverified=["factor of 2023 stands in for 2019"],
    )

    [said] = totals_json(total_pb2.ListTotalsResponse(totals=[total]))

    assert (said["ledger"], said["amount"]) == ("park_acceptance", "9007199254740993")
    assert (said["entries"], said["estimated"], said["counted"]) == (96, 4, True)
    assert said["emissions"] == {"g": "1", "ng": 5}
    assert said["unverified"] == [
        {"en": "factor of 2023 stands in for 2019", "zh": "以 2023 年因子代替 2019 年"}
    ]


def test_origins_come_with_their_ways_their_users_and_what_does_not_close() -> None:
    pv = tracing_pb2.ElectricityOrigin(kind="pv", source="roof", vintage="2026")
    answer = tracing_pb2.GetTracingResponse(open_items=["load_b is unknown"])
    answer.flows.add(way=tracing_pb2.FLOW_WAY_CHANGE_IN_STORES, origin=pv, energy_wh=-3)
    answer.uses.add(enterprise="a", line="load_a", origin=pv, energy_wh=BEYOND_A_DOUBLE)
    answer.gaps.add(origin=pv, energy_wh=1)

    said = origins_json(answer)

    assert said["flows"][0]["way"] == "change_in_stores"
    assert said["flows"][0]["energy_wh"] == "-3"
    assert said["uses"][0]["energy_wh"] == "9007199254740993"
    assert said["gaps"][0]["energy_wh"] == "1"
    assert [item["en"] for item in said["open_items"]] == ["load_b is unknown"]


def test_a_month_that_is_open_was_closed_by_nobody() -> None:
    said = month_json(period_pb2.Period(month="2026-11"))

    assert (said["month"], said["closed_at"], said["closed_by"]) == ("2026-11", None, "")


def test_what_waits_says_which_quarters_and_why() -> None:
    one = period_pb2.PendingRestatement(
        restatement_id="r-1", month="2026-10", quarter_count=2, state="PENDING_STATE_PENDING"
    )
    one.first_start.FromDatetime(MORNING)
    one.last_start.FromDatetime(after(minutes=15))

    said = pending_json(one)

    assert (said["id"], said["quarters"], said["state"]) == ("r-1", 2, "pending")
    assert (said["first"], said["last"]) == (
        "2019-06-03T22:00:00.000Z",
        "2019-06-03T22:15:00.000Z",
    )
    assert said["decided_at"] is None


def test_what_waits_says_what_it_changes_by_ledger_and_which_version_it_is() -> None:
    one = period_pb2.PendingRestatement(version=2)
    one.differences.add(ledger="LEDGER_CBAM", known=Mass(g=3), more=Mass(ng=-7))

    said = pending_json(one)

    assert said["version"] == 2
    assert said["differences"] == [
        {
            "ledger": "cbam",
            "reported": {"g": "0", "ng": 0},
            "known": {"g": "3", "ng": 0},
            "more": {"g": "0", "ng": -7},
        }
    ]


def test_a_restatement_says_what_was_and_what_is() -> None:
    one = restatement_pb2.Restatement(
        ledger="LEDGER_MARKET_BASED", version=2, because="steel: 3 Wh became 2 Wh"
    )
    one.reversed.g, one.booked.g = 3, 2

    said = restatement_json(one)

    assert (said["ledger"], said["version"]) == ("market_based", 2)
    assert said["because"] == {"en": "steel: 3 Wh became 2 Wh", "zh": "steel：由 3 Wh 变为 2 Wh"}
    assert (said["reversed"]["g"], said["booked"]["g"]) == ("3", "2")


def test_a_difference_comes_with_its_reasons() -> None:
    answer = restatement_pb2.CompareVersionsResponse()
    one = answer.differences.add(ledger="LEDGER_CBAM", enterprise="a", more=Mass(ng=-7))
    one.changes.add(reason="factor changed", entry_count=3, more=Mass(ng=-7))

    [said] = differences_json(answer)

    assert said["more"] == {"g": "0", "ng": -7}
    assert said["changes"] == [
        {
            "reason": {"en": "factor changed", "zh": "因子变更"},
            "entries": 3,
            "more": {"g": "0", "ng": -7},
        }
    ]


def test_an_indicator_that_is_not_known_is_null_and_names_what_is_missing() -> None:
    one = indicator_pb2.ShownIndicator(verdict="INDICATOR_VERDICT_NO_VALUE")
    one.came_to.missing_inputs.append("water.reused")

    said = shown_json(one)

    assert (said["value"], said["missing"], said["verdict"]) == (None, ["water.reused"], "no_value")
    assert said["target"] is None


def test_an_indicator_of_zero_is_not_unknown() -> None:
    assert shown_json(indicator_pb2.ShownIndicator(came_to={"value": 0.0}))["value"] == 0.0


def test_an_identity_that_cannot_be_decided_neither_closes_nor_breaks() -> None:
    undecided = indicator_pb2.IdentityClosing(id="a", missing_inputs=["green.load"])
    broken = indicator_pb2.IdentityClosing(id="b", closes=False, difference=2.0)

    said = page_json(indicator_pb2.GetIndicatorsResponse(identities=[undecided, broken]))

    assert [one["closes"] for one in said["identities"]] == [None, False]
    assert said["booked_until"] is None


def test_what_all_enterprises_lack_is_summed_by_hour_and_unknown_after_the_last_known() -> None:
    answer = matching_pb2.GetMatchingResponse()
    answer.interval.start.FromDatetime(MORNING)
    answer.interval.end.FromDatetime(after(hours=4))
    answer.known_until.FromDatetime(after(hours=2, minutes=15))
    for enterprise, lacking in (("a", 3), ("b", 4)):
        hour = answer.enterprises.add(enterprise=enterprise).unmatched_hours.add(load_wh=10)
        hour.matched_wh = 10 - lacking
        hour.interval.start.FromDatetime(MORNING + timedelta(hours=1))

    assert unmatched_by_hour(answer) == ["0", "7", None, None]


def test_an_hour_of_which_a_quarter_is_unknown_is_not_matched() -> None:
    answer = matching_pb2.GetMatchingResponse(unknown_quarter_count=1)
    answer.interval.start.FromDatetime(MORNING)
    answer.interval.end.FromDatetime(after(hours=3))
    dark = answer.unknown.add()
    dark.start.FromDatetime(after(hours=1, minutes=45))
    dark.end.FromDatetime(after(hours=2))

    said = matching_json(answer)

    assert said["unmatched_wh"] == ["0", None, "0"]
    assert said["unknown_quarters"] == 1


def test_a_proposal_is_told_in_the_currency() -> None:
    answer = matching_pb2.ProposePurchaseResponse(reachable=True, cost_micros=1_500_000)
    answer.purchases.add(name="wind", quantity_wh=2_000_000, cost_micros=1_500_000)

    said = proposal_json(answer)

    assert (said["cost"], said["purchases"][0]["quantity_wh"]) == (1.5, "2000000")


def test_a_certificate_tells_what_is_left_of_it() -> None:
    one = certificate_pb2.CertificateStanding(
        state="CERTIFICATE_STATE_RESERVED", owner="a", claimed_wh=400, remaining_wh=600
    )
    one.certificate.certificate_id, one.certificate.quantity_wh = "GEC-1", 1_000
    one.certificate.instrument = certificate_pb2.INSTRUMENT_SD_GC

    said = certificate_json(one)

    assert (said["id"], said["state"], said["instrument"]) == ("GEC-1", "reserved", "sd_gc")
    assert (said["claimed_wh"], said["remaining_wh"]) == ("400", "600")
    assert said["expires_at"] is None
