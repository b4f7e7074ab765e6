"""Which word on a quarter hour stands is a function of the set of words."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.energy import Settled, Words, joined, settled
from services.history.messages import words_of
from tests.support.history_energy import Word, a_word_frame
from tests.support.history_energy import standing as by_definition

words_on_few_quarters = st.lists(
    st.builds(
        lambda register, quarter, believed, aside, known, position: Word(
            register, quarter, (believed, 0, aside, 0), float(known), position
        ),
        st.integers(0, 2),
        st.integers(0, 3),
        st.integers(0, 5),
        st.integers(0, 2),
        st.integers(0, 4),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda w: (w.register, w.quarter, w.known, w.position),
)
NUMBERS = np.arange(3, dtype=np.int32)


def columns(words: list[Word]) -> Words:
    frames = [a_word_frame(word) for word in words]
    return words_of(frames, [NUMBERS[[word.register]] for word in words], [1] * len(words))


class Relations:
    """`energy` and `energy_version`, in memory."""

    def __init__(self) -> None:
        self.stands = columns([Word(0, 0, (0, 0, 0, 0))]).take(np.empty(0, np.intp))
        self.versions: set[tuple[int, ...]] = set()

    def take(self, words: Words) -> Settled:
        news = settled(words, self.stands)
        kept = ~np.isin(keys(self.stands), keys(news.changed))
        self.stands = joined([self.stands.take(kept), news.changed])
        self.versions |= set(rows(news.fallen))
        return news


def keys(words: Words) -> np.ndarray:
    return words.point_id.astype(np.int64) << 60 ^ words.start_us


def rows(words: Words) -> list[tuple[int, ...]]:
    return sorted(zip(*(column.tolist() for column in words.columns()), strict=True))


@given(words_on_few_quarters, st.randoms(use_true_random=False), st.integers(1, 7))
def test_any_order_repetition_and_share_of_batches_leaves_the_same_rows(
    words: list[Word], chance: object, size: int
) -> None:
    again = [*words, *words]
    chance.shuffle(again)  # type: ignore[attr-defined]

    at_once, by_parts = Relations(), Relations()
    at_once.take(columns(words))
    for at in range(0, len(again), size):
        by_parts.take(columns(again[at : at + size]))

    assert rows(by_parts.stands) == rows(at_once.stands)
    assert by_parts.versions == at_once.versions
    assert len(at_once.versions) + len(at_once.stands) == len(words)


@given(words_on_few_quarters)
def test_what_stands_is_what_was_known_last_and_of_one_instant_last_in_the_log(
    words: list[Word],
) -> None:
    relations = Relations()

    relations.take(columns(words))

    expected = sorted(
        (word.register, word.parts[0], word.parts[2], word.position)
        for word in by_definition(words).values()
    )
    stands = relations.stands
    found = zip(
        stands.point_id.tolist(),
        stands.believed_wh.tolist(),
        stands.suspense_wh.tolist(),
        stands.log_position.tolist(),
        strict=True,
    )
    assert sorted(found) == expected


def test_a_word_that_is_known_already_changes_nothing() -> None:
    words = columns([Word(0, 0, (10, 0, 0, 0)), Word(0, 1, (20, 0, 0, 0))])

    news = settled(words, words)

    assert (len(news.changed), len(news.fallen)) == (0, 0)
