"""Tracing written again from the rules, in fractions and without rounding, for one interval.

It shares no code with the service: power of a node is mixed as a linear equation, solved by
repeated mixing along the flows. Only for grids without stores and circles.
"""

from collections.abc import Mapping
from fractions import Fraction

GREEN = ("pv", "wind", "hydro", "biomass", "direct-line")


def exact_mixes(
    supply: Mapping[str, Mapping[str, int]],
    exports: Mapping[str, int],
    net_flows: Mapping[tuple[str, str], int],
    green_first: bool,
) -> dict[str, dict[str, Fraction]]:
    """Return for each node the share of each source in what is used there and flows on.

    `supply` is node → source → Wh, a source's kind its first part; `net_flows` from, to → Wh.
    """
    mixes: dict[str, dict[str, Fraction]] = {}
    while len(mixes) < len(supply):
        ready = [
            node
            for node in supply
            if node not in mixes and all(a in mixes for (a, b) in net_flows if b == node)
        ]
        for node in ready:
            inflows = {a: wh for (a, b), wh in net_flows.items() if b == node}
            entered = {source: Fraction(wh) for source, wh in supply[node].items()}
            for start, wh in inflows.items():
                for source, share in mixes[start].items():
                    entered[source] = entered.get(source, Fraction()) + share * wh
            mixes[node] = _after_export(entered, exports.get(node, 0), green_first)
    return mixes


def _after_export(
    entered: dict[str, Fraction], export: int, green_first: bool
) -> dict[str, Fraction]:
    green = sum(wh for source, wh in entered.items() if source.startswith(GREEN))
    total = sum(entered.values())
    if green_first:
        kept_green = 1 - min(export, green) / green if green else Fraction(1)
        other = total - green
        kept_other = 1 - max(0, export - green) / other if other else Fraction(1)
    else:
        kept_green = kept_other = 1 - export / total if total else Fraction(1)
    left = {
        source: wh * (kept_green if source.startswith(GREEN) else kept_other)
        for source, wh in entered.items()
    }
    rest = sum(left.values())
    return {source: wh / rest if rest else Fraction() for source, wh in left.items()}
