"""Words of the history on the grid of a booking: what is partly known or not told is unknown."""

import numpy as np

from services.carbon_accounting.book.history_board import Board
from services.carbon_accounting.book.history_words import (
    ESTIMATED,
    MEASURED,
    QUARTER_US,
    UNKNOWN,
    Words,
)


def a_board(*words: tuple[int, int, int, int]) -> Board:
    """Two meters and five quarters; a word is its meter's row, quarter, Wh and quality."""
    board = Board(("a", "b"), np.arange(5) * QUARTER_US)
    row, quarter, wh, quality = np.array(words, np.int64).T
    board.place(row, Words(row, quarter * QUARTER_US, wh, quality, newest_us=7))
    return board


def test_what_is_partly_known_or_not_told_is_unknown_and_never_zero() -> None:
    data = a_board((0, 1, 250, MEASURED), (1, 3, 40, ESTIMATED), (0, 3, 9, UNKNOWN)).cut(
        keeps_begin=True, keeps_end=True
    )

    assert data.amounts.tolist() == [[0, 250, 0, 0, 0], [0, 0, 0, 40, 0]]
    assert data.known.tolist() == [[False, True, False, False, False], [False] * 3 + [True, False]]
    assert not data.measured[1, 3]


def test_without_days_the_books_reach_from_the_first_word_to_the_last() -> None:
    board = a_board((0, 1, 250, MEASURED), (1, 3, 40, UNKNOWN))

    cut = board.cut(keeps_begin=False, keeps_end=False)

    assert cut.starts_us.tolist() == [1 * QUARTER_US, 2 * QUARTER_US, 3 * QUARTER_US]
    assert cut.amounts.tolist() == [[250, 0, 0], [0, 0, 0]]
    assert board.cut(keeps_begin=True, keeps_end=False).starts_us[0] == 0
