"""A definition tried on history before it is switched on: values, missing inputs, units."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.carbon_accounting.domain.indicators.catalogue import Catalogue, Refused
from services.carbon_accounting.domain.indicators.definitions import Definition
from services.carbon_accounting.domain.indicators.editions import Edition, edition_of
from services.carbon_accounting.domain.indicators.showing import Shown, shown
from services.carbon_accounting.domain.indicators.snapshots import Snapshot
from services.carbon_accounting.domain.indicators.values import Known

Editions = dict[tuple[tuple[str, int], ...], Edition]
"""By the ids and versions that are in force."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a definition would have shown, period by period."""

    definition: Definition
    shown: tuple[Shown, ...]

    @property
    def unit(self) -> str:
        """The unit of the values."""
        return self.definition.unit

    @property
    def missing(self) -> tuple[str, ...]:
        """The inputs that were missing in any period."""
        return tuple(dict.fromkeys(name for one in self.shown for name in one.missing))

    @property
    def known_count(self) -> int:
        """In how many periods there is a value."""
        return sum(isinstance(one.value, Known) for one in self.shown)


def tried(
    definition: Definition, history: Sequence[Snapshot], catalogue: Catalogue
) -> Trial | Refused:
    """Return what a definition would have shown, among the newest versions of all others."""
    if not history:
        return Trial(definition, ())
    latest = max(snapshot.period.shown_on for snapshot in history)
    others = [one for one in catalogue.in_force(latest) if one.id != definition.id]
    edition = edition_of((*others, definition), catalogue.vocabulary)
    if not isinstance(edition, Edition):
        return Refused(edition)
    alone = edition.only(definition.id)
    values = tuple(shown(alone, snapshot)[definition.id] for snapshot in history)
    return Trial(definition, values)


def history_of(
    indicator_id: str,
    history: Sequence[Snapshot],
    catalogue: Catalogue,
    read: Editions | None = None,
) -> tuple[Shown, ...]:
    """Return an indicator over history, each period by the version that was in force then.

    Periods before its first version are left out; ValueError when the catalogue has faults.
    `read` remembers the editions of this catalogue from one indicator to the next.
    """
    editions: Editions = {} if read is None else read
    alone: Editions = {}
    found = []
    for snapshot in history:
        in_force = catalogue.in_force(snapshot.period.shown_on)
        key = tuple((one.id, one.version) for one in in_force)
        if key not in editions:
            editions[key] = _edition(catalogue, snapshot)
        if key not in alone:
            alone[key] = editions[key].only(indicator_id)
        found += [one for one in shown(alone[key], snapshot).values() if _is(one, indicator_id)]
    return tuple(found)


def _edition(catalogue: Catalogue, snapshot: Snapshot) -> Edition:
    edition = catalogue.edition(snapshot.period.shown_on)
    if isinstance(edition, Refused):
        raise ValueError("; ".join(str(fault) for fault in edition.faults))
    return edition


def _is(one: Shown, indicator_id: str) -> bool:
    return one.definition.id == indicator_id
