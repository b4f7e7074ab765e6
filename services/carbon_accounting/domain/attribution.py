"""Which energy of a quarter belongs to which line of the ledgers (rules B.2, A.2). Whole Wh.

Choices, all on the careful side:
- What is exported counts as green first, up to what was generated; the rest of the generation is
  self-use, split over PV and wind in proportion. Export takes nothing off the import (A.2).
- Storage is a consumer of charge minus discharge, so its losses are a load (B.2).
- import + generation + discharge = loads + chargers + charge + export must close. Each register
  rounds to 1 Wh, so a gap up to 1 Wh a register is rounding. A larger gap is booked as a line of
  its own: energy without a metered consumer was counted where it came in; energy consumed without
  a metered supply is booked at the factor of grid power.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flows:
    """What the registers counted in one quarter, in Wh, never negative."""

    grid_import_wh: int
    grid_export_wh: int
    pv_wh: int
    wind_wh: int
    charge_wh: int
    discharge_wh: int
    loads_wh: int
    chargers_wh: int
    gas_wh: tuple[int, ...] = ()
    register_count: int = 0

    def __post_init__(self) -> None:
        for name in (
            "grid_import_wh",
            "grid_export_wh",
            "pv_wh",
            "wind_wh",
            "charge_wh",
            "discharge_wh",
            "loads_wh",
            "chargers_wh",
        ):
            if (value := getattr(self, name)) < 0:
                raise ValueError(f"{name} is {value}; a register never decreases (§2.3)")

    @property
    def generation_wh(self) -> int:
        """Own green generation."""
        return self.pv_wh + self.wind_wh

    @property
    def consumption_wh(self) -> int:
        """Loads, chargers and what storage took more than it gave."""
        return self.loads_wh + self.chargers_wh + self.charge_wh - self.discharge_wh

    @property
    def gap_wh(self) -> int:
        """What came in minus what went out; 0 when the balance closes."""
        came_in = self.grid_import_wh + self.generation_wh + self.discharge_wh
        went_out = self.loads_wh + self.chargers_wh + self.charge_wh + self.grid_export_wh
        return came_in - went_out

    @property
    def gap_is_rounding(self) -> bool:
        """Whether rounding of the registers alone can explain the gap."""
        return abs(self.gap_wh) <= self.register_count

    @property
    def gap_is_large(self) -> bool:
        """Whether someone should look: beyond rounding and over 1 % of what came in."""
        came_in = self.grid_import_wh + self.generation_wh + self.discharge_wh
        return not self.gap_is_rounding and abs(self.gap_wh) * 100 > came_in


@dataclass(frozen=True, slots=True)
class Attribution:
    """The energy of each electricity line, in Wh, never negative."""

    grid_import_wh: int
    pv_self_use_wh: int
    wind_self_use_wh: int
    unaccounted_load_wh: int
    unaccounted_supply_wh: int


def attributed(flows: Flows) -> Attribution:
    """Return the lines of a quarter."""
    exported_green_wh = min(flows.grid_export_wh, flows.generation_wh)
    pv_exported_wh = (
        exported_green_wh * flows.pv_wh // flows.generation_wh if flows.generation_wh else 0
    )
    wind_exported_wh = exported_green_wh - pv_exported_wh
    gap_wh = 0 if flows.gap_is_rounding else flows.gap_wh
    return Attribution(
        grid_import_wh=flows.grid_import_wh,
        pv_self_use_wh=flows.pv_wh - pv_exported_wh,
        wind_self_use_wh=flows.wind_wh - wind_exported_wh,
        unaccounted_load_wh=max(0, gap_wh),
        unaccounted_supply_wh=max(0, -gap_wh),
    )
