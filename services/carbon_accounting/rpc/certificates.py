"""Certificates over gRPC: listed, taken in, moved and claimed."""

from collections.abc import Iterator
from typing import Any

from parkflow.carbon.v1 import certificate_pb2 as wire
from services.carbon_accounting.certificates.books import ClaimRequest
from services.carbon_accounting.certificates.listing import Wanted
from services.carbon_accounting.certificates.taking import Taken
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind
from services.carbon_accounting.domain.certificates.events import Split
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.input_files.certificate_cells import (
    FIRST_YEAR,
    LARGEST_WH,
    LAST_YEAR,
)
from services.carbon_accounting.live.certificate_desk import CertificateDesk, mistakes_of
from services.carbon_accounting.live.consumptions import years_of
from services.carbon_accounting.rpc import certificate_messages as messages
from services.carbon_accounting.rpc.refused_rules import BrokenRules
from services.energy.time_grid import Interval
from services.runtime.clock import ParkClock
from services.runtime.page_tokens import place_of, token_of
from services.runtime.refusals import FieldMistake, InvalidFields, NotFound, check_park
from services.runtime.requests import page_mistakes

MAX_PAGE, USUAL_PAGE = 5_000, 1_000
USUAL_FILE = "certificates.csv"
KEPT = "all that is asked"


class CertificatesRpc:
    """The RPCs of certificates and claims."""

    park_id: str
    clock: ParkClock
    certificates: CertificateDesk

    async def ListCertificates(  # noqa: N802
        self, request: wire.ListCertificatesRequest, context: Any
    ) -> wire.ListCertificatesResponse:
        """Return a page of certificates as they stand."""
        check_park(request.park_id, self.park_id, list(_list_mistakes(request)))
        question = f"{request.state} {request.owner} {request.beneficiary} {request.vintage}"
        after = place_of(request.page_token, question, str, KEPT) if request.page_token else ""
        size = request.page_size or USUAL_PAGE
        wanted = Wanted(
            messages.state_of(request.state),
            request.owner,
            request.beneficiary,
            self._year(request.vintage),
            (request.certificate_id,) if request.certificate_id else (),
            after,
        )
        found = await self.certificates.listed(wanted, self.clock.now(), size + 1)
        page, more = found[:size], len(found) > size
        last = page[-1].standing.certificate.id if page else ""
        return wire.ListCertificatesResponse(
            certificates=[messages.standing_message(one) for one in page],
            next_page_token=token_of((last,), question) if more else "",
        )

    async def ImportCertificates(  # noqa: N802
        self, request: wire.ImportCertificatesRequest, context: Any
    ) -> wire.ImportCertificatesResponse:
        """Take a file in, all of it or nothing."""
        empty = FieldMistake("content", "is empty; give a file as docs/carbon-certificates.md says")
        check_park(request.park_id, self.park_id, () if request.content.strip() else (empty,))
        name = request.file or USUAL_FILE
        found = await self.certificates.take(name, request.content, self.clock.now())
        if not isinstance(found, Taken):
            raise InvalidFields([FieldMistake(*one) for one in mistakes_of(found)])
        return wire.ImportCertificatesResponse(
            certificate_count=found.certificates, claim_count=found.claims
        )

    async def RecordCertificateEvent(  # noqa: N802
        self, request: wire.RecordCertificateEventRequest, context: Any
    ) -> wire.RecordCertificateEventResponse:
        """Record what happened to a certificate."""
        mistakes = [*_misnamed(request, ("event_id", "certificate_id"))]
        event = messages.event_in(request, self.certificates.site.time_zone)
        if isinstance(event, list):
            mistakes += event
        check_park(request.park_id, self.park_id, mistakes)
        if isinstance(event, list):
            raise InvalidFields(mistakes)
        found = await self.certificates.record(
            request.event_id, request.certificate_id, event, self.clock.now()
        )
        if isinstance(found, tuple):
            raise BrokenRules(found)
        ids: tuple[str, ...] = (request.certificate_id,)
        if isinstance(event, Split):
            ids = tuple(f"{ids[0]}/{number}" for number, _ in enumerate(event.parts_wh, start=1))
        now = self.clock.now()
        standing = await self.certificates.listed(Wanted(ids=ids), now, len(ids))
        standing.sort(key=lambda one: one.standing.certificate.ids)
        return wire.RecordCertificateEventResponse(
            certificates=[messages.standing_message(one) for one in standing]
        )

    async def ClaimCertificate(  # noqa: N802
        self, request: wire.ClaimCertificateRequest, context: Any
    ) -> wire.ClaimCertificateResponse:
        """Claim what an enterprise consumed."""
        check_park(request.park_id, self.park_id, list(_claim_mistakes(request)))
        standing = await self.certificates.standing(request.certificate_id)
        if standing is None:
            raise NotFound("certificate", request.certificate_id)
        site = self.certificates.site
        made = standing.certificate.production
        asked = ClaimRequest(
            id=request.claim_id,
            kind=messages.kind_of(request.kind) or ClaimKind.GREEN_POWER,
            certificate_id=request.certificate_id,
            quantity_wh=request.quantity_wh,
            claimant=request.claimant,
            consumption=messages.interval_of(request.consumption) or years_of(made, site.time_zone),
            market=request.market or site.choices.market,
            at=self.clock.now(),
        )
        found = await self.certificates.claim(asked, self.clock.now())
        if not isinstance(found, Claim):
            raise BrokenRules(found)
        return wire.ClaimCertificateResponse(claim=messages.claim_message(found))

    async def ListClaims(  # noqa: N802
        self, request: wire.ListClaimsRequest, context: Any
    ) -> wire.ListClaimsResponse:
        """Return a page of claims."""
        mistakes = page_mistakes(request.page_size, MAX_PAGE)
        mistakes += messages.interval_in(request.consumption, "consumption")
        check_park(request.park_id, self.park_id, mistakes)
        span = messages.interval_of(request.consumption)
        question = f"{request.claimant} {request.certificate_id} {span}"
        after = place_of(request.page_token, question, str, KEPT) if request.page_token else ""
        size = request.page_size or USUAL_PAGE
        found = await self.certificates.claims(
            request.claimant, request.certificate_id, span, after, size + 1
        )
        page, more = found[:size], len(found) > size
        return wire.ListClaimsResponse(
            claims=[messages.claim_message(claim) for claim in page],
            next_page_token=token_of((page[-1].id,), question) if more else "",
        )

    def _year(self, vintage: str) -> Interval | None:
        zone = self.certificates.site.time_zone
        if not vintage:
            return None
        first = Month(int(vintage), 1)
        return Interval(first.start(zone), first.plus(12).start(zone))


