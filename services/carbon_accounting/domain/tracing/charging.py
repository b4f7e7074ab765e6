"""By origin what stores are charged with in one interval: paths in ints, as far as needed."""

from collections.abc import Sequence

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Mask
from services.carbon_accounting.domain.tracing.paths import Metered, Rules, paths
from services.carbon_accounting.domain.tracing.pools import Mix
from services.carbon_accounting.domain.tracing.stretches import Sources, Stretch


class Charging:
    """Traces single intervals, of which only what was discharged is not known beforehand."""

    def __init__(self, sources: Sources, stretches: Sequence[Stretch], rules: Rules) -> None:
        self._sources, self._rules, self._stretches = sources, rules, stretches
        count = sources.exports.shape[1]
        self._stretch_of, self._column = np.zeros(count, np.int64), np.zeros(count, np.int64)
        for number, stretch in enumerate(stretches):
            self._stretch_of[stretch.intervals] = number
            self._column[stretch.intervals] = np.arange(len(stretch.intervals))
        self._needed = [_needed(sources, stretch) for stretch in stretches]

    def at(self, interval: int, discharged: Sequence[Mix]) -> list[Mix]:
        """Return each charge line by origin; `discharged` is each discharge line by origin."""
        number, column = int(self._stretch_of[interval]), int(self._column[interval])
        order = self._order(number, column)
        nothing = [0] * len(self._rules.green)
        supply: list[Mix] = [nothing] * self._sources.supply.shape[0]
        for node in order:
            supply[node] = self._sources.supply[node, :, interval].tolist()
        metered: Metered[int] = Metered(
            supply,
            self._sources.exports[:, interval].tolist(),
            discharged,
            self._sources.charge[:, interval].tolist(),
            self._sources.flows[:, interval].tolist(),
        )
        layout = self._stretches[number].layout
        return [list(mix) for mix in paths(layout, metered, self._rules, order, nothing).charged]

    def _order(self, number: int, column: int) -> list[int]:
        level = self._stretches[number].level[:, column].tolist()
        needed = np.flatnonzero(self._needed[number][:, column]).tolist()
        return sorted(needed, key=level.__getitem__)


def _needed(sources: Sources, stretch: Stretch) -> Mask:
    """Return from which nodes power comes to a store that charges, shape (nodes, intervals)."""
    layout, at = stretch.layout, stretch.intervals
    needed = np.zeros(stretch.level.shape, bool)
    for line, node in enumerate(layout.charge.at):
        needed[node] |= sources.charge[line, at] > 0
    for _ in range(layout.node_count):
        before = int(needed.sum())
        for edge, (start, end) in enumerate(layout.edges):
            needed[start] |= needed[end] & (sources.flows[edge, at] > 0)
        if int(needed.sum()) == before:
            break
    return needed
