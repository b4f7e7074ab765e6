"""How much of each source's energy is measured: its registers' quarter hours of a day."""

from dataclasses import dataclass

import numpy as np

from services.validation.domain.energy.past import ESTIMATED, NOT_KNOWN, Past
from services.validation.domain.quality import Sources


@dataclass(frozen=True, slots=True)
class EnergyQuality:
    """Quarter hours of one source's registers that are over, as far as one partition knows.

    Of `told` ones `believed` are believed in full, `estimated` known all along but not measured;
    the others hold what is set aside or not known.
    """

    source_id: str
    told: int
    believed: int
    estimated: int


def energy_quality_of(past: Past, sources: Sources) -> list[EnergyQuality]:
    """Return the counts of each source of which a quarter hour was told."""
    day = past.newest_day()
    told = (day != 0).sum(axis=0)
    estimated = (day == ESTIMATED).sum(axis=0)
    believed = told - estimated - (day == NOT_KNOWN).sum(axis=0)
    found = []
    for number, source_id in enumerate(sources.ids):
        own = sources.of_row == number
        counts = [int(np.sum(column[own])) for column in (told, believed, estimated)]
        if counts[0]:
            found.append(EnergyQuality(source_id, *counts))
    return found
