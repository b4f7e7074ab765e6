"""What is known of a series: values on its grid, and covariates beside them.

A *position* counts steps from the first row. An origin is the position of the first value that is
not known: a forecast from there is given `record.until(origin)`, which holds nothing later, so no
model can look ahead by mistake.
"""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.series import Floats

_NO_COLUMNS = 0


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Rows of one series; NaN is unknown.

    `value` (rows,) and `measured` (rows, columns) end at the origin; `foreseen` (rows + reach,
    columns) are forecasts for a row's own time, known for the whole issued window; `days`, the
    calendar, covers the same rows as `foreseen`.
    """

    value: Floats
    measured: Floats
    foreseen: Floats
    days: Days

    @classmethod
    def of(
        cls,
        value: Floats,
        days: Days,
        measured: Floats | None = None,
        foreseen: Floats | None = None,
    ) -> "Record":
        """Return a record whose calendar reaches as far as wanted; covariates may be absent."""
        none = np.empty((len(value), _NO_COLUMNS))
        ahead = np.empty((len(days), _NO_COLUMNS)) if foreseen is None else foreseen
        return cls(value, none if measured is None else measured, ahead, days)

    def __len__(self) -> int:
        return len(self.value)

    def until(self, origin: int, reach: int) -> "Record":
        """Return what is known at `origin`; forecasts of covariates `reach` steps further."""
        end = min(origin + reach, len(self.days))
        return Record(
            self.value[:origin], self.measured[:origin], self.foreseen[:end], self.days[:end]
        )

    def newest(self, rows: int) -> "Record":
        """Return the last `rows` values and what lies beside and after them."""
        first = max(0, len(self.value) - rows)
        return Record(
            self.value[first:], self.measured[first:], self.foreseen[first:], self.days[first:]
        )

    @property
    def known(self) -> int:
        """How many values are known."""
        return int(np.isfinite(self.value).sum())
