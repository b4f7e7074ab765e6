"""Run forecasting: `python -m services.forecasting`, or `… migrate`, and its commands `… backtest`,
`… weather`, `… plan`.
"""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["backtest"]:  # learning libraries are loaded here only
        from services.forecasting.backtest.command import main as backtest

        sys.exit(backtest(sys.argv[2:]))
    if sys.argv[1:2] == ["weather"]:
        from services.forecasting.weather_command import main as weather_command

        sys.exit(weather_command(sys.argv[2:]))
    if sys.argv[1:2] == ["plan"]:
        from services.forecasting.plan_command import main as plan_command

        sys.exit(plan_command(sys.argv[2:]))
    from services.forecasting.assembly import assemble
    from services.forecasting.settings import Settings
    from services.runtime.service import run

    commands = {
        "backtest": "issue forecasts at past moments of a file, to judge them",
        "weather": "take weather forecasts from files",
    }
    run("forecasting", Settings, assemble, commands=commands)
