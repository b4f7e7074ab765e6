"""Where an instant lies in many rising columns at once."""

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


def first_at_or_after(
    times: Int64s, used: Int64s, row: Int64s, time_us: Int64s
) -> npt.NDArray[np.intp]:
    """Return the place of the first of row's `used` rising times that is at or after `time_us`.

    `times` is (rows, room); `used` says how many of each row count. Element i of `row` and
    `time_us` is question i; where all times are earlier the answer is `used`.
    """
    low, high = np.zeros(len(row), np.intp), used[row].astype(np.intp)
    while np.any(searching := low < high):
        middle = (low + high) // 2
        earlier = np.zeros(len(low), np.bool_)
        earlier[searching] = times[row[searching], middle[searching]] < time_us[searching]
        low = np.where(searching & earlier, middle + 1, low)
        high = np.where(searching & ~earlier, middle, high)
    return low
