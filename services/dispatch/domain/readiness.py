"""A framed problem that keeps ready for what the forecast's medians do not tell (§10, §14)."""

from dataclasses import replace

from services.dispatch.domain.expected import Forecast, ResidualPaths
from services.dispatch.domain.framed import Framed
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.uncertainty.hedging import hedged

NO_PATHS = "no joint paths of this forecast: nothing is held for what is not foreseen"


def ready(
    framed: Framed, forecast: Forecast | None, paths: ResidualPaths | None, risk_per_kwh: float
) -> Framed:
    """Return the problem with hedges of its batteries against import above the limit.

    `risk_per_kwh` is what a kWh above the limit counts; at 0 nothing is held. Without a forecast
    that has its own caveat already.
    """
    if risk_per_kwh <= 0.0 or forecast is None or not framed.park.stores:
        return framed
    if paths is None or forecast.residual is None or paths.issue_time != forecast.issue_time:
        return replace(framed, caveats=(*framed.caveats, NO_PATHS))
    off_kw = paths.off_w(forecast.residual, framed.moments) / 1e3
    limit_kw = framed.park.horizon.array(framed.park.grids[0].import_limit_kw)
    taken_kw = _unsteered_kw(framed) + off_kw
    return replace(framed, park=hedged(framed.park, taken_kw, limit_kw, risk_per_kwh))


def _unsteered_kw(framed: Framed) -> Floats:
    """Return what is planned to be taken without steering, (steps,) kW."""
    unsteered_kw = framed.base_kw
    for one in framed.park.productions:
        if one.curtailable:
            unsteered_kw = unsteered_kw - framed.park.horizon.array(one.available_kw)
    return unsteered_kw
