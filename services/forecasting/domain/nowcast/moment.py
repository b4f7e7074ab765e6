"""When a nowcast is made: at each minute of park time; the newest only when behind."""

from datetime import UTC, datetime, timedelta

from services.energy.time_grid import floor

MINUTE = timedelta(minutes=1)
NOWCAST_VALID = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def due(now: datetime, last: datetime | None) -> datetime | None:
    """Return the minute border that is due: the newest, None when it was nowcast."""
    border = floor(now, MINUTE)
    return border if last is None or last < border else None


def next_border(now: datetime) -> datetime:
    """Return the first minute border after `now`."""
    return floor(now, MINUTE) + MINUTE


def minute_number(moment: datetime) -> int:
    """Return the minute since the epoch that holds `moment`."""
    return (moment - _EPOCH) // MINUTE


def minute_start(number: int) -> datetime:
    """Return when a minute begins."""
    return _EPOCH + number * MINUTE


def taught_now(minute: int, points: int, every_min: int) -> range:
    """Return which points learn at this minute: each once in `every_min`, spread evenly."""
    turn = minute % every_min
    return range(turn * points // every_min, (turn + 1) * points // every_min)
