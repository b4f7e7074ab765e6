"""Faults a test or a demonstration injects into what devices publish; the physics stays sound.

Text: entries separated by `;`, each `<kind>:<device>[.<quantity>]@<start>/<minutes>min[=<value>]`,
e.g. `spike:battery.active_power_w@2019-06-03T23:00Z/10min=9e9;gap:pv@2019-06-04T01:00Z/60min`.
spike adds the value (default 1e9), stuck repeats the first value of the window, nan sends
not-a-number, gap sends nothing, garbage sends bytes that are no telemetry.
"""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.simulator.domain.samples import Values

SPIKE = 1e9
EXAMPLE = "spike:battery.active_power_w@2019-06-03T23:00Z/10min=9e9"
ENTRY = re.compile(
    r"(?P<kind>\w+):(?P<device>\w+)(\.(?P<quantity>\w+))?"
    r"@(?P<start>[^/]+)/(?P<minutes>\d+)min(=(?P<value>\S+))?"
)


class FaultKind(StrEnum):
    """What goes wrong."""

    SPIKE = "spike"
    STUCK = "stuck"
    GAP = "gap"
    NAN = "nan"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one device in [start_s, end_s); without a quantity it hits all of them."""

    kind: FaultKind
    device_id: str
    quantity: str | None
    start_s: int
    end_s: int
    value: float = SPIKE


@dataclass(frozen=True, slots=True)
class Garbage:
    """The device sends bytes that are no telemetry."""


@dataclass
class Spoiler:
    """Applies faults; remembers what a stuck quantity showed first."""

    faults: tuple[Fault, ...]
    _stuck: dict[tuple[Fault, str], float | int] = field(default_factory=dict)

    def spoiled(self, device_id: str, values: Values, at_s: int) -> Values | Garbage | None:
        """Return what the device sends instead of `values`; None when it sends nothing."""
        for fault in self.faults:
            if fault.device_id != device_id or not fault.start_s <= at_s < fault.end_s:
                continue
            if fault.kind is FaultKind.GAP and fault.quantity is None:
                return None
            if fault.kind is FaultKind.GARBAGE:
                return Garbage()
            values = self._with(fault, values)
        return values

    def _with(self, fault: Fault, values: Values) -> Values:
        hit = {q: v for q, v in values.items() if fault.quantity in (None, q)}
        if fault.kind is FaultKind.GAP:
            return {q: v for q, v in values.items() if q not in hit}
        return values | {q: self._wrong(fault, q, v) for q, v in hit.items()}

    def _wrong(self, fault: Fault, quantity: str, value: float | int) -> float | int:
        if fault.kind is FaultKind.SPIKE:
            return value + type(value)(fault.value)
        if fault.kind is FaultKind.NAN:
            return math.nan
        return self._stuck.setdefault((fault, quantity), value)


def require_playable(faults: tuple[Fault, ...], whole_records: Collection[str]) -> None:
    """Raise ValueError for a fault that a device with fixed records of integers cannot show."""
    for fault in faults:
        if fault.device_id in whole_records and fault.kind not in (
            FaultKind.SPIKE,
            FaultKind.STUCK,
        ):
            raise ValueError(
                f"{fault.device_id} shows whole records of integers: it can spike or be stuck, "
                f"not {fault.kind}; take a device on MQTT"
            )


def parsed(text: str) -> tuple[Fault, ...]:
    """Return the faults of a text; ValueError shows the entry and a right one."""
    return tuple(_fault(entry.strip()) for entry in text.split(";") if entry.strip())


def _fault(entry: str) -> Fault:
    matched = ENTRY.fullmatch(entry)
    try:
        if matched is None:
            raise ValueError("it has another shape")
        start = datetime.fromisoformat(matched["start"])
        if start.tzinfo is None:
            raise ValueError("its start needs a time zone")
        start_s = int(start.timestamp())
        return Fault(
            kind=FaultKind(matched["kind"]),
            device_id=matched["device"],
            quantity=matched["quantity"],
            start_s=start_s,
            end_s=start_s + 60 * int(matched["minutes"]),
            value=float(matched["value"] or SPIKE),
        )
    except ValueError as mistake:
        raise ValueError(
            f"fault {entry!r} is not like {EXAMPLE!r} with {', '.join(FaultKind)}: {mistake}"
        ) from None
