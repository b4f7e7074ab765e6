"""Indicators over the periods that are added up: pages, histories, trials. No sum is made here.

What is shown follows from the standing, the definitions and what was made, so it is made once for
all who ask (`kept`), until one of these is another.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from services.carbon_accounting.domain.indicators.catalogue import Catalogue
from services.carbon_accounting.domain.indicators.definitions import (
    Definition,
    PeriodKind,
    System,
)
from services.carbon_accounting.domain.indicators.editions import Edition
from services.carbon_accounting.domain.indicators.identities import Closing, Identity, closing
from services.carbon_accounting.domain.indicators.projections import Projected, projected
from services.carbon_accounting.domain.indicators.showing import Shown, explained_in, shown
from services.carbon_accounting.domain.indicators.snapshots import Period, Snapshot
from services.carbon_accounting.domain.indicators.trials import Editions, history_of
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.amounts import Words
from services.carbon_accounting.live.definitions import Definitions
from services.carbon_accounting.live.foreseeing import Consumption, Part, foreseen
from services.carbon_accounting.live.kept import Kept
from services.carbon_accounting.live.months import Computed, Standing
from services.energy.site import Text
from services.energy.time_grid import QUARTER, Interval
from services.runtime.telemetry import log_for

log = log_for(__name__)
FOR_ENTERPRISES = frozenset({System.NATIONAL_FACTORY, System.PARK})
"""Whose indicators make sense for one enterprise: the others judge a park by a park's targets."""


@dataclass(frozen=True, slots=True)
class Page:
    """Every indicator that is meant for a kind of period, and the identities."""

    span: Interval
    shown: tuple[Shown, ...]
    closings: tuple[tuple[Identity, Closing], ...] = ()


@dataclass(frozen=True, slots=True)
class YearEnd:
    """Every indicator so far and at the end of the year, and how the rest was foreseen."""

    span: Interval
    projected: tuple[Projected, ...]
    says: Text


