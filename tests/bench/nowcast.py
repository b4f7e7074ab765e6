"""How far off nowcasts are on the demo park's recordings by the minute, against the last value.

Ten days of June, a nowcast every 7 minutes from the third day on, trust learnt anew every 4 hours
from the two days before, as the service does; the outlooks they lean on are issued every quarter by
models of 60 trees. The recordings are means of quarters (steel to electroplating, PV) or hours and
the demo park's meters hold them so long: within, the last value is exact, and what is won is won at
the borders.
"""

import numpy as np

from services.forecasting.domain.nowcast.leads import HEAD_QUARTERS, MINUTES, over_leads
from services.forecasting.domain.nowcast.learning import taught
from services.forecasting.domain.nowcast.nowcast import FRESH_MIN, Based, nowcast
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.rolling import advanced
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.series import Floats
from services.forecasting.domain.series_record import published_w, record_of, task_of
from services.forecasting.domain.targets import Shape, Target
from tests.bench.measure import Result
from tests.support.backtest import FIRST_ORIGIN
from tests.support.builders import a_park
from tests.support.recorded import recorded, recorded_targets

EFFORT = Effort(cases=4_000, rounds=60)
DAYS, LEARNT_DAYS, PAST_DAYS = 10, 2, 150
EVERY_MIN, TAUGHT_EVERY = 7, 16  # quarters
PARTS = {
    "next 15 min": slice(0, MINUTES),
    "next hour": slice(MINUTES, MINUTES + 4),
    "next 4 h": slice(MINUTES, None),
}


def run() -> tuple[list[Result], str]:
    """Return the figures and the table of every series."""
    scored = {target: _errors(target) for target in recorded_targets()}
    figures = [_figure(target, part, scored[target]) for target in scored for part in PARTS]
    return figures, "\n".join(_table(scored))


def _figure(target: Target, part: str, errors: dict[str, Floats]) -> Result:
    ours, last = (float(np.nanmean(errors[way][:, PARTS[part]])) for way in ("ours", "last"))
    what = f"nowcast error, {target.point_id}, {part}"
    return Result(what, ours / 1e3, last / 1e3, "kW (MAE)", "last value")


def _table(scored: dict[Target, dict[str, Floats]]) -> list[str]:
    rows = [
        "How much lower the error is than the last value's, and the share of truths in P10–P90:",
        "",
        "| series | " + " | ".join(PARTS) + " | P10–P90, 15 min | P10–P90, 4 h |",
        "|---|" + "--:|" * (len(PARTS) + 2),
    ]
    for target, errors in scored.items():
        figures = [_figure(target, part, errors) for part in PARTS]
        cells = [f"{1 - figure.ratio:.1%}" for figure in figures]
        for part in ("next 15 min", "next 4 h"):
            cells.append(f"{np.nanmean(errors['inside'][:, PARTS[part]]):.0%}")
        rows.append(f"| {target.point_id} | {' | '.join(cells)} |")
    return rows


def _errors(target: Target) -> dict[str, Floats]:
    """Return errors of nowcasts `(nowcasts, leads)`, of the last value, and what lay inside."""
    first, powers = recorded()
    heads = _heads(target)
    told = np.stack([heads[:, 1], heads[:, 2] - heads[:, 0]], axis=1)
    held = powers[target][FIRST_ORIGIN - first :][: DAYS * 96 + HEAD_QUARTERS]
    minutes = np.repeat(held, 15)
    said: dict[str, list[Floats]] = {"ours": [], "last": [], "inside": []}
    for begin in range(LEARNT_DAYS * 96, DAYS * 96 - TAUGHT_EVERY, TAUGHT_EVERY):
        learnt = slice(begin - LEARNT_DAYS * 96, begin)
        trust = taught(
            (FIRST_ORIGIN + learnt.start) * 15,
            minutes[learnt.start * 15 : learnt.stop * 15],
            told[learnt],
        )
        for at in range(begin * 15 + 1, (begin + TAUGHT_EVERY) * 15, EVERY_MIN):
            issue = (at - 1) // 15
            based = _based(target, FIRST_ORIGIN + issue, heads[issue])
            newest = minutes[None, at - FRESH_MIN : at]
            low, middle, high = nowcast(FIRST_ORIGIN * 15 + at, based, newest, trust).quantiles[0]
            came = over_leads(minutes[issue * 15 : (issue + HEAD_QUARTERS) * 15], at - issue * 15)
            said["ours"].append(np.abs(middle - came))
            said["last"].append(np.abs(minutes[at - 1] - came))
            known = np.isfinite(came)
            said["inside"].append(np.where(known, (low <= came) & (came <= high), np.nan))
    return {name: np.array(rows) for name, rows in said.items()}


def _based(target: Target, quarter: int, head: Floats) -> Based:
    return Based(
        quarter,
        head[None],
        np.array([target.lowest_w]),
        np.array([target.highest_w]),
        np.array([target.shape is Shape.SUN]),
    )


def _heads(target: Target) -> Floats:
    """Return the beginning of the issue of each quarter, `(quarters, 3, HEAD_QUARTERS)`."""
    first, powers = recorded()
    begin = FIRST_ORIGIN - PAST_DAYS * 96
    task, heads = task_of(target, a_park()), []
    power_w = powers[target][begin - first : FIRST_ORIGIN - first + DAYS * 96]
    record = record_of(power_w, begin, target, task)
    state: State | None = None
    for quarter in range(DAYS * 96):
        origin = len(record) - DAYS * 96 + quarter
        known = cleaned(record.until(origin, task.reach), task)
        state = advanced(known, task, EFFORT, state)
        said = answer(known, state).quantiles
        heads.append(published_w(said, target)[:, :HEAD_QUARTERS])
    return np.array(heads)
