"""The certificates of one park inside one open transaction: decide under a lock, then append."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from services.carbon_accounting.certificates import statements as sql
from services.carbon_accounting.certificates.claimed_before import ClaimedBefore
from services.carbon_accounting.certificates.rows import (
    certificate_row,
    claim_of,
    event_content,
    event_kind,
    standing_of,
)
from services.carbon_accounting.domain.certificates.certificate import Certificate, IdRange
from services.carbon_accounting.domain.certificates.charging import storing
from services.carbon_accounting.domain.certificates.claim_checks import mistakes_of
from services.carbon_accounting.domain.certificates.claims import (
    Claim,
    ClaimKind,
    Evidence,
    free_ids,
)
from services.carbon_accounting.domain.certificates.events import Claimed, Event, Issued, Split
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import (
    Standing,
    State,
    advance,
    children,
    untimely,
)
from services.energy.time_grid import Interval
from services.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A claim of so many Wh of a certificate, whichever ids are free.

    `feeds` is the certificate of the discharge, where they were stored.
    """

    id: str
    kind: ClaimKind
    certificate_id: str
    quantity_wh: int
    claimant: str
    consumption: Interval
    market: str
    at: datetime
    feeds: str = ""

    def __post_init__(self) -> None:
        if self.quantity_wh <= 0:
            raise ValueError(f"claim {self.id}: {self.quantity_wh} Wh must be more than 0")

    def on(self, ids: IdRange) -> Claim:
        """Return the claim with its ids."""
        return Claim(
            self.id,
            self.kind,
            self.certificate_id,
            ids,
            self.claimant,
            self.consumption,
            self.market,
            self.at,
            self.feeds,
        )

    @classmethod
    def like(cls, claim: Claim) -> "ClaimRequest":
        """Return the request of as much as a claim has, whichever ids are free."""
        return cls(
            claim.id,
            claim.kind,
            claim.certificate_id,
            claim.ids.quantity_wh,
            claim.claimant,
            claim.consumption,
            claim.market,
            claim.at,
            claim.feeds,
        )


