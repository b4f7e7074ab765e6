"""Outlooks: what a series on any step does next, by models that learn from its own past.

`task` says what is asked, `record` holds what is known, `features` says what each case (an origin
and a horizon) may look at, the models behind `model.Model` answer, `ledger` keeps what they said
out of sample, `mixture` weighs them by it, `bands` widens them by it, `forecaster` ties it together
and `rolling` advances it through time.
Pure: numpy, LightGBM in `booster` only, pvlib in `sun` only, holidays in `holiday_kinds` only.
"""
