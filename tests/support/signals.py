"""Who answers for prices and intensities, as a process has them that has just started."""

from services.energy.site import Park
from services.forecasting.domain.signals import SIGNAL_TARGETS
from services.forecasting.learner import Learner
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.signal_issuer import SignalIssuer
from services.forecasting.signal_store import SignalStore
from services.forecasting.states import States
from services.runtime.clock import ParkClock
from services.runtime.database import Database


def a_signal_issuer(park: Park, database: Database) -> SignalIssuer:
    """Return one that has read nothing yet."""
    models, standings = ModelStore(database, park.id), StandingStore(database, park.id)
    registry = (models, standings, RequestStore(database, park.id, models))
    states = States(SIGNAL_TARGETS, park, *registry, ParkClock.wall())
    learner = Learner(states, standings)
    return SignalIssuer(park, SignalStore(database, park.id), states, learner)
