"""Which number of which SunSpec model is which quantity of a device.

Inverters count what they give as positive: our sign is the other way round (§2.2). What a battery
model (802) means by positive differs from maker to maker, so its power is taken only as declared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.energy.quantities import Quantity
from services.energy.site import DeviceKind
from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.modbus_registers.register_map import UNSCALED, RegisterPoint, Table
from services.ingest.adapters.modbus_registers.values import Encoding
from services.ingest.adapters.sunspec.models import Model, ModelPoint, points_of

INVERTERS = (701, 103, 102, 101, 113, 112, 111)
METERS = (203, 202, 201, 204, 213, 212, 211, 214)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The number `name` of the `instance`-th model `model_id` (from 1), and how it is scaled."""

    model_id: int
    name: str
    scale: Scale = UNSCALED
    instance: int = 1


def _of(models: Iterable[int], name: str, factor: float = 1.0) -> list[Wanted]:
    return [Wanted(model_id, name, Scale(factor)) for model_id in models]


_PRODUCER = {
    Quantity.ACTIVE_POWER: _of(INVERTERS, "W", -1.0) + _of(METERS, "W"),
    Quantity.GENERATION_ENERGY: _of((701,), "TotWhInj")
    + _of(INVERTERS[1:], "WH")
    + _of(METERS, "TotWhExp"),
}
USUAL: Mapping[DeviceKind, Mapping[Quantity, Sequence[Wanted]]] = {
    DeviceKind.PV: _PRODUCER,
    DeviceKind.WIND: _PRODUCER,
    DeviceKind.GRID_METER: {
        Quantity.ACTIVE_POWER: _of(METERS, "W"),
        Quantity.IMPORT_ENERGY: _of(METERS, "TotWhImp"),
        Quantity.EXPORT_ENERGY: _of(METERS, "TotWhExp"),
    },
    DeviceKind.LOAD: {
        Quantity.ACTIVE_POWER: _of(METERS, "W"),
        Quantity.CONSUMPTION_ENERGY: _of(METERS, "TotWhImp"),
    },
    DeviceKind.BATTERY: {
        Quantity.ACTIVE_POWER: _of((701,), "W", -1.0),
        Quantity.CHARGE_ENERGY: _of((701,), "TotWhAbs"),
        Quantity.DISCHARGE_ENERGY: _of((701,), "TotWhInj"),
        Quantity.STATE_OF_CHARGE: _of((713, 802), "SoC"),
    },
    DeviceKind.WEATHER: {
        Quantity.IRRADIANCE: _of((302,), "repeating[1].GHI") + _of((308,), "GHI"),
        Quantity.TEMPERATURE: _of((307, 308), "TmpAmb"),
    },
}


class Unit:
    """The models of one unit, asked by number."""

    def __init__(self, models: Iterable[Model]) -> None:
        self.models = tuple(models)
        self._points = {model.address: points_of(model) for model in self.models}

    def find(self, wanted: Wanted) -> tuple[Model, ModelPoint] | None:
        """Return where a number stands; None when the unit does not have it."""
        same = [model for model in self.models if model.id == wanted.model_id]
        if len(same) < wanted.instance:
            return None
        model = same[wanted.instance - 1]
        point = self._points[model.address].get(wanted.name)
        return None if point is None else (model, point)

    def register_point(self, point_id: str, wanted: Wanted) -> RegisterPoint | None:
        """Return the registers of a number as a point; None when the unit does not have it."""
        if (found := self.find(wanted)) is None:
            return None
        model, point = found
        fixed = 10.0**point.scale if isinstance(point.scale, int) else 1.0
        return RegisterPoint(
            point_id,
            Table.HOLDING,
            model.address + point.offset,
            Encoding(point.type),
            scale=Scale(wanted.scale.factor * fixed, wanted.scale.offset),
            scale_address=self._scale_address(model, point),
            invalid=point.invalid,
        )

    def _scale_address(self, model: Model, point: ModelPoint) -> int | None:
        """Return where the scale factor stands: beside the point in its group, or in the model."""
        if not isinstance(point.scale, str):
            return None
        group = point.name.rpartition(".")[0]
        named = self._points[model.address]
        for name in (f"{group}.{point.scale}", point.scale):
            if (factor := named.get(name)) is not None:
                return model.address + factor.offset
        return None

    def __str__(self) -> str:
        return ", ".join(str(model.id) for model in self.models) or "none"


def usual_points(
    unit: Unit, device_id: str, kind: DeviceKind, declared: Iterable[str] = ()
) -> Iterator[RegisterPoint]:
    """Yield the points of a device that the unit has, first model first; not the declared ones."""
    for quantity, choices in USUAL.get(kind, {}).items():
        point_id = f"{device_id}.{quantity}"
        if point_id in set(declared):
            continue
        found = (unit.register_point(point_id, wanted) for wanted in choices)
        if (point := next((p for p in found if p is not None), None)) is not None:
            yield point
