"""The Scope 2 criteria of claims over gRPC; an enterprise sees its own claims alone."""

from collections.abc import Collection
from typing import Any

from parkflow.carbon.v1 import quality_pb2 as wire
from services.carbon_accounting.domain.certificates.quality import Judgement, Met
from services.carbon_accounting.domain.inventory.claim_quality import ClaimQuality
from services.carbon_accounting.domain.inventory.open_items import OpenItem
from services.carbon_accounting.live.quality_desk import QualityDesk, Wanted
from services.carbon_accounting.rpc import certificate_messages as messages
from services.carbon_accounting.rpc.access import NOT_YOURS, Viewer, for_enterprises, viewer_of
from services.carbon_accounting.rpc.certificates import KEPT, MAX_PAGE, USUAL_PAGE
from services.runtime.page_tokens import place_of, token_of
from services.runtime.refusals import Forbidden, check_park
from services.runtime.requests import page_mistakes

VERDICTS = {
    Met.YES: wire.CLAIM_VERDICT_MET,
    Met.NO: wire.CLAIM_VERDICT_NOT_MET,
    Met.UNKNOWN: wire.CLAIM_VERDICT_UNKNOWN,
    Met.NOT_APPLICABLE: wire.CLAIM_VERDICT_NOT_APPLICABLE,
}


class QualityRpc:
    """The RPC of the criteria."""

    park_id: str
    quality: QualityDesk

    def open_items(self) -> Collection[OpenItem] | None:
        """Return the open items of the books; None: nobody looked, and criterion 8 says so."""
        return None

    @for_enterprises
    async def ListClaimQuality(  # noqa: N802
        self, request: wire.ListClaimQualityRequest, context: Any
    ) -> wire.ListClaimQualityResponse:
        """Return a page of claims with their verdicts."""
        claimant = _claimant(request, viewer_of(context, self.quality.site))
        mistakes = page_mistakes(request.page_size, MAX_PAGE)
        mistakes += messages.interval_in(request.consumption, "consumption")
        check_park(request.park_id, self.park_id, mistakes)
        span = messages.interval_of(request.consumption)
        question = f"quality {claimant} {request.certificate_id} {span}"
        after = place_of(request.page_token, question, str, KEPT) if request.page_token else ""
        size = request.page_size or USUAL_PAGE
        wanted = Wanted(claimant, request.certificate_id, span, after)
        found = await self.quality.listed(wanted, size + 1, self.open_items())
        page, more = found[:size], len(found) > size
        return wire.ListClaimQualityResponse(
            claims=[_message(one) for one in page],
            next_page_token=token_of((page[-1].claim.id,), question) if more else "",
        )


def _claimant(request: wire.ListClaimQualityRequest, viewer: Viewer) -> str:
    """Return whose claims are meant, empty for all: an enterprise means its own."""
    if request.claimant and not viewer.may_see(request.claimant):
        text = f"{viewer.name} sees its own claims only; leave the field claimant empty"
        raise Forbidden(NOT_YOURS, text, caller=viewer.name)
    return viewer.enterprise or request.claimant


def _message(one: ClaimQuality) -> wire.ClaimQuality:
    return wire.ClaimQuality(
        claim=messages.claim_message(one.claim),
        judgements=[_judgement(each) for each in one.judgements],
        meets_all=one.meets_all,
    )


def _judgement(one: Judgement) -> wire.ClaimJudgement:
    return wire.ClaimJudgement(
        criterion=f"CLAIM_CRITERION_{one.criterion.name}",
        verdict=VERDICTS[one.met],
        why=one.because,
        trust=one.trust,
    )
