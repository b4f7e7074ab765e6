"""An active-power limit as SunSpec writes it: a percentage of the unit's largest power.

Models 704 (with the value it goes back to) and 123 (without: it goes back to no limit at all). So
704 falls back to the park file's fail-safe by itself; with 123 the unit's own timer is only used
where the park file has none, else ingest writes the fail-safe at the end of the lease.
"""

import math
from dataclasses import dataclass, replace
from datetime import timedelta

from services.energy.site import FailSafe
from services.ingest.adapters.adapter import Answer, Refused, answer_of
from services.ingest.adapters.modbus_registers.register_map import (
    Image,
    RegisterPoint,
    Table,
    blocks_of,
    value_of,
)
from services.ingest.adapters.modbus_registers.unit import ModbusUnit
from services.ingest.adapters.sunspec.points import Unit, Wanted

LARGEST_POWERS = ((702, "WMax"), (702, "WMaxRtg"), (121, "WMax"), (120, "WRtg"))
ON = 1


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers of a limit are called in a model; `back` is what it goes back to."""

    model_id: int
    percent: str
    enabled: str
    seconds: str
    back: str | None = None
    back_enabled: str | None = None


MODELS = (
    Names(
        704,
        "WMaxLimPct",
        "WMaxLimPctEna",
        "WMaxLimPctRvrtTms",
        "WMaxLimPctRvrt",
        "WMaxLimPctEnaRvrt",
    ),
    Names(123, "WMaxLimPct", "WMaxLim_Ena", "WMaxLimPct_RvrtTms"),
)


@dataclass(frozen=True, slots=True)
class PercentLimit:
    """Where the numbers of a unit's limit are."""

    largest_w: tuple[RegisterPoint, ...]  # the first that holds a number counts
    percent: RegisterPoint
    enabled: RegisterPoint
    seconds: RegisterPoint
    back: RegisterPoint | None
    back_enabled: RegisterPoint | None
    fail_safe_w: float | None = None

    def with_fail_safe(self, fail_safe: FailSafe) -> "PercentLimit":
        """Return the limit of a device that has this fail-safe."""
        return replace(self, fail_safe_w=fail_safe.active_power_limit_w)

    async def write(self, unit: ModbusUnit, value_w: float, lease: timedelta | None) -> Answer:
        """Write limit, timer and switch, in this order, and compare what the unit then holds."""
        image = await self._read(unit)
        largest_w, one = self._largest_w(image), _one_count(self.percent, image)
        if math.isnan(largest_w) or math.isnan(one):
            return Refused(f"{unit} does not say how large its largest power is")
        if not value_w >= 0:
            return Refused(f"limit {value_w} W is below zero")
        percent = min(100.0, 100.0 * value_w / largest_w)
        await _put(unit, self.percent, math.floor(round(percent / one, 6)))
        await self._put_what_follows(unit, lease, largest_w, one)
        await _put(unit, self.enabled, ON)
        return await self._held(unit, value_w, largest_w, one)

    async def _put_what_follows(
        self, unit: ModbusUnit, lease: timedelta | None, largest_w: float, one: float
    ) -> None:
        """Say what the unit does when it hears nothing more."""
        seconds = 0 if lease is None else max(1, math.ceil(lease.total_seconds()))
        if self.back is not None and self.back_enabled is not None:
            fail_safe_w = largest_w if self.fail_safe_w is None else self.fail_safe_w
            await _put(
                unit, self.back, math.floor(min(100.0, 100.0 * fail_safe_w / largest_w) / one)
            )
            await _put(unit, self.back_enabled, int(self.fail_safe_w is not None))
        elif self.fail_safe_w is not None:
            seconds = 0
        longest = 2 ** (16 * self.seconds.encoding.type.registers) - 2
        await _put(unit, self.seconds, min(seconds, longest))

    async def _held(self, unit: ModbusUnit, value_w: float, largest_w: float, one: float) -> Answer:
        image = await self._read(unit)
        if image.number(Table.HOLDING, self.enabled.address, self.enabled.encoding) != ON:
            return Refused(f"{unit} did not switch the limit on")
        held_w = value_of(self.percent, image) * largest_w / 100.0
        wanted_w = min(value_w, largest_w)
        return answer_of(wanted_w, held_w, tolerance_w=1.01 * one * largest_w / 100.0)

    def _largest_w(self, image: Image) -> float:
        found = (value_of(point, image) for point in self.largest_w)
        return next((value_w for value_w in found if value_w > 0), math.nan)

    async def _read(self, unit: ModbusUnit) -> Image:
        image = Image()
        for block in blocks_of([*self.largest_w, self.percent, self.enabled]):
            image.put(block, await unit.read(block), 0)
        return image


def limit_of(unit: Unit) -> PercentLimit | None:
    """Return the limit of a unit; None when it has no such model."""
    found = [unit.register_point("", Wanted(model, name)) for model, name in LARGEST_POWERS]
    largest_w = tuple(point for point in found if point is not None)
    for names in MODELS:
        percent, enabled, seconds, back, back_enabled = (
            unit.register_point("", Wanted(names.model_id, name)) if name else None
            for name in (
                names.percent,
                names.enabled,
                names.seconds,
                names.back,
                names.back_enabled,
            )
        )
        if largest_w and percent and enabled and seconds:
            return PercentLimit(largest_w, percent, enabled, seconds, back, back_enabled)
    return None


def _one_count(point: RegisterPoint, image: Image) -> float:
    """Return what one count of a register is in percent."""
    held = Image(dict(image.held))
    held.held[point.table, point.address] = ON
    return value_of(point, held)


async def _put(unit: ModbusUnit, point: RegisterPoint, number: int) -> None:
    await unit.write(point.address, point.encoding.encode(number))
