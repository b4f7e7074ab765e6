"""What somebody says of a vehicle takes the place of what its charger says (§5.3)."""

from dataclasses import replace

from services.dispatch.domain.park.demand import Session
from services.dispatch.domain.park.horizon import MOMENT_H
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.wishes.laid import Laid, exchanged, found, is_taken, without
from services.dispatch.domain.wishes.timeline import Timeline
from services.dispatch.domain.wishes.wish import ChargingNeeds


def lay(problem: ParkProblem, wish: ChargingNeeds, line: Timeline) -> Laid:
    """Return the problem with these needs of the vehicle that is there, if one is."""
    leaves_h = line.h(wish.departs)
    if leaves_h <= MOMENT_H:
        return Laid(problem)
    session = _session(problem, wish, leaves_h)
    if session is None or is_taken(problem, "sessions", wish.port):
        return Laid(problem, (f"no vehicle is known at {wish.port} now",))
    if wish.wanted_kwh <= 0.0:
        return Laid(without(problem, "sessions", wish.port))
    return Laid(exchanged(problem, "sessions", session), _too_much(session))


def _session(problem: ParkProblem, wish: ChargingNeeds, leaves_h: float) -> Session | None:
    known: Session | None = found(problem.sessions, wish.port)
    if known is not None and known.arrives_h < leaves_h:
        return replace(known, leaves_h=leaves_h, wanted_kwh=wish.wanted_kwh)
    if wish.power_kw is None:
        return None
    return Session(
        id=wish.port, leaves_h=leaves_h, power_kw=wish.power_kw, wanted_kwh=wish.wanted_kwh
    )


def _too_much(session: Session) -> tuple[str, ...]:
    stays_h = session.leaves_h - session.arrives_h
    most_kwh = session.power_kw * session.efficiency * stays_h
    if session.wanted_kwh <= most_kwh:
        return ()
    return (f"{session.wanted_kwh:g} kWh wanted, {most_kwh:.1f} kWh possible at most",)
