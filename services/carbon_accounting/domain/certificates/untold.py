"""What records of stores cannot show: what was charged and stands in none, and stores unmetered.

What no record tells is drawn from by nothing: where a charge without a certificate is left out,
more of what comes out counts as certified.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.carbon_accounting.domain.certificates.metered_storage import StoreMeters, all_wh
from services.carbon_accounting.domain.certificates.storage import DischargeRecord
from services.carbon_accounting.domain.certificates.store_pairs import Charged
from services.energy.time_grid import Interval


@dataclass(frozen=True, slots=True)
class Untold:
    """What of a store's metered charge from its first record to its last stands in none, Wh.

    None: no meter says it, and no record of the store is held against one.
    """

    store: str
    span: Interval
    untold_wh: int | None


def untold_of(
    charges: Iterable[Charged], discharges: Iterable[DischargeRecord], meters: StoreMeters
) -> Iterator[Untold]:
    """Yield each store of the records, by name."""
    told = [(one.store, one.span, one.charge_wh) for one in charges]
    told += [(one.store, one.discharged, 0) for one in discharges]
    for store in sorted({store for store, _, _ in told}):
        mine = [(span, wh) for name, span, wh in told if name == store]
        whole = Interval(min(one.start for one, _ in mine), max(one.end for one, _ in mine))
        metered_wh = all_wh(meters.charged_wh, store)(whole)
        told_wh = sum(wh for _, wh in mine)
        yield Untold(store, whole, None if metered_wh is None else max(metered_wh - told_wh, 0))
