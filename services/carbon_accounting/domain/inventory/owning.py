"""Whose a Wh or a gram is: one enterprise's, or several's by the key that holds on its day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.rules import midnight_us
from services.carbon_accounting.domain.inventory.site import PARK, Owner, SharingKey, Site
from services.carbon_accounting.domain.tracing.sharing import shared

FOREVER_US = 2**62


@dataclass(frozen=True, slots=True)
class Owners:
    """The keys of a site, each with its versions in the order of their dates."""

    keys: Mapping[str, tuple[SharingKey, ...]]
    zone: ZoneInfo

    @classmethod
    def of(cls, site: Site) -> "Owners":
        """Return the owners of a site."""
        ordered = sorted(site.keys, key=lambda key: (key.id, key.valid_from))
        keys = {name: tuple(some) for name, some in groupby(ordered, key=lambda key: key.id)}
        return cls(keys, site.time_zone)

    def parts(self, owner: Owner, amounts: Whole, starts_us: Whole) -> Iterator[tuple[str, Whole]]:
        """Yield each enterprise's whole part; together they are the amounts, interval by interval.

        Before the first version of a key what it shares is the park's.
        """
        if owner.key is None:
            yield owner.enterprise, amounts
            return
        parts: dict[str, Whole] = {}
        for here, weights in self._spans(owner.key, starts_us):
            for name, part in shared(amounts[here], weights).items():
                parts.setdefault(name, np.zeros_like(amounts))[here] = part
        yield from sorted(parts.items())

    def _spans(self, key: str, starts_us: Whole) -> Iterator[tuple[slice, Mapping[str, object]]]:
        versions = self.keys[key]
        borders = [_begins_us(one.valid_from, self.zone) for one in versions] + [FOREVER_US]
        at = np.searchsorted(starts_us, borders).tolist()
        if at[0]:
            yield slice(0, at[0]), {PARK: 1}
        for one, first, last in zip(versions, at, at[1:], strict=False):
            if last > first:
                yield slice(first, last), one.weights


def _begins_us(day: date, zone: ZoneInfo) -> int:
    return -FOREVER_US if day == date.min else midnight_us(day, zone)
