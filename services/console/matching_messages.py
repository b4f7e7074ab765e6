"""From matching and certificates to the JSON of the page of carbon; energies are texts of Wh."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from parkflow.carbon.v1 import certificate_pb2, matching_pb2
from services.console.messages import Json, iso

HOUR = timedelta(hours=1)
MICROS = 1_000_000


def matching_json(answer: matching_pb2.GetMatchingResponse) -> Json:
    """Return the scores of the park and of each enterprise, and the hours that are not matched."""
    return {
        "start": iso(answer.interval.start.ToDatetime(UTC)),
        "end": iso(answer.interval.end.ToDatetime(UTC)),
        "known_until": iso(answer.known_until.ToDatetime(UTC))
        if answer.HasField("known_until")
        else None,
        "scores": [_score_json(score) for score in answer.park_scores],
        "enterprises": [
            {
                "enterprise": one.enterprise,
                "scores": [_score_json(score) for score in one.scores],
                "unmatched_hours": one.unmatched_hour_count,
            }
            for one in answer.enterprises
        ],
        "unknown_quarters": answer.unknown_quarter_count,
        "unmatched_wh": unmatched_by_hour(answer),
    }


def unmatched_by_hour(answer: matching_pb2.GetMatchingResponse) -> list[str | None]:
    """Return what all enterprises together lack in each hour of the interval.

    None where not all of the hour is known, as in the map of the reports.
    """
    start, end = (getattr(answer.interval, side).ToDatetime(UTC) for side in ("start", "end"))
    lacking = [0] * _hours_between(start, end)
    for enterprise in answer.enterprises:
        for hour in enterprise.unmatched_hours:
            place = (hour.interval.start.ToDatetime(UTC) - start) // HOUR
            lacking[place] += hour.load_wh - hour.matched_wh
    dark = {place for span in _unknown(answer, end) for place in _hours_of(*span, start)}
    return [None if place in dark else str(wh) for place, wh in enumerate(lacking)]


def _unknown(
    answer: matching_pb2.GetMatchingResponse, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield where not all is known: here and there, and from the last that is known on."""
    for span in answer.unknown:
        yield span.start.ToDatetime(UTC), span.end.ToDatetime(UTC)
    yield _known_until(answer), end


def _hours_of(first: datetime, end: datetime, start: datetime) -> range:
    """Return the numbers of the hours since `start` of which a part is in [first, end)."""
    return range((first - start) // HOUR, _hours_between(start, end))


def _known_until(answer: matching_pb2.GetMatchingResponse) -> datetime:
    end: datetime = answer.interval.end.ToDatetime(UTC)
    if not answer.HasField("known_until"):
        return end
    known: datetime = answer.known_until.ToDatetime(UTC)
    return min(end, known)


def _hours_between(start: datetime, end: datetime) -> int:
    return max(0, -((start - end) // HOUR))


def _score_json(score: matching_pb2.MatchingScore) -> Json:
    granularity = matching_pb2.MatchingGranularity.Name(score.granularity)
    return {
        "granularity": granularity.removeprefix("MATCHING_GRANULARITY_").lower(),
        "load_wh": str(score.load_wh),
        "matched_wh": str(score.matched_wh),
        "matched": score.matched_share if score.HasField("matched_share") else None,
        "cfe": score.cfe_share if score.HasField("cfe_share") else None,
        "volumetric": score.volumetric_share if score.HasField("volumetric_share") else None,
    }


def proposal_json(answer: matching_pb2.ProposePurchaseResponse) -> Json:
    """Return what to buy; money in the park's currency."""
    return {
        "current": answer.current_share,
        "reachable": answer.reachable,
        "reached": answer.reached_share,
        "purchases": [
            {
                "name": one.name,
                "technology": one.technology,
                "quantity_wh": str(one.quantity_wh),
                "cost": one.cost_micros / MICROS,
            }
            for one in answer.purchases
        ],
        "cost": answer.cost_micros / MICROS,
        "least_cost": answer.least_cost_micros / MICROS,
    }


def certificate_json(one: certificate_pb2.CertificateStanding) -> Json:
    """Return a certificate as it stands."""
    certificate = one.certificate
    state = certificate_pb2.CertificateState.Name(one.state)
    instrument = certificate_pb2.Instrument.Name(certificate.instrument)
    return {
        "id": certificate.certificate_id,
        "instrument": instrument.removeprefix("INSTRUMENT_").lower(),
        "technology": certificate.technology,
        "start": iso(certificate.production.start.ToDatetime(UTC)),
        "end": iso(certificate.production.end.ToDatetime(UTC)),
        "expires_at": iso(certificate.expires_at.ToDatetime(UTC))
        if certificate.HasField("expires_at")
        else None,
        "quantity_wh": str(certificate.quantity_wh),
        "state": state.removeprefix("CERTIFICATE_STATE_").lower(),
        "owner": one.owner,
        "beneficiary": one.beneficiary,
        "claimed_wh": str(one.claimed_wh),
        "remaining_wh": str(one.remaining_wh),
    }
