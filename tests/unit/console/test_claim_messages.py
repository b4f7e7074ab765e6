"""The quality of claims as the page of carbon gets it."""

from typing import Any

from parkflow.carbon.v1 import quality_pb2
from services.console.claim_messages import claim_quality_json

NO_MIX = "no residual mix for CN from 2025-01-01 to 2025-12-31"


def an_answer(*verdicts: tuple[int, str, str], **more: Any) -> quality_pb2.ListClaimQualityResponse:
    """One claim of steel with these verdicts: criterion, verdict and trust."""
    answer = quality_pb2.ListClaimQualityResponse(**more)
    one = answer.claims.add(meets_all=all(v in ("MET", "NOT_APPLICABLE") for _, v, _ in verdicts))
    one.claim.claim_id, one.claim.claimant = "C1", "steel"
    for number, verdict, trust in verdicts:
        name = f"CLAIM_VERDICT_{verdict}"
        one.judgements.add(criterion=number, verdict=name, why=NO_MIX, trust=trust)
    return answer


def test_a_claim_that_meets_all_is_counted_and_not_named() -> None:
    told = claim_quality_json(an_answer((5, "MET", "V2"), (6, "NOT_APPLICABLE", "V2")))

    assert told == {"count": 1, "meeting": 1, "more": False, "unverified": False, "open": []}


def test_what_is_not_met_or_not_known_is_told_with_why_in_both_languages() -> None:
    told = claim_quality_json(
        an_answer((2, "UNKNOWN", "V2"), (5, "MET", "V2"), (8, "NOT_MET", "M"))
    )

    (one,) = told["open"]
    assert (told["meeting"], one["claim"], one["claimant"]) == (0, "C1", "steel")
    assert [(c["number"], c["verdict"]) for c in one["criteria"]] == [
        (2, "unknown"),
        (8, "not_met"),
    ]
    assert one["criteria"][0]["why"] == {
        "en": NO_MIX,
        "zh": "CN 在 2025-01-01 至 2025-12-31 没有剩余组合因子",
    }


def test_a_wording_that_was_not_read_counts_only_where_it_applies() -> None:
    assert not claim_quality_json(an_answer((7, "NOT_APPLICABLE", "M")))["unverified"]
    assert claim_quality_json(an_answer((8, "MET", "M")))["unverified"]


def test_more_claims_than_were_told_are_said() -> None:
    assert claim_quality_json(an_answer(next_page_token="x"))["more"]
