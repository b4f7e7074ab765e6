"""Activities into emissions: fuels, processes, heat, power, leaks, capture; each by its ledger."""
