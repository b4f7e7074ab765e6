"""Certificates of a park: taken in, moved and claimed against what was metered here."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from io import StringIO

from services.carbon_accounting.certificates import statements as sql
from services.carbon_accounting.certificates.books import ClaimRequest
from services.carbon_accounting.certificates.listing import Holding, Wanted, holdings
from services.carbon_accounting.certificates.rows import claim_of
from services.carbon_accounting.certificates.store import PostgresCertificates
from services.carbon_accounting.certificates.taking import Taken, take_in
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind, Evidence
from services.carbon_accounting.domain.certificates.events import Event, Issued, Reserved
from services.carbon_accounting.domain.certificates.metered_storage import StoreMeters
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.certificates.stored import Charge
from services.carbon_accounting.domain.inventory.evidence import evidence_of_metered
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.certificate_import import certificates_in
from services.carbon_accounting.input_files.certificate_parts import books_of
from services.carbon_accounting.input_files.mistakes import Mistake
from services.carbon_accounting.live.consumptions import Consumptions, years_of
from services.energy.time_grid import Interval
from services.runtime.database import Database
from services.runtime.patience import patiently


class CertificateDesk:
    """The certificates of one park; `changed` is called when what they cover may be another."""

    def __init__(
        self,
        database: Database,
        site: Site,
        consumptions: Consumptions,
        changed: Callable[[], None],
        reading: Database | None = None,
    ) -> None:
        self.site = site
        self._database, self._reading = database, reading or database
        self._store = PostgresCertificates(database, site.id)
        self._consumptions = consumptions
        self._changed = changed
        self._books = books_of(site)

    async def listed(self, wanted: Wanted, now: datetime, limit: int) -> list[Holding]:
        """Return certificates as they stand, by id."""
        return await holdings(self._reading, self.site.id, wanted, now, limit)

    async def claims(
        self, claimant: str, certificate_id: str, span: Interval | None, after: str, limit: int
    ) -> list[Claim]:
        """Return claims by id; what is empty or None restricts nothing."""
        asked = {
            "park": self.site.id,
            "claimant": claimant,
            "certificate": certificate_id,
            "start": span and span.start,
            "end": span and span.end,
            "after": after,
            "limit": limit,
        }
        rows = await self._reading.rows(sql.LISTED_CLAIMS, asked)
        return [claim_of(row) for row in rows]

    async def standing(self, certificate_id: str) -> Standing | None:
        """Return how a certificate stands; None when there is none."""
        return await patiently(lambda: self._store.standing(certificate_id), "certificate")

    async def record(
        self, event_id: str, certificate_id: str, event: Event, now: datetime
    ) -> Standing | tuple[Refused, ...]:
        """Append an event and return how the certificate stands then, or all that is wrong."""
        if isinstance(event, Reserved) and event.beneficiary not in self._books.beneficiaries:
            cure = f"reserve it for one of {', '.join(self._books.beneficiaries)}"
            return (Refused(Rule.NO_SUCH_BENEFICIARY, "beneficiary", event.beneficiary, cure),)
        if isinstance(event, Issued) and event.certificate.charge is not None:
            return await self._issue_charged(event_id, event, event.certificate.charge, now)
        found = await patiently(
            lambda: self._store.record(event_id, certificate_id, event, now), "certificate event"
        )
        return (found,) if isinstance(found, Refused) else found

    async def _issue_charged(
        self, event_id: str, event: Issued, charge: Charge, now: datetime
    ) -> Standing | tuple[Refused, ...]:
        discharged = event.certificate.production
        evidence = await self._evidence(Interval(charge.charged.start, discharged.end))
        return await patiently(
            lambda: self._store.issue_charged(event_id, event, evidence, now), "certificate event"
        )

    async def claim(self, asked: ClaimRequest, now: datetime) -> Claim | tuple[Refused, ...]:
        """Claim what the claimant consumed, held against what is metered in its local years."""
        standing = await self.standing(asked.certificate_id)
        covers = asked.kind is ClaimKind.GREEN_POWER
        if covers and standing is not None and standing.certificate.ng_per_wh is None:
            return (_conveys_nothing(standing),)
        evidence = await self._evidence(asked.consumption)
        found = await patiently(lambda: self._store.claim(asked, evidence, now), "claim")
        if isinstance(found, Claim):
            self._changed()
        return found

    async def take(self, name: str, content: str, now: datetime) -> Taken | tuple[Mistake, ...]:
        """Bring the books to what a file says, all of it or nothing."""
        lines = StringIO(content.removeprefix("\ufeff"), newline="")
        file = certificates_in(name, lines, self._books)
        zone = self.site.time_zone
        years = {claim.id: years_of(reach_of(claim, file.standings), zone) for claim in file.claims}
        by_years = {span: await self._evidence(span) for span in set(years.values())}
        found = await patiently(
            lambda: take_in(
                self._database, self.site.id, file, lambda claim: by_years[years[claim.id]], now
            ),
            "certificate file",
        )
        if isinstance(found, Taken):
            self._changed()
        return found

    async def store_meters(self, span: Interval) -> StoreMeters:
        """Return what went into and came out of stores in the local years of a span."""
        years = years_of(span, self.site.time_zone)
        metered = await patiently(lambda: self._consumptions.of(years), "consumption")
        stores = metered.generation.stores
        return StoreMeters(stores.charged_wh, stores.discharged_wh)

    async def _evidence(self, consumption: Interval) -> Evidence:
        years = years_of(consumption, self.site.time_zone)
        metered = await patiently(lambda: self._consumptions.of(years), "consumption")
        return evidence_of_metered(years, metered.consumption, metered.generation)


def reach_of(claim: Claim, standings: Mapping[str, Standing]) -> Interval:
    """Return the span whose meters tell of a claim: of what was stored up to its discharge."""
    span, fed = claim.consumption, standings.get(claim.feeds)
    end = span.end if fed is None else max(span.end, fed.certificate.production.end)
    return Interval(span.start, end)


def _conveys_nothing(standing: Standing) -> Refused:
    cure = "a claimed certificate must convey its rate; issue it with one, 0 for wind and sun"
    return Refused(Rule.NO_RATE, "emission_ng_per_wh", standing.certificate.id, cure)


def mistakes_of(told: Iterable[Mistake]) -> list[tuple[str, str]]:
    """Return the place in the file and what is wrong there, for each mistake."""
    return [(f"content.line[{one.line}].{one.field}", f"{one.what}: {one.cure}") for one in told]
