"""Errors of every method on one series, by lead."""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats

LEADS_MIN = {"15 min": (0, 15), "1 h": (45, 60), "4 h": (225, 240), "day": (0, 1440)}
NAIVE = ("last value", "24 h ago", "168 h ago")
LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Scored:
    """One series: quantiles `(origins, levels, horizons)` by method, and what came."""

    name: str
    kind: str
    task: Task
    origin: list[int]
    truth: Floats
    said: dict[str, Floats]

    def leads(self) -> list[str]:
        """Return the leads that the series' step can tell apart."""
        return [lead for lead in LEADS_MIN if self._columns(lead).any()]

    def mae(self, method: str, lead: str) -> float:
        """Return the mean absolute error of P50 where the method spoke."""
        error = np.abs(self.said[method][:, 1] - self.truth)[:, self._columns(lead)]
        return float(np.nanmean(error))

    def mae_beside(self, method: str, lead: str) -> float:
        """Return our error at the origins where `method` spoke."""
        spoke = np.isfinite(self.said[method][:, 1]).any(axis=1)
        error = np.abs(self.said["ours"][:, 1] - self.truth)[spoke][:, self._columns(lead)]
        return float(np.nanmean(error))

    def best_naive(self, lead: str) -> str:
        """Return the best naive method in hindsight."""
        return min(NAIVE, key=lambda method: self.mae(method, lead))

    def gain(self, lead: str) -> float:
        """Return how much lower our error is than the best naive one's."""
        return 1.0 - self.mae("ours", lead) / self.mae(self.best_naive(lead), lead)

    def pinball(self, method: str, beside: str | None = None) -> float:
        """Return the mean quantile loss over all leads, at origins where `beside` spoke."""
        spoke = np.isfinite(self.said[beside or method][:, 1]).any(axis=1)
        return float(np.nanmean(self._quantile_loss(method)[spoke]))

    def losses(self, method: str, loss: str) -> Floats:
        """Return each issue's mean "error" or "quantile" loss, NaN where nothing is known."""
        off = self.truth - self.said[method][:, 1]
        found = np.abs(off) if loss == "error" else self._quantile_loss(method).mean(axis=1)
        known = np.isfinite(found)
        total = np.where(known, found, 0.0).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Floats = total / known.sum(axis=1)
        return mean

    def _quantile_loss(self, method: str) -> Floats:
        off = self.truth[:, None, :] - self.said[method]
        level = np.array(LEVELS)[:, None]
        return np.maximum(level * off, (level - 1) * off)

    def share_off(self, method: str, days: range) -> float:
        """Return the error a day ahead over the mean, of issues on these days of the record."""
        of = np.isin(np.array(self.origin) // self.task.day, days)
        truth = self.truth[of]
        error = np.abs(self.said[method][of, 1] - truth)
        return float(np.nanmean(error) / np.nanmean(truth))

    def coverage(self) -> float:
        """Return the share of truths in P10..P90; of a plant in daylight."""
        low, _, high = self.said["ours"].transpose(1, 0, 2)
        counted = np.isfinite(self.truth)
        if self.task.sun:
            counted &= self.truth > 0.0
        inside = (low <= self.truth) & (self.truth <= high)
        return float(inside[counted].mean())

    def _columns(self, lead: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        after, until = LEADS_MIN[lead]
        end_min = self.task.steps * self.task.step_min
        columns: np.ndarray[tuple[int], np.dtype[np.bool_]] = (end_min > after) & (end_min <= until)
        return columns
