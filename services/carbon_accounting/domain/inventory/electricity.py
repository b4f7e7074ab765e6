"""Electricity by origin becomes entries, with each ledger's factor for it (rules A.2, D.1).

What came from the grid, from an unknown content of a store, or without any meter counts as grid
power, in each ledger with its own factor. What the park's own wind and sun gave has the factor of
its source. Own plants that burn fuel count 0 here: their fuel is a stream of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.electricity import quantity_of, supplied
from services.carbon_accounting.domain.activities.line import Line, NotCounted, OpenItem
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.entries import Block, Place, block_of
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.tracing.origins import GRID_POWER, Origin

CARRIER = "electricity"
DIRECT = "direct-line-"
OWN_FUELLED = {"fossil": "chp"}
"""Both count 0 here: what they burn is booked as fuel."""


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """Electricity that one meter of one enterprise took from one origin, Wh by interval.

    `activity`: electricity-use, storage-loss or unaccounted-load.
    """

    meter: str
    enterprise: str
    activity: str
    origin: Origin
    wh: Whole
    measured: Mask

    @property
    def kind(self) -> str:
        """The kind of the origin as factors call it: a direct line's is that of its source."""
        kind = self.origin.kind.removeprefix(DIRECT)
        return OWN_FUELLED.get(kind, kind)

    @property
    def is_grid(self) -> bool:
        """Whether it counts as power of the grid."""
        return self.origin.kind in GRID_POWER

    @property
    def place(self) -> Place:
        """What its entries say beside the activity's line."""
        origin = f"{self.origin.kind}:{self.origin.source}"
        return Place(self.enterprise, CARRIER, self.activity, origin)


def entries_of(
    ledger: Ledger, use: Use, starts_us: Whole, rules: Rules, open_items: list[OpenItem]
) -> Iterator[Block]:
    """Yield the entries of a use, one block a factor; what cannot be booked is in `open_items`."""
    for here, basis in _bases(ledger, use, starts_us, rules):
        if not use.wh[here].any():
            continue
        made = supplied(use.kind, use.meter, use.wh[here], basis)
        if isinstance(made, Line):
            yield block_of(made, use.place, starts_us[here], use.measured[here])
        elif isinstance(made, OpenItem):
            open_items.append(made)
        else:
            _not_counted(made)


def _not_counted(_: NotCounted) -> None:
    """What does not belong in a ledger leaves nothing there."""


def _bases(
    ledger: Ledger, use: Use, starts_us: Whole, rules: Rules
) -> Iterator[tuple[slice, Basis]]:
    """Yield the factors of each stretch of intervals; stored energy has those of its year."""
    quantity = quantity_of(use.kind, ledger)
    if use.origin.vintage:
        yield from rules.bases_of_year(ledger, quantity, starts_us, use.origin.vintage)
    else:
        yield from rules.bases(ledger, quantity, starts_us)


def by_certificate(
    uses: Sequence[Use], wh_by_certificate: Mapping[str, Whole]
) -> Iterator[tuple[str, Use]]:
    """Yield (certificate, use): what each covers of one enterprise's grid power; '' for the rest.

    Certificates are given out over the uses in their order. What they cover beyond the uses is an
    error of matching: ValueError.
    """
    rest = [use.wh.copy() for use in uses]
    for certificate, wh in wh_by_certificate.items():
        left = wh.copy()
        for use, open_wh in zip(uses, rest, strict=True):
            taken = np.minimum(left, open_wh)
            open_wh -= taken
            left -= taken
            if taken.any():
                yield certificate, replace(use, wh=taken)
        if left.any():
            raise ValueError(f"{certificate} covers {int(left.sum())} Wh that nobody used")
    yield from (("", replace(use, wh=wh)) for use, wh in zip(uses, rest, strict=True) if wh.any())
