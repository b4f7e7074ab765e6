"""A settlement as a message, and the generation that a request tells of."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from parkflow.carbon.v1 import settlement_pb2 as wire
from services.carbon_accounting.domain.certificates.hourly_energy import HourlyEnergy
from services.carbon_accounting.domain.certificates.settled_months import MonthOfContract
from services.carbon_accounting.domain.inventory.contract_settling import Dark, Settlement
from services.carbon_accounting.domain.matching.periods import Periods
from services.carbon_accounting.input_files.settled_rows import settled_csv
from services.carbon_accounting.rpc.certificate_messages import interval_in, interval_of, name_in
from services.carbon_accounting.rpc.contract_messages import odd_series
from services.energy.time_grid import Interval, to_microseconds
from services.runtime.refusals import FieldMistake

COUNTS = {
    "unknown_generation_hours": "unknown_generation_hour_count",
    "unknown_consumption_hours": "unknown_consumption_hour_count",
}


def settlement_message(found: Settlement, span: Interval) -> wire.SettleContractsResponse:
    """Return what contracts came to."""
    message = wire.SettleContractsResponse(
        months=map(_month, found.months),
        unknown=map(_unknown, found.dark),
        content=settled_csv(found.certificates),
        certificate_count=len(found.certificates),
        claimed_wh=sum(one.claimed_wh or 0 for one in found.certificates),
    )
    message.interval.start.FromDatetime(span.start)
    message.interval.end.FromDatetime(span.end)
    return message


def _month(line: MonthOfContract) -> wire.SettledMonth:
    told = {name: getattr(line, name) for name in line.__dataclass_fields__ if name != "cost"}
    named = {COUNTS.get(name, name): value for name, value in told.items()}
    return wire.SettledMonth(**named, cost=f"{line.cost:f}")


def _unknown(one: Dark) -> wire.UnknownHours:
    message = wire.UnknownHours(contract=one.contract, what=one.what)
    message.interval.start.FromDatetime(one.span.start)
    message.interval.end.FromDatetime(one.span.end)
    return message


def generation_in(
    said: Sequence[wire.DeviceGeneration], hours: Periods, mistakes: list[FieldMistake]
) -> Mapping[str, HourlyEnergy]:
    """Return what devices made by hour; what is wrong goes to `mistakes`."""
    found: dict[str, HourlyEnergy] = {}
    for number, one in enumerate(said):
        place = f"generation[{number}]"
        odd = [*name_in(one.device, "device"), *odd_series(one.energy_wh, hours, "energy_wh")]
        odd += [m for at, span in enumerate(one.unknown) for m in _odd_span(span, f"unknown[{at}]")]
        if (device := one.device.strip()) in found:
            odd.append(FieldMistake("device", f"{device!r} is told a second time"))
        mistakes += [FieldMistake(f"{place}.{m.field}", m.text) for m in odd]
        if not odd:
            known = np.logical_not(_touched(one.unknown, hours))
            wh = np.where(known, np.array(one.energy_wh, np.int64), 0)
            found[device] = HourlyEnergy(wh, known)
    return found


def _odd_span(said: object, name: str) -> Iterator[FieldMistake]:
    odd = [*interval_in(said, name)]
    yield from odd
    if not odd and interval_of(said) is None:
        yield FieldMistake(name, "needs a start and an end")


def _touched(spans: Sequence[object], hours: Periods) -> np.ndarray:
    dark = np.zeros(hours.count, np.bool_)
    for said in spans:
        if (span := interval_of(said)) is not None:
            start_us, end_us = to_microseconds(span.start), to_microseconds(span.end)
            dark |= (hours.borders_us[1:] > start_us) & (hours.borders_us[:-1] < end_us)
    return dark
