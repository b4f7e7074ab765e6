"""How much wider or narrower bands should be than past errors say, by how often they held.

Bands are put into the ledger as they were said. A share of truths inside that is too small widens
the next ones a little every day, one too large narrows them (adaptive conformal inference, Gibbs
and Candès 2021), so each series' share goes to what P10 and P90 promise.
"""

import numpy as np

from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.task import MINUTES_A_DAY, Task
from services.forecasting.domain.series import Floats

PROMISED = 0.8
LOW, HIGH = "said p10", "said p90"
# Weights were chosen on the errors that bands are made of: those are a little too small.
FIRST_MARGIN = 0.03
PACE_A_DAY = 0.08
NARROWEST, WIDEST = -0.2, 0.2


def margin_after(
    margin: float, ledger: Ledger, truth: Floats, since: int, now: int, task: Task
) -> float:
    """Return the margin after the truths that came in (since, now], minutes since the epoch."""
    if LOW not in ledger.said:
        return margin
    low, high = ledger.said[LOW], ledger.said[HIGH]
    came = ledger.minute[:, None] + ledger.horizons * task.step_min
    counted = (came > since) & (came <= now) & np.isfinite(truth) & np.isfinite(low)
    if not counted.any():
        return margin
    held = float(((low <= truth) & (truth <= high))[counted].mean())
    days = (now - since) / MINUTES_A_DAY
    moved = margin + PACE_A_DAY * min(days, 2.0) * (PROMISED - held)
    return float(np.clip(moved, NARROWEST, WIDEST))
