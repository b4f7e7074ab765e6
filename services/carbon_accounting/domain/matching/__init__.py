"""Matching: which Wh of consumption are covered by which attribute, and when (rules D.3)."""
