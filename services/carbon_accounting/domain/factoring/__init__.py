"""Factors: versioned, dated, exact, with unit and trust; a missing one is named, never guessed."""
