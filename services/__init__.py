"""Parkflow's code; `parkflow` (generated from `protos/`) is its wire contract."""
