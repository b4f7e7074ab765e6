"""What of an enterprise's own costs is not known yet: told without what others used."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.carbon_accounting.domain.costing.cells import EVERYBODY
from services.carbon_accounting.domain.costing.costs import Costs
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.site import PARK

ASK = "ask the park to state it; the cost is unknown until then"


def own_unpriced(costs: Costs) -> dict[str, list[OpenItem]]:
    """Return by enterprise what it used without a price, an item a position and month.

    And the charges that it shares of months that are not whole.
    """
    sums: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for (month, where), cell in sorted(costs.cells.items()):
        if cell.unpriced and where.enterprise != EVERYBODY:
            sums[where.enterprise, month, where.position, where.unit] += cell.unpriced
    found: dict[str, list[OpenItem]] = defaultdict(list)
    for (enterprise, month, position, unit), amount in sums.items():
        what = f"{amount} {unit} of its own in {month} have no price"
        found[enterprise].append(OpenItem(Kind.MISSING_PRICE, position, what, ASK))
    for enterprise, items in costs.uncharged.items():
        found[enterprise] += sorted(items)
    return dict(found)


def with_unpriced(
    items: Mapping[str, Sequence[OpenItem]], costs: Costs
) -> dict[str, Sequence[OpenItem]]:
    """Return the open items of each enterprise with those of its costs."""
    unpriced = {name: own for name, own in own_unpriced(costs).items() if name != PARK}
    both = {name: [*items.get(name, ()), *unpriced.get(name, ())] for name in {*items, *unpriced}}
    return {name: sorted(both[name]) for name in sorted(both)}
