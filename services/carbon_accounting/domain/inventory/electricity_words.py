"""The words of electricity that indicators name, from what was traced of a period.

Those of green direct connection count what a store gained as used and what it gave as not used
again (rules B.2: net storage flows belong to self-use, losses to the load): over a year in which
stores end as they began both are what was consumed.
"""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.flows import Way
from services.carbon_accounting.domain.tracing.origins import GREEN, SUPPLY_KINDS, Origin

CONSUMED = (Way.USE, Way.LOSS, Way.UNACCOUNTED)
GRID_KINDS = frozenset({"grid", "unaccounted"})
OWN_NON_GREEN = SUPPLY_KINDS - GREEN - {"grid"}
NEVER_ABSENT = (
    *("electricity.total", "green.load"),
    *("electricity.exported", "electricity.physical_non_fossil"),
    *("green.self_used", "green.sold", "green.bought", "green.own_non_green"),
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
        if way in (*CONSUMED, Way.STORED):
            sums["green.load"] += wh
            sums["green.self_used"] += wh if origin.is_green else 0
        if way is Way.EXPORT:
            sums["electricity.exported"] += wh
            sums["green.sold"] += wh if origin.is_green else 0
        if way is Way.SUPPLY and origin.kind == "grid":
            sums["green.bought"] += wh
        if way is Way.SUPPLY and origin.kind in OWN_NON_GREEN:
            sums["green.own_non_green"] += wh
    for name in NEVER_ABSENT:
        sums[name] += 0
    return {name: Amount(Fraction(wh), "Wh") for name, wh in sums.items()}


def available_generation(words: Mapping[str, Amount], generated_wh: int) -> dict[str, Amount]:
    """Return available generation (B.2), where what was curtailed is metered.

    `generated_wh` is what the meters of green generation counted, not what was traced of it: so
    the identity of self-use tells where the two differ.
    """
    if CURTAILED not in words or words[CURTAILED].unit != "Wh":
        return {}
    return {"green.available": Amount(generated_wh + words[CURTAILED].value, "Wh")}


def _word_of(origin: Origin) -> str:
    if origin.kind in GRID_KINDS:
        return "grid"
    return "direct_line" if origin.kind.startswith("direct-line-") else origin.kind