def _list_mistakes(request: wire.ListCertificatesRequest) -> Iterator[FieldMistake]:
    yield from page_mistakes(request.page_size, MAX_PAGE)
    if request.state and messages.state_of(request.state) is None:
        yield FieldMistake("state", f"{request.state} is not a state; use 0 to 8")
    vintage = request.vintage
    is_year = len(vintage) == len("2025") and vintage.isascii() and vintage.isdecimal()
    if vintage and not (is_year and FIRST_YEAR < int(vintage) < LAST_YEAR):
        yield FieldMistake("vintage", f"{vintage!r} is not a year such as 2025")


def _claim_mistakes(request: wire.ClaimCertificateRequest) -> Iterator[FieldMistake]:
    yield from _misnamed(request, ("claim_id", "certificate_id", "claimant"))
    kind = messages.kind_of(request.kind)
    if request.kind and kind is None:
        yield FieldMistake("kind", f"{request.kind} is not a kind of claim; use 0 to 4")
    if kind is ClaimKind.STORED:
        yield FieldMistake("kind", "issue the SD-GC of the discharge with its charge instead")
    if not 0 < request.quantity_wh < LARGEST_WH:
        limits = f"must be above 0 and below {LARGEST_WH} Wh"
        yield FieldMistake("quantity_wh", f"{request.quantity_wh} {limits}")
    yield from messages.interval_in(request.consumption, "consumption")


def _misnamed(request: Any, names: tuple[str, ...]) -> Iterator[FieldMistake]:
    for name in names:
        yield from messages.name_in(getattr(request, name), name)
