"""Forecasting without IO: series on the quarter grid, models, their blend, spread and errors."""
