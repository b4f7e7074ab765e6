"""The way of power through the nodes: what leaves a node has the mix of what came in.

Everything here works on ints (one interval) as on arrays (many intervals), with the same result:
stores need it interval by interval, the rest takes all intervals at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic

from services.carbon_accounting.domain.tracing.boundary import ExportPolicy
from services.carbon_accounting.domain.tracing.layout import Layout
from services.carbon_accounting.domain.tracing.proportions import N, divided, taken

Mix = Sequence[N]
"""Wh by the number of the origin."""


@dataclass(frozen=True)
class Metered(Generic[N]):
    """What is known beforehand, in Wh; a node that is not traced has nothing.

    By node: supply by origin (unaccounted supply too, discharge not) and what is exported.
    By line: discharge by origin, charge, net flow along each directed edge.
    """

    supply: Sequence[Mix[N]]
    exports: Sequence[N]
    discharged: Sequence[Mix[N]]
    charge: Sequence[N]
    flows: Sequence[N]


@dataclass(frozen=True)
class Passed(Generic[N]):
    """The same by origin: by node exported and used there, by line charged and gone along."""

    exported: list[Mix[N]]
    used: list[Mix[N]]
    charged: list[Mix[N]]
    along: list[Mix[N]]


@dataclass(frozen=True)
class Rules:
    """Which origins (by number) are green, and whether export takes them first."""

    green: Sequence[bool]
    export: ExportPolicy


def paths(
    layout: Layout, metered: Metered[N], rules: Rules, order: Iterable[int], nothing: Mix[N]
) -> Passed[N]:
    """Return what is traced after the nodes of `order`, each behind those it gets power from.

    Where the order differs from interval to interval, name the nodes again until each came once
    behind its own: what an early turn makes of power that is yet to come, a later one replaces.
    """
    nodes = range(layout.node_count)
    traced = Passed(
        [nothing for _ in nodes],
        [nothing for _ in nodes],
        [nothing for _ in metered.charge],
        [nothing for _ in metered.flows],
    )
    for node in order:
        _pass(node, layout, metered, rules, traced)
    return traced


def _pass(node: int, layout: Layout, metered: Metered[N], rules: Rules, traced: Passed[N]) -> None:
    charges, edges = layout.charges_at[node], layout.edges_out_of[node]
    mix = _mixed(
        metered.supply[node],
        [metered.discharged[line] for line in layout.discharges_at[node]],
        [traced.along[edge] for edge in layout.edges_into[node]],
    )
    if node in layout.export.at:
        exported = _exported(mix, metered.exports[node], rules)
        mix = [wh - gone for wh, gone in zip(mix, exported, strict=True)]
        traced.exported[node] = exported
    demands = [metered.charge[line] for line in charges] + [metered.flows[e] for e in edges]
    parts = divided(mix, demands)
    traced.used[node] = parts.pop()
    for line, part in zip(charges, parts, strict=False):
        traced.charged[line] = part
    for edge, part in zip(edges, parts[len(charges) :], strict=True):
        traced.along[edge] = part


def _mixed(supply: Mix[N], discharged: list[Mix[N]], along: list[Mix[N]]) -> list[N]:
    others = [*discharged, *along]
    return [sum(parts, wh) for wh, *parts in zip(supply, *others, strict=True)]


def _exported(mix: Sequence[N], wh: N, rules: Rules) -> list[N]:
    """Return the export of a node by origin."""
    if rules.export is ExportPolicy.PROPORTIONAL:
        return taken(mix, wh)
    green = [part * is_green for part, is_green in zip(mix, rules.green, strict=True)]
    other = [part - of_it for part, of_it in zip(mix, green, strict=True)]
    beyond = wh - sum(green[1:], green[0])
    beyond = beyond * (beyond > 0)
    first, then = taken(green, wh - beyond), taken(other, beyond)
    return [a + b for a, b in zip(first, then, strict=True)]
