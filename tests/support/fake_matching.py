"""What matching and the certificates say in the console's tests: nights are not matched."""

from datetime import UTC, datetime, timedelta
from typing import Any

from parkflow.carbon.v1 import certificate_pb2, matching_pb2, quality_pb2

HOUR = timedelta(hours=1)
KNOWN_UNTIL = datetime(2019, 6, 4, 2, 30, tzinfo=UTC)
NIGHT = range(18, 24)
LACKING_WH, LOAD_WH = 900_000, 1_500_000
SHARES = {"YEARLY": 0.62, "MONTHLY": 0.55, "HOURLY": 0.375, "QUARTER_HOURLY": 0.35}
RIVAL = (
    "certificates GC of farm are claimed for the same time too and no meter here tells that these "
    "are other Wh"
)
PRICE_MICROS_PER_KWH = 30_000


def matching(request: matching_pb2.GetMatchingRequest) -> matching_pb2.GetMatchingResponse:
    """Return two enterprises of equal load; the steel works lack the evening hours."""
    answer = matching_pb2.GetMatchingResponse(interval=request.interval)
    answer.known_until.FromDatetime(KNOWN_UNTIL)
    answer.unknown_quarter_count = 2
    _add_unknown(answer, request.interval.start.ToDatetime(UTC) + 3 * HOUR)
    if not request.enterprise:
        answer.park_scores.extend(_scores(2_000_000_000))
    for enterprise in ("steel", "metalwork"):
        if request.enterprise in ("", enterprise):
            one = answer.enterprises.add(
                enterprise=enterprise, scores=_scores(1_000_000_000), unknown_quarter_count=2
            )
            if enterprise == "steel":
                one.unmatched_hours.extend(_nights(request))
            one.unmatched_hour_count = len(one.unmatched_hours)
    return answer


def _add_unknown(answer: matching_pb2.GetMatchingResponse, start: datetime) -> None:
    half = answer.unknown.add()
    half.start.FromDatetime(start)
    half.end.FromDatetime(start + HOUR / 2)


def _scores(load_wh: int) -> list[matching_pb2.MatchingScore]:
    return [
        matching_pb2.MatchingScore(
            granularity=f"MATCHING_GRANULARITY_{name}",
            load_wh=load_wh,
            matched_wh=int(load_wh * share),
            matched_share=share,
            cfe_share=share + 0.05,
            volumetric_wh=int(load_wh * 0.62),
            volumetric_share=0.62,
        )
        for name, share in SHARES.items()
    ]


def _nights(request: matching_pb2.GetMatchingRequest) -> list[matching_pb2.UnmatchedHour]:
    at, end = request.interval.start.ToDatetime(UTC), request.interval.end.ToDatetime(UTC)
    found = []
    while at < min(end, KNOWN_UNTIL.replace(minute=0)):
        hour = (at + 8 * HOUR).hour  # Shanghai
        if hour in NIGHT:
            lacking = LACKING_WH * (hour - NIGHT[0] + 1) // len(NIGHT)
            one = matching_pb2.UnmatchedHour(load_wh=LOAD_WH, matched_wh=LOAD_WH - lacking)
            one.interval.start.FromDatetime(at)
            one.interval.end.FromDatetime(at + HOUR)
            found.append(one)
        at += HOUR
    return found


def proposal(request: matching_pb2.ProposePurchaseRequest) -> matching_pb2.ProposePurchaseResponse:
    """Return 40 MWh of the cheapest offer; more than 90 % cannot be reached."""
    if request.target_share > 0.9:
        return matching_pb2.ProposePurchaseResponse(current_share=0.375, reached_share=0.9)
    cheapest = min(request.offers, key=lambda offer: offer.price_micros_per_kwh)
    cost = 40_000 * cheapest.price_micros_per_kwh
    bought = matching_pb2.ProposedPurchase(
        name=cheapest.name,
        technology=cheapest.technology,
        quantity_wh=40_000_000,
        cost_micros=cost,
    )
    return matching_pb2.ProposePurchaseResponse(
        current_share=0.375,
        reachable=True,
        reached_share=request.target_share,
        purchases=[bought],
        cost_micros=cost,
        least_cost_micros=cost,
    )


def certificates(vintage: str) -> certificate_pb2.ListCertificatesResponse:
    """Return three certificates of 2019, none of another year."""
    answer = certificate_pb2.ListCertificatesResponse()
    if vintage == "2019":
        _add(answer, "GEC-2019-000001", "GEC", "CANCELLED", 1_000_000, claimed=1_000_000)
        _add(answer, "GEC-2019-000002", "GEC", "RESERVED", 1_000_000, claimed=0)
        _add(answer, "GC-2019-7f3a", "GC", "ISSUED", 250_001, claimed=0)
    return answer


def claim_quality(
    request: quality_pb2.ListClaimQualityRequest,
) -> quality_pb2.ListClaimQualityResponse:
    """Return two claims for 2019, of which one has a rival of another kind; none of other years."""
    answer = quality_pb2.ListClaimQualityResponse()
    if request.consumption.end.ToDatetime(UTC).year >= 2020:
        return answer
    for name, is_alone in (("C1", True), ("C2", False)):
        one = answer.claims.add(meets_all=is_alone)
        one.claim.claim_id, one.claim.claimant = name, "steel"
        verdict = "MET" if is_alone else "UNKNOWN"
        why = "" if is_alone else RIVAL
        one.judgements.add(criterion=2, verdict=f"CLAIM_VERDICT_{verdict}", why=why, trust="V2")
        one.judgements.add(criterion=8, verdict="CLAIM_VERDICT_MET", trust="M")
    return answer


def _add(answer: Any, name: str, instrument: str, state: str, wh: int, *, claimed: int) -> None:
    one = answer.certificates.add(
        state=f"CERTIFICATE_STATE_{state}",
        owner="steel",
        beneficiary="" if state == "ISSUED" else "park",
        claimed_wh=claimed,
        remaining_wh=wh - claimed,
    )
    certificate = one.certificate
    certificate.certificate_id, certificate.technology = name, "wind"
    certificate.instrument = certificate_pb2.Instrument.Value(f"INSTRUMENT_{instrument}")
    certificate.quantity_wh = wh
    certificate.production.start.FromDatetime(datetime(2019, 3, 1, tzinfo=UTC))
    certificate.production.end.FromDatetime(datetime(2019, 3, 2, tzinfo=UTC))
    certificate.expires_at.FromDatetime(datetime(2021, 3, 1, tzinfo=UTC))
