"""Certificates kept: events appended once, claims that cannot be made twice."""
