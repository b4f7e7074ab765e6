"""From the quality of claims to the JSON of the page of carbon: how many meet all, which do not."""

from parkflow.carbon.v1 import quality_pb2
from services.console.messages import Json, said

OPEN = (quality_pb2.CLAIM_VERDICT_NOT_MET, quality_pb2.CLAIM_VERDICT_UNKNOWN)
UNREAD = "M"


def claim_quality_json(answer: quality_pb2.ListClaimQualityResponse) -> Json:
    """Return counts and the claims that do not meet a criterion or may not.

    `unverified`: a verdict rests on a wording, or a rate, that was not read. `more`: only the
    first claims are counted.
    """
    claims = answer.claims
    return {
        "count": len(claims),
        "meeting": sum(one.meets_all for one in claims),
        "more": bool(answer.next_page_token),
        "unverified": any(_is_unread(each) for one in claims for each in one.judgements),
        "open": [_open(one) for one in claims if not one.meets_all],
    }


def _is_unread(one: quality_pb2.ClaimJudgement) -> bool:
    applies = one.verdict != quality_pb2.CLAIM_VERDICT_NOT_APPLICABLE
    return applies and one.trust == UNREAD


def _open(one: quality_pb2.ClaimQuality) -> Json:
    criteria = [_criterion(each) for each in one.judgements if each.verdict in OPEN]
    return {"claim": one.claim.claim_id, "claimant": one.claim.claimant, "criteria": criteria}


def _criterion(one: quality_pb2.ClaimJudgement) -> Json:
    verdict = quality_pb2.ClaimVerdict.Name(one.verdict).removeprefix("CLAIM_VERDICT_").lower()
    return {"number": int(one.criterion), "verdict": verdict, "why": said(one.why)}
