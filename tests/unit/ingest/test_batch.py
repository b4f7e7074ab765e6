"""A batch carries what the field protocol said of each value; good where it said nothing."""

from dataclasses import replace

import numpy as np
import pytest

from services.energy.readings import FieldQuality
from services.ingest.domain.batch import batch_of


def test_readings_without_a_quality_are_good() -> None:
    batch = batch_of("s", [("a.x", 1, 2.0), ("b.x", 1, 3.0)])

    assert batch.quality.tolist() == [FieldQuality.GOOD] * 2
    assert batch.quality.dtype == np.uint8


def test_a_quality_stays_with_its_reading() -> None:
    batch = batch_of(
        "s", [("a.x", 1, 2.0), ("b.x", 1, 3.0, FieldQuality.INVALID), ("a.x", 2, 4.0, 1)]
    )

    assert batch.quality.tolist() == [0, 2, 1]
    assert batch.rows(1, 3).quality.tolist() == [2, 1]


def test_a_quality_column_of_another_length_is_refused() -> None:
    one = batch_of("s", [("a.x", 1, 2.0)])

    with pytest.raises(ValueError, match="2 qualities"):
        replace(one, quality=np.zeros(2, np.uint8))
