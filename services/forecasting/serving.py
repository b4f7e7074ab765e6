"""What answers for one point, and how it comes to be: restored, learnt plainly, reckoned anew."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.forecasting.domain.joint.past_errors import PastErrors, past_errors_of
from services.forecasting.domain.nowcast.moment import minute_number
from services.forecasting.domain.outlook.effort import PLAIN
from services.forecasting.domain.outlook.forecaster import learn, reckon
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.packed import packed
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.weather import Foreseen
from services.forecasting.registry.bodies import Kept, kept_of, with_ledger, with_standing
from services.forecasting.registry.codec import UnreadableBody
from services.forecasting.registry.standings import Standing


@dataclass(frozen=True, slots=True, eq=False)
class Serving:
    """What answers for one point. `version` is the registry's, None of plain models.

    `values` is how many plain models were weighed on; `weakness` says why no champion serves
    where one should; `errors` are those of its past, once it has reckoned here; `weather` are the
    columns that it was taught with.
    """

    state: State
    version: int | None = None
    values: int = 0
    weakness: str = ""
    errors: PastErrors | None = None
    weather: tuple[str, ...] = ()

    def foreseen(self, weather: Foreseen) -> Foreseen | None:
        """Return what it looks at of the weather, None where it was taught without any."""
        return weather.of(self.weather) if self.weather else None

    @property
    def kind(self) -> str:
        """What kind serves: `plain` or `model`."""
        return "plain" if self.version is None else "model"

    @property
    def model(self) -> str:
        """What serves, for people."""
        return "plain models" if self.version is None else f"model {self.version}"


def restored(body: bytes, version: int, standing: Standing | None) -> Kept:
    """Return a champion as it had last reckoned."""
    kept = kept_of(body)
    state = replace(kept.state, fitted=packed(kept.state.fitted))
    if standing is None or standing.version != version or standing.body is None:
        return replace(kept, state=state)
    try:
        return replace(kept, state=with_standing(state, standing.body))
    except UnreadableBody:
        return replace(kept, state=state)  # its own weights; it will reckon anew


def with_its_ledger(state: State, ledger: bytes, until: datetime) -> State:
    """Return a state with its ledger as kept; one that cannot be read begins anew."""
    try:
        return with_ledger(state, ledger, minute_number(until))
    except UnreadableBody:
        return replace(state, ledger=Ledger.empty(state.task))


def plainly(record: Record, task: Task, weakness: str) -> Serving:
    """Return plain models, weighed on the last weeks; `weakness` says why they have to serve."""
    state = learn(record, task, PLAIN, None)
    return Serving(light(state), None, 0, weakness, past_errors_of(record, state))


def reckoned(record: Record, state: State) -> tuple[State, PastErrors]:
    """Return a state reckoned anew, and its past errors."""
    newer = reckon(record, state)
    return newer, past_errors_of(record, newer)


def light(state: State) -> State:
    """Return a state without its ledger, which is most of it and which no answer needs."""
    return replace(state, ledger=Ledger.empty(state.task))
