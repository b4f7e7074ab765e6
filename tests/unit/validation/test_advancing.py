"""Which readings are believed, and what of earlier ones is taken back."""

import numpy as np

from services.energy.quantities import Quantity
from services.energy.readings import Doubt, Verdict
from services.energy.site import Point
from services.validation.domain.advancing import advance
from services.validation.domain.batch import batch_of
from services.validation.domain.checkpoint import state_from_bytes, state_to_bytes
from services.validation.domain.rules import Rules
from services.validation.domain.state import new_state

POWER = Point("steel.active_power_w", "steel", Quantity.ACTIVE_POWER, 0.0, 1_200_000.0)
RULES = Rules.of([POWER])
NOW = 1_559_599_200_000_000
MINUTE = 60_000_000


def test_a_reading_within_its_range_is_believed() -> None:
    _, judged = advance(new_state(RULES), batch_of([(POWER.id, NOW, 5.0)], arrival_us=NOW), RULES)

    assert judged.verdict.tolist() == [Verdict.BELIEVED]
    assert judged.doubt.tolist() == [Doubt.NONE]
    assert judged.known_at_us.tolist() == [NOW]


def test_a_state_out_of_a_checkpoint_knows_what_it_knew() -> None:
    state, _ = advance(new_state(RULES), batch_of([(POWER.id, NOW, 5.0)], arrival_us=NOW), RULES)
    again = batch_of([(POWER.id, NOW, 5.0)], arrival_us=NOW + MINUTE)

    _, judged = advance(state_from_bytes(state_to_bytes(state), RULES), again, RULES)

    assert not len(judged)
    assert judged.dropped == {Doubt.DUPLICATE: 1}
    assert judged.known_at_us.dtype == np.int64
