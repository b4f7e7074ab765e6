"""The scores as Markdown tables."""

import numpy as np

from tests.bench.forecasts.paired import luck
from tests.bench.forecasts.scores import LEADS_MIN, Scored

BEFORE_CHRISTMAS, CHRISTMAS = range(299, 355), range(355, 363)  # days of the park's year
RIVALS = ("LightGBM", "ridge", "MSTL", "AutoTheta", "average")


def as_tables(scored: list[Scored]) -> str:
    """Return our gains over the best naive method, our errors beside the rivals', and Christmas."""
    return "\n".join([*_gains(scored), "", *_against(scored), "", *_christmas(scored)])


def _gains(scored: list[Scored]) -> list[str]:
    rows = [
        "How much lower the mean absolute error is than the best naive method's:",
        "",
        "| series | " + " | ".join(f"next {lead}" for lead in LEADS_MIN) + " | P10–P90 |",
        "|---|" + "--:|" * (len(LEADS_MIN) + 1),
    ]
    for series in scored:
        leads = [_gain(series, lead) for lead in LEADS_MIN]
        rows.append(f"| {series.name} | {' | '.join(leads)} | {series.coverage():.0%} |")
    loads = [series for series in scored if series.kind == "load"]
    if loads:
        mean = np.mean([series.gain("day") for series in loads])
        rows.append(f"| mean of {len(loads)} electric loads | | | | {mean:.1%} | |")
    return rows


def _christmas(scored: list[Scored]) -> list[str]:
    rows = [
        "Errors a day ahead over the mean load, in the eight weeks before Christmas and from 22",
        "December on (each series has its own country's and year's Christmas there):",
        "",
        "| series | 168 h ago, before | ours, before | 168 h ago, Christmas | ours, Christmas |",
        "|---|--:|--:|--:|--:|",
    ]
    for series in scored:
        if series.kind in ("load", "gas", "sum"):
            shares = [
                series.share_off(method, days)
                for days in (BEFORE_CHRISTMAS, CHRISTMAS)
                for method in ("168 h ago", "ours")
            ]
            rows.append(f"| {series.name} | {' | '.join(f'{share:.0%}' for share in shares)} |")
    return rows


def _gain(series: Scored, lead: str) -> str:
    return f"{series.gain(lead):.1%}" if lead in series.leads() else ""


def _against(scored: list[Scored]) -> list[str]:
    rows = [
        "Our error a day ahead over each rival's at the same issues (below 1 is better), and the",
        "same for the quantile loss. The last row is how likely luck alone makes such a difference",
        "on the mean over all series (Diebold and Mariano, paired by issue):",
        "",
        "| series | " + " | ".join(RIVALS) + " |",
        "|---|" + "--:|" * len(RIVALS),
    ]
    ratios = np.array([[_ratios(series, rival) for rival in RIVALS] for series in scored])
    for series, row in zip(scored, ratios, strict=True):
        cells = [f"{error:.2f} ({pinball:.2f})" for error, pinball in row]
        rows.append(f"| {series.name} | {' | '.join(cells)} |")
    mean = [f"{error:.2f} ({pinball:.2f})" for error, pinball in ratios.mean(axis=0)]
    rows.append(f"| mean | {' | '.join(mean)} |")
    luck = [[_luck(scored, rival, loss) for loss in ("error", "quantile")] for rival in RIVALS]
    rows.append(f"| by luck | {' | '.join(f'{error} ({pinball})' for error, pinball in luck)} |")
    return rows


def _luck(scored: list[Scored], rival: str, loss: str) -> str:
    found = luck(scored, rival, loss)
    return f"{found:.2f}" if found >= 0.005 else "<0.005"


def _ratios(series: Scored, rival: str) -> tuple[float, float]:
    error = series.mae_beside(rival, "day") / series.mae(rival, "day")
    return error, series.pinball("ours", beside=rival) / series.pinball(rival)
