"""What energy cost each enterprise, exactly: supplies priced by quarter hour, shared as traced."""
