"""The reference park's converters and their stores."""

import numpy as np

from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.park.units import CurvePoint, Output, Unit


def plants(air_c: Floats, works: str, campus: str, yard: str) -> tuple[Unit, ...]:
    """Return the five units; `air_c` is the air's temperature, (steps,) degrees Celsius."""
    return (
        _chp(works),
        _boiler(),
        _heat_pump(air_c, campus),
        _chiller(campus),
        _electrolyser(yard),
    )


def _chp(node: str) -> Unit:
    """A gas engine of 1 MW: 40 % electricity, 45 % heat, half load at least."""
    return Unit(
        id="chp",
        input_node="gas",
        outputs=(Output(node=node, ratio=0.40), Output(node="heat", ratio=0.45)),
        most_kw=2500.0,
        least_kw=1250.0,
        start_cost=120.0,
        running_cost_per_h=25.0,  # overhauls by the hour
        least_on_h=2.0,
        least_off_h=1.0,
        most_starts=4,
    )


def _boiler() -> Unit:
    return Unit(
        id="boiler",
        input_node="gas",
        outputs=(Output(node="heat", ratio=0.92),),
        most_kw=2600.0,
        least_kw=400.0,
        start_cost=15.0,
        on_at_start=True,
        state_since_h=6.0,
        input_at_start_kw=800.0,
    )


def _heat_pump(air_c: Floats, node: str) -> Unit:
    """From air to 55 °C at 45 % of Carnot: a COP of 3.0 at 5 °C, 3.4 at 12 °C."""
    cop = 0.45 * (55.0 + 273.15) / (55.0 - air_c)
    return Unit(
        id="heat_pump",
        input_node=node,
        outputs=(Output(node="heat", ratio=tuple(float(one) for one in np.round(cop, 3))),),
        most_kw=250.0,
        least_kw=60.0,
        start_cost=4.0,
        least_on_h=0.5,
        least_off_h=0.5,
    )


def _chiller(node: str) -> Unit:
    """A screw chiller, best between half and full load."""
    curve = ((60.0, 210.0), (150.0, 720.0), (300.0, 1300.0))
    return Unit(
        id="chiller",
        input_node=node,
        outputs=(Output(node="cold", curve=_curve(curve)),),
        most_kw=300.0,
        least_kw=60.0,
        start_cost=5.0,
        least_on_h=0.5,
    )


def _electrolyser(node: str) -> Unit:
    """PEM, 1 MW: 66 % of the lower heating value at 40 % load, 58 % at full load, poor below."""
    curve = ((100.0, 55.0), (400.0, 264.0), (700.0, 434.0), (1000.0, 580.0))
    return Unit(
        id="electrolyser",
        input_node=node,
        outputs=(Output(node="hydrogen", curve=_curve(curve)),),
        most_kw=1000.0,
        least_kw=100.0,
        standby_kw=12.0,
        start_cost=30.0,
        cold_start_cost=90.0,
        cold_after_h=6.0,
        ramp_kw_per_h=4000.0,
        cost_per_kwh=0.03,  # stack
    )


def _curve(points: tuple[tuple[float, float], ...]) -> tuple[CurvePoint, ...]:
    return tuple(CurvePoint(input_kw=into, output_kw=out) for into, out in points)


def thermal_stores(rng: np.random.Generator) -> tuple[Store, ...]:
    """Return the hydrogen tank (90 kg at 30 bar, 3 MWh) and the chilled-water store (200 m³)."""
    tank = Store(
        id="hydrogen_tank",
        node="hydrogen",
        highest_kwh=3000.0,
        lowest_kwh=150.0,
        start_kwh=float(rng.uniform(800.0, 2200.0)),
        charge_kw=600.0,
        discharge_kw=600.0,
        charge_efficiency=0.97,  # compressing
        end_value_per_kwh=0.9,
    )
    cold = Store(
        id="cold_store",
        node="cold",
        highest_kwh=1600.0,
        start_kwh=float(rng.uniform(200.0, 1400.0)),
        charge_kw=700.0,
        discharge_kw=700.0,
        loss_share_per_h=0.006,
        end_value_per_kwh=0.1,
    )
    return tank, cold
