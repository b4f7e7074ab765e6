"""Files of factors, indicators and certificates into the domain, every mistake with its line."""
