"""Which meter measures what: the nodes of the park's grid, so that sub-meters can be held to them.

A node's meter measures what flows into the node; its children are devices and further nodes, and
node = sum of children + losses (conventions §2.2).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.energy.site import Carrier, Node


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with a node: where, what, and its cure."""

    node: int
    key: str
    what: str
    cure: str


def flaws_of(nodes: Sequence[Node], metered: Mapping[str, Carrier]) -> list[Flaw]:
    """Return everything wrong with the nodes.

    `metered` says of each device that has a register what flows through it.
    """
    ids = {node.id for node in nodes}
    flaws = []
    for number, node in enumerate(nodes):
        flaws += [Flaw(number, *flaw) for flaw in _of_node(node, ids, metered)]
    return flaws + _shared(nodes, metered) + _rings(nodes) + _mixed(nodes, metered)


def _of_node(
    node: Node, ids: Collection[str], metered: Collection[str]
) -> Iterable[tuple[str, str, str]]:
    if node.id in metered:
        yield "id", f"is the id of a device too ({node.id!r})", "rename the node"
    if node.meter_id not in metered:
        what = f"names no device with a register ({node.meter_id!r})"
        yield "meter", what, "name a meter, load, generator, battery or charger"
    if not node.children:
        yield "children", "is empty", "name the devices and nodes behind the meter"
    for child in node.children:
        if child not in metered and child not in ids:
            what = f"names neither a device with a register nor a node ({child!r})"
            yield "children", what, "declare it or take it out"
        if child == node.meter_id:
            yield "children", f"holds the node's own meter ({child!r})", "take it out"


def _shared(nodes: Sequence[Node], metered: Collection[str]) -> list[Flaw]:
    """Return children that stand behind two meters, and meters that stand for two nodes."""
    parents: dict[str, str] = {}
    meters: dict[str, str] = {}
    flaws = []
    for number, node in enumerate(nodes):
        for child in node.children:
            if child in parents:
                what = f"names {child!r}, which is a child of {parents[child]!r} already"
                flaws.append(Flaw(number, "children", what, "keep it in one of them"))
            parents.setdefault(child, node.id)
        if node.meter_id in meters and node.meter_id in metered:
            what = f"is the meter of {meters[node.meter_id]!r} too ({node.meter_id!r})"
            flaws.append(Flaw(number, "meter", what, "one node a meter"))
        meters.setdefault(node.meter_id, node.id)
    return flaws


def _rings(nodes: Sequence[Node]) -> list[Flaw]:
    """Return the nodes that are among their own descendants."""
    children = {node.id: node.children for node in nodes}
    flaws = []
    for number, node in enumerate(nodes):
        below, seen = list(node.children), set[str]()
        while below:
            child = below.pop()
            if child in seen:
                continue
            seen.add(child)
            below += children.get(child, ())
        if node.id in seen:
            what = f"leads back to {node.id!r} itself"
            flaws.append(Flaw(number, "children", what, "a node stands behind one meter only"))
    return flaws


def _mixed(nodes: Sequence[Node], metered: Mapping[str, Carrier]) -> list[Flaw]:
    """Return children through which something else flows than through their meter."""
    carriers = {**metered, **{n.id: metered[n.meter_id] for n in nodes if n.meter_id in metered}}
    flaws = []
    for number, node in enumerate(nodes):
        own = metered.get(node.meter_id)
        for child in node.children:
            if own is not None and carriers.get(child, own) is not own:
                what = f"holds {child!r} with {carriers[child]} behind a meter of {own}"
                flaws.append(Flaw(number, "children", what, "one carrier a node"))
    return flaws
