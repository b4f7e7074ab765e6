"""Cases with what came, and the models that learn from them.

All series get ridge, trees on levels and trees that forget within weeks. Besides, loads and the
like get lines that draw the present back to the middle, trees counted from their usual level and,
for the next hours, from the present; plants get trees on shares of a clear sky; weather forecasts
add trees counted from what these alone expect.
"""

from dataclasses import dataclass, replace

from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.boosted import BANDS, Prepared, prepared
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.median_lines import fit_median_lines
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.plain import EXPECTED, LAST, USUAL_NOW, anchor_for
from services.forecasting.domain.outlook.ridge import fit_ridge
from services.forecasting.domain.outlook.shares import PreparedShares, prepared_shares
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats

NEW_DAYS = 14.0
NEXT_HOURS = 2  # bands of trees that are counted from the present
OUTER = {0.1: "low", 0.9: "high"}
NEXT_ROUNDS, OUTER_ROUNDS = 0.5, 0.35  # of the effort's: what is near or rare needs fewer trees


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Cases with what they look at, what came, and how much each counts."""

    view: View
    cases: Cases
    features: Features
    truth: Floats
    weight: Floats
    effort: Effort

    def foreseen(self) -> "Lessons":
        """Return the cases whose weather was foreseen."""
        rows = self.features.foreseen
        return replace(
            self,
            cases=self.cases.at(rows),
            features=self.features.at(rows),
            truth=self.truth[rows],
            weight=self.weight[rows],
        )

    def learnt(self) -> tuple[tuple[Model, ...], tuple[Model, ...]]:
        """Return the models that learn from these cases: those to mix, and the outer ones."""
        levels = self._from(None)
        if self.view.task.sun:
            own, outer = self._of_the_sun()
        else:
            own, outer = self._of_habits(), self._outer(levels)
        ridge = fit_ridge(self._blocks, self.cases, self.features, self.truth, self.weight)
        boosted = levels.grown("boosted", self.weight, self.effort)
        return (ridge, boosted, *own, *self._of_weather()), outer

    def _of_habits(self) -> tuple[Model, ...]:
        """Return lines from the present, trees from the usual level and, for the next hours, from
        the present.
        """
        last, now = self._from(LAST, NEXT_HOURS), self._from(USUAL_NOW, NEXT_HOURS)
        moved, lately = self._moved()
        few = self._less(NEXT_ROUNDS)
        return (
            fit_median_lines(self._blocks, self.cases, self.features, self.truth, self.weight),
            moved.grown("boosted-moved", self.weight, self.effort),
            moved.grown("boosted-lately", lately, self.effort),
            last.grown("boosted-last", self.weight, few),
            now.grown("boosted-now", self.weight, few),
        )

    def _of_the_sun(self) -> tuple[tuple[Model, ...], tuple[Model, ...]]:
        """Return trees on shares of a clear sky, and their outer quantiles."""
        shares = prepared_shares(self.view, self.cases, self.features, self.truth)
        moved, lately = self._moved()
        own = (
            shares.grown("boosted-share", self.weight, self.effort),
            moved.grown("boosted-lately", lately, self.effort),
        )
        return own, self._outer(shares)

    def _of_weather(self) -> tuple[Model, ...]:
        if EXPECTED.column not in self.features.linear:
            return ()
        return (self._from(EXPECTED).grown("boosted-weather", self.weight, self.effort),)

    def _outer(self, given: Prepared | PreparedShares) -> tuple[Model, ...]:
        few = self._less(OUTER_ROUNDS)
        return tuple(given.grown(name, self.weight, few, level) for level, name in OUTER.items())

    def _less(self, share: float) -> Effort:
        return replace(self.effort, rounds=max(1, round(share * self.effort.rounds)))

    def _from(self, anchor: Model | None, bands: int = BANDS) -> Prepared:
        return prepared(anchor, self.view, self.cases, self.features, self.truth, bands)

    def _moved(self) -> tuple[Prepared, Floats]:
        """Return the cases from their usual level, and weights that forget within weeks."""
        age_days = (self.view.rows - self.cases.origin) / self.view.task.day
        return self._from(anchor_for(self.view.task)), 0.5 ** (age_days / NEW_DAYS)

    @property
    def _blocks(self) -> Blocks:
        return Blocks.over(self.view.task.horizons)
