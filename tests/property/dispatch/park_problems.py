"""Random parks of every part, sensible and contradictory ones, by seed.

`BUILT` names the groups that the model plans; one that it does not plan yet is left out of a park.
"""

from typing import Any

from services.dispatch.domain.park.problem import ParkProblem
from tests.property.dispatch import drawn_demand, drawn_network, drawn_plant, drawn_rules
from tests.property.dispatch.draw import Draw
from tests.property.dispatch.drawn_clock import by_the_clock
from tests.property.dispatch.drawn_maintenance import in_maintenance
from tests.property.dispatch.spoiling import spoiled

BUILT = frozenset(
    {
        "grids",
        "contracts",
        "trade",
        "productions",
        "loads",
        "sessions",
        "stores",
        "lines",
        "interruptions",
        "processes",
        "queues",
        "units",
        "shares",
        "carbon",
        "reserve",
        "former",
    }
)
SPOILED_EVERY = 3

PARTS = (
    ("grids", drawn_network.grids),
    ("contracts", drawn_network.contracts),
    ("trade", drawn_network.trade),
    ("productions", drawn_network.productions),
    ("loads", drawn_demand.loads),
    ("interruptions", drawn_demand.interruptions),
    ("sessions", drawn_demand.sessions),
    ("processes", drawn_demand.processes),
    ("queues", drawn_demand.queues),
    ("stores", drawn_plant.stores),
    ("units", drawn_plant.units),
    ("lines", drawn_network.lines),
    ("shares", drawn_rules.shares),
    ("carbon", drawn_rules.carbon),
    ("reserve", drawn_rules.reserve),
    ("former", drawn_rules.former),
)


def a_random_park(seed: int, groups: frozenset[str] = BUILT) -> ParkProblem:
    """Return a park of some of the groups; each third is contradictory."""
    draw = Draw(seed)
    parts: dict[str, Any] = {"horizon": draw.horizon}
    for name, drawn in PARTS:
        if name in groups and draw.maybe(0.8):
            parts |= drawn(draw, parts)
    problem = ParkProblem(**parts)
    if seed % SPOILED_EVERY == 0:
        problem = spoiled(problem, draw)
    return by_the_clock(in_maintenance(problem, seed), seed)