@dataclass(frozen=True, slots=True)
class Pages:
    """What is added up, shown by the definitions that are in force."""

    standing: Standing
    words: Words
    definitions: Definitions
    enterprise: str = ""
    kept: Kept = field(default_factory=Kept, compare=False, repr=False)

    def are_of_the_same(self, other: "Pages") -> bool:
        """Whether these show what others show: made of the same, which never changes."""
        return (
            self.standing is other.standing
            and self.definitions is other.definitions
            and self.words.accounted is other.words.accounted
            and self.words.production == other.words.production
        )

    @property
    def catalogue(self) -> Catalogue:
        """The versions; for a park that states a day, as they stood on it, for old periods too."""
        as_of = self.words.accounted.site.choices.indicators_as_of
        whole = self.definitions.catalogue
        return whole if as_of is None else standing_on(whole, as_of)

    def of(self, kind: PeriodKind) -> Page:
        """Return the page of a kind of period: the newest one that is booked."""
        return self.kept.once(("page", kind), lambda: self._of(kind))

    def _of(self, kind: PeriodKind) -> Page:
        snapshot = self._snapshot(kind, self._parts(kind))
        edition = self._edition(snapshot.period.shown_on)
        found = self._shown(edition, snapshot).values()
        span = Interval(snapshot.period.start, snapshot.period.end)
        return Page(span, tuple(filter(self._is_meant, found)), tuple(self._closings(snapshot)))

    def shown_of(self, kind: PeriodKind, parts: Sequence[Computed]) -> list[Shown]:
        """Return the indicators that are meant for a kind of period, of these parts."""
        snapshot = self._snapshot(kind, parts)
        found = self._shown(self._edition(snapshot.period.shown_on), snapshot).values()
        return list(filter(self._is_meant, found))

    def at_year_end(self, forecast: Consumption | None) -> YearEnd:
        """Return the page of the year: what is booked and what is foreseen, added, then divided."""
        return self.kept.once("year end", lambda: self._at_year_end(forecast), of=forecast)

    def _at_year_end(self, forecast: Consumption | None) -> YearEnd:
        so_far = self._snapshot(PeriodKind.YEAR_TO_DATE, self.standing.year_so_far())
        edition, zone = self._edition(so_far.period.shown_on), self.words.accounted.site.time_zone
        last = date(self.standing.this_month.year, 12, 31)
        end = datetime(last.year + 1, 1, 1, tzinfo=zone).astimezone(UTC)
        if so_far.period.end >= end:
            now = self._shown(edition, so_far)
            done = tuple(Projected(one, one, ()) for one in now.values() if self._is_meant(one))
            span = Interval(so_far.period.start, end)
            return YearEnd(span, done, Text("the year is booked", "全年已入账"))
        rest = Interval(so_far.period.end, end)
        more = foreseen(
            Part(Interval(so_far.period.start, so_far.period.end), so_far.amounts),
            self._last_year(),
            rest,
            forecast,
            vocabulary=edition.vocabulary,
            zone=zone,
        )
        period = Period(PeriodKind.YEAR_TO_DATE, rest.start, rest.end, last)
        explained = explained_in(edition, self.words.accounted.site.does_not_apply)
        of_rest = Snapshot(period, more.amounts)
        found = projected(edition, so_far, of_rest, year_end=last, explained=explained)
        meant = tuple(one for one in found.values() if self._is_meant(one.so_far))
        return YearEnd(Interval(so_far.period.start, end), meant, more.says)

    def _shown(self, edition: Edition, snapshot: Snapshot) -> dict[str, Shown]:
        """Return the indicators of a period; the park's explanations say what does not apply."""
        explained = explained_in(edition, self.words.accounted.site.does_not_apply)
        return shown(edition, snapshot, explained)

    def history(self) -> list[Snapshot]:
        """Return the months, then the years, that are added up, oldest first."""
        return self.kept.once("history", self._history)

    def _history(self) -> list[Snapshot]:
        months = [one for _, one in sorted(self.standing.months.items())]
        years = sorted({one.month.year for one in months})
        found = [self._snapshot(PeriodKind.MONTH, [one]) for one in months]
        of_years = (self.standing.of_year(year) for year in years)
        return found + [self._snapshot(PeriodKind.YEAR_TO_DATE, parts) for parts in of_years]

    def history_of(self, indicator_id: str) -> tuple[Shown, ...]:
        """Return an indicator over the history, each period by the version in force then."""
        read: Editions = self.kept.once("editions", dict)
        return history_of(indicator_id, self.history(), self.catalogue, read)

    def _parts(self, kind: PeriodKind) -> Sequence[Computed]:
        match kind:
            case PeriodKind.LIVE:
                return [self.standing.quarter]
            case PeriodKind.DAY:
                return [self.standing.day]
            case PeriodKind.MONTH:
                return [self.standing.months[self.standing.this_month]]
            case PeriodKind.YEAR_TO_DATE:
                return self.standing.year_so_far()

    def _snapshot(self, kind: PeriodKind, parts: Sequence[Computed]) -> Snapshot:
        start, end = parts[0].span.start, parts[-1].span.end
        zone = self.words.accounted.site.time_zone
        period = Period(kind, start, end, (end - QUARTER).astimezone(zone).date())
        words = self.words.of(parts, self.enterprise)
        return Snapshot(period, words, self.words.doubts(parts))

    def _last_year(self) -> dict[Month, Part]:
        parts = self.standing.of_year(self.standing.this_month.year - 1)
        return {one.month: Part(one.span, self.words.of([one], self.enterprise)) for one in parts}

    def _edition(self, on: date) -> Edition:
        editions = self.definitions.editions
        if on not in editions:
            editions[on] = sound_edition(self.catalogue, on)
        return editions[on]

    def _is_meant(self, one: Shown) -> bool:
        system = one.definition.system
        return one.is_usual and (not self.enterprise or system in FOR_ENTERPRISES)

    def _closings(self, snapshot: Snapshot) -> Iterator[tuple[Identity, Closing]]:
        if not self.enterprise:
            for one in self.definitions.identities:
                yield one, closing(one, snapshot, self.catalogue.vocabulary)


def standing_on(catalogue: Catalogue, day: date) -> Catalogue:
    """Return the versions as they stood on a day, in force for every period before it too."""
    kept: dict[str, Definition] = {}
    for one in sorted(catalogue.definitions, key=lambda one: one.version):
        if one.valid_from <= day:
            kept[one.id] = replace(one, valid_from=date.min)
    later = (one for one in catalogue.definitions if one.valid_from > day)
    return replace(catalogue, definitions=(*kept.values(), *later))


def sound_edition(catalogue: Catalogue, on: date) -> Edition:
    """Return the indicators of a day; one that does not fit the words of this program is left out.

    What is published is checked, but a later program may have lost a word that it needs.
    """
    found = catalogue.edition(on)
    if isinstance(found, Edition):
        return found
    wrong = {fault.indicator_id for fault in found.faults}
    log.warning("indicators left out", faults=[str(fault) for fault in found.faults])
    kept = tuple(one for one in catalogue.definitions if one.id not in wrong)
    return sound_edition(replace(catalogue, definitions=kept), on)


def by_kind(some: Iterable[Shown]) -> Mapping[PeriodKind, list[Shown]]:
    """Return months and years apart, in their order."""
    found: dict[PeriodKind, list[Shown]] = {kind: [] for kind in PeriodKind}
    for one in some:
        found[one.period.kind].append(one)
    return found
