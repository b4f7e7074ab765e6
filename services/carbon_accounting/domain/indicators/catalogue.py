"""All versions of all indicators; a published one never changes, the next one comes after it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from services.carbon_accounting.domain.indicators.definitions import Definition
from services.carbon_accounting.domain.indicators.editions import Edition, Fault, edition_of
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Refused:
    """What cannot be taken, with everything that is wrong."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Retirement:
    """An indicator up to a version is not shown from a local day on; a later version is."""

    indicator_id: str
    version: int
    on: date


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Versions of indicators in the order they were published, and the words they use."""

    definitions: tuple[Definition, ...]
    vocabulary: Vocabulary
    retirements: tuple[Retirement, ...] = ()

    def versions(self, indicator_id: str) -> tuple[Definition, ...]:
        """Return the versions of an indicator, the first one first."""
        return tuple(sorted(_of(self.definitions, indicator_id), key=_version))

    def in_force(self, on: date) -> tuple[Definition, ...]:
        """Return each indicator as it is shown on a local day."""
        newest: dict[str, Definition] = {}
        for one in sorted(self.definitions, key=_version):
            if one.valid_from <= on:
                newest[one.id] = one
        shown = (newest[name] for name in sorted(newest))
        return tuple(one for one in shown if not self.is_retired(one, on))

    def is_retired(self, one: Definition, on: date) -> bool:
        """Whether a version is not shown any more on a local day."""
        return any(
            gone.indicator_id == one.id and one.version <= gone.version and gone.on <= on
            for gone in self.retirements
        )

    def retirement_of(self, indicator_id: str) -> Retirement | None:
        """Return since when the newest version of an indicator is not shown, None: it is."""
        newest = self.versions(indicator_id)[-1]
        mine = [gone for gone in self.retirements if gone.indicator_id == indicator_id]
        found = [gone for gone in mine if newest.version <= gone.version]
        return min(found, key=lambda gone: gone.on, default=None)

    def published_as(self, draft: Definition) -> Definition | None:
        """Return the version that says what a draft says, if that is how the indicator stands.

        That is the one of its number; or the newest, where the draft has the number after it.
        """
        versions = self.versions(draft.id)
        if draft in versions:
            return draft
        if not versions or self.retirement_of(draft.id) is not None:
            return None
        return versions[-1] if replace(versions[-1], version=draft.version) == draft else None

    def edition(self, on: date) -> Edition | Refused:
        """Return the indicators of a local day, read and checked, ready to be computed."""
        found = edition_of(self.in_force(on), self.vocabulary)
        return found if isinstance(found, Edition) else Refused(found)

    def faults(self) -> tuple[Fault, ...]:
        """Return all that is wrong on any day, each fault once."""
        days = sorted(
            {*(d.valid_from for d in self.definitions), *(r.on for r in self.retirements)}
        )
        editions = [edition_of(self.in_force(day), self.vocabulary) for day in days]
        of_days = [fault for found in editions if not isinstance(found, Edition) for fault in found]
        return tuple(dict.fromkeys((*_version_faults(self.definitions), *of_days)))


@dataclass(frozen=True, slots=True)
class Published:
    """The catalogue with one version more, and that version."""

    catalogue: Catalogue
    definition: Definition


def published(catalogue: Catalogue, draft: Definition, *, today: date) -> Published | Refused:
    """Return the catalogue with a draft as its next version, or what is wrong with it.

    The draft's own version number does not count. Older versions stay as they are, so what was
    shown before `valid_from` is shown the same afterwards.
    """
    past = catalogue.versions(draft.id)
    following = replace(draft, version=past[-1].version + 1 if past else 1)
    if faults := _not_next(past, following, today):
        return Refused(faults)
    more = replace(catalogue, definitions=(*catalogue.definitions, following))
    faults = more.faults()
    return Refused(faults) if faults else Published(more, following)


def retired(
    catalogue: Catalogue, indicator_id: str, *, on: date, today: date
) -> Retirement | Refused:
    """Return that an indicator's newest version is not shown from a day on, or why it must be.

    What other indicators need stays. ValueError when there is no such indicator.
    """
    versions = catalogue.versions(indicator_id)
    if not versions:
        raise ValueError(f"there is no indicator {indicator_id!r}")
    newest = versions[-1]
    if on < today:
        what = f"is {on}, before today ({today})"
        return Refused((_fault(newest, "retired_from", what, f"write {today} or later"),))
    if catalogue.is_retired(newest, date.max):
        what, cure = "is retired already", "publish a new version to show it again"
        return Refused((_fault(newest, "indicator_id", what, cure),))
    gone = Retirement(indicator_id, newest.version, on)
    less = replace(catalogue, retirements=(*catalogue.retirements, gone))
    faults = [fault for fault in less.faults() if fault not in catalogue.faults()]
    return Refused(tuple(faults)) if faults else gone


def _not_next(
    past: tuple[Definition, ...], following: Definition, today: date
) -> tuple[Fault, ...]:
    faults = []
    if following.valid_from < today:
        what = f"starts on {following.valid_from}, before today ({today})"
        faults.append(_fault(following, "valid_from", what, f"write {today} or later"))
    if past and following.valid_from < past[-1].valid_from:
        what = f"starts before version {past[-1].version} ({past[-1].valid_from})"
        faults.append(_fault(following, "valid_from", what, "start it on that day or later"))
    if past and replace(past[-1], version=following.version) == following:
        what = f"is version {past[-1].version} again"
        faults.append(_fault(following, "version", what, "change something or leave it"))
    return tuple(faults)


def _version_faults(definitions: Iterable[Definition]) -> list[Fault]:
    """Return what is wrong with the numbers of versions: 1, 2, 3 …, none earlier than the last."""
    faults: list[Fault] = []
    for name in dict.fromkeys(one.id for one in definitions):
        versions = sorted(_of(definitions, name), key=_version)
        for number, one in enumerate(versions, start=1):
            if one.version != number:
                what = f"has version {one.version} where {number} is due"
                faults.append(_fault(one, "version", what, f"number it {number}"))
        for earlier, later in pairwise(versions):
            if later.valid_from < earlier.valid_from:
                what = f"version {later.version} starts before version {earlier.version}"
                faults.append(_fault(later, "valid_from", what, f"from {earlier.valid_from} on"))
    return faults


def _fault(definition: Definition, key: str, what: str, cure: str) -> Fault:
    return Fault(definition.id, definition.version, key, what, cure)


def _of(definitions: Iterable[Definition], indicator_id: str) -> list[Definition]:
    return [one for one in definitions if one.id == indicator_id]


def _version(definition: Definition) -> int:
    return definition.version
