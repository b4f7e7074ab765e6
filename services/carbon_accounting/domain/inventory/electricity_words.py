"""The words of electricity that indicators name, from what was traced of a period."""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.flows import Way
from services.carbon_accounting.domain.tracing.origins import Origin

CONSUMED = (Way.USE, Way.LOSS, Way.UNACCOUNTED)
GRID_KINDS = frozenset({"grid", "unaccounted"})
NEVER_ABSENT = (
    *("electricity.exported", "electricity.physical_non_fossil"),
    *("green.self_used", "green.sold", "green.bought"),
    *(
        f"electricity.from_{kind}"
        for kind in (
            *("grid", "pv", "wind", "hydro", "biomass"),
            *("chp", "fossil", "direct_line", "unknown"),
        )
    ),
)
"""All electricity is metered: what is not there is nothing."""
CURTAILED = "green.curtailed"


def electricity_words(electricity: Mapping[tuple[Way, Origin], int]) -> dict[str, Amount]:
    """Return consumption by origin, green power and trade of a period, given in Wh."""
    sums: dict[str, int] = defaultdict(int)
    for (way, origin), wh in electricity.items():
        if way in CONSUMED:
            sums["electricity.total"] += wh
            sums[f"electricity.from_{_word_of(origin)}"] += wh
        if way in CONSUMED and origin.is_green:
            sums["electricity.physical_non_fossil"] += wh
            sums["green.self_used"] += wh
        if way is Way.EXPORT:
            sums["electricity.exported"] += wh
            sums["green.sold"] += wh if origin.is_green else 0
        if way is Way.SUPPLY and origin.kind == "grid":
            sums["green.bought"] += wh
    sums["green.load"] = sums["electricity.total"]
    for name in NEVER_ABSENT:
        sums[name] += 0
    return {name: Amount(Fraction(wh), "Wh") for name, wh in sums.items()}


def available_generation(words: Mapping[str, Amount]) -> dict[str, Amount]:
    """Return available generation (B.2), where what was curtailed is metered."""
    if CURTAILED not in words or words[CURTAILED].unit != "Wh":
        return {}
    parts = ("green.self_used", "green.sold", CURTAILED)
    return {"green.available": Amount(sum((words[p].value for p in parts), Fraction(0)), "Wh")}


def _word_of(origin: Origin) -> str:
    if origin.kind in GRID_KINDS:
        return "grid"
    return "direct_line" if origin.kind.startswith("direct-line-") else origin.kind
