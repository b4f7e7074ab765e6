"""When issues are scored."""

from services.forecasting.domain.due import AGAIN, FIRST_LOOK, borders_due, issues_due
from services.forecasting.domain.scoring import HorizonClass

NOW = 1_000_000


def test_every_class_is_scored_when_its_last_quarter_hour_is_over_and_twice_again() -> None:
    at = {
        (border, horizon)
        for border in range(NOW, NOW + 400)
        for issue, horizons in issues_due([border]).items()
        for horizon in horizons
        if issue == NOW
    }

    assert at == {(NOW + h + late, h) for h in HorizonClass for late in AGAIN if h + late < 400}


def test_at_a_border_few_issues_are_scored_however_long_forecasts_are() -> None:
    due = issues_due([NOW])

    assert sum(len(horizons) for horizons in due.values()) == len(HorizonClass) * len(AGAIN)


def test_after_an_outage_every_border_is_made_up_for_but_not_for_ever() -> None:
    assert borders_due(NOW - 3, NOW) == range(NOW - 2, NOW + 1)
    assert len(borders_due(NOW - 10 * FIRST_LOOK, NOW)) == FIRST_LOOK
    assert len(borders_due(None, NOW)) == FIRST_LOOK
    assert not borders_due(NOW, NOW)
