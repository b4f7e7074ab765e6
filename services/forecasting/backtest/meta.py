"""meta.json: what is asked, with every mistake told at once; keys of others are left alone."""

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.domain.outlook.holiday_kinds import UnknownCountry, holiday_calendar
from services.forecasting.domain.outlook.task import MINUTES_A_DAY, Task

MOST_HORIZONS, LONGEST_DAYS = 2_880, 14
ABSURD = 1e100
"""No bound and no size is larger; squares of it are still numbers."""
_KEYS = ("step_min", "horizons", "norm", "lo", "hi", "pv", "local", "holidays")


def task_from(path: Path) -> Task:
    """Return the task of a meta file; BadFiles with every mistake."""
    meta = _read(path)
    mistakes = [f"key {key!r} is missing" for key in ("step_min", "horizons") if key not in meta]
    values: dict[str, Any] = {}
    for key, reader in _READERS.items():
        if key in meta:
            try:
                values[key] = reader(meta[key])
            except ValueError as mistake:
                mistakes.append(f"{key}: {mistake}")
    if not mistakes:
        try:
            return _task(values)
        except ValueError as mistake:
            mistakes.append(str(mistake))
    raise BadFiles([Mistake(path.name, 0, text) for text in mistakes])


def _task(values: dict[str, Any]) -> Task:
    task = Task(
        step_min=values["step_min"],
        horizons=values["horizons"],
        lowest=_or(values.get("lo"), -math.inf),
        highest=_or(values.get("hi"), math.inf),
        sun=values.get("pv", False),
        zone=values.get("local", ZoneInfo("UTC")),
        holidays=values.get("holidays"),
        size=values.get("norm") or 1.0,
    )
    if task.reach > LONGEST_DAYS * task.day:
        raise ValueError(f"horizon {task.reach} is beyond {LONGEST_DAYS} days")
    return task


def _read(path: Path) -> dict[str, Any]:
    try:
        meta = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise BadFiles([Mistake(path.name, error.lineno, f"is no JSON: {error.msg}")]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadFiles([Mistake(path.name, 0, f"cannot be read: {error}")]) from error
    except RecursionError as error:
        raise BadFiles([Mistake(path.name, 0, "is nested too deeply")]) from error
    except ValueError as error:
        raise BadFiles([Mistake(path.name, 0, "has a number of thousands of digits")]) from error
    if not isinstance(meta, dict):
        raise BadFiles([Mistake(path.name, 1, "is no object with keys " + ", ".join(_KEYS))])
    return meta


def _step(value: Any) -> int:
    if not _whole(value) or not 1 <= value <= 60 or MINUTES_A_DAY % value:
        raise ValueError(f"{value!r} is not a number of minutes from 1 to 60 that divides a day")
    return int(value)


def _horizons(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{value!r:.60} is not a list of steps from 1 on")
    if wrong := [h for h in value if not _whole(h) or h < 1]:
        raise ValueError(f"{wrong[0]!r:.60} is no step: a list of steps from 1 on is wanted")
    if len(value) > MOST_HORIZONS:
        raise ValueError(f"has {len(value)} steps: at most {MOST_HORIZONS}")
    if twice := [h for h, count in Counter(value).items() if count > 1]:
        raise ValueError(f"has step {twice[0]} twice")
    return tuple(int(h) for h in value)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= ABSURD:
        raise ValueError(f"{value!r:.60} is neither null nor a number within ±{ABSURD:g}")
    return float(value)


def _size(value: Any) -> float | None:
    size = _number(value)
    if size is not None and size <= 0:
        raise ValueError(f"{value!r} is not above zero")
    return size


def _flag(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return bool(value)


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo("UTC" if value is None else value)
    except (ZoneInfoNotFoundError, TypeError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone such as Asia/Shanghai") from None


def _country(value: Any) -> str | None:
    if value is None:
        return None
    try:
        holiday_calendar(str(value))
    except UnknownCountry as unknown:
        raise ValueError(str(unknown)) from None
    return str(value)


def _whole(value: Any) -> bool:
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )


def _or(value: float | None, instead: float) -> float:
    return instead if value is None else value


_READERS: dict[str, Callable[[Any], Any]] = {
    "step_min": _step,
    "horizons": _horizons,
    "norm": _size,
    "lo": _number,
    "hi": _number,
    "pv": _flag,
    "local": _zone,
    "holidays": _country,
}
