"""What other certificates hold of the devices of contracts: one Wh, one certificate (rules D.4).

One of an hour or less takes its Wh from that hour. One of a longer span tells no hour: it may
stand beside a contract only where the device made enough for both in all of its span.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from services.carbon_accounting.domain.certificates.certificate import Certificate
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.hourly_energy import Mask, Wh
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.settlement import Settled, Source
from services.carbon_accounting.domain.matching.periods import Periods
from services.energy.time_grid import Interval, to_microseconds


def certified_by_hour(certificates: Iterable[Certificate], source: Source, hours: Periods) -> Wh:
    """Return what certificates of an hour or less hold of a source, Wh, shape (hours,)."""
    held_wh = np.zeros(hours.count, np.int64)
    for one in _of(certificates, source):
        if (hour := _hour_of(one.production, hours)) >= 0:
            held_wh[hour] += one.quantity_wh
    return held_wh


def beyond_generation(
    certificates: Sequence[Certificate], settlements: Sequence[Settled], hours: Periods
) -> Iterator[Refused]:
    """Yield each source of which certificates and contracts hold more than is known to be made."""
    for source in dict.fromkeys(one.agreement.terms.source for one in settlements):
        ours = [one for one in settlements if one.agreement.terms.source == source]
        theirs = [*_of(certificates, source)]
        spans = {one.production for one in theirs if _hour_of(one.production, hours) < 0}
        for span in sorted(spans):
            yield from _beyond(span, theirs, ours, _within(hours, span))


def _beyond(
    span: Interval, theirs: Sequence[Certificate], ours: Sequence[Settled], here: Mask
) -> Iterator[Refused]:
    delivered_wh = sum(int(one.attributes_wh[here].sum()) for one in ours)
    within = [one for one in theirs if _holds(span, one.production)]
    held_wh = sum(one.quantity_wh for one in within)
    made_wh = int(ours[0].generated.wh[here & ours[0].generated.known].sum())
    if delivered_wh and delivered_wh + held_wh > made_wh:
        some = ", ".join(one.id for one in within[:3])
        yield Refused(
            Rule.BEYOND_GENERATION,
            "device",
            ours[0].agreement.terms.device,
            f"{some} hold {held_wh} Wh of {_told(span)}, contracts {delivered_wh} Wh, and "
            f"{made_wh} Wh are known to be made in its hours here; settle all of that span, or "
            "take out what is not sold twice",
        )


def _of(certificates: Iterable[Certificate], source: Source) -> Iterator[Certificate]:
    for one in certificates:
        if (one.device, one.use is Use.ON_GRID) == source:
            yield one


def _hour_of(span: Interval, hours: Periods) -> int:
    ends = (np.array([to_microseconds(at)]) for at in (span.start, span.end))
    return int(hours.holding(*ends)[0])


def _within(hours: Periods, span: Interval) -> Mask:
    """Return which hours a span touches."""
    start_us, end_us = to_microseconds(span.start), to_microseconds(span.end)
    here: Mask = (hours.borders_us[1:] > start_us) & (hours.borders_us[:-1] < end_us)
    return here


def _holds(span: Interval, other: Interval) -> bool:
    return span.start <= other.start and other.end <= span.end


def _told(span: Interval) -> str:
    return f"[{span.start:%Y-%m-%dT%H:%MZ}, {span.end:%Y-%m-%dT%H:%MZ})"
