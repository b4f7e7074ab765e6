"""Indicators that come with the program, and those that were published while it ran.

What was published is read again whenever a row was added: a definition is live at once, in every
replica, without a restart.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from services.carbon_accounting.domain.indicators.catalogue import Catalogue, Retirement
from services.carbon_accounting.domain.indicators.definitions import Definition
from services.carbon_accounting.domain.indicators.editions import Edition
from services.carbon_accounting.domain.indicators.identities import Identity
from services.carbon_accounting.domain.indicators.per_product import Product
from services.carbon_accounting.domain.indicators.targets import Target
from services.carbon_accounting.domain.indicators.vocabulary import Word
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.indicator_import import (
    IndicatorBook,
    read_draft,
    read_indicators,
)
from services.energy.site import Text
from services.runtime.database import Connection, Database
from services.runtime.telemetry import log_for

COUNTED = """
SELECT (SELECT count(*) FROM indicator_definition WHERE park_id = %(park)s),
       (SELECT count(*) FROM indicator_retirement WHERE park_id = %(park)s)
"""
PUBLISHED = """
SELECT indicator_id, version, document, published_at, published_by, because
FROM indicator_definition WHERE park_id = %s ORDER BY published_at, indicator_id, version
"""
RETIRED = """
SELECT indicator_id, version, retired_from, retired_by, because
FROM indicator_retirement WHERE park_id = %s ORDER BY retired_at, indicator_id
"""
PUBLISH = """
INSERT INTO indicator_definition
    (park_id, indicator_id, version, document, published_at, published_by, because)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
RETIRE = """
INSERT INTO indicator_retirement
    (park_id, indicator_id, version, retired_from, retired_at, retired_by, because)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))"
GRADE_2 = 2
METER = "meter."
log = log_for(__name__)
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class PublishedBy:
    """Who published a version, when and why."""

    user: str
    at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class RetiredBy:
    """Who retired an indicator, from which local day on and why."""

    user: str
    on: date
    because: str


@dataclass(frozen=True, slots=True)
class Definitions:
    """All indicators of a park; by (id, version): who published and who retired them.

    `editions` remembers those of days that were asked for: nothing of a definition ever changes.
    """

    catalogue: Catalogue
    identities: tuple[Identity, ...]
    published: dict[Key, PublishedBy]
    retired: dict[Key, RetiredBy]
    editions: dict[date, Edition] = field(default_factory=dict)


class DefinitionStore:
    """The definitions of a park as they stand."""

    def __init__(self, database: Database, site: Site, reading: Database | None = None) -> None:
        self._database, self._reading = database, reading or database
        self._park_id = site.id
        products = [product_of(site, one.id) for one in site.products]
        self._shipped: IndicatorBook = read_indicators(products=products, points=meter_words(site))
        self._seen: tuple[int, ...] = (-1,)
        self._definitions: Definitions | None = None

    async def current(self) -> Definitions:
        """Return the definitions as of now; read again only when a row was added."""
        counts = (await self._reading.rows(COUNTED, {"park": self._park_id}))[0]
        if self._definitions is None or tuple(counts) != self._seen:
            published = await self._reading.rows(PUBLISHED, (self._park_id,))
            retired = await self._reading.rows(RETIRED, (self._park_id,))
            self._definitions = _together(self._shipped, published, retired)
            self._seen = tuple(counts)
        return self._definitions

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Connection]:
        """Keep everybody else from publishing and retiring: what was checked together stays so."""
        async with self._database.transaction() as connection:
            await connection.execute(LOCK, (self._park_id,))
            yield connection

    async def publish(
        self, connection: Connection, one: Definition, document: str, by: PublishedBy
    ) -> None:
        """Keep a version."""
        row = (self._park_id, one.id, one.version, document, by.at, by.user, by.because)
        await connection.execute(PUBLISH, row)

    async def retire(
        self, connection: Connection, gone: Retirement, *, user: str, because: str, at: datetime
    ) -> None:
        """Keep a retirement."""
        row = (self._park_id, gone.indicator_id, gone.version, gone.on, at, user, because)
        await connection.execute(RETIRE, row)


def product_of(site: Site, product_id: str) -> Product:
    """Return a product of the park file as indicators know it, with its limit of grade 2."""
    one = next(product for product in site.products if product.id == product_id)
    limit = one.grade_2_kgce_per_unit
    if limit is None:
        return Product(one.id, Text(one.id, one.id), one.unit)
    says, source = Text("grade 2", "2级"), "the park file (`accounting.products`)"
    target = Target(Fraction(limit), says, "M", source)
    return Product(one.id, Text(one.id, one.id), one.unit, {GRADE_2: target})


def meter_words(site: Site) -> list[Word]:
    """Return `meter.<id>` for each meter and stream: what it counted, as a word of formulas."""
    return [
        Word(METER + one, in_base(unit)[1], Text(f"counted by {one}", f"{one} 计量值"))
        for one, unit in sorted(site.units.items())
    ]


def _together(
    shipped: IndicatorBook, published: Iterable[Any], retired: Iterable[Any]
) -> Definitions:
    """Return all definitions; a published version stands before a shipped one of its number."""
    drafts: dict[Key, Definition] = {}
    said: dict[Key, PublishedBy] = {}
    for name, version, document, at, user, because in published:
        drafts[name, version] = replace(read_draft(document), version=version)
        said[name, version] = PublishedBy(user, at, because)
    kept = [one for one in shipped.catalogue.definitions if (one.id, one.version) not in drafts]
    if len(kept) < len(shipped.catalogue.definitions):
        log.warning("versions of the program stand back behind published ones of the same number")
    gone = {(name, version): RetiredBy(user, on, why) for name, version, on, user, why in retired}
    retirements = tuple(Retirement(*key, one.on) for key, one in gone.items())
    vocabulary = shipped.catalogue.vocabulary
    catalogue = Catalogue((*kept, *drafts.values()), vocabulary, retirements)
    return Definitions(catalogue, shipped.identities, said, gone)
