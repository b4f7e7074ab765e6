"""What the page of carbon asks of matching and of certificates."""

import json
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

import grpc

from parkflow.carbon.v1 import certificate_pb2, matching_pb2, quality_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from parkflow.type.v1.interval_pb2 import Interval as IntervalMessage
from services.console.actions import BadOrder
from services.console.carbon_books import BOOKING_S, span_of
from services.console.claim_messages import claim_quality_json
from services.console.matching_messages import certificate_json, matching_json, proposal_json
from services.console.messages import Json
from services.runtime.grpc_client import CALL_S, trace_metadata

MICROS = 1_000_000
KWH_PER_MWH = 1_000
WH_PER_MWH = 1_000_000
CERTIFICATES_ASKED = 1_000
MOST_OFFERS = 50


class CarbonMatching:
    """Calls to carbon accounting about attributes of electricity."""

    def __init__(self, park_id: str, zone: tzinfo, carbon_accounting: grpc.aio.Channel) -> None:
        self._park_id, self._zone = park_id, zone
        self._carbon = CarbonServiceStub(carbon_accounting)

    async def matching(self, span: str, enterprise: str) -> Json:
        """Return scores and unmatched hours of a month (`2026-11`) or year (`2026`)."""
        request = matching_pb2.GetMatchingRequest(
            park_id=self._park_id,
            interval=self._interval(span),
            enterprise=enterprise,
            include_unmatched_hours=True,
        )
        return matching_json(await _called(self._carbon.GetMatching, request, BOOKING_S))

    async def proposal(self, span: str, enterprise: str, target: str, offers: str) -> Json:
        """Return the cheapest purchase found for a target share such as `0.9`."""
        request = matching_pb2.ProposePurchaseRequest(
            park_id=self._park_id,
            interval=self._interval(span),
            enterprise=enterprise,
            target_share=float(_decimal("target", target)),
            offers=offers_in(offers),
        )
        return proposal_json(await _called(self._carbon.ProposePurchase, request, BOOKING_S))

    async def certificates(self, year: str) -> Json:
        """Return the certificates of a year of production, by id, and whether there are more."""
        request = certificate_pb2.ListCertificatesRequest(
            park_id=self._park_id, vintage=year, page_size=CERTIFICATES_ASKED
        )
        answer = await _called(self._carbon.ListCertificates, request, CALL_S)
        return {
            "certificates": [certificate_json(one) for one in answer.certificates],
            "more": bool(answer.next_page_token),
        }

    async def claim_quality(self, year: str) -> Json:
        """Return how claims for consumption in a local year stand against the Scope 2 criteria."""
        request = quality_pb2.ListClaimQualityRequest(
            park_id=self._park_id, consumption=self._interval(year), page_size=CERTIFICATES_ASKED
        )
        return claim_quality_json(await _called(self._carbon.ListClaimQuality, request, CALL_S))

    def _interval(self, span: str) -> IntervalMessage:
        start, end = _months(span, self._zone)
        message = IntervalMessage()
        message.start.FromDatetime(start.astimezone(UTC))
        message.end.FromDatetime(end.astimezone(UTC))
        return message


def offers_in(text: str) -> list[matching_pb2.Offer]:
    """Return the offers out of a JSON list; prices by MWh in the park's currency, sizes in MWh."""
    try:
        said = json.loads(text)
    except json.JSONDecodeError as mistake:
        raise BadOrder(f"offers is no JSON: {mistake}") from None
    if not isinstance(said, list) or not 0 < len(said) <= MOST_OFFERS:
        raise BadOrder(f"offers must be a list of 1 to {MOST_OFFERS}")
    return [_offer(one, place) for place, one in enumerate(said)]


def _offer(said: Any, place: int) -> matching_pb2.Offer:
    if not isinstance(said, dict):
        raise BadOrder(f"offers[{place}] must be an object")
    price = _decimal(f"offers[{place}].price_per_mwh", said.get("price_per_mwh"))
    size = _decimal(f"offers[{place}].max_mwh", said.get("max_mwh"))
    micros = price * MICROS / KWH_PER_MWH
    if size != int(size):
        raise BadOrder(f"offers[{place}].max_mwh is {size}; send whole MWh")
    if micros != int(micros):
        raise BadOrder(f"offers[{place}].price_per_mwh is {price}; send at most three decimals")
    return matching_pb2.Offer(
        name=str(said.get("name", "")).strip(),
        technology=str(said.get("technology", "")).strip(),
        price_micros_per_kwh=int(micros),
        max_wh=int(size) * WH_PER_MWH,
    )


def _decimal(field: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < 10**9:
        raise BadOrder(f"{field} is {value!r}; send a number from 0 to below 1,000,000,000")
    return number


def year_in(text: str) -> str:
    """Return a local year like `2026`; `BadOrder` when it is none."""
    if len(text) == len("2026") and text.isdecimal() and text.isascii() and text > "0000":
        return text
    raise BadOrder(f"year is {text!r}; send a year like 2026")


def _months(span: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return [start, end) of a month or a year, local."""
    if len(span) == len("2026-11"):
        return span_of(span, zone)
    return span_of(f"{span}-01", zone)[0], span_of(f"{span}-12", zone)[1]


async def _called(call: Any, request: Any, patience_s: float) -> Any:
    return await call(request, timeout=patience_s, metadata=trace_metadata())
