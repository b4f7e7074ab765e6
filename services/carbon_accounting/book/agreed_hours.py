"""What rows of contracts agree in each hour of the readings: flat, or by a profile of theirs."""

from collections.abc import Sequence

import numpy as np

from services.carbon_accounting.book.contracts_file import Contracted
from services.carbon_accounting.book.hourly_file import HourlyFile
from services.carbon_accounting.domain.certificates.hourly_energy import HOUR_US
from services.carbon_accounting.domain.certificates.settlement import Agreement
from services.carbon_accounting.domain.matching.periods import Periods
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.energy.time_grid import to_microseconds


def agreed_by_hour(
    file: str, contracted: Sequence[Contracted], profiles: HourlyFile, hours: Periods
) -> list[Agreement]:
    """Return the rows by hour; BadFiles where one begins within an hour or a profile lacks one."""
    mistakes: list[Mistake] = []
    found = [_by_hour(file, one, profiles, hours, mistakes) for one in contracted]
    if mistakes:
        raise BadFiles(mistakes)
    return found


def _by_hour(
    file: str, one: Contracted, profiles: HourlyFile, hours: Periods, mistakes: list[Mistake]
) -> Agreement:
    span = one.terms.span
    for name, at in (("from", span.start), ("to", span.end)):
        if (to_microseconds(at) - int(hours.borders_us[0])) % HOUR_US:
            what = "lies within an hour"
            mistakes.append(Mistake(file, one.line, name, what, "agree for whole hours"))
    in_force = one.terms.in_force(hours)
    if not one.profile:
        return Agreement(one.terms, np.where(in_force, one.flat_wh or 0, 0), in_force)
    agreed = profiles.of(one.profile, hours)
    if lacking := int((in_force & ~agreed.known).sum()):
        what = f"{one.profile!r} says nothing of {lacking} hours of the contract"
        cure = "give kWh in each, 0 where nothing is agreed"
        mistakes.append(Mistake(file, one.line, "profile", what, cure))
    return Agreement(one.terms, np.where(in_force, agreed.wh, 0), in_force)
