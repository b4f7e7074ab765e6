"""Certificates in PostgreSQL: events appended once, claims that cannot be made twice.

Every call is one transaction. The idempotency key is the caller's event or claim id: the same one
again returns what stands, one that says something else is refused. A certificate's row is locked
while it changes or is claimed; that no Wh bears two claims is a constraint of the database.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from psycopg.errors import DeadlockDetected, ExclusionViolation, UniqueViolation

from services.carbon_accounting.certificates import statements as sql
from services.carbon_accounting.certificates.books import CertificateBooks, ClaimRequest
from services.carbon_accounting.certificates.proof import standings_differ
from services.carbon_accounting.certificates.rows import claim_of, standing_of
from services.carbon_accounting.domain.certificates.claims import Claim, Evidence
from services.carbon_accounting.domain.certificates.events import Event, Issued
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing
from services.energy.time_grid import Interval
from services.runtime.database import Connection, Database

T = TypeVar("T")
TRIES = 3
CLAIMED_ONCE = "claimed_once"


class _Undone(Exception):
    """Takes back what a transaction did."""

    def __init__(self, refused: tuple[Refused, ...]) -> None:
        super().__init__(f"{len(refused)} refusals")
        self.refused = refused


class PostgresCertificates:
    """The certificates of one park."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def record(
        self, event_id: str, certificate_id: str, event: Event, known_at: datetime
    ) -> Standing | Refused:
        """Append an event and return how the certificate stands then, or why it is refused."""

        async def step(connection: Connection) -> Standing | Refused:
            books = CertificateBooks(connection, self._park_id)
            return await books.record(event_id, certificate_id, event, known_at)

        return await self._once(step, "event", event_id)

    async def issue_charged(
        self,
        event_id: str,
        event: Issued,
        evidence: Evidence,
        known_at: datetime,
    ) -> Standing | tuple[Refused, ...]:
        """Issue what a store discharged and take its charge, or return all that is wrong."""
        certificate = event.certificate

        async def step(connection: Connection) -> Standing | Refused:
            books = CertificateBooks(connection, self._park_id)
            await books.lock_claims()
            found = await books.record(event_id, certificate.id, event, known_at)
            charging = isinstance(found, Standing)
            if charging and (wrong := await books.charged(certificate, evidence, known_at)):
                raise _Undone(wrong)
            return found

        try:
            found = await self._once(step, "event", event_id)
        except _Undone as undone:
            return undone.refused
        return (found,) if isinstance(found, Refused) else found

    async def claim(
        self, request: ClaimRequest, evidence: Evidence, known_at: datetime
    ) -> Claim | tuple[Refused, ...]:
        """Claim free ids and return the claim, or everything that is wrong with it."""

        async def step(connection: Connection) -> Claim | tuple[Refused, ...]:
            return await CertificateBooks(connection, self._park_id).claim(
                request, evidence, known_at
            )

        found = await self._once(step, "claim", request.id)
        return (found,) if isinstance(found, Refused) else found

    async def standing(self, certificate_id: str) -> Standing | None:
        """Return how a certificate stands, None when there is none."""
        async with self._database.transaction() as connection:
            return await CertificateBooks(connection, self._park_id).standing(certificate_id)

    async def claims(self, reporting: Interval) -> list[Claim]:
        """Return the claims for consumption within a span, by claimant and id."""
        rows = await self._database.rows(
            sql.CLAIMS, (self._park_id, reporting.start, reporting.end)
        )
        return [claim_of(row) for row in rows]

    async def all_claims(self) -> list[tuple[Claim, Standing]]:
        """Return every claim with its certificate, by claimant and id."""
        async with self._database.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            claims = await (await connection.execute(sql.ALL_CLAIMS, (self._park_id,))).fetchall()
            kept = await (await connection.execute(sql.STANDINGS, (self._park_id,))).fetchall()
        standings = {row[0]: standing_of(row) for row in kept}
        return [(claim_of(row), standings[row[2]]) for row in claims]

    async def differences(self) -> list[str]:
        """Return the certificates that do not stand as their events say; none should."""
        async with self._database.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return await standings_differ(connection, self._park_id)

    async def _once(
        self, step: Callable[[Connection], Awaitable[T]], field: str, key: str
    ) -> T | Refused:
        """Run a step in a transaction; what the database's own rules refuse is named."""
        for _ in range(TRIES):
            try:
                async with self._database.transaction() as connection:
                    return await step(connection)
            except ExclusionViolation as violated:
                return refused_by_constraint(violated, field, key)
            except (UniqueViolation, DeadlockDetected):
                continue  # another one was first: look again at what stands now
        return Refused(Rule.EVENT_SAYS_OTHER, field, key, "the id is used by others; try another")


def refused_by_constraint(violated: ExclusionViolation, field: str, key: str) -> Refused:
    """Return what the database's own rules refuse, by name."""
    claimed = violated.diag.constraint_name == CLAIMED_ONCE
    rule = Rule.CLAIMED_TWICE if claimed else Rule.CERTIFIED_TWICE
    return Refused(rule, field, key, "another one has these ids of the lot; take others")
