"""What the command says when it is done: each ledger on a line of its own, what is open, where."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.output import Result
from services.carbon_accounting.book.quality_summary import quality_lines
from services.carbon_accounting.domain.inventory.flows import Flows
from services.carbon_accounting.domain.inventory.open_items import OpenItem, tells_lack
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.matching.periods import Granularity

NG_PER_KG = 10**12
WH_PER_KWH = 1000
MINUTE = timedelta(minutes=1)
MOST_SHOWN = 20
SHOWN = (Granularity.YEARLY, Granularity.HOURLY)
LEDGER_ROW = "{:<18} {:>18} {:<5} {:>11}  {}"


def lines_of(inputs: Inputs, result: Result, folder: Path) -> Iterator[str]:
    """Yield the lines; no line adds one ledger to another."""
    yield _what(inputs)
    yield ""
    yield from _ledgers(result, inputs.site.ledgers)
    yield ""
    yield from _electricity(result)
    yield from quality_lines(result.quality, folder)
    yield ""
    yield from _open_items(sorted(result.inventory.open_items), folder)
    yield ""
    entries = sum(link.entries for link in result.links)
    yield f"{entries:,} entries in {len(result.links)} files: {folder}/entries"
    yield f"totals, links and matching: {folder}/*.csv (docs/carbon.md says what each holds)"


def _when(item: OpenItem) -> str:
    if item.start is None or item.end is None:
        return ""
    return f" ({item.start:%Y-%m-%dT%H:%MZ} to {item.end:%Y-%m-%dT%H:%MZ})"


def _what(inputs: Inputs) -> str:
    data, zone = inputs.data, inputs.site.time_zone
    begins, ends = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (data.begins, data.ends))
    intervals = "interval" if len(data) == 1 else "intervals"
    count = f"{len(data):,} {intervals} of {data.step // MINUTE} min"
    return f"{inputs.site.id}: {count}, {begins} to {ends} {zone.key}"


def _ledgers(result: Result, ledgers: Sequence[Ledger]) -> Iterator[str]:
    yield LEDGER_ROW.format("ledger", "kg", "gas", "entries", "").rstrip()
    reasons = []
    found = _by_ledger(result)
    for ledger in sorted({*ledgers, *found}):
        kg, entries, doubts = found.get(ledger, (0.0, 0, []))
        marks = ["unverified"] if doubts else []
        marks += ["INCOMPLETE: factors are missing"] if _lacks(result, ledger) else []
        row = (ledger.key, f"{kg:,.3f}", ledger.gas, f"{entries:,}", ", ".join(marks))
        yield LEDGER_ROW.format(*row).rstrip()
        reasons += doubts
    for reason, count in Counter(reasons).items():
        yield f"unverified in {count} {_ledgers_are(count)}: {reason}"


def _ledgers_are(count: int) -> str:
    return "ledger" if count == 1 else "ledgers"


def _lacks(result: Result, ledger: Ledger) -> bool:
    items = result.inventory.open_items
    return any(tells_lack(item.kind, item.what, ledger) for item in items)


def _by_ledger(result: Result) -> dict[Ledger, tuple[float, int, list[str]]]:
    """Return counted kg, entries, and why something is unverified, each reason once."""
    ng: dict[Ledger, int] = {}
    entries: dict[Ledger, int] = defaultdict(int)
    doubts: dict[Ledger, dict[str, None]] = defaultdict(dict)
    for key, total in result.inventory.totals.items():
        ng[key.ledger] = ng.get(key.ledger, 0) + (total.emissions_ng if key.counted else 0)
        entries[key.ledger] += total.entries
        doubts[key.ledger].update(dict.fromkeys(total.unverified))
    return {one: (ng[one] / NG_PER_KG, entries[one], [*doubts[one]]) for one in ng}


def _electricity(result: Result) -> Iterator[str]:
    yield _closing(result.inventory.flows)
    used = _certified_wh(result)
    if used:
        yield f"certificates cover {used / WH_PER_KWH:,.3f} kWh of grid power"
    for one in result.matchings:
        told = [_score(name, one.scores[name].cfe) for name in one.scores if name in SHOWN]
        yield f"green by time, {one.enterprise}: " + ", ".join(told)


def _certified_wh(result: Result) -> int:
    """Return the grid power that certificates cover in the market-based ledger."""
    return sum(
        total.amount
        for key, total in result.inventory.totals.items()
        if key.ledger is Ledger.MARKET_BASED and key.origin == "certificate"
    )


def _score(granularity: Granularity, share: object) -> str:
    shown = "unknown" if share is None else f"{float(share):.1%}"  # type: ignore[arg-type]
    return f"{granularity} {shown}"


def _closing(flows: Flows) -> str:
    differences = [*flows.differences()]
    if not differences:
        return "electricity by origin closes to the Wh"
    told = (f"{wh} Wh of {origin.kind} in {month}" for month, origin, wh in differences[:3])
    return f"electricity by origin does not close: {', '.join(told)}"


def _open_items(items: list[OpenItem], folder: Path) -> Iterator[str]:
    if not items:
        yield "no open items"
        return
    yield f"{len(items)} open {'item' if len(items) == 1 else 'items'}: {folder}/open_items.csv"
    for item in items[:MOST_SHOWN]:
        yield f"  {item.kind}: {item.subject}: {item.what}{_when(item)} - {item.cure}"
    if len(items) > MOST_SHOWN:
        yield f"  and {len(items) - MOST_SHOWN} more"
