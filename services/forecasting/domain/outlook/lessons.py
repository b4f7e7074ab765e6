"""Cases with what came, and the models that learn from them.

All series get ridge, trees on levels and trees that forget within weeks. Besides, loads and the
like get lines that draw the present back to the middle, trees counted from their usual level and,
for the next hours, from the present; plants get trees on shares of a clear sky; weather forecasts
add trees counted from what these alone expect. A thorough effort adds trees counted from ridge, and
second opinions: trees that see all horizons are grown again on other cases, and the mean counts.
"""

from dataclasses import dataclass, replace

from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.boosted import BANDS, Prepared, prepared
from services.forecasting.domain.outlook.booster import SEED
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
    seed: int = SEED

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
        given = self._grounds()
        return self._mixed(given), self._outer(given)

    def to_mix(self) -> tuple[Model, ...]:
        """Return the models to mix alone."""
        return self._mixed(self._grounds())

    def second(self) -> tuple[Model, ...]:
        """Return second opinions of the trees that see all horizons."""
        return (*self._far(self._grounds()), *self._of_weather())

    def _mixed(self, given: "_Grounds") -> tuple[Model, ...]:
        ridge = fit_ridge(self._blocks, self.cases, self.features, self.truth, self.weight)
        near = () if self.view.task.sun else self._near()
        return (ridge, *self._far(given), *near, *self._of_weather(), *self._left_of(ridge))

    def _grounds(self) -> "_Grounds":
        moved, shares = self._from(anchor_for(self.view.task)), None
        if self.view.task.sun:
            given = (self.view, self.cases, self.features, self.truth, self.seed)
            shares = prepared_shares(*given)
        return _Grounds(self._from(None), moved, shares)

    def _far(self, given: "_Grounds") -> tuple[Model, ...]:
        """Return trees on levels, from the usual level or on shares of a clear sky, and trees
        that forget within weeks.
        """
        levels = given.levels.grown("boosted", self.weight, self.effort)
        lately = given.moved.grown("boosted-lately", self._lately, self.effort)
        if given.shares is not None:
            return levels, given.shares.grown("boosted-share", self.weight, self.effort), lately
        return levels, given.moved.grown("boosted-moved", self.weight, self.effort), lately

    def _near(self) -> tuple[Model, ...]:
        """Return lines from the present and, for the next hours, trees from the present."""
        last, now = self._from(LAST, NEXT_HOURS), self._from(USUAL_NOW, NEXT_HOURS)
        few = self._less(NEXT_ROUNDS)
        return (
            fit_median_lines(self._blocks, self.cases, self.features, self.truth, self.weight),
            last.grown("boosted-last", self.weight, few),
            now.grown("boosted-now", self.weight, few),
        )

    def _of_weather(self) -> tuple[Model, ...]:
        if EXPECTED.column not in self.features.linear:
            return ()
        return (self._from(EXPECTED).grown("boosted-weather", self.weight, self.effort),)

    def _left_of(self, ridge: Model) -> tuple[Model, ...]:
        """Return trees on what ridge leaves, of a thorough effort."""
        if not self.effort.thorough:
            return ()
        return (self._from(ridge).grown("boosted-ridge", self.weight, self.effort),)

    def _outer(self, given: "_Grounds") -> tuple[Model, ...]:
        few, ground = self._less(OUTER_ROUNDS), given.shares or given.levels
        return tuple(ground.grown(name, self.weight, few, level) for level, name in OUTER.items())

    def _less(self, share: float) -> Effort:
        return replace(self.effort, rounds=max(1, round(share * self.effort.rounds)))

    def _from(self, anchor: Model | None, bands: int = BANDS) -> Prepared:
        given = (self.view, self.cases, self.features, self.truth, bands, self.seed)
        return prepared(anchor, *given)

    @property
    def _lately(self) -> Floats:
        """Weights that forget within weeks."""
        age_days = (self.view.rows - self.cases.origin) / self.view.task.day
        found: Floats = 0.5 ** (age_days / NEW_DAYS)
        return found

    @property
    def _blocks(self) -> Blocks:
        return Blocks.over(self.view.task.horizons)


@dataclass(frozen=True, slots=True, eq=False)
class _Grounds:
    """What trees that see all horizons grow on: levels, what moves from the usual, and shares."""

    levels: Prepared
    moved: Prepared
    shares: PreparedShares | None
