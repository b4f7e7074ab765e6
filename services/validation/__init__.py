"""Validation: which raw readings are believed, and what stands in for those that are not."""
