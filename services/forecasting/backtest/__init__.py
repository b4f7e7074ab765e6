"""Back-tests of the serving code on files: the command by which others judge the forecasts.

`python -m services.forecasting backtest --input input.csv.gz --issues issues.csv --meta meta.json
--out out.csv.gz`; docs/forecasting.md says what the files hold.
"""
