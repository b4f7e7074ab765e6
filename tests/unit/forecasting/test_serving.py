"""What serves a point, in the words of metrics and of people."""

import pytest

from services.forecasting.domain.outlook.state import State
from services.forecasting.serving import Serving


@pytest.fixture
def state() -> State:
    return object.__new__(State)  # nothing of it is looked at


def test_a_champion_is_counted_as_a_model_and_named_by_its_version(state: State) -> None:
    champion, plain = Serving(state, version=7), Serving(state)

    assert (champion.kind, champion.model) == ("model", "model 7")
    assert (plain.kind, plain.model) == ("plain", "plain models")
