"""What may stand in an encoded body: the frozen dataclasses and rules of the outlook core.

A class that is not here cannot be kept (`codec` says so): a new kind of model is added here.
"""

from services.forecasting.domain.outlook.bands import Bands
from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.boosted import Boosted
from services.forecasting.domain.outlook.fitting import Fitted
from services.forecasting.domain.outlook.foresight import Blind, Seeing
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.mixture import Mixture
from services.forecasting.domain.outlook.plain import RULES, Column, Derived, Kept
from services.forecasting.domain.outlook.ridge import Line, Ridge
from services.forecasting.domain.outlook.state import State, Weighing
from services.forecasting.domain.outlook.sun import Place
from services.forecasting.domain.outlook.task import Task

CLASSES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(State, Task, Fitted, Place, Ledger, Weighing, Mixture, Bands, Blocks),
        *(Column, Derived, Kept, Line, Ridge, Boosted, Seeing, Blind),
    )
}
FUNCTIONS = {rule.__name__: rule for rule in RULES}
