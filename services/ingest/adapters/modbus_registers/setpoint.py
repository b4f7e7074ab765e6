"""A set-point in a holding register of its own."""

import math
from dataclasses import dataclass
from datetime import timedelta

from services.ingest.adapters.adapter import Answer, answer_of
from services.ingest.adapters.modbus_registers.unit import ModbusUnit
from services.ingest.adapters.modbus_registers.values import Encoding


@dataclass(frozen=True, slots=True)
class RegisterSetpoint:
    """The register holds `W / scale`. It knows no lease: ingest writes the fail-safe at its end."""

    address: int
    encoding: Encoding
    scale: float

    async def write(self, unit: ModbusUnit, value_w: float, lease: timedelta | None) -> Answer:
        """Write the value and compare what the register then holds."""
        del lease
        await unit.write(self.address, self.encoding.encode(self.number_of(value_w)))
        held = await unit.read_number(self.address, self.encoding)
        return answer_of(value_w, held * self.scale, self._step_w)

    def number_of(self, value_w: float) -> float:
        """Return what is written; whole registers round towards zero: never more than allowed."""
        number = value_w / self.scale
        return float(math.trunc(round(number, 9))) if self._is_whole else number

    @property
    def _is_whole(self) -> bool:
        return not self.encoding.type.startswith("float")

    @property
    def _step_w(self) -> float:
        return abs(self.scale) if self._is_whole else 1e-3 * max(1.0, abs(self.scale))
