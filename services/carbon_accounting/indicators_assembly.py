"""Indicators as a part of the process: what runs beside the requests, what answers them."""

from services.carbon_accounting.live.definitions import DefinitionStore
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.outlook import Outlook
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.stream import News
from services.runtime.database import Database
from services.runtime.service import Service


def indicators_of(
    service: Service[Settings], rules: RulesNow, news: News, reading: Database
) -> Indicators:
    """Return what the RPCs of indicators ask; months are added up while the service runs."""
    database, clock = service.database, service.clock
    months = Months(reading, rules, clock, news)
    outlook = Outlook(rules.site.id, service.settings)
    service.keep_running("add up months", months.run)
    service.keep_running("ask for the forecast", outlook.run)
    store = DefinitionStore(database, rules.site, reading)
    return Indicators(database, rules, months, store, outlook, clock, reading)