class CertificateBooks:
    """The statements of one transaction."""

    def __init__(self, connection: Connection, park_id: str) -> None:
        self._connection = connection
        self._park_id = park_id
        self._before = ClaimedBefore(connection, park_id)

    async def record(
        self, event_id: str, certificate_id: str, event: Event, known_at: datetime
    ) -> Standing | Refused:
        """Decide and append, under the certificate's lock."""
        standing = await self.standing(certificate_id)
        content = event_content(event)
        said = await self._rows(sql.SAID, (event_kind(event), content, self._park_id, event_id))
        if said:
            same = said[0] == (certificate_id, True)
            return standing if same and standing else _says_other("event", event_id)
        last = None if standing is None else await self._last(certificate_id)
        decided = untimely(event, last, known_at) or advance(standing, event)
        if isinstance(decided, Standing):
            await self._keep(standing, decided, event)
            known = (event.at, known_at)
            what = (event_id, certificate_id, event_kind(event), content)
            await self._connection.execute(sql.SAY, (self._park_id, *what, *known))
        return decided

    async def _last(self, certificate_id: str) -> datetime | None:
        """Return when something happened to a certificate last, or that it was split off."""
        line = [*accumulate(certificate_id.split("/"), "{}/{}".format)]
        ((last,),) = await self._rows(sql.LAST_EVENT, (self._park_id, line, certificate_id))
        return last  # type: ignore[no-any-return]

    async def _keep(self, before: Standing | None, now: Standing, event: Event) -> None:
        if isinstance(event, Issued):
            await self._put(now)
            return
        moved = (str(now.state), now.owner, now.beneficiary, now.cancelled_at)
        await self._connection.execute(sql.MOVE, (*moved, self._park_id, now.certificate.id))
        if isinstance(event, Split) and before is not None:
            for child in children(before, event):
                await self._put(child)

    async def _put(self, standing: Standing) -> None:
        certificate = standing.certificate
        lot = (self._park_id, certificate.lot)
        await self._connection.execute(sql.PUT_LOT, lot)
        ((lot_number,),) = await self._rows(sql.LOT, lot)
        await self._connection.execute(
            sql.PUT, (self._park_id, certificate.id, lot_number, *certificate_row(standing))
        )

    async def standing(self, certificate_id: str) -> Standing | None:
        """Return how a certificate stands; its row is locked until the transaction ends."""
        rows = await self._rows(sql.STANDING, (self._park_id, certificate_id))
        return standing_of(rows[0]) if rows else None

    async def claim(
        self, request: ClaimRequest, evidence: Evidence, known_at: datetime
    ) -> Claim | tuple[Refused, ...]:
        """Find free ids and claim them, under the locks of all claims and of the certificate."""
        await self.lock_claims()
        standing = await self.standing(request.certificate_id)
        if made := await self._rows(sql.CLAIM, (self._park_id, request.id)):
            return _repeated(claim_of(made[0]), request)
        if standing is None:
            cure = "issue or import it first"
            return (Refused(Rule.NO_SUCH_CERTIFICATE, "certificate", request.certificate_id, cure),)
        discharged = await self._discharged(request)
        whole = request.on(standing.certificate.ids)
        used = await self._before.of(whole, standing.certificate, evidence, discharged)
        taken = used.ids[standing.certificate.lot, whole.family]
        ids = free_ids(standing.certificate.ids, taken, request.quantity_wh)
        if ids is None:
            return (_nothing_left(standing.certificate, taken, request.quantity_wh),)
        claim = request.on(ids)
        if mistakes := mistakes_of(claim, standing, used, evidence, discharged):
            return mistakes
        await self._put_claim(claim, known_at)
        await self._close(claim, standing, known_at)
        return claim

    async def lock_claims(self) -> None:
        """Call it first where claims follow other statements of the transaction."""
        await self._before.lock()

    async def charged(
        self, certificate: Certificate, evidence: Evidence, known_at: datetime
    ) -> tuple[Refused, ...]:
        """Take what a discharge came out of from the certificate cancelled for its charge."""
        if (charge := certificate.charge) is None:
            return ()
        claim = storing(certificate, charge, IdRange.of(0, charge.charged_wh))
        found = await self.claim(ClaimRequest.like(claim), evidence, known_at)
        return () if isinstance(found, Claim) else found

    async def _discharged(self, request: ClaimRequest) -> Certificate | None:
        fed = await self.standing(request.feeds) if request.feeds else None
        return None if fed is None else fed.certificate

    async def _put_claim(self, claim: Claim, known_at: datetime) -> None:
        what = (claim.id, str(claim.kind), int(claim.family), claim.ids.first, claim.ids.last)
        when = (claim.consumption.start, claim.consumption.end)
        said = (claim.claimant, *when, claim.market, claim.at, known_at)
        place = (claim.feeds or None, self._park_id, claim.certificate_id)
        await self._connection.execute(sql.PUT_CLAIM, (*what, *said, *place))

    async def _close(self, claim: Claim, standing: Standing, known_at: datetime) -> None:
        """Move the certificate to claimed once none of its ids is free for the family."""
        certificate = standing.certificate
        taken = await self._before.ids(claim, certificate.lot)
        claimed_wh = sum(ids.quantity_wh for ids in taken if certificate.ids.holds(ids))
        whole = claimed_wh == certificate.quantity_wh
        if whole and standing.state is State.CANCELLED:
            event = Claimed(claim.at, claim.claimant)
            await self.record(f"{claim.id}/claimed", certificate.id, event, known_at)

    async def _rows(self, query: str, parameters: Any) -> list[Any]:
        cursor = await self._connection.execute(query, parameters)
        return await cursor.fetchall()


def _repeated(claim: Claim, request: ClaimRequest) -> Claim | tuple[Refused, ...]:
    asked = replace(request, at=claim.at).on(claim.ids)
    same = asked == claim and claim.ids.quantity_wh == request.quantity_wh
    return claim if same else (_says_other("claim", request.id),)


def _says_other(field: str, key: str) -> Refused:
    return Refused(
        Rule.EVENT_SAYS_OTHER, field, key, f"give a new {field} an id that was never used"
    )


def _nothing_left(certificate: Certificate, taken: list[IdRange], wanted_wh: int) -> Refused:
    claimed_wh = sum(ids.quantity_wh for ids in taken if certificate.ids.holds(ids))
    left_wh = certificate.quantity_wh - claimed_wh
    return Refused(
        Rule.NOTHING_LEFT,
        "quantity_wh",
        str(wanted_wh),
        f"{claimed_wh} of {certificate.quantity_wh} Wh of {certificate.id} are claimed, {left_wh} "
        "Wh are left; claim what is left or another certificate",
    )
