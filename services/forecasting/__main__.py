"""Run forecasting: `python -m services.forecasting`, or `… migrate`, `… backtest`, `… weather`."""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["backtest"]:  # learning libraries are loaded here only
        from services.forecasting.backtest.command import main as backtest

        sys.exit(backtest(sys.argv[2:]))
    if sys.argv[1:2] == ["weather"]:
        from services.forecasting.weather_command import main as weather_command

        sys.exit(weather_command(sys.argv[2:]))
    from services.forecasting.assembly import assemble
    from services.forecasting.settings import Settings
    from services.runtime.service import run

    run("forecasting", Settings, assemble)
