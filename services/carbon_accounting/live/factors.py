"""The factors of a park as of now: those that come with us and those that it put in itself.

A factor is never changed. What the park put in holds also against a row of a later release that
says the same version of the same days: `passed_over` names such rows.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.factoring.store import FactorStore, overlapping
from services.carbon_accounting.domain.inventory.choosing import chosen
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.factor_import import factors_in, load_factor_store
from services.runtime.database import Connection

_NEWEST = "SELECT coalesce(max(number), 0) FROM factor_file WHERE park_id = %s"
_FILES = """
SELECT number, name, digest, content, put_by, because, put_at FROM factor_file
WHERE park_id = %s ORDER BY number
"""
Version = tuple[str, int]
"""Id and version of a factor, as entries name it."""


@dataclass(frozen=True, slots=True)
class FactorFile:
    """A file of factors that somebody put in."""

    number: int
    name: str
    digest: bytes
    content: str
    put_by: str
    because: str
    put_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """All factors, and of those that the park put in itself by which file."""

    store: FactorStore
    files: Mapping[Version, FactorFile] = field(default_factory=dict)
    passed_over: tuple[Factor, ...] = ()


class LiveFactors:
    """The factors and rules of one park, read again only when a file was added."""

    def __init__(self, site: Site, built_in: FactorStore | None = None) -> None:
        self.site = site
        self._built_in = built_in or load_factor_store()
        self._of: tuple[int, Known] | None = None

    async def rules_now(self, connection: Connection) -> Rules:
        """Return which factors hold when, as of now."""
        return self.rules_of((await self.known(connection)).store)

    def rules_of(self, store: FactorStore) -> Rules:
        """Return the rules of the park with these factors and the years it chose."""
        choices = self.site.choices
        return Rules(chosen(self.site, store), choices.region, self.site.time_zone)

    async def known(self, connection: Connection) -> Known:
        """Return all factors, as of now."""
        cursor = await connection.execute(_NEWEST, (self.site.id,))
        ((newest,),) = await cursor.fetchall()
        if self._of is None or self._of[0] != newest:
            cursor = await connection.execute(_FILES, (self.site.id,))
            files = [FactorFile(*row) for row in await cursor.fetchall()]
            self._of = (newest, await asyncio.to_thread(together, self._built_in, files))
        return self._of[1]


def together(built_in: FactorStore, files: Iterable[FactorFile]) -> Known:
    """Return the factors of the release and of a park's files, which hold before the release's."""
    own: dict[Factor, FactorFile] = {}
    for file in files:
        own |= {read.factor: file for read in factors_in(file.name, file.content, own)}
    rivals: dict[tuple[object, ...], list[Factor]] = {}
    for factor in own:
        rivals.setdefault((factor.ledger, factor.quantity, factor.region), []).append(factor)
    hidden = {
        factor
        for factor in built_in
        if overlapping(factor, rivals.get((factor.ledger, factor.quantity, factor.region), ()))
    }
    store = FactorStore((*own, *(factor for factor in built_in if factor not in hidden)))
    found = {(factor.id, factor.version): file for factor, file in own.items()}
    return Known(store, found, tuple(sorted(hidden, key=lambda factor: factor.id)))
