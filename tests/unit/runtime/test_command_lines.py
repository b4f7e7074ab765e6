"""A service's `--help` tells a new user what it can do and by which settings."""

import pytest

from services.forecasting.training.settings import Settings
from services.runtime.service import parser_of

MODULE = "services.forecasting.training"


def test_help_names_the_module_and_every_setting_with_its_default() -> None:
    lines = parser_of(MODULE, Settings).format_help().splitlines()

    settings = dict(line.split(maxsplit=1) for line in lines if line.startswith("  PARKFLOW_"))
    assert lines[0].startswith(f"usage: python -m {MODULE} ")
    assert settings["PARKFLOW_PARK"] == "required"
    assert settings["PARKFLOW_TRAIN_CASES"] == "2000"
    assert settings["PARKFLOW_DATABASE_URL"] == "none"


def test_a_command_that_is_none_is_answered_with_all_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = parser_of(MODULE, Settings, commands={"weather": "take weather forecasts"})

    with pytest.raises(SystemExit):
        parser.parse_args(["wether"])

    assert "'wether' (choose from 'run', 'migrate', 'weather')" in capsys.readouterr().err
    assert "weather   take weather forecasts" in parser.format_help()
