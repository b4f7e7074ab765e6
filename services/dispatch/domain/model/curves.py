"""Curves of what comes out at an input, as pieces between points (§7).

All curves of a unit share their pieces, which are filled from the left.
"""

import numpy as np

from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.units import Output, Unit


def points_kw(unit: Unit) -> Floats:
    """Return the inputs at which a curve of the unit bends, with both ends, (points,) kW."""
    inputs = {point.input_kw for output in unit.outputs for point in output.curve}
    return np.array(sorted(inputs | {unit.least_kw, unit.most_kw}), np.float64)


def given_kw(output: Output, inputs_kw: Floats) -> Floats:
    """Return what a curve gives at some inputs within its span, kW."""
    inputs = [point.input_kw for point in output.curve]
    outputs = [point.output_kw for point in output.curve]
    return np.asarray(np.interp(inputs_kw, inputs, outputs), np.float64)


def slopes(output: Output, points: Floats) -> Floats:
    """Return what a kW more of input gives in each piece between two points."""
    return np.asarray(np.diff(given_kw(output, points)) / np.diff(points), np.float64)


def widths_kw(points: Floats, most_kw: Floats) -> Floats:
    """Return how much of each piece lies under what is possible, (pieces, steps) kW."""
    room = np.clip(most_kw[None, :] - points[:-1, None], 0.0, None)
    return np.asarray(np.minimum(room, np.diff(points)[:, None]), np.float64)
