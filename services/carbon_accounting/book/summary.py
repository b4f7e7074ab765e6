"""What the command says when it is done: each ledger on lines of its own, and what is open."""

from collections import defaultdict
from collections.abc import Iterator

from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.output import Result
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.ledgers import Ledger

NG_PER_KG = 10**12


def lines_of(inputs: Inputs, result: Result) -> Iterator[str]:
    """Yield the lines."""
    inventory, data = result.inventory, inputs.data
    yield f"{inputs.site.id}: {len(data)} intervals of {data.step} from {data.begins.isoformat()}"
    lacking = [i for i in inventory.open_items if i.kind is Kind.MISSING_FACTOR]
    for ledger, (kg, entries, doubtful) in _by_ledger(result).items():
        mark = ", unverified" if doubtful else ""
        if any(f"ledger {ledger.key}," in item.what for item in lacking):
            mark += ", INCOMPLETE: factors are missing"
        yield f"{ledger.key:<20} {kg:>18,.3f} kg {ledger.gas} in {entries:,} entries{mark}"
    differences = [*inventory.flows.differences()]
    closes = "closes to the Wh" if not differences else f"does not close: {differences[:3]}"
    yield f"electricity by origin {closes}"
    yield f"{len(inventory.open_items)} open items" + (":" if inventory.open_items else "")
    for item in sorted(inventory.open_items):
        yield f"  {item.kind}: {item.subject}: {item.what}{_when(item)}"


def _when(item: OpenItem) -> str:
    if item.start is None or item.end is None:
        return ""
    return f" ({item.start:%Y-%m-%dT%H:%MZ} to {item.end:%Y-%m-%dT%H:%MZ})"


def _by_ledger(result: Result) -> dict[Ledger, tuple[float, int, bool]]:
    sums: dict[Ledger, list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, total in result.inventory.totals.items():
        if key.counted:
            sums[key.ledger][0] += total.emissions_ng
        sums[key.ledger][1] += total.entries
        sums[key.ledger][2] += len(total.unverified)
    return {ledger: (ng / NG_PER_KG, count, bool(d)) for ledger, (ng, count, d) in sums.items()}
