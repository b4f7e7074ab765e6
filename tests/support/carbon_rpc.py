"""CarbonService as the process serves it, over a database and without a process."""

from pathlib import Path

from services.carbon_accounting.attributes import Attributes, attributes_of
from services.carbon_accounting.live.definitions import DefinitionStore
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.outlook import Outlook
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.rpc.service import CarbonRpc
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.stream import News
from services.runtime.clock import ParkClock
from services.runtime.database import Database


def the_rpc(
    database: Database,
    rules: RulesNow,
    clock: ParkClock,
    news: News | None = None,
    attributes: Attributes | None = None,
    reading: Database | None = None,
) -> CarbonRpc:
    """Every area of it; months are not added up and no forecast is asked for.

    `reading`: what answers are read from, where that is not the database.
    """
    told = news or News()
    asked = attributes or attributes_of(database, rules, clock, told.spread, reading)
    months = Months(database, rules, clock, told)
    outlook = Outlook(rules.site.id, Settings(park=Path("none"), database_url="none"))
    store = DefinitionStore(database, rules.site, reading)
    indicators = Indicators(database, rules, months, store, outlook, clock, reading)
    return CarbonRpc(rules, database, clock, told, asked, indicators, reading)
