"""What was metered here by the hour: what plants made for a use, and what a buyer consumed."""

import numpy as np

from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.hourly_energy import HourlyEnergy, Mask
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.generating import Generation
from services.carbon_accounting.domain.inventory.site import PARK
from services.carbon_accounting.domain.matching.periods import Periods


def made_by_hour(
    generation: Generation, device: str, use: Use, step_us: int, hours: Periods
) -> HourlyEnergy | None:
    """Return what a device made for a use; None where no meter here is its own."""
    of_device = generation.of(device)
    if not of_device:
        return None
    wh: Whole = np.sum([made.used_for(use) for made in of_device], axis=0)
    known: Mask = np.logical_and.reduce([made.known for made in of_device])
    return HourlyEnergy.summed(generation.starts_us, step_us, HourlyEnergy(wh, known), hours)


def consumed_by_hour(consumption: Consumption, buyer: str, hours: Periods) -> HourlyEnergy:
    """Return what a buyer consumed, PARK all together; unknown of who never consumed anything."""
    step_us = consumption.step.total_seconds() * 1_000_000
    ones = [one for name, one in consumption.by_enterprise.items() if buyer in (name, PARK)]
    if not ones:
        return HourlyEnergy.unknown(hours.count)
    wh: Whole = np.sum([one.all_wh for one in ones], axis=0)
    known: Mask = np.logical_and.reduce([one.known for one in ones])
    return HourlyEnergy.summed(consumption.starts_us, int(step_us), HourlyEnergy(wh, known), hours)
