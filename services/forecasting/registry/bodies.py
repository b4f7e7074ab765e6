"""Which part of a forecaster's memory is kept where.

What answers need (models, weights, bands) is read at every start, so it is kept apart from the
ledger, which only reckoning and learning read and which is the larger part. Of a version that
serves, all but what it learnt changes daily: that is its standing.
"""

from dataclasses import dataclass, fields, replace

from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.registry.codec import UnreadableBody, decode, encode
from services.forecasting.registry.columns import (
    column_names,
    named_by,
    still_made,
    weather_in,
)

_LEARNT = frozenset({"task", "fitted", "learnt_at", "learnt_rows"})
_RECKONED = tuple(f.name for f in fields(State) if f.name not in {*_LEARNT, "ledger"})


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A kept state, its ledger empty, and the weather that its models look at.

    None of them do where all are plain: the series was too short to learn from.
    """

    state: State
    weather: tuple[str, ...]


def columns_of(record: Record, task: Task, weather: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of the columns that models of such a record of such weather look at."""
    names = column_names(task, record.measured.shape[1], record.foreseen.shape[1])
    return named_by(names, weather)


def body_of(state: State, columns: tuple[str, ...]) -> bytes:
    """Return all that answers need, and the columns they are made of; without the ledger."""
    return encode({"columns": columns, "state": replace(state, ledger=Ledger.empty(state.task))})


def state_of(body: bytes) -> State:
    """Return the state of a body, its ledger empty; UnreadableBody when it cannot serve here."""
    return kept_of(body).state


def kept_of(body: bytes) -> Kept:
    """Return the state of a body and its weather; UnreadableBody when it cannot serve here."""
    kept = decode(body)
    if not (isinstance(kept, dict) and isinstance(kept.get("state"), State)):
        raise UnreadableBody("the body holds no state; learn the model again")
    state: State = kept["state"]
    if not still_made(state.task, kept["columns"]):
        raise UnreadableBody("its models look at columns that are gone; learn the model again")
    sees = state.fitted.names != state.fitted.blind_names
    return Kept(state, weather_in(kept["columns"]) if sees else ())


def standing_of(state: State) -> bytes:
    """Return what a state has reckoned since it learnt, without the ledger."""
    return encode({name: getattr(state, name) for name in _RECKONED})


def with_standing(state: State, standing: bytes) -> State:
    """Return the state as it had reckoned; UnreadableBody when that cannot be read."""
    kept = decode(standing)
    if not isinstance(kept, dict) or kept.keys() != set(_RECKONED):
        raise UnreadableBody("the standing is that of other code; it will be reckoned again")
    return replace(state, **kept)


def ledger_of(state: State) -> bytes:
    """Return the state's ledger."""
    return encode(state.ledger)


def with_ledger(state: State, ledger: bytes, reckoned_at: int) -> State:
    """Return the state with a ledger that reaches to `reckoned_at`, minutes since the epoch."""
    kept = decode(ledger)
    if not isinstance(kept, Ledger):
        raise UnreadableBody("the ledger is none; it begins anew")
    return replace(state, ledger=kept, reckoned_at=reckoned_at)
