"""Live indicators of a park: what is added up, what is defined and what was made, put together."""

from dataclasses import dataclass, field
from datetime import date

from services.carbon_accounting.domain.indicators.catalogue import (
    Refused,
    Retirement,
    published,
    retired,
)
from services.carbon_accounting.domain.indicators.definitions import Definition
from services.carbon_accounting.domain.indicators.trials import Trial, tried
from services.carbon_accounting.live.amounts import Words
from services.carbon_accounting.live.definitions import DefinitionStore, PublishedBy
from services.carbon_accounting.live.foreseeing import Consumption
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.outlook import Outlook
from services.carbon_accounting.live.pages import Pages
from services.carbon_accounting.live.production import production_of
from services.carbon_accounting.live.rules_now import RulesNow
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.refusals import AlreadyThere, NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class AlreadyRetired:
    """An indicator was retired before, from another day on; `why` says so with the cure."""

    why: str


@dataclass(frozen=True, slots=True)
class Indicators:
    """What the RPCs of indicators ask."""

    database: Database
    rules: RulesNow
    months: Months
    store: DefinitionStore
    outlook: Outlook
    clock: ParkClock
    reading: Database | None = None
    """What pages are read from; `database` where it is not given."""
    kept: dict[str, Pages] = field(default_factory=dict)
    """The newest pages by enterprise, with what was shown of them."""

    @property
    def accounted(self) -> Accounted:
        """What is accounted for, by the factors there are now."""
        return self.rules.accounted

    @property
    def park_id(self) -> str:
        """Whose they are."""
        return self.accounted.site.id

    @property
    def today(self) -> date:
        """The local day."""
        return self.clock.now().astimezone(self.accounted.site.time_zone).date()

    @property
    def forecast(self) -> Consumption | None:
        """What the park is forecast to consume next."""
        return self.outlook.consumption

    async def pages(self, enterprise: str = "") -> Pages:
        """Return what is added up now; Unavailable with the progress while nothing is."""
        standing = self.months.standing
        if standing is None:
            raise Unavailable(f"the books are being added up: {self.months.progress}")
        if enterprise and enterprise not in {one.id for one in self.accounted.site.enterprises}:
            raise NotFound("enterprise", enterprise)
        made = await production_of(self.reading or self.database, self.park_id)
        pages = Pages(standing, Words(self.accounted, made), await self.store.current(), enterprise)
        return self._known(pages)

    def _known(self, pages: Pages) -> Pages:
        """Return the pages that were made of the same before, with what is kept of them."""
        known = self.kept.get(pages.enterprise)
        if known is None or not known.are_of_the_same(pages):
            known = self.kept[pages.enterprise] = pages
        return known

    async def trial(self, draft: Definition) -> Trial | Refused:
        """Return what a definition would have shown over the history."""
        pages = await self.pages()
        return tried(draft, pages.history(), pages.catalogue)

    async def publish(
        self, draft: Definition, document: str, user: str, reason: str, *, is_numbered: bool = True
    ) -> Definition | Refused:
        """Keep a definition as the next version of its indicator.

        The same again is harmless: with its number, and without one where it is the newest.
        AlreadyThere when somebody else published a version of its number meanwhile.
        """
        by = PublishedBy(user, self.clock.now(), reason)
        async with self.store.alone() as connection:
            catalogue = (await self.store.current()).catalogue
            if (known := catalogue.published_as(draft)) is not None:
                return known
            due = len(catalogue.versions(draft.id)) + 1
            if is_numbered and draft.version < due:
                taken = f"{draft.version} exists already and never changes; write {due}"
                raise AlreadyThere(f"{draft.id}.version: {taken}")
            found = published(catalogue, draft, today=self.today)
            if isinstance(found, Refused):
                return found
            await self.store.publish(connection, found.definition, document, by)
        return found.definition

    async def retire(
        self, indicator_id: str, on: date | None, user: str, reason: str
    ) -> Retirement | AlreadyRetired | Refused:
        """Keep that an indicator is not shown from a local day on, None: from today on.

        The same again is harmless, and so is to ask for today what has been since a day before.
        """
        async with self.store.alone() as connection:
            catalogue = (await self.store.current()).catalogue
            if not catalogue.versions(indicator_id):
                raise NotFound("indicator", indicator_id)
            if (gone := catalogue.retirement_of(indicator_id)) is not None:
                is_same = gone.on == on if on is not None else gone.on <= self.today
                return gone if is_same else _already(gone)
            day = on or self.today
            found = retired(catalogue, indicator_id, on=day, today=self.today)
            if isinstance(found, Refused):
                return found
            now = self.clock.now()
            await self.store.retire(connection, found, user=user, because=reason, at=now)
        return found


def _already(gone: Retirement) -> AlreadyRetired:
    cure = "publish a new version to show it again"
    return AlreadyRetired(f"{gone.indicator_id} is retired from {gone.on} on already; {cure}")
